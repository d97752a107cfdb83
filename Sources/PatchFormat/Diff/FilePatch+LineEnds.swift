// SPDX-License-Identifier: GPL-2.0-only

/// How the lines of a text end.
package enum LineEnds: Sendable, Hashable {
  /// Each with LF alone.
  case lf
  /// Each with CR LF.
  case crlf
  /// Some with LF alone, others with CR LF.
  case mixed

  /// How the lines of a text end; nil where none of them ends.
  package init?(of text: [UInt8]) {
    var position = 0
    var found: LineEnds?
    while position < text.count {
      let line = text.line(at: position, limit: text.count)
      position = line.end
      guard line.isTerminated else { break }
      let hasCR = !line.isEmpty && text[line.contentEnd - 1] == 0x0D
      let own: LineEnds = hasCR ? .crlf : .lf
      if let before = found, before != own {
        self = .mixed
        return
      }
      found = own
    }
    guard let found else { return nil }
    self = found
  }
}

extension FilePatch {
  /// How the lines of the hunks end in the file, on both sides; nil where there are none.
  package var lineEnds: LineEnds? {
    var found: LineEnds?
    for hunk in hunks {
      // Nearly all hunks have no CR.
      if let bytes = hunk.bytesOfLines, !bytes.isEmpty, !bytes.holds(0x0D) {
        if found == .crlf { return .mixed }
        found = .lf
        continue
      }
      for line in hunk.lines where line.kind != .noNewlineMarker && line.hasNewline {
        let own: LineEnds = hunk.content(of: line).last == 0x0D ? .crlf : .lf
        if let found, found != own { return .mixed }
        found = own
      }
    }
    return found
  }

  /// The file patch with all lines of its hunks ended alike.
  ///
  /// - Parameter ends: LF, or CR LF; a line without a newline stays as it is.
  package func withLineEnds(_ ends: LineEnds) -> FilePatch {
    var copy = self
    copy.hasTransportCR = false
    copy.hunks = hunks.map { hunk in
      let lines = hunk.lines.filter { $0.kind != .noNewlineMarker }
      var made = Hunk(
        oldStart: hunk.oldStart, newStart: hunk.newStart, section: hunk.section,
        lines: lines.map { line in
          let content = hunk.content(of: line)
          guard line.hasNewline else { return (line.kind, Array(content)) }
          let bare = content.last == 0x0D ? content.dropLast() : content
          return (line.kind, bare + (ends == .crlf ? [0x0D, 0x0A] : [0x0A]))
        })
      (made.oldCount, made.newCount) = (hunk.oldCount, hunk.newCount)
      return made
    }
    return copy
  }
}
