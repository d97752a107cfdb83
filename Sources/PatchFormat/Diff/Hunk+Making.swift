// SPDX-License-Identifier: GPL-2.0-only

extension Hunk {
  /// Makes a hunk from lines of a file, newlines included where they have one.
  package init(
    oldStart: Int, newStart: Int, section: [UInt8],
    lines written: [(kind: HunkLine.Kind, bytes: [UInt8])]
  ) {
    var storage: [UInt8] = []
    var lines: [HunkLine] = []
    for (kind, bytes) in written {
      let start = storage.count
      storage += bytes
      let hasNewline = bytes.last == 0x0A
      lines.append(
        HunkLine(
          kind: kind, markerLength: 0, terminatorLength: hasNewline ? 1 : 0,
          hasNewline: hasNewline, start: start, end: storage.count))
    }
    self.init(
      oldStart: oldStart, oldCount: lines.count { $0.kind != .added }, newStart: newStart,
      newCount: lines.count { $0.kind != .removed }, section: section, lines: lines,
      storage: storage, header: 0..<0)
  }
}
