// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The lines of a file that a patch speaks of, as far from each other as in the file, and nothing else of it.
///
/// libgit2's strict apply reads the lines of the hunks and copies the rest, after hashing all of
/// it with a SHA-1 that searches for collisions. So it gets a file in which every line between the
/// hunks is empty, and those before the first, but for one, and after the last are missing: libgit2
/// needs memory for each line. Its result for the hunks' lines is then inserted between the file's own
/// untouched lines. A line number or a context line that is off by one fails as it would on the whole
/// file; the work is in proportion to the patch.
struct TouchedLines {
  private let whole: LineTable
  /// The hunks in the order of the file, at their lines.
  private let hunks: ArraySlice<Hunk>
  /// The first line of the part of the file that the hunks are in, and the line after its last.
  private let part: Range<Int>

  /// Makes the lines of hunks that match at their stated lines.
  ///
  /// - Parameter part: the lines of the file, from 0, that belong to these hunks; others may come before
  ///   and after.
  init(_ whole: LineTable, hunks: ArraySlice<Hunk>, part: Range<Int>) {
    self.whole = whole
    self.hunks = hunks
    self.part = part
  }

  /// The lines of a hunk in the file, from 0.
  static func lines(_ hunk: Hunk) -> Range<Int> {
    let first = hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
    return first..<(first + hunk.oldCount)
  }

  private func bytes(_ lines: Range<Int>) -> ArraySlice<UInt8> {
    whole.bytes[whole.start(of: lines.lowerBound)..<whole.start(of: lines.upperBound)]
  }

  /// The line of the file, from 0, that the reduced part starts with: the one before the first hunk,
  /// so that a hunk without context is not taken for one that makes a file.
  var firstLine: Int {
    max(part.lowerBound, (hunks.first.map { Self.lines($0).lowerBound } ?? 0) - 1)
  }

  /// The part of the file from its first line to be touched, with every other line empty.
  func reduced() -> [UInt8] {
    var output: [UInt8] = []
    var line = firstLine
    for hunk in hunks {
      let own = Self.lines(hunk)
      output += repeatElement(0x0A, count: own.lowerBound - line)
      output += bytes(own)
      line = own.upperBound
    }
    return output
  }

  /// Makes the part of the file after, from what became of the reduced one.
  ///
  /// - Parameter take: gets the pieces of the part in their order.
  /// - Returns: false where that is not the reduced one with the hunks' post-images in it.
  func restore(from result: [UInt8], _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
    var line = firstLine
    var position = 0
    take(bytes(part.lowerBound..<line))
    for hunk in hunks {
      let own = Self.lines(hunk)
      let gap = own.lowerBound - line
      take(bytes(line..<own.lowerBound))
      position += gap
      for entry in hunk.lines where entry.kind == .context || entry.kind == .added {
        let content = hunk.content(of: entry)
        let end = position + content.count + (entry.hasNewline ? 1 : 0)
        guard end <= result.count, result[position..<(position + content.count)] == content else {
          return false
        }
        take(result[position..<end])
        position = end
      }
      line = own.upperBound
    }
    guard position == result.count else { return false }
    take(bytes(line..<part.upperBound))
    return true
  }
}
