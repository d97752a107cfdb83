// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The lines of a file that a patch speaks of, and nothing else of it.
///
/// libgit2's strict apply compares the lines of the hunks with the file. It only copies all other lines, but still hashes
/// them with a SHA-1 that searches for collisions, and needs memory for each.
///
/// The file that it gets has one empty line in place of all lines between two hunks, and of those before the first; it
/// ends with the last hunk. In the patch, each run of added lines is one empty line, and the hunks have the line
/// numbers that follow from that. patchkit compares libgit2's result with the expected one, and replaces the empty lines
/// by the real ones.
///
/// A hunk gets the lines of the file that are at the line number it states. So a number or a context line that is
/// wrong fails as it would on the whole file, and the work is in proportion to the patch.
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

  /// The number of empty lines in place of the lines between two hunks.
  private static func short(_ gap: Int) -> Int { min(gap, 1) }

  /// The hunks with the line numbers that they have in the reduced part.
  ///
  /// - Parameter growth: how many lines longer the part of the file before is after the patch.
  func movedHunks(growth: Int) -> [Hunk] {
    var line = firstLine
    // The line of the reduced part, from 0.
    var reduced = 0
    return hunks.map { hunk in
      let own = Self.lines(hunk)
      reduced += Self.short(own.lowerBound - line)
      var moved = hunk
      moved.oldStart -= own.lowerBound - reduced
      moved.newStart -= own.lowerBound - reduced + growth
      reduced += own.count
      line = own.upperBound
      return moved
    }
  }

  /// The part of the file from its first line to be touched, with nothing of the lines between the hunks.
  func reduced() -> [UInt8] {
    var output: [UInt8] = []
    var line = firstLine
    for hunk in hunks {
      let own = Self.lines(hunk)
      if Self.short(own.lowerBound - line) > 0 { output.append(0x0A) }
      output += bytes(own)
      line = own.upperBound
    }
    return output
  }

  /// Makes the part of the file after, from what became of the reduced one.
  ///
  /// - Parameter take: gets the pieces of the part in their order.
  /// - Returns: false where that is not the reduced one with the hunks' post-images in it, each run of added lines as
  ///   one empty line.
  func restore(from result: [UInt8], _ take: (ArraySlice<UInt8>) -> Void) -> Bool {
    var line = firstLine
    var position = 0
    take(bytes(part.lowerBound..<line))
    for hunk in hunks {
      let own = Self.lines(hunk)
      take(bytes(line..<own.lowerBound))
      position += Self.short(own.lowerBound - line)
      guard let end = hunk.restorePostImage(from: result, at: position, take) else { return false }
      position = end
      line = own.upperBound
    }
    guard position == result.count else { return false }
    take(bytes(line..<part.upperBound))
    return true
  }
}
