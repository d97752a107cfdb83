// SPDX-License-Identifier: GPL-2.0-only

/// One line of a hunk, as a range of the hunk's storage.
public struct HunkLine: Sendable, Hashable {
  /// The images of a hunk that a line is in.
  public enum Kind: UInt8, Sendable, Hashable {
    /// In the pre-image and in the post-image.
    case context
    /// In the pre-image alone.
    case removed
    /// In the post-image alone.
    case added
    /// `\ No newline at end of file`: about the line before it.
    case noNewlineMarker
  }

  /// Whether the line is context, removed, added, or a marker about the line before it.
  public let kind: Kind
  /// 1 if a marker byte comes before the content, 0 if it was lost.
  let markerLength: UInt8
  /// The length of the line end in the patch: 0, 1 (`\n`) or 2 (`\r\n` of transport).
  let terminatorLength: UInt8
  /// Whether the line of the file ends with a newline.
  public internal(set) var hasNewline: Bool
  /// Where the raw line starts in the hunk's storage: no input is as large as four bytes can say, and
  /// a large patch has very many lines.
  private let startOffset: UInt32
  private let endOffset: UInt32
  /// Where the raw line starts in the hunk's storage.
  var start: Int { Int(startOffset) }
  /// Where the raw line ends, its line end included.
  var end: Int { Int(endOffset) }

  init(
    kind: Kind, markerLength: UInt8, terminatorLength: UInt8, hasNewline: Bool, start: Int, end: Int
  ) {
    self.kind = kind
    self.markerLength = markerLength
    self.terminatorLength = terminatorLength
    self.hasNewline = hasNewline
    startOffset = UInt32(start)
    endOffset = UInt32(end)
  }

  /// Whether the line is as git writes it: a marker, the content and one newline, which the file has too.
  var isPlain: Bool {
    kind != .noNewlineMarker && markerLength == 1 && terminatorLength == 1 && hasNewline
  }

  /// The content's range in the storage: no marker, no line end.
  var content: Range<Int> { (start + Int(markerLength))..<(end - Int(terminatorLength)) }
}

/// One hunk of a file patch: two ranges of lines, and the lines themselves.
///
/// Lines are ranges of bytes that all hunks of one input share, so a hunk costs 32 bytes and no copy, however many
/// lines it has: a patch may have a million hunks. The pre-image is the context and the removed lines, the post-image
/// the context and the added ones.
public struct Hunk: Sendable {
  /// The bytes, and what of the hunk cannot be read from them again.
  private var text: Text
  private var oldFirst: Int32
  private var newFirst: Int32
  private var oldLength: Length
  private var newLength: Length
  private let headerStart: UInt32
  /// Where the lines end that start after the header, each marked and ended as git writes it; where there is a table
  /// of the lines, the end of the header.
  private var linesEnd: UInt32

  /// The bytes that the lines of hunks point into: one object for all hunks of a text, but for those that were made or
  /// whose lines are not all as git writes them.
  final class Text: Sendable {
    let bytes: [UInt8]
    /// The text after the second `@@`, where it is not the one of the header in the bytes.
    fileprivate let section: [UInt8]?
    /// The lines, where they cannot be read from the bytes.
    fileprivate let lines: [HunkLine]?

    fileprivate init(_ bytes: [UInt8], section: [UInt8]? = nil, lines: [HunkLine]?) {
      (self.bytes, self.section, self.lines) = (bytes, section, lines)
    }

    /// Makes what the hunks of a text share.
    convenience init(_ bytes: [UInt8]) { self.init(bytes, lines: nil) }
  }

  /// A number of lines in 30 bits, and two flags: `HunkHeader.largestNumber` is smaller than 2³⁰.
  ///
  /// The flags of the old length are those of the header and of its text; the first one of the new length says whether
  /// the lines are reversed.
  private struct Length {
    private var bits: UInt32
    private static let most: UInt32 = 1 << 30 - 1

    init(_ count: Int, first: Bool = false, second: Bool = false) {
      bits = 0
      (self.count, self.first, self.second) = (count, first, second)
    }

    var count: Int {
      get { Int(bits & Self.most) }
      set { bits = bits & ~Self.most | min(UInt32(clamping: newValue), Self.most) }
    }
    var first: Bool {
      get { bits & 1 << 30 != 0 }
      set { bits = newValue ? bits | 1 << 30 : bits & ~(1 << 30) }
    }
    var second: Bool {
      get { bits & 1 << 31 != 0 }
      set { bits = newValue ? bits | 1 << 31 : bits & ~(1 << 31) }
    }
  }

  /// Whether the hunk has a header in the bytes.
  private var hasHeader: Bool { oldLength.first }
  /// Whether that header has a text, which is the hunk's.
  private var hasSection: Bool {
    get { oldLength.second }
    set { oldLength.second = newValue }
  }
  /// Whether the hunk reverses the lines in the bytes.
  private var isReversed: Bool {
    get { newLength.first }
    set { newLength.first = newValue }
  }

