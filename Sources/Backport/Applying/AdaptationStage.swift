// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The third stage: writes the hunks of a file patch for the positions that they have in the file,
/// and has the tolerant strategies find positions for the others.
struct AdaptationStage {
  /// The tolerant strategies, where they are asked for.
  let strategies: StrategySequence?
  /// Whether hunks without context get that of the file, so that any tool takes the result.
  var addsContext = false

  /// The file patch as it applies to the file, or nil where a hunk has no position.
  ///
  /// - Parameters:
  ///   - file: the file patch.
  ///   - placed: the positions of its hunks.
  ///   - target: the file that it is to be applied to.
  ///   - preImage: the file that it was made for, where that is at hand.
  func adapt(
    _ file: FilePatch, _ placed: PlacementStage.Placed, to target: LineTable,
    preImage: LineTable?
  ) -> (adapted: FilePatch?, hunks: [HunkOutcome]) {
    let joining = Self.hunksThatJoinLines(of: file, placed.placements, target)
    if !joining.isEmpty {
      return adapt(file, placed.refusing(joining, .joinsLines), to: target, preImage: preImage)
    }
    if placed.applies {
      let needsContext = addsContext && file.hunks.contains(where: \.lacksContext)
      let adapted =
        needsContext
        ? Self.withContext(file, placed.placements, target) : Self.moved(file, placed.placements)
      return (adapted, placed.outcomes)
    }
    guard let strategies else { return (nil, placed.outcomes) }
    let text = TargetText(target, preImage: preImage)
    let steps = strategies.steps(file.hunks, placed.placements, placed.outcomes, on: text)
    let edits = steps.compactMap(\.edits)
    let hunks = steps.map { step in
      var outcome = step.outcome
      outcome.edits = step.edits
      return outcome
    }
    guard edits.count == steps.count else { return (nil, hunks) }
    var adapted = file
    adapted.hunks = AdaptedHunks.hunks(of: edits.flatMap(\.self), in: text)
    return (adapted, hunks)
  }

  /// The hunks at whose positions a line without a newline would have another one after it.
  private static func hunksThatJoinLines(
    of file: FilePatch, _ placements: [Placement], _ target: LineTable
  ) -> [Int] {
    let endsOpen = target.bytes.last.map { $0 != 0x0A } ?? false
    // A patch may have a million hunks, and hardly any of them is looked at.
    guard endsOpen || !file.hunks.allSatisfy(\.isInBytes) else { return [] }
    return placements.indices.filter { index in
      guard case .placed(let line, _) = placements[index] else { return false }
      let hunk = file.hunks[index]
      if line + hunk.oldCount == target.count {
        return endsOpen && hunk.oldCount == 0 && hunk.newCount > 0
      }
      return !hunk.isInBytes && hunk.lines.contains { $0.kind == .added && !$0.hasNewline }
    }
  }

  /// The file patch with the file's own lines around each change.
  private static func withContext(
    _ file: FilePatch, _ placements: [Placement], _ target: LineTable
  ) -> FilePatch {
    var edits: [LineEdit] = []
    for (hunk, placement) in zip(file.hunks, placements) {
      if case .placed(let line, _) = placement {
        edits.append(LineEdit(line..<(line + hunk.oldCount), HunkText(hunk, number: 0).result))
      }
    }
    var adapted = file
    adapted.hunks = AdaptedHunks.hunks(of: edits, in: TargetText(target, preImage: nil))
    return adapted
  }

  /// The file patch with other line numbers and the same text.
  private static func moved(_ file: FilePatch, _ placements: [Placement]) -> FilePatch {
    if let adapted = movedInOrder(file, placements) { return adapted }
    var order: [(hunk: Int, line: Int)] = []
    order.reserveCapacity(placements.count)
    for (hunk, placement) in placements.enumerated() {
      if case .placed(let line, _) = placement { order.append((hunk, line)) }
    }
    order.sort { ($0.line, $0.hunk) < ($1.line, $1.hunk) }
    var adapted = file
    var growth = 0
    adapted.hunks = order.map { hunk, line in
      var moved = file.hunks[hunk]
      // A range of no lines is named by the line before it.
      moved.oldStart = line + (moved.oldCount == 0 ? 0 : 1)
      moved.newStart = line + growth + (moved.newCount == 0 ? 0 : 1)
      growth += moved.newCount - moved.oldCount
      return moved
    }
    return adapted
  }

  /// The same where all hunks have positions in their own order; nil where they have not.
  ///
  /// A patch that applies at its stated lines, and may have a million hunks, shares them with the original.
  private static func movedInOrder(_ file: FilePatch, _ placements: [Placement]) -> FilePatch? {
    guard placements.count == file.hunks.count else { return nil }
    var (growth, last) = (0, 0)
    var isMoved = false
    func starts(_ hunk: Hunk, _ line: Int) -> (old: Int, new: Int) {
      (line + (hunk.oldCount == 0 ? 0 : 1), line + growth + (hunk.newCount == 0 ? 0 : 1))
    }
    for (hunk, placement) in zip(file.hunks, placements) {
      guard case .placed(let line, _) = placement, line >= last else { return nil }
      last = line
      isMoved = isMoved || starts(hunk, line) != (hunk.oldStart, hunk.newStart)
      growth += hunk.newCount - hunk.oldCount
    }
    if !isMoved { return file }
    var adapted = file
    growth = 0
    for (index, placement) in placements.enumerated() {
      guard case .placed(let line, _) = placement else { continue }
      let hunk = file.hunks[index]
      (adapted.hunks[index].oldStart, adapted.hunks[index].newStart) = starts(hunk, line)
      growth += hunk.newCount - hunk.oldCount
    }
    return adapted
  }
}
