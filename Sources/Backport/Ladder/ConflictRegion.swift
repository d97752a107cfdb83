// SPDX-License-Identifier: GPL-2.0-only

internal import Git
public import TextAlign

/// A place where a hunk and the target want different things: what a person has to decide.
public struct ConflictRegion: Sendable, Hashable {
  /// The lines of the target, from 0.
  public var range: Range<Int>
  /// What the target has there.
  public var ours: [LineText]
  /// What the hunk expects there.
  public var base: [LineText]
  /// What the hunk wants there.
  public var theirs: [LineText]

  /// Takes the lines that a hunk was aligned with, without those at both ends that all agree on.
  init?(_ hunk: HunkText, span: ClosedRange<Int>, in index: LineIndex) {
    let lines = index.lines
    guard span.upperBound < lines.count else { return nil }
    var range = span.lowerBound..<(span.upperBound + 1)
    var ours = lines[range]
    var base = hunk.base[...]
    let whole = hunk.result
    var theirs = whole[...]
    while let a = ours.first, a == base.first, a == theirs.first {
      (ours, base, theirs) = (ours.dropFirst(), base.dropFirst(), theirs.dropFirst())
    }
    while let a = ours.last, a == base.last, a == theirs.last {
      (ours, base, theirs) = (ours.dropLast(), base.dropLast(), theirs.dropLast())
    }
    range = ours.startIndex..<ours.endIndex
    self.range = range
    self.ours = Array(ours)
    self.base = Array(base)
    self.theirs = Array(theirs)
  }

  /// A name for conflicts of the same three texts: the same wherever they stand.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  public func key() throws(Defect) -> String {
    var text: [UInt8] = []
    for part in [ours, base, theirs] {
      text += "\(part.count)\n".utf8
      text += part.flatMap(\.bytes)
      text.append(0)
    }
    do { return try ObjectID.ofBlob(text).description } catch {
      throw Defect("libgit2 cannot hash: \(error.message)")
    }
  }

  /// How the conflict is written into a file.
  public enum Markers: String, Sendable, Hashable, Codable {
    /// Both sides, as `git merge` writes them.
    case merge
    /// Both sides and what the hunk expected between them.
    case diff3
    /// No markers: the hunks that have no place go into a file beside it, as GNU patch does.
    case reject
  }

  /// The lines with both sides between markers.
  func marked(_ markers: Markers, patch: String) -> [LineText] {
    func mark(_ text: String) -> LineText { LineText(Array((text + "\n").utf8)) }
    // A last line without a newline must not run into a marker.
    func closed(_ lines: [LineText]) -> [LineText] {
      guard let last = lines.last, last.bytes.last != 0x0A else { return lines }
      return lines.dropLast() + [LineText(last.bytes + [0x0A])]
    }
    var lines = [mark("<<<<<<< the tree")] + closed(ours)
    if markers == .diff3 { lines += [mark("||||||| expected by the patch")] + closed(base) }
    return lines + [mark("=======")] + closed(theirs) + [mark(">>>>>>> \(patch)")]
  }
}

extension ConflictRegion {
  /// What a person made of each conflict of a file.
  ///
  /// - Parameters:
  ///   - marked: the file as it was written, with markers.
  ///   - resolved: the file as the person left it.
  /// - Returns: the lines that stand in place of each pair of markers, in order; nil where markers are
  ///   still there or the lines around them are not.
  public static func decisions(marked: [UInt8], resolved: [UInt8]) -> [[UInt8]?] {
    let (old, new) = (LineIndex(LineTable(marked)).lines, LineIndex(LineTable(resolved)).lines)
    let partners = SequenceDiff().partners(old, new)
    func isMark(_ line: LineText, _ sign: String) -> Bool {
      line.bytes.starts(with: Array((sign + " ").utf8))
    }
    var decisions: [[UInt8]?] = []
    var start: Int?
    for (index, line) in old.enumerated() {
      if isMark(line, "<<<<<<<") { start = index }
      guard let first = start, isMark(line, ">>>>>>>") else { continue }
      start = nil
      let before = first == 0 ? -1 : partners[first - 1]
      let behind = index + 1 == old.count ? new.count : partners[index + 1]
      guard let before, let behind, before < behind else {
        decisions.append(nil)
        continue
      }
      let lines = new[(before + 1)..<behind]
      let isOpen = lines.contains { isMark($0, "<<<<<<<") || isMark($0, ">>>>>>>") }
      decisions.append(isOpen ? nil : lines.flatMap(\.bytes))
    }
    return decisions
  }
}

/// What people decided about conflicts before, as git's rerere keeps it.
public struct ResolutionMemory: Sendable {
  private let recall: @Sendable (String) -> [UInt8]?

  /// Makes a memory from a function that gives the lines decided for a conflict's key.
  public init(_ recall: @escaping @Sendable (String) -> [UInt8]?) { self.recall = recall }

  func lines(for region: ConflictRegion) -> [LineText]? {
    guard let key = try? region.key(), let bytes = recall(key) else { return nil }
    let table = LineTable(bytes)
    return (0..<table.count).map { LineText(Array(bytes[table.range(of: $0)])) }
  }
}
