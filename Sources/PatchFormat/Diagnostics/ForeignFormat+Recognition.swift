// SPDX-License-Identifier: GPL-2.0-only

extension ForeignFormat {
  /// How many bytes are read: a format is recognized by its start.
  private static let reach = 1 << 20

  /// Recognizes the form of data that holds no diff.
  ///
  /// - Returns: the form and the offset that shows it; nil for plain text.
  static func recognize(_ bytes: [UInt8], _ range: Range<Int>) -> (format: Self, offset: Int)? {
    let limit = min(range.upperBound, range.lowerBound + reach)
    let start = range.lowerBound
    if let format = byMagic(bytes, start, limit) { return (format, start) }
    if let format = byZeroBytes(bytes, start..<limit) { return (format, start) }
    let first = bytes.textStart(from: start, limit: limit)
    if first >= limit { return (.empty, start) }
    if let format = byFirstLine(bytes, first, limit) { return (format, first) }
    return byLines(bytes, first, limit)
  }

  private static let magics: [(bytes: [UInt8], format: Self)] = [
    ([0x1F, 0x8B], .gzip), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], .xz),
    ([0x28, 0xB5, 0x2F, 0xFD], .zstd), (Array("LZIP".utf8), .lzip), ([0x5D, 0x00, 0x00], .lzma),
    ([0x04, 0x22, 0x4D, 0x18], .lz4), ([0x1F, 0x9D], .compress), (Array("PK\u{3}\u{4}".utf8), .zip),
    ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], .sevenZip), (Array("%PDF-".utf8), .pdf),
    ([0x78, 0x9F, 0x3E, 0x22], .outlookData), (Array("# v2 git bundle".utf8), .bundle),
    (Array("# v3 git bundle".utf8), .bundle),
    ([0xFF, 0xFE, 0x00, 0x00], .utf32), ([0x00, 0x00, 0xFE, 0xFF], .utf32),
    ([0xFF, 0xFE], .utf16), ([0xFE, 0xFF], .utf16),
  ]

  private static func byMagic(_ bytes: [UInt8], _ start: Int, _ limit: Int) -> Self? {
    let head = bytes[start..<limit]
    if let found = magics.first(where: { head.starts(with: $0.bytes) }) { return found.format }
    // bzip2's block size is a digit, and the block's start is always the same.
    if head.count > 9, head.starts(with: "BZh".utf8),
      head.dropFirst(4).starts(with: [0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
    {
      return .bzip2
    }
    if head.count > 262, head.dropFirst(257).starts(with: "ustar".utf8) { return .tar }
    return nil
  }

  /// Text in two or four bytes a letter, or binary data, by where its zero bytes are.
  private static func byZeroBytes(_ bytes: [UInt8], _ range: Range<Int>) -> Self? {
    let head = bytes[range].prefix(4096)
    let zeros = head.indices.filter { bytes[$0] == 0 }
    guard !zeros.isEmpty else { return nil }
    if zeros.count * 10 > head.count * 7 { return .utf32 }
    let even = zeros.count { ($0 - range.lowerBound) % 2 == 0 }
    if zeros.count * 10 > head.count * 3, min(even, zeros.count - even) * 20 <= zeros.count {
      return .utf16
    }
    return .binaryData
  }

  private static func byFirstLine(_ bytes: [UInt8], _ start: Int, _ limit: Int) -> Self? {
    let head = String(lossy: bytes[start..<min(limit, start + 512)])
    let lower = head.lowercased()
    if lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html") || lower.hasPrefix("<head") {
      return .html
    }
    if lower.hasPrefix("<?xml") || lower.hasPrefix("<!doctype") {
      return lower.contains("<html") ? .html : .xml
    }
    if head.hasPrefix("version https://git-lfs.github.com/spec/") { return .lfsPointer }
    if head.hasPrefix("/annex/objects/") { return .annexPointer }
    if head.hasPrefix("-----BEGIN PGP MESSAGE-----") { return .encrypted }
    if head.hasPrefix("begin "), isUuencodeStart(head) { return .uuencoded }
    if let first = head.first, first == "{" || first == "[" {
      let rest = head.dropFirst().drop(while: \.isWhitespace)
      if first == "{" ? rest.hasPrefix("\"") || rest.hasPrefix("}") : rest.hasPrefix("{") {
        return .json
      }
    }
    return nil
  }

  private static func isUuencodeStart(_ head: String) -> Bool {
    let words = head.prefix { $0 != "\n" }.split(separator: " ")
    return words.count >= 3 && (3...4).contains(words[1].count)
      && words[1].allSatisfy { ("0"..."7").contains($0) }
  }

  /// Marks that a diff has at the starts of its lines.
  private static func isDiffMark(_ line: ArraySlice<UInt8>) -> Bool {
    ["diff --git ", "@@ -", "--- a/", "+++ b/", "diff -"].contains { line.starts(with: $0.utf8) }
  }

  /// The forms that lines show: other kinds of diffs, and diffs that something was done to.
  private static func byLines(
    _ bytes: [UInt8], _ start: Int, _ limit: Int
  ) -> (format: Self, offset: Int)? {
    var position = start
    var previous: Line?
    var found: [(format: Self, offset: Int)] = []
    var isBase64 = true
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      let text = bytes[line.start..<bytes.contentEndWithoutCR(line)]
      if isBase64 { isBase64 = isBase64Line(text) }
      if let format = disguise(of: text) {
        return (format, line.start)
      } else if let previous,
        let format = command(of: bytes[previous.start..<bytes.contentEndWithoutCR(previous)], text)
      {
        found.append((format, previous.start))
      }
      previous = line
      position = line.end
    }
    if let first = found.first { return first }
    if isBase64, isEncodedDiff(bytes, start..<limit) { return (.base64, start) }
    let lower = String(lossy: bytes[start..<min(limit, start + 65_536)]).lowercased()
    if lower.contains("<html") || lower.contains("<body") { return (.html, start) }
    return nil
  }

  /// What was done to a line that marks a diff, if anything was.
  private static func disguise(of line: ArraySlice<UInt8>) -> Self? {
    if line.contains(0x1B) {
      return isDiffMark(withoutColours(line)) ? .colouredDiff : nil
    }
    if line.contains(0x0D), line.split(separator: 0x0D).contains(where: isDiffMark) {
      return .carriageReturns
    }
    guard let first = line.first else { return nil }
    if first == UInt8(ascii: ">") || first == UInt8(ascii: "|") {
      let rest = line.drop { $0 == UInt8(ascii: ">") || $0 == UInt8(ascii: "|") || $0 == 0x20 }
      return isDiffMark(rest) ? .quotedDiff : nil
    }
    if line.starts(with: "&gt;".utf8) { return .quotedDiff }
    if first == 0x20 || first == 0x09 {
      let rest = line.drop { $0 == 0x20 || $0 == 0x09 }
      let isHunk = rest.starts(with: "@@ -".utf8) && rest.dropFirst(4).contains(UInt8(ascii: "@"))
      return isHunk ? .indentedDiff : nil
    }
    return nil
  }

  /// A line without the sequences that colour it (`ESC [ … m`) or clear its end (`ESC [ K`).
  private static func withoutColours(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var output: [UInt8] = []
    var index = line.startIndex
    while index < line.endIndex {
      if line[index] == 0x1B, index + 1 < line.endIndex, line[index + 1] == UInt8(ascii: "[") {
        index += 2
        while index < line.endIndex, !(0x40...0x7E).contains(line[index]) { index += 1 }
        index += 1
        continue
      }
      output.append(line[index])
      index += 1
    }
    return output[...]
  }

  /// The kind of diff that has a command in one line and this in the next.
  private static func command(
    of line: ArraySlice<UInt8>, _ next: ArraySlice<UInt8>
  ) -> Self? {
    if line.starts(with: "*** ".utf8), next.starts(with: "--- ".utf8),
      line.last != UInt8(ascii: "*")
    {
      return .contextDiff
    }
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    // `a3 2` and `d3 2`, the commands of RCS.
    if let first = line.first, first == UInt8(ascii: "a") || first == UInt8(ascii: "d") {
      let words = line.dropFirst().split(separator: 0x20, omittingEmptySubsequences: false)
      return words.count == 2 && words.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
        ? .rcsDiff : nil
    }
    let range = line.prefix { isDigit($0) || $0 == UInt8(ascii: ",") }
    let rest = line[range.endIndex...]
    guard let letter = rest.first, let first = range.first, isDigit(first),
      [UInt8(ascii: "a"), UInt8(ascii: "c"), UInt8(ascii: "d")].contains(letter)
    else { return nil }
    let target = rest.dropFirst()
    if target.isEmpty {
      return letter == UInt8(ascii: "d") && !next.isEmpty && !isDigit(next.first ?? 0)
        ? nil : .edScript
    }
    guard target.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ",") }) else { return nil }
    return next.starts(with: "< ".utf8) || next.starts(with: "> ".utf8) ? .normalDiff : nil
  }

  private static func isBase64Line(_ line: ArraySlice<UInt8>) -> Bool {
    line.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "=")
    }
  }

  /// Whether base64 text has a diff in it.
  private static func isEncodedDiff(_ bytes: [UInt8], _ range: Range<Int>) -> Bool {
    let decoded = TransferEncoding.base64.decode(bytes, range).decoded
    return decoded.split(separator: 0x0A).contains(where: isDiffMark)
  }
}
