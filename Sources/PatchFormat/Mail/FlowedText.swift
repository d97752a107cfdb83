// SPDX-License-Identifier: GPL-2.0-only

/// Reads a text in `format=flowed` (RFC 3676): takes the stuffed spaces off and joins broken lines.
///
/// A mailer that follows the RFC puts a space before each line that starts with one, so that every
/// context line starts with two. A broken line ends with a space and its rest starts with no marker.
/// Joining is certain only if all hunks come out with the counts of their headers.
struct FlowedText {
  /// The text as it was meant.
  var text: PatchText
  /// The way back to source offsets.
  var map: OffsetMap
  /// How many lines were joined.
  var joins = 0
  /// The source offset of the first line that was joined to the one before it.
  var firstJoin: Int?

  /// Reads a text again as a flowed one; nil where it is right as it is, or comes out no better.
  static func read(
    _ text: PatchText, map: OffsetMap?, deletesSpace: Bool, options: ParseOptions
  ) -> FlowedText? {
    guard text.hasDiff, !options.recount else { return nil }
    if let plain = unstuffed(text, map: map, options: options) {
      if isSound(plain.text) { return plain }
      if let joined = joined(
        plain.text, map: plain.map, deletesSpace: deletesSpace, options: options)
      {
        return joined
      }
    }
    return joined(text, map: map, deletesSpace: deletesSpace, options: options)
  }

  /// Whether no hunk is damaged.
  private static func isSound(_ text: PatchText) -> Bool {
    !text.diagnostics.contains {
      $0.severity == .refused || $0.id == .hunkCountMismatch || $0.id == .contextLostSpace
    }
  }

  /// The text without the spaces that the mailer put before lines; nil where there are none.
  private static func unstuffed(
    _ text: PatchText, map: OffsetMap?, options: ParseOptions
  ) -> FlowedText? {
    let bytes = text.bytes
    var output: [UInt8] = []
    output.reserveCapacity(text.range.count)
    var offsets = OffsetMap()
    var count = 0
    var position = text.range.lowerBound
    while position < text.range.upperBound {
      let line = bytes.line(at: position, limit: text.range.upperBound)
      let isStuffed = !line.isEmpty && bytes[line.start] == 0x20
      let start = isStuffed ? line.start + 1 : line.start
      count += isStuffed ? 1 : 0
      offsets.add(decoded: output.count, source: map?.source(of: start) ?? start)
      output += bytes[start..<line.end]
      position = line.end
    }
    guard count > 0 else { return nil }
    let read = PatchTextParser.parse(output, range: 0..<output.count, options: options)
    return read.hasDiff ? FlowedText(text: read, map: offsets) : nil
  }

  /// The text with its broken lines joined, or nil where that does not make every hunk right.
  private static func joined(
    _ text: PatchText, map: OffsetMap?, deletesSpace: Bool, options: ParseOptions
  ) -> FlowedText? {
    guard text.diagnostics.contains(where: { $0.id == .wrappedLine }) else { return nil }
    let bytes = text.bytes
    let limit = text.range.upperBound
    var output: [UInt8] = []
    output.reserveCapacity(text.range.count)
    var offsets = OffsetMap()
    var joins = 0
    var firstJoin: Int?
    var left = 0
    var position = text.range.lowerBound
    func source(_ offset: Int) -> Int { map?.source(of: offset) ?? offset }
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      offsets.add(decoded: output.count, source: source(line.start))
      position = line.end
      if left <= 0 {
        if bytes.line(line, hasPrefix: "@@ -"), let header = try? HunkHeader(bytes, line: line) {
          left = header.oldCount + header.newCount
        }
        output += bytes[line.start..<line.end]
        continue
      }
      switch line.isEmpty ? 0x20 : bytes[line.start] {
      case UInt8(ascii: " "): left -= 2
      case UInt8(ascii: "+"), UInt8(ascii: "-"): left -= 1
      default: break
      }
      output += bytes[line.start..<line.contentEnd]
      // Take the rest of a broken line: only after a space, and only if it can be no line itself.
      var last = line
      while position < limit, last.contentEnd > last.start, bytes[last.contentEnd - 1] == 0x20 {
        let next = bytes.line(at: position, limit: limit)
        guard !next.isEmpty, !" +-\\@d".utf8.contains(bytes[next.start]) else { break }
        firstJoin = firstJoin ?? source(next.start)
        joins += 1
        if deletesSpace { output.removeLast() }
        offsets.add(decoded: output.count, source: source(next.start))
        output += bytes[next.start..<next.contentEnd]
        position = next.end
        last = next
      }
      output += bytes[last.contentEnd..<last.end]
    }
    guard joins > 0 else { return nil }
    let read = PatchTextParser.parse(output, range: 0..<output.count, options: options)
    guard !read.diagnostics.contains(where: { $0.severity == .refused }) else { return nil }
    return FlowedText(text: read, map: offsets, joins: joins, firstJoin: firstJoin)
  }
}
