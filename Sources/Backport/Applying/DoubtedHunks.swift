// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// Hunks that have positions and doubtful results: each is a question to the user, and what was decided about
/// it before counts.
struct DoubtedHunks {
  private let file: FilePatch
  private let ready: FilePatch
  private let target: TargetText
  private let memory: ResolutionMemory?

  /// Takes a file patch.
  ///
  /// - Parameters:
  ///   - file: as the patch has it.
  ///   - ready: as it applies to the file.
  ///   - target: the file.
  ///   - memory: what was decided before; nil asks about everything.
  init(_ file: FilePatch, _ ready: FilePatch, on target: LineTable, _ memory: ResolutionMemory?) {
    self.file = file
    self.ready = ready
    self.target = TargetText(target, preImage: nil)
    self.memory = memory
  }

  /// Gives each hunk with a doubt its question, or what was decided about it.
  ///
  /// - Returns: the hunks of the file patch as they were decided; nil where a question is open.
  func settle(_ outcomes: inout [HunkOutcome]) -> [Hunk]? {
    var edits: [LineEdit] = []
    var isOpen = false
    for index in outcomes.indices {
      let own = self.edits(of: outcomes[index])
      guard outcomes[index].verdict == .conflict, let own, file.hunks.indices.contains(index) else {
        isOpen = isOpen || outcomes[index].verdict == .conflict
        edits += own ?? []
        continue
      }
      let hunk = HunkText(file.hunks[index], number: index)
      let region = ConflictRegion(hunk, edits: own, in: target.index)
      let question = OpenQuestion(
        .doubt(region, outcomes[index].doubts ?? []), hunk, on: target,
        expectedLine: region.range.lowerBound)
      switch memory?.decision(on: question) {
      case .lines(let text):
        let edit = StrategySequence.edit(region.range, text, target)
        edits.append(edit)
        outcomes[index].verdict = .merged
        outcomes[index].settle()
        outcomes[index].doubts = nil
        outcomes[index].show(AdaptedHunks.hunks(of: [edit], in: target))
      case .leaveOut: outcomes[index].leaveOut()
      default:
        outcomes[index].question = question
        isOpen = true
      }
    }
    if isOpen { return nil }
    // Two hunks that became one have the same edits.
    var seen: Set<LineEdit> = []
    return AdaptedHunks.hunks(of: edits.filter { seen.insert($0).inserted }, in: target)
  }

  /// What a hunk makes of the file; nil where it has no position.
  private func edits(of outcome: HunkOutcome) -> [LineEdit]? {
    guard let line = outcome.line else { return nil }
    if outcome.renamed == nil, let edits = outcome.edits { return edits }
    guard outcome.verdict != .alreadyApplied, outcome.verdict != .leftOut else { return [] }
    // As the file patch has it now: the target's names may be in it.
    let near = ready.hunks.filter { hunk in
      let first = outcome.edits?.map(\.range.lowerBound).min() ?? line - 1
      let start = hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
      return (start...(start + hunk.oldCount)).contains(first)
    }
    return near.flatMap { hunk in
      StrategySequence.exactEdits(
        HunkText(hunk, number: 0).script, at: hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
      )
    }
  }
}
