// SPDX-License-Identifier: GPL-2.0-only

/// A quilt `series` file, or SUSE's `series.conf`: patches in order, with options, guards and comments,
/// line for line.
package struct Series: Sendable, Hashable {
  /// A patch of the series.
  package struct Entry: Sendable, Hashable {
    /// The patch's path below the series' folder, as written.
    package var path: [UInt8]
    /// The options as written, such as `-p0` and `-R`.
    package var options: [String]
    /// The text after `#`, without the sign.
    package var comment: [UInt8]?
    /// The components to strip from names: the option `-pN` or `-p N`, else 1.
    ///
    /// Quilt's `-pab` and `-p ab` mean 1.
    package var strip: Int
    /// Whether the patch is reverse-applied (`-R`).
    package var isReversed: Bool
    /// The conditions before the path, as SUSE's `series.conf` has them; none in a quilt series.
    package var guards: [SeriesGuard]
    /// The line in the file, from 1.
    package var line: Int
  }

  /// A line of the file.
  struct SeriesLine: Sendable, Hashable {
    var raw: [UInt8]
    var entry: Entry?
  }

  var lines: [SeriesLine] = []

  /// The patches, in their order.
  package var entries: [Entry] { lines.compactMap(\.entry) }

  /// The patches whose guards let them in, in their order.
  package func entries(symbols: Set<String>) -> [Entry] {
    entries.filter { SeriesGuard.selects($0.guards, symbols: symbols) }
  }

  /// Makes a series of no patch.
  package init() {}

  /// Reads a series file.
  ///
  /// - Throws: `PatchFormatError` where an option is none that quilt knows.
  package init(parsing source: [UInt8], name: String = "series") throws(PatchFormatError) {
    var position = 0
    while position < source.count {
      let line = source.line(at: position, limit: source.count)
      let raw = Array(source[line.start..<line.end])
      let content = source[line.start..<source.contentEndWithoutCR(line)]
      let entry = try Self.entry(
        content, number: lines.count + 1, offset: line.start, name: name)
      lines.append(SeriesLine(raw: raw, entry: entry))
      position = line.end
    }
  }

  /// The file's bytes as they were read.
  package func serialized() -> [UInt8] { lines.flatMap(\.raw) }

  private static func entry(
    _ content: ArraySlice<UInt8>, number: Int, offset: Int, name: String
  ) throws(PatchFormatError) -> Entry? {
    var text = content
    var comment: [UInt8]?
    // quilt reads `#` as the start of a comment at the start of a line or after a blank.
    if let hash = text.indices.first(where: { index in
      text[index] == UInt8(ascii: "#")
        && (index == text.startIndex || text[index - 1] == 0x20 || text[index - 1] == 0x09)
    }) {
      comment = Array(text[(hash + 1)...])
      text = text[..<hash]
    }
    let words = text.split { $0 == 0x20 || $0 == 0x09 }
    guard !words.isEmpty else { return nil }
    // A word that starts with a sign is a guard if a path follows, else it is the path.
    let signed = words.prefix { $0.first == UInt8(ascii: "+") || $0.first == UInt8(ascii: "-") }
    let guards = signed.count < words.count ? Array(signed) : []
    let first = words[guards.count]
    var entry = Entry(
      path: Array(first), options: [], comment: comment, strip: 1, isReversed: false,
      guards: guards.compactMap { SeriesGuard(String(lossy: $0)) }, line: number)
    var rest = words.dropFirst(guards.count + 1).map { String(lossy: $0) }[...]
    while let option = rest.popFirst() {
      entry.options.append(option)
      if option == "-R" || option == "--reverse" {
        entry.isReversed = true
      } else if option == "-p", let value = rest.popFirst() {
        entry.options.append(value)
        entry.strip = try strip(value, number, offset, name)
      } else if option.hasPrefix("-p"), option.count > 2 {
        entry.strip = try strip(String(option.dropFirst(2)), number, offset, name)
      } else {
        throw failure("'\(option)' is not an option of a series", number, offset, name)
      }
    }
    return entry
  }

  private static func strip(
    _ value: String, _ number: Int, _ offset: Int, _ name: String
  ) throws(PatchFormatError) -> Int {
    if value == "ab" { return 1 }
    guard let strip = Int(value), (0...99).contains(strip) else {
      throw failure(
        "'-p\(value)': the number of components to strip must be 0 to 99", number, offset, name)
    }
    return strip
  }

  private static func failure(
    _ message: String, _ number: Int, _ offset: Int, _ name: String
  ) -> PatchFormatError {
    PatchFormatError(
      input: name,
      diagnostic: Diagnostic(
        id: .badSeriesLine, severity: .refused,
        location: SourceLocation(line: number, offset: offset), message: message), others: 0)
  }
}
