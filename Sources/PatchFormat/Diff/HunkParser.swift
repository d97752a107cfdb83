// SPDX-License-Identifier: GPL-2.0-only

/// Reads one hunk: the lines that its header counts, or, where the counts are wrong, the lines that
/// have the shape of a hunk's up to a boundary that leaves no doubt.
struct HunkParser {
  /// What the hunks of the text share.
  let text: Hunk.Text
  let bytes: [UInt8]
  let limit: Int
  /// Take the lines by their shape and ignore the counts, as `git apply --recount` does.
  let recount: Bool
  /// Strip one CR before each line end: the transport put it there.
  let stripsCR: Bool
  /// The lines of the hunk so far; the caller may give memory for them.
  var lines: [HunkLine] = []
  /// What there is to say; the caller takes it over.
  var diagnostics: [PendingDiagnostic] = []

  init(_ text: Hunk.Text, limit: Int, recount: Bool, stripsCR: Bool) {
    (self.text, bytes) = (text, text.bytes)
    (self.limit, self.recount, self.stripsCR) = (limit, recount, stripsCR)
  }

  /// Why reading by count stopped.
  enum Stop: Equatable {
    case complete
    case endOfInput
    case foreignLine(Int)
    case countExceeded(Int)
  }

  /// Reads the hunk whose header is `line`; returns it and the offset after it.
  mutating func parse(_ header: HunkHeader, line: Line) -> (hunk: Hunk, end: Int) {
    var hunk = Hunk(header, in: text, header: line.start..<line.end)
    lines.removeAll(keepingCapacity: true)
    if recount {
      let shape = scanShape(from: line.end)
      adopt(shape, into: &hunk)
      hunk.setLines(lines)
      return (hunk, shape.end)
    }
    var (end, stop) = readCounted(hunk, from: line.end)
    if stop == .complete {
      end = reportLinesBeyond(hunk, at: end, header: line)
    } else {
      end = repair(&hunk, header: line, stop: stop, readTo: end)
    }
    checkFinalNewline(end: end)
    hunk.setLines(lines)
    return (hunk, end)
  }

  /// Takes lines until the header's counts are used up.
  private mutating func readCounted(_ hunk: Hunk, from start: Int) -> (Int, Stop) {
    var old = hunk.oldCount
    var new = hunk.newCount
    var position = start
    // Where the first line starts that is context only if the space before its tab was lost.
    var firstTab: Int?
    // A header may claim a thousand million lines: reserve what the input can hold at most.
    lines.reserveCapacity(min(max(old, new) + 8, (limit - start) / 2 + 1, 4096))
    while old > 0 || new > 0 {
      // Only counts that hold in the end show that a line with a tab is context.
      func stopped(_ stop: Stop) -> (Int, Stop) {
        firstTab.map { ($0, .foreignLine($0)) } ?? (position, stop)
      }
      if position >= limit { return stopped(.endOfInput) }
      let line = bytes.line(at: position, limit: limit)
      guard let entry = entry(line) ?? contextFromTab(line) else {
        return stopped(.foreignLine(position))
      }
      switch entry.kind {
      case .context:
        if old == 0 || new == 0 { return stopped(.countExceeded(position)) }
        old -= 1
        new -= 1
        if entry.markerLength == 0 {
          if !line.isEmpty, bytes[line.start] == 0x09 { firstTab = firstTab ?? position }
          noteLostSpace(line)
        }
      case .removed:
        if old == 0 { return stopped(.countExceeded(position)) }
        old -= 1
      case .added:
        if new == 0 { return stopped(.countExceeded(position)) }
        new -= 1
      case .noNewlineMarker:
        dropNewline(&lines)
      }
      lines.append(entry)
      position = line.end
    }
    if position < limit, bytes[position] == UInt8(ascii: "\\") {
      let line = bytes.line(at: position, limit: limit)
      if let entry = entry(line) {
        dropNewline(&lines)
        lines.append(entry)
        position = line.end
      }
    }
    return (position, .complete)
  }

  /// The line as one of a hunk, or nil for a line that no hunk holds.
  @inline(__always)
  func entry(_ line: Line) -> HunkLine? {
    var terminator = line.end - line.contentEnd
    let hasCR = line.contentEnd > line.start && bytes[line.contentEnd - 1] == 0x0D
    if stripsCR, hasCR, terminator == 1 { terminator = 2 }
    let kind: HunkLine.Kind
    var marker: UInt8 = 1
    if line.isEmpty || (hasCR && line.contentEnd - line.start == 1) {
      // Without the transport's CR to strip, a lone CR is the lost-space form of a CR line.
      kind = .context
      marker = 0
    } else {
      switch bytes[line.start] {
      case UInt8(ascii: " "): kind = .context
      case UInt8(ascii: "-"): kind = .removed
      case UInt8(ascii: "+"): kind = .added
      case UInt8(ascii: "\\"):
        guard bytes.line(line, hasPrefix: "\\ ") else { return nil }
        kind = .noNewlineMarker
      default: return nil
      }
    }
    return HunkLine(
      kind: kind, markerLength: marker, terminatorLength: UInt8(terminator), hasNewline: true,
      start: line.start, end: line.end)
  }

  /// A line that starts with a tab as context whose space was lost, as GNU patch reads it.
  private func contextFromTab(_ line: Line) -> HunkLine? {
    guard !line.isEmpty, bytes[line.start] == 0x09 else { return nil }
    var terminator = line.end - line.contentEnd
    if stripsCR, bytes[line.contentEnd - 1] == 0x0D, terminator == 1 { terminator = 2 }
    return HunkLine(
      kind: .context, markerLength: 0, terminatorLength: UInt8(terminator), hasNewline: true,
      start: line.start, end: line.end)
  }

  /// Marks the line before a `\ No newline at end of file` as one without a newline.
  func dropNewline(_ lines: inout [HunkLine]) {
    if let last = lines.indices.last, lines[last].kind != .noNewlineMarker {
      lines[last].hasNewline = false
    }
  }

  mutating func noteLostSpace(_ line: Line) {
    let hasTab = !line.isEmpty && bytes[line.start] == 0x09
    report(
      .contextLostSpace, .assumed, line.start,
      hasTab
        ? "a context line lost the space before its tab"
        : "an empty context line lost the space before it",
      assumption: hasTab ? "a line of context" : "an empty line of context")
  }

  mutating func report(
    _ id: DiagnosticID, _ severity: Diagnostic.Severity, _ offset: Int, _ message: String,
    assumption: String? = nil
  ) {
    diagnostics.append(
      PendingDiagnostic(
        id: id, severity: severity, offset: offset, message: message, assumption: assumption))
  }

  /// A last line that the input ends without a newline: a marker would be here if that were intended.
  private mutating func checkFinalNewline(end: Int) {
    guard end == limit, let last = lines.last, last.terminatorLength == 0,
      last.kind != .noNewlineMarker, last.end > last.start
    else { return }
    report(
      .missingFinalNewline, .assumed, last.start,
      "the patch ends without a newline in the last line of a hunk",
      assumption: "the line ends with a newline")
  }
}
