// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// The lines of a file that a patch speaks of, at their own line numbers, and nothing else of it.
///
/// libgit2's strict apply reads the lines of the hunks and copies the rest, after hashing all of
/// it with a SHA-1 that searches for collisions. So it gets a file of as many lines, in which
/// every line outside of the hunks is empty and those after the last hunk are missing. Its result
/// for the hunks' lines is then inserted between the file's own untouched lines. A line number or a
/// context line that is off by one fails as it would on the whole file; the work is in proportion
/// to the patch.
struct TouchedLines {
  private let whole: LineTable
  /// The hunks in the order of the file, at their lines.
  private let hunks: [Hunk]

  /// Makes the lines of hunks that match at their stated lines.
  init(_ whole: LineTable, hunks: [Hunk]) {
    self.whole = whole
    self.hunks = hunks
  }

  /// The lines of a hunk in the file, from 0.
  private func lines(_ hunk: Hunk) -> Range<Int> {
    let first = hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
    return first..<(first + hunk.oldCount)
  }

  private func bytes(_ lines: Range<Int>) -> ArraySlice<UInt8> {
    whole.bytes[whole.start(of: lines.lowerBound)..<whole.start(of: lines.upperBound)]
  }

  /// The file with every other line empty.
  func reduced() -> [UInt8] {
    var output: [UInt8] = []
    var line = 0
    for hunk in hunks {
      let own = lines(hunk)
      output += repeatElement(0x0A, count: own.lowerBound - line)
      output += bytes(own)
      line = own.upperBound
    }
    return output
  }

  /// The whole file after, from what became of the reduced one.
  ///
  /// - Returns: nil where that is not the reduced file with the hunks' post-images in it.
  func restored(from result: [UInt8]) -> [UInt8]? {
    var output: [UInt8] = []
    output.reserveCapacity(whole.bytes.count + result.count)
    var line = 0
    var position = 0
    for hunk in hunks {
      let own = lines(hunk)
      let gap = own.lowerBound - line
      output += bytes(line..<own.lowerBound)
      position += gap
      for entry in hunk.lines where entry.kind == .context || entry.kind == .added {
        let content = hunk.content(of: entry)
        let end = position + content.count + (entry.hasNewline ? 1 : 0)
        guard end <= result.count, result[position..<(position + content.count)] == content else {
          return nil
        }
        output += result[position..<end]
        position = end
      }
      line = own.upperBound
    }
    guard position == result.count else { return nil }
    output += bytes(line..<whole.count)
    return output
  }
}
