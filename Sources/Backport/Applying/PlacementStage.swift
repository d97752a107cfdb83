// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The second stage: finds the position of each hunk by its text, at the stated line or where the
/// text is nowhere else.
struct PlacementStage {
  let trustsLineNumbers: Bool

  /// The hunks of a file patch with their positions.
  struct Placed {
    var placements: [Placement]
    var outcomes: [HunkOutcome]

    /// Whether every hunk has a position.
    var applies: Bool { outcomes.allSatisfy(\.verdict.applies) }

    /// The same with some hunks refused.
    func refusing(_ hunks: [Int], _ reason: Reason) -> Placed {
      var copy = self
      for index in hunks {
        copy.placements[index] = .absent(.notFound)
        copy.outcomes[index].verdict = .conflict
        (copy.outcomes[index].line, copy.outcomes[index].evidence) = (nil, nil)
        copy.outcomes[index].reason = reason.sentence
      }
      return copy
    }
  }

  /// Finds the positions of the hunks of a file patch.
  func locate(_ file: FilePatch, in target: LineTable) -> Placed {
    let placements = placements(of: file, in: target)
    var outcomes: [HunkOutcome] = []
    outcomes.reserveCapacity(placements.count)
    var refused: HunkOutcome?
    for (index, placement) in zip(file.hunks.indices, placements) {
      var next = outcome(file.hunks[index], number: index + 1, placement)
      if let refused { next.shareDetails(with: refused) }
      if !next.verdict.applies { refused = next }
      outcomes.append(next)
    }
    return Placed(placements: placements, outcomes: outcomes)
  }

  /// The positions of the hunks.
  ///
  /// The index of the file's lines, which many hunks that are elsewhere need, is freed before outcomes are made.
  @inline(never)
  private func placements(of file: FilePatch, in target: LineTable) -> [Placement] {
    let locator = HunkLocator(target: target, trustsLineNumbers: trustsLineNumbers)
    return locator.locate(count: file.hunks.count) {
      present(file.hunks[$0], in: target)
    } _: {
      HunkShape(file.hunks[$0], trusting: trustsLineNumbers)
    }
  }

  /// A hunk that is at the line that it states, found without its images; nil where it is not there.
  private func present(_ hunk: Hunk, in target: LineTable) -> HunkLocator.PresentHunk? {
    if hunk.oldCount == 0 {
      let isNewFile = target.count == 0 && hunk.lines.allSatisfy { $0.kind == .added }
      return isNewFile ? .init(line: 0, preCount: 0, heading: hunk.section) : nil
    }
    let line = max(0, hunk.oldStart - 1)
    guard line < target.count,
      let found = hunk.foundImage(.removed, in: target.bytes, at: target.start(of: line)),
      found.lineCount > 0
    else { return nil }
    let edges = HunkShape.edges(
      hunk, trusting: trustsLineNumbers, leading: found.context.leading,
      trailing: found.context.trailing)
    guard !edges.isAtStart || line == 0,
      !edges.isAtEnd && !found.endsFile || found.end == target.bytes.count
    else { return nil }
    return .init(line: line, preCount: found.lineCount, heading: hunk.section)
  }

  private func outcome(_ hunk: Hunk, number: Int, _ placement: Placement) -> HunkOutcome {
    let stated = hunk.oldCount == 0 ? hunk.oldStart + 1 : hunk.oldStart
    var outcome = HunkOutcome(number: number, verdict: .conflict, statedLine: stated)
    switch placement {
    case .placed(let line, let evidence):
      outcome.line = line + 1
      outcome.verdict = line + 1 == stated ? .exact : .offset
      outcome.evidence = evidence
    case .alreadyApplied(let line):
      outcome.verdict = .alreadyApplied
      outcome.line = line + 1
      outcome.reason = Reason.resultPresent(line: line + 1).sentence
    case .ambiguous(let candidates):
      outcome.verdict = .ambiguous
      outcome.candidates = candidates.map {
        Candidate(line: $0.line + 1, image: $0.image, heading: $0.heading)
      }
      outcome.reason =
        Reason.severalPositions(
          count: candidates.count,
          someHaveResult: candidates.contains { $0.image == .postImage }
        ).sentence
    case .absent(let absence):
      let edge: Reason.Edge =
        hunk.trailingContext > 0 ? .start : hunk.endsFile ? .endWithoutNewline : .end
      let isPlacedByLine = !trustsLineNumbers && hunk.lacksContext && !hunk.endsFile
      outcome.reason =
        isPlacedByLine && (absence == .notAtEdge || absence == .noContext)
        ? Reason.zeroContext.sentence : Reason.absent(absence, edge: edge).sentence
    }
    return outcome
  }
}

extension Hunk {
  /// Whether the last line of the pre-image has no newline, so that it can only end a file.
  fileprivate var endsFile: Bool { image(.removed).last.map { !$0.hasNewline } ?? false }

  /// Whether nothing but its line number shows where the hunk belongs.
  var lacksContext: Bool { leadingContext == 0 && trailingContext == 0 }
}

extension HunkShape {
  /// The shape of a hunk; with `trusting`, edges say nothing, as in a diff without context.
  init(_ hunk: Hunk, trusting: Bool) {
    // One pass: a large patch has very many hunks.
    var (old, new): ([UInt8], [UInt8]) = ([], [])
    var (oldCount, newCount) = (0, 0)
    var (addsLines, endsFile) = (false, false)
    var context = ContextCount()
    if hunk.oldCount > 0 { old.reserveCapacity(hunk.lines.byteCount) }
    if hunk.newCount > 0 { new.reserveCapacity(hunk.lines.byteCount) }
    func append(_ content: ArraySlice<UInt8>, _ line: HunkLine, to image: inout [UInt8]) {
      image += content
      if line.hasNewline { image.append(0x0A) }
    }
    for line in hunk.lines {
      context.add(line.kind)
      if line.kind == .noNewlineMarker { continue }
      let content = hunk.content(of: line)
      if line.kind != .added {
        oldCount += 1
        endsFile = !line.hasNewline
        append(content, line, to: &old)
      }
      if line.kind != .removed {
        newCount += 1
        addsLines = addsLines || line.kind == .added
        append(content, line, to: &new)
      }
    }
    let edges = Self.edges(
      hunk, trusting: trusting, leading: context.leading, trailing: context.trailing)
    self.init(
      preImage: old, preCount: oldCount, postImage: new, postCount: newCount,
      statedLine: hunk.oldCount == 0 ? hunk.oldStart : max(0, hunk.oldStart - 1),
      isAtStart: edges.isAtStart, isAtEnd: edges.isAtEnd,
      preImageEndsFile: endsFile, heading: hunk.section, addsLines: addsLines)
  }

  /// Whether a hunk with so many lines of context before and after its changes has to be at the start and at
  /// the end of the file.
  ///
  /// git's rule: a hunk at line 1 with less context before than after is at the start of the file, and one
  /// with none after is at its end.
  fileprivate static func edges(
    _ hunk: Hunk, trusting: Bool, leading: Int, trailing: Int
  ) -> (isAtStart: Bool, isAtEnd: Bool) {
    (
      !trusting && hunk.oldStart <= 1 && (leading < trailing || leading == 0),
      !trusting && trailing == 0
    )
  }
}
