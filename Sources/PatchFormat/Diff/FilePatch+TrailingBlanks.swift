// SPDX-License-Identifier: GPL-2.0-only

extension FilePatch {
  /// The file patch without the blanks at the ends of the lines that it adds, as `git am
  /// --whitespace=fix` leaves them out, and the number of those lines.
  ///
  /// A line that the hunk also removes without its blanks keeps them: they are what the hunk is about.
  package func withoutTrailingBlanks() -> (file: FilePatch, count: Int) {
    var count = 0
    var copy = self
    copy.hunks = hunks.map { hunk in
      func bare(_ line: HunkLine) -> ArraySlice<UInt8> {
        let content = hunk.content(of: line)
        let end = content.lastIndex { $0 != 0x20 && $0 != 0x09 }
        return end.map { content[content.startIndex...$0] } ?? content.prefix(0)
      }
      let removed = Set(hunk.lines.lazy.filter { $0.kind == .removed }.map { hunk.content(of: $0) })
      let stripped = hunk.lines.map { line in
        // A line of blanks without a newline stays: without the blanks, nothing would be left of it.
        line.kind == .added && bare(line).count < hunk.content(of: line).count
          && !removed.contains(bare(line)) && (line.hasNewline || !bare(line).isEmpty)
      }
      guard stripped.contains(true) else { return hunk }
      count += stripped.count { $0 }
      var made = Hunk(
        oldStart: hunk.oldStart, newStart: hunk.newStart, section: hunk.section,
        lines: zip(hunk.lines, stripped).filter { $0.0.kind != .noNewlineMarker }.map {
          line, isStripped in
          let content = isStripped ? bare(line) : hunk.content(of: line)
          return (line.kind, Array(content) + (line.hasNewline ? [0x0A] : []))
        })
      (made.oldCount, made.newCount) = (hunk.oldCount, hunk.newCount)
      return made
    }
    return (copy, count)
  }
}
