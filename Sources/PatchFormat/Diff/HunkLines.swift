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
  /// Whether the lines are reversed.
  ///
  /// If so, a `+` line of the bytes is a removed line and a `-` line an added one; in each run of changed lines, the `+`
  /// lines come first.
  let isReversed: Bool

  /// The number of bytes of all lines as they are in the patch.
  package var byteCount: Int {
    table?.reduce(0) { $0 + $1.end - $1.start } ?? range.count
  }

  /// The position of a line.
  public struct Index: Comparable, Sendable {
    /// Where the run of changed lines begins that the line is in, if lines are reversed; else, and for a line of
    /// context, the same as `offset`.
    let run: Int
    /// Whether the line is after the first ones of its run, those that the bytes add.
    let isSecond: Bool
    /// The number in the table, or else the offset in the storage.
    let offset: Int

    init(_ offset: Int) { self.init(run: offset, isSecond: false, offset) }
    init(run: Int, isSecond: Bool, _ offset: Int) {
      (self.run, self.isSecond, self.offset) = (run, isSecond, offset)
    }

    /// Earlier lines come first.
    public static func < (a: Index, b: Index) -> Bool {
      if a.run != b.run { return a.run < b.run }
      return a.isSecond == b.isSecond ? a.offset < b.offset : b.isSecond
    }
  }

  /// Reads the lines from the first to the last.
  public struct Iterator: IteratorProtocol {
    private let lines: HunkLines
    private var position: Int
    /// The position in reversed lines; nil in others.
    private var reversed: Index?

    fileprivate init(_ lines: HunkLines) {
      self.lines = lines
      position = lines.table == nil ? lines.range.lowerBound : 0
      reversed = lines.isReversed ? lines.startIndex : nil
    }

    /// The next line; nil after the last.
    public mutating func next() -> HunkLine? {
      if let table = lines.table {
        guard position < table.count else { return nil }
        defer { position += 1 }
        return table[position]
      }
      if let index = reversed {
        guard index.offset < lines.range.upperBound else { return nil }
        reversed = lines.reversedIndex(after: index)
        return lines[index]
      }
      guard position < lines.range.upperBound else { return nil }
      let line = lines.plainLine(at: position)
      position = line.end
      return line
    }
  }

  /// The index of the first line; `endIndex` where the hunk has no line.
  public var startIndex: Index {
    if table != nil { return Index(0) }
    return isReversed ? firstIndex(from: range.lowerBound) : Index(range.lowerBound)
  }
  /// The position after the last line.
  public var endIndex: Index { Index(table?.count ?? range.upperBound) }

  /// The position of the line after.
  public func index(after index: Index) -> Index {
    if table != nil { return Index(index.offset + 1) }
    return isReversed ? reversedIndex(after: index) : Index(plainLine(at: index.offset).end)
  }

  /// The position of the line before.
  public func index(before index: Index) -> Index {
    if table != nil { return Index(index.offset - 1) }
    return isReversed ? reversedIndex(before: index) : Index(start(before: index.offset))
  }

  /// The line at a position.
  public subscript(index: Index) -> HunkLine {
    if let table { return table[index.offset] }
    let line = plainLine(at: index.offset)
    guard isReversed else { return line }
    switch line.kind {
    case .removed: return line.with(kind: .added)
    case .added: return line.with(kind: .removed)
    case .context, .noNewlineMarker: return line
    }
  }

  /// The lines from the first.
  public func makeIterator() -> Iterator { Iterator(self) }

  /// Where the line of the bytes starts that is before an offset.
  func start(before offset: Int) -> Int {
    var start = offset - 1
    while start > range.lowerBound, storage[start - 1] != 0x0A { start -= 1 }
    return start
  }

  /// The line of the bytes that starts at an offset.
  func plainLine(at start: Int) -> HunkLine {
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
