// SPDX-License-Identifier: GPL-2.0-only

/// Joins the lines of hunks that a `format=flowed` mailer broke (RFC 3676).
///
/// A broken line ends with a space and its rest starts with no marker. Joining is certain only if
/// every finding was about broken lines and all hunks come out with the counts of their headers.
enum FlowedText {
  /// The text with its lines joined, or nil where that does not make every hunk right.
  static func mend(
    _ text: PatchText, map: OffsetMap?, options: ParseOptions
  ) -> (text: PatchText, map: OffsetMap, joins: Int, firstJoin: Int)? {
    guard !options.recount, text.diagnostics.contains(where: { $0.id == .wrappedLine }) else {
      return nil
    }
    let bytes = text.bytes
    let limit = text.range.upperBound
    var output: [UInt8] = []
    output.reserveCapacity(text.range.count)
    var offsets = OffsetMap()
    var joins = 0
    var firstJoin = 0
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
      // Take the rest of a broken line: only behind a space, and only if it can be no line itself.
      var last = line
      while position < limit, last.contentEnd > last.start, bytes[last.contentEnd - 1] == 0x20 {
        let next = bytes.line(at: position, limit: limit)
        guard !next.isEmpty, !" +-\\@d".utf8.contains(bytes[next.start]) else { break }
        if joins == 0 { firstJoin = source(next.start) }
        joins += 1
        offsets.add(decoded: output.count, source: source(next.start))
        output += bytes[next.start..<next.contentEnd]
        position = next.end
        last = next
      }
      output += bytes[last.contentEnd..<last.end]
    }
    guard joins > 0 else { return nil }
    let joined = PatchTextParser.parse(output, range: 0..<output.count, options: options)
    guard !joined.diagnostics.contains(where: { $0.severity == .refused }) else { return nil }
    return (joined, offsets, joins, firstJoin)
  }
}
