// SPDX-License-Identifier: GPL-2.0-only

extension HunkParser {
  /// What ends a run of lines that have the shape of a hunk's.
  enum Boundary {
    /// The end of the input.
    case endOfInput
    /// A hunk header, a file header or a mail signature: nothing that a hunk holds.
    case hard
    /// Some other line.
    case foreign
  }

  /// The lines that have the shape of a hunk's, whatever the header counts.
  struct Shape {
    var lines: [HunkLine] = []
    var lostSpaces: [Line] = []
    /// Entirely empty lines at the end: context that lost its space, or the text after the hunk.
    var trailingEmpty = 0
    var oldCount = 0
    var newCount = 0
    var end: Int
    var boundary: Boundary
  }

  /// Reads lines by their shape from `start` to the first that cannot be one of a hunk.
  ///
  /// Empty lines at the end are left out: they are counted, and remain text after the hunk.
  func scanShape(from start: Int) -> Shape {
    var shape = Shape(end: start, boundary: .endOfInput)
    var position = start
    var pending: [(HunkLine, Line)] = []
    scan: while position < limit {
      let line = bytes.line(at: position, limit: limit)
      if isHardBoundary(line) {
        shape.boundary = .hard
        break scan
      }
      guard let entry = entry(line) else {
        shape.boundary = .foreign
        break scan
      }
      position = line.end
      if entry.markerLength == 0 {
        pending.append((entry, line))
        continue
      }
      for (blank, line) in pending {
        shape.lines.append(blank)
        shape.lostSpaces.append(line)
      }
      shape.oldCount += pending.count
      shape.newCount += pending.count
      pending.removeAll()
      switch entry.kind {
      case .context:
        shape.oldCount += 1
        shape.newCount += 1
      case .removed: shape.oldCount += 1
      case .added: shape.newCount += 1
      case .noNewlineMarker: dropNewline(&shape.lines)
      }
      shape.lines.append(entry)
      shape.end = position
    }
    shape.trailingEmpty = pending.count
    return shape
  }

  /// Whether a line can be no part of a hunk, whatever the counts: the next header or a signature.
  private func isHardBoundary(_ line: Line) -> Bool {
    switch bytes[line.start] {
    case UInt8(ascii: "@"): return bytes.line(line, hasPrefix: "@@ -")
    case UInt8(ascii: "d"): return bytes.line(line, hasPrefix: "diff ")
    case UInt8(ascii: "I"): return bytes.line(line, hasPrefix: "Index: ")
    case UInt8(ascii: "-"):
      if bytes.contentEndWithoutCR(line) - line.start == 3, bytes.line(line, hasPrefix: "-- ") {
        return true
      }
      guard bytes.line(line, hasPrefix: "--- ") else { return false }
      let next = bytes.line(at: line.end, limit: limit)
      return bytes.line(next, hasPrefix: "+++ ")
    default: return false
    }
  }

  /// Puts the lines found by shape into the hunk, with the counts that they have.
  mutating func adopt(_ shape: Shape, into hunk: inout Hunk) {
    lines = shape.lines
    hunk.oldCount = shape.oldCount
    hunk.newCount = shape.newCount
    diagnostics.removeAll { $0.id == .contextLostSpace && $0.offset >= hunk.header.upperBound }
    for line in shape.lostSpaces { noteLostSpace(line) }
  }

  /// Finds out what a hunk means whose counts and lines disagree; returns the offset after it.
  mutating func repair(_ hunk: inout Hunk, header: Line, stop: Stop, readTo: Int) -> Int {
    let shape = scanShape(from: header.end)
    let claimed = "\(hunk.oldCount) old and \(hunk.newCount) new"
    let found = "\(shape.oldCount) old and \(shape.newCount) new"
    let missingOld = hunk.oldCount - shape.oldCount
    let missingNew = hunk.newCount - shape.newCount
    // The counts are replaced from here on: what the header claimed is in the message.
    adopt(shape, into: &hunk)

    if case .foreignLine(let offset) = stop, shape.boundary == .foreign {
      let line = bytes.line(at: offset, limit: limit)
      let after = scanShape(from: line.end)
      if !after.lines.isEmpty || missingOld <= 0 || missingNew <= 0 {
        report(
          .wrappedLine, .refused, offset,
          "a line inside the hunk has no marker, as after a mailer broke a long line")
      } else {
        report(
          .hunkCountMismatch, .refused, header.start,
          "the hunk header states \(claimed) lines, but only \(found) follow before other text")
      }
      return resume(after: shape.end, past: offset)
    }
    if shape.lines.isEmpty {
      report(
        .hunkCountMismatch, .refused, header.start,
        "the hunk header states \(claimed) lines, but none follow")
      return shape.end
    }
    // Blank context at the very end is lost by editors and mailers; GNU patch assumes up to three.
    if shape.boundary == .endOfInput, missingOld == missingNew, (1...3).contains(missingOld) {
      report(
        .trailingBlankContextLost, .assumed, header.start,
        "\(missingOld) line\(missingOld == 1 ? " is" : "s are") missing at the end of the hunk",
        assumption: "blank context lines were removed")
      // They hold no byte of the input, so that the hunk still prints as it was read.
      let blank = HunkLine(
        kind: .context, markerLength: 0, terminatorLength: 0, hasNewline: true, start: shape.end,
        end: shape.end)
      lines += Array(repeating: blank, count: missingOld)
      hunk.oldCount += missingOld
      hunk.newCount += missingNew
      return shape.end
    }
    if shape.boundary == .endOfInput, missingOld > 0 || missingNew > 0 {
      report(
        .truncatedHunk, .refused, header.start,
        "the input ends inside a hunk: its header states \(claimed) lines, but only \(found) are there"
      )
      return shape.end
    }
    if shape.boundary == .foreign {
      report(
        .hunkCountMismatch, .refused, header.start,
        "the hunk header states \(claimed) lines, but \(found) follow before other text")
      return shape.end
    }
    report(
      .hunkCountMismatch, .assumed, header.start,
      "the hunk header states \(claimed) lines, but \(found) follow",
      assumption: "the lines are correct, and the counts are not")
    return shape.end
  }

  /// Skips the rest of a broken hunk, so that one damage is one finding.
  private func resume(after end: Int, past foreign: Int) -> Int {
    var position = bytes.line(at: foreign, limit: limit).end
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      if isHardBoundary(line) || line.isEmpty { break }
      position = line.end
    }
    return max(end, position)
  }

  /// Says when lines that look like the hunk's follow it; `git apply` drops such lines in silence.
  mutating func reportLinesBeyond(_ hunk: Hunk, at end: Int, header: Line) -> Int {
    guard end < limit else { return end }
    let next = bytes.line(at: end, limit: limit)
    guard !next.isEmpty, !isHardBoundary(next) else { return end }
    switch bytes[next.start] {
    case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: " "): break
    default: return end
    }
    let more = scanShape(from: end)
    guard more.boundary != .foreign,
      more.lines.contains(where: { $0.kind == .added || $0.kind == .removed }),
      more.lostSpaces.isEmpty
    else { return end }
    report(
      .hunkLinesBeyondCount, .refused, end,
      "\(more.lines.count) more lines follow the hunk than its header counts;"
        + " --recount counts the lines instead")
    return end
  }
}
