// SPDX-License-Identifier: GPL-2.0-only

extension Hunk {
  /// The hunk as several that follow each other without a line between them, so that each can be applied by
  /// itself; the hunk alone where it is not longer than one of them.
  ///
  /// - Parameters:
  ///   - most: the lines after which a part ends.
  ///   - bytes: the bytes after which a part ends.
  package func parts(most: Int, bytes: Int) -> [Hunk] {
    guard oldCount + newCount > most || lines.byteCount > bytes else { return [self] }
    var parts: [Hunk] = []
    var own: [HunkLine] = []
    var size = 0
    // The lines of both images before the part, from 0.
    var old = oldCount == 0 ? oldStart : max(0, oldStart - 1)
    var new = newCount == 0 ? newStart : max(0, newStart - 1)
    func end() {
      guard !own.isEmpty else { return }
      let (oldLines, newLines) = (
        own.count { $0.kind == .context || $0.kind == .removed },
        own.count { $0.kind == .context || $0.kind == .added }
      )
      var part = Hunk(
        oldStart: oldLines == 0 ? old : old + 1, oldCount: oldLines,
        newStart: newLines == 0 ? new : new + 1, newCount: newLines, section: [], lines: [],
        storage: storage, header: (own.first?.start ?? 0)..<(own.first?.start ?? 0))
      part.setLines(own)
      parts.append(part)
      old += oldLines
      new += newLines
      (own, size) = ([], 0)
    }
    for line in lines {
      // A marker stays with the line that it is about.
      if line.kind != .noNewlineMarker, own.count >= most || size >= bytes { end() }
      own.append(line)
      size += line.end - line.start
    }
    end()
    return parts
  }
}