  /// Makes a hunk from its numbers, its text and its lines.
  ///
  /// - Parameter header: the range of the hunk header in the storage; empty for a made hunk.
  init(
    oldStart: Int, oldCount: Int, newStart: Int, newCount: Int, section: [UInt8],
    lines: [HunkLine], storage: [UInt8], header: Range<Int>
  ) {
    text = Text(storage, section: section.isEmpty ? nil : section, lines: lines)
    (oldFirst, newFirst) = (Int32(clamping: oldStart), Int32(clamping: newStart))
    oldLength = Length(oldCount, first: !header.isEmpty)
    newLength = Length(newCount)
    (headerStart, linesEnd) = (UInt32(header.lowerBound), UInt32(header.upperBound))
  }

  /// Makes a hunk of a header that was read.
  init(_ read: HunkHeader, in text: Text, header: Range<Int>) {
    self.text = text
    (oldFirst, newFirst) = (Int32(clamping: read.oldStart), Int32(clamping: read.newStart))
    oldLength = Length(read.oldCount, first: !header.isEmpty, second: !read.section.isEmpty)
    newLength = Length(read.newCount)
    (headerStart, linesEnd) = (UInt32(header.lowerBound), UInt32(header.upperBound))
  }

  /// The bytes that the lines point into.
  var storage: [UInt8] { text.bytes }

  /// The first line of the pre-image, from 1; 0 where the file does not exist or the range is empty.
  public var oldStart: Int {
    get { Int(oldFirst) }
    set { oldFirst = Int32(clamping: newValue) }
  }
  /// The number of lines of the pre-image.
  public var oldCount: Int {
    get { oldLength.count }
    set { oldLength.count = newValue }
  }
  /// The first line of the post-image.
  public var newStart: Int {
    get { Int(newFirst) }
    set { newFirst = Int32(clamping: newValue) }
  }
  /// The number of lines of the post-image.
  public var newCount: Int {
    get { newLength.count }
    set { newLength.count = newValue }
  }
  /// The text after the second `@@`, as a rule the line that starts the enclosing function.
  public var section: [UInt8] {
    get {
      if let section = text.section { return section }
      guard hasSection else { return [] }
      let line = storage.line(at: header.lowerBound, limit: header.upperBound)
      return (try? HunkHeader(storage, line: line)).map { Array(storage[$0.section]) } ?? []
    }
    set {
      hasSection = false
      if newValue.isEmpty, text.section == nil { return }
      text = Text(storage, section: newValue.isEmpty ? nil : newValue, lines: text.lines)
    }
  }
  /// The lines in their order.
  public var lines: HunkLines {
    HunkLines(
      storage: storage, table: text.lines, range: header.upperBound..<Int(linesEnd),
      isReversed: isReversed)
  }
  /// The range of the hunk header in the storage; empty for a hunk that was made, not read.
  var header: Range<Int> {
    let start = Int(headerStart)
    guard hasHeader else { return start..<start }
    return start..<(isInBytes ? storage.line(at: start, limit: Int(linesEnd)).end : Int(linesEnd))
  }

  /// Whether the lines are in the bytes as git writes them, reversed or not.
  package var isInBytes: Bool { text.lines == nil }

  /// Gives the hunk its lines, which are recorded one by one only where they cannot be read again.
  mutating func setLines(_ lines: [HunkLine]) {
    let start = header.upperBound
    isReversed = false
    var end = start
    for line in lines {
      guard line.isPlain, line.start == end, HunkLines.kind(storage[line.start]) == line.kind else {
        text = Text(storage, section: text.section, lines: lines)
        linesEnd = UInt32(start)
        return
      }
      end = line.end
    }
    if text.lines != nil { text = Text(storage, section: text.section, lines: nil) }
    linesEnd = UInt32(end)
  }

  /// The lines with their markers and ends, where all are as git writes them; nil where they are not.
  package var plainLines: ArraySlice<UInt8>? { isReversed ? nil : bytesOfLines }

  /// The bytes in which the lines are as git writes them, reversed or not; nil where they are not.
  var bytesOfLines: ArraySlice<UInt8>? {
    isInBytes ? storage[header.upperBound..<Int(linesEnd)] : nil
  }

  /// The content of a line: no marker, no line end.
  public func content(of line: HunkLine) -> ArraySlice<UInt8> {
    storage[line.content]
  }

  /// The byte offset in the text read where the hunk header starts, or nil for a made hunk.
  package var headerOffset: Int? { header.isEmpty ? nil : header.lowerBound }

