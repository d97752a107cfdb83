// SPDX-License-Identifier: GPL-2.0-only

/// The lines of a hunk in their order.
///
/// Lines that are marked and ended as git writes them are found in the hunk's bytes each time that they
/// are asked for, so that they need no memory; a hunk with others has a table of all of its lines.
public struct HunkLines: Sendable, BidirectionalCollection {
  let storage: [UInt8]
  /// The lines, where they cannot be read from the storage.
  let table: [HunkLine]?
  /// The bytes of the lines.
  let range: Range<Int>

  /// The number of bytes of all lines as they are in the patch.
  package var byteCount: Int {
    table?.reduce(0) { $0 + $1.end - $1.start } ?? range.count
  }

  /// The position of a line.
  public struct Index: Comparable, Sendable {
    /// The number in the table, or else the offset in the storage.
    fileprivate let offset: Int

    /// Earlier lines come first.
    public static func < (a: Index, b: Index) -> Bool { a.offset < b.offset }
  }

  /// Reads the lines from the first to the last.
  public struct Iterator: IteratorProtocol {
    private let lines: HunkLines
    private var position: Int

    fileprivate init(_ lines: HunkLines) {
      self.lines = lines
      position = lines.startIndex.offset
    }

    /// The next line; nil after the last.
    public mutating func next() -> HunkLine? {
      if let table = lines.table {
        guard position < table.count else { return nil }
        defer { position += 1 }
        return table[position]
      }
      guard position < lines.range.upperBound else { return nil }
      let line = lines.plainLine(at: position)
      position = line.end
      return line
    }
  }

  /// The index of the first line; `endIndex` where the hunk has no line.
  public var startIndex: Index { Index(offset: table == nil ? range.lowerBound : 0) }
  /// The position after the last line.
  public var endIndex: Index { Index(offset: table?.count ?? range.upperBound) }

  /// The position of the line after.
  public func index(after index: Index) -> Index {
    Index(offset: table == nil ? plainLine(at: index.offset).end : index.offset + 1)
  }

  /// The position of the line before.
  public func index(before index: Index) -> Index {
    if table != nil { return Index(offset: index.offset - 1) }
    var start = index.offset - 1
    while start > range.lowerBound, storage[start - 1] != 0x0A { start -= 1 }
    return Index(offset: start)
  }

  /// The line at a position.
  public subscript(index: Index) -> HunkLine {
    table?[index.offset] ?? plainLine(at: index.offset)
  }

  /// The lines from the first.
  public func makeIterator() -> Iterator { Iterator(self) }

  private func plainLine(at start: Int) -> HunkLine {
    let line = storage.line(at: start, limit: range.upperBound)
    return HunkLine(
      kind: Self.kind(storage[start]), markerLength: 1, terminatorLength: 1, hasNewline: true,
      start: start,
      end: line.end)
  }
  /// The kind of a line that begins with a marker.
  static func kind(_ marker: UInt8) -> HunkLine.Kind {
    switch marker {
    case UInt8(ascii: "-"): .removed
    case UInt8(ascii: "+"): .added
    default: .context
    }
  }
}
