// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// Positions and adapts the hunks of one file patch for a file.
struct FileAdapter {
  let trustsLineNumbers: Bool
  /// The tolerant strategies, where they are asked for.
  var strategies: StrategySequence?

  /// The file patch as it applies to the file, or nil where a hunk has no position.
  ///
  /// - Parameters:
  ///   - file: the file patch.
  ///   - target: the file that it is to be applied to.
  ///   - preImage: the file that it was made for, where that is at hand.
  func adapt(
    _ file: FilePatch, to target: LineTable, preImage: LineTable? = nil
  ) -> (adapted: FilePatch?, hunks: [HunkOutcome]) {
    let placed = PlacementStage(trustsLineNumbers: trustsLineNumbers).locate(file, in: target)
    var result = AdaptationStage(strategies: strategies, addsContext: trustsLineNumbers)
      .adapt(file, placed, to: target, preImage: preImage)
    recordPositions(of: &result.hunks, file, in: target)
    return result
  }
  /// Records what the file has where refused hunks were expected.
  private func recordPositions(
    of hunks: inout [HunkOutcome], _ file: FilePatch, in target: LineTable
  ) {
    func expected(_ hunk: HunkOutcome) -> (line: Int, length: Int) {
      // A candidate position has the lines that the hunk expects; the stated line may have others.
      let candidate = hunk.candidates.first.map { $0.line - 1 }
      let length =
        file.hunks.indices.contains(hunk.number - 1) ? file.hunks[hunk.number - 1].oldCount : 0
      return (candidate ?? hunk.question?.expectedLine ?? hunk.statedLine - 1, length)
    }
    guard target.count > 0, let first = hunks.firstIndex(where: { !$0.verdict.applies }) else {
      return
    }
    let excerpts = FileExcerpts(
      of: target, around: hunks[first...].lazy.filter { !$0.verdict.applies }.map(expected))
    var last = first
    for index in hunks.indices[first...] where !hunks[index].verdict.applies {
      let (line, length) = expected(hunks[index])
      hunks[index].show(excerpts, around: line, length: length)
      hunks[index].shareDetails(with: hunks[last])
      last = index
    }
  }
}
