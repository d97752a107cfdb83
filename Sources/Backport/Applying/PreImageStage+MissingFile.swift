// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat

extension PreImageStage {
  /// The file to use instead of a missing one; nil if none is sure, and then the outcome has the
  /// verdict of the file patch.
  func substitute(
    for file: FilePatch, at old: TreePath, _ relocator: Relocator, _ outcome: inout FileOutcome
  ) throws -> (path: TreePath, file: TreeFile)? {
    var candidates: [TreePath] = []
    outcome.verdict = .missingPath
    switch try relocator.file(for: file, at: old) {
    case .moved(let path, let file, let reason):
      outcome.reason = Reason.movedTo(reason).sentence
      return (path, file)
    case .tie(let paths):
      candidates = paths
      outcome.verdict = .ambiguous
      outcome.reason = Reason.severalFiles(paths).sentence
    case .traces(let path):
      candidates = [path]
      outcome.reason = Reason.tracesIn(path).sentence
    case .nothing:
      outcome.hasNothingAlike = true
      outcome.reason = Reason.nothingAlike.sentence
    }
    let takesDecisions = relocator.strategies.accept <= .likely
    let texts = file.hunks.enumerated().map { HunkText($1, number: $0 + 1) }
    let question = OpenQuestion(old.description, candidates.map(\.description), hunks: texts)
    switch takesDecisions ? memory?.decision(on: question) : nil {
    case .file(let name):
      if let path = try? TreePath(Array(name.utf8)), let there = try relocator.tree.file(at: path) {
        outcome.reason = Reason.fileByDecision.sentence
        return (path, there)
      }
    case .leaveOut:
      outcome.isSettled = true
      outcome.verdict = .leftOut
      outcome.reason = Reason.missingFileLeftOut.sentence
      return nil
    default: break
    }
    if outcome.hasNothingAlike, options.leavesOutUnknownFiles {
      outcome.isSettled = true
      outcome.verdict = .leftOut
    }
    outcome.question = question
    return nil
  }
}