  /// The number of lines that the hunk adds.
  public var addedCount: Int { lines.count { $0.kind == .added } }
  /// The number of lines that the hunk removes.
  public var removedCount: Int { lines.count { $0.kind == .removed } }

  /// Whether a line has a NUL byte in it.
  package var hasNUL: Bool {
    if let bytesOfLines { return bytesOfLines.holds(0) }
    return lines.contains { content(of: $0).holds(0) }
  }

  /// The number of context lines before the first change.
  package var leadingContext: Int { lines.prefix { $0.kind == .context }.count }

  /// The number of context lines after the last change.
  package var trailingContext: Int {
    lines.reversed().prefix { $0.kind == .context || $0.kind == .noNewlineMarker }
      .count { $0.kind == .context }
  }

  /// The lines of one side, context included: `.removed` gives the pre-image, `.added` the
  /// post-image.
  package func image(_ side: HunkLine.Kind) -> [HunkLine] {
    lines.filter { $0.kind == .context || $0.kind == side }
  }

  /// The hunk that reverses this one.
  public var reversed: Hunk {
    var copy = self
    (copy.oldStart, copy.newStart) = (newStart, oldStart)
    (copy.oldCount, copy.newCount) = (newCount, oldCount)
    if isInBytes, !isReversed {
      copy.isReversed = true
      return copy
    }
    copy.setTable(
      grouped { line in
        switch line.kind {
        case .removed: line.with(kind: .added)
        case .added: line.with(kind: .removed)
        case .context, .noNewlineMarker: line
        }
      })
    return copy
  }

  /// Gives the hunk a table of its lines.
  private mutating func setTable(_ lines: [HunkLine]) {
    linesEnd = UInt32(header.upperBound)
    isReversed = false
    text = Text(storage, section: text.section, lines: lines)
  }

  /// Whether a line is marked as the end of its file, and a removed line comes after an added one without context
  /// between them.
  package var endsWithAddedFirst: Bool {
    if isInBytes { return false }
    var (isAfterAdded, isAddedFirst, endsFile) = (false, false, false)
    for line in lines {
      switch line.kind {
      case .context: isAfterAdded = false
      case .added: isAfterAdded = true
      case .removed: isAddedFirst = isAddedFirst || isAfterAdded
      case .noNewlineMarker: continue
      }
      endsFile = endsFile || !line.hasNewline
    }
    return isAddedFirst && endsFile
  }

  /// The hunk with the removed lines before the added ones in each run of changed lines; both images stay.
  package var removedFirst: Hunk {
    var copy = self
    copy.setTable(grouped { $0 })
    return copy
  }

  /// The lines with their kinds changed, the removed ones before the added ones in each run of changed lines.
  ///
  /// Every tool writes them in this order. A marker stays with its line.
  private func grouped(_ changed: (HunkLine) -> HunkLine) -> [HunkLine] {
    var result: [HunkLine] = []
    result.reserveCapacity(lines.count)
    var removed: [HunkLine] = []
    var added: [HunkLine] = []
    var last = HunkLine.Kind.context
    func flush() {
      result += removed
      result += added
      removed = []
      added = []
    }
    for line in lines {
      let line = changed(line)
      let kind = line.kind == .noNewlineMarker ? last : line.kind
      switch kind {
      case .removed: removed.append(line)
      case .added: added.append(line)
      case .context, .noNewlineMarker:
        flush()
        result.append(line)
      }
      last = kind
    }
    flush()
    return result
  }
}

extension HunkLine {
  func with(kind: Kind) -> HunkLine {
    HunkLine(
      kind: kind, markerLength: markerLength, terminatorLength: terminatorLength,
      hasNewline: hasNewline, start: start, end: end)
  }
}

extension Hunk: Equatable {
  /// Two hunks are equal when they print the same.
  public static func == (a: Hunk, b: Hunk) -> Bool {
    guard a.oldStart == b.oldStart, a.oldCount == b.oldCount, a.newStart == b.newStart,
      a.newCount == b.newCount, a.section == b.section, a.lines.count == b.lines.count
    else { return false }
    return zip(a.lines, b.lines).allSatisfy { x, y in
      x.kind == y.kind && x.hasNewline == y.hasNewline && a.content(of: x) == b.content(of: y)
    }
  }
}

extension Hunk {
  /// The line that is marked as the end of a side that continues after it, if there is one.
  var misplacedEnd: HunkLine? {
    var (endsOld, endsNew): (HunkLine?, HunkLine?)
    if isInBytes { return nil }
    for line in lines where line.kind != .noNewlineMarker {
      if line.kind != .added {
        if let endsOld { return endsOld }
        if !line.hasNewline { endsOld = line }
      }
      if line.kind != .removed {
        if let endsNew { return endsNew }
        if !line.hasNewline { endsNew = line }
      }
    }
    return nil
  }
}
