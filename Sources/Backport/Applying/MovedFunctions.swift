// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat

/// Hunks whose function moved to another file of the folder.
enum MovedFunctions {
  /// Whether a hunk has no position in the function that it names, so that the function may be elsewhere.
  static func isLost(_ hunk: HunkOutcome) -> Bool {
    hunk.verdict == .conflict && hunk.proposal?.function != .same
  }

  /// The file patch in two where hunks that have no position belong to a function that moved to
  /// another file of the folder; nil where that is not so.
  static func parts(
    of task: FileTask, _ outcome: FileOutcome, by relocator: Relocator
  ) throws -> [FileTask]? {
    guard outcome.verdict == .conflict, task.named == nil, let old = task.old,
      task.file.change == .modify, outcome.hunks.count == task.file.hunks.count
    else { return nil }
    let lost = outcome.hunks.indices.filter { isLost(outcome.hunks[$0]) }
    let isOnlyTrouble = outcome.hunks.indices.allSatisfy {
      lost.contains($0) || outcome.hunks[$0].verdict != .conflict
    }
    guard !lost.isEmpty, isOnlyTrouble else { return nil }
    var elsewhere = task
    elsewhere.file.hunks = lost.map { task.file.hunks[$0] }
    elsewhere.numbers = lost.map { $0 + 1 }
    guard case .moved(let path, _, _) = try relocator.moved(elsewhere.file, from: old)
    else { return nil }
    (elsewhere.old, elsewhere.new, elsewhere.named) = (path, path, old)
    if lost.count == task.file.hunks.count { return [elsewhere] }
    var rest = task
    let kept = task.file.hunks.indices.filter { !lost.contains($0) }
    rest.file.hunks = kept.map { task.file.hunks[$0] }
    rest.numbers = kept.map { $0 + 1 }
    rest.named = old
    return [rest, elsewhere]
  }
}
