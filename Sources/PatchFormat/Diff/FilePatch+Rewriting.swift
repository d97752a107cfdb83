// SPDX-License-Identifier: GPL-2.0-only

/// A hunk of a file patch that is written anew.
package enum RewrittenHunk: Sendable {
  /// A hunk that was read, byte for byte but for the lines that its header states.
  case kept(Hunk, oldStart: Int, newStart: Int)
  /// A hunk that was made.
  case made(Hunk)

  /// The line numbers in the header are those of its present position.
  package var hunk: Hunk {
    switch self {
    case .made(let hunk): return hunk
    case .kept(var hunk, let oldStart, let newStart):
      (hunk.oldStart, hunk.newStart) = (oldStart, newStart)
      return hunk
    }
  }
}

extension FilePatch {
  /// The file patch as it was read, with other hunks in place of its own.
  ///
  /// The header stays byte for byte, and so does everything between and after the hunks.
  ///
  /// - Parameters:
  ///   - bytes: the text that it was read from.
  ///   - hunks: the hunks, in order.
  ///   - index: the blob ids of a new `index` line, in place of the one that is there; nil leaves it.
  package func rewritten(
    in bytes: [UInt8], hunks: [RewrittenHunk], index: (old: [UInt8], new: [UInt8])? = nil
  ) -> [UInt8] {
    var output: [UInt8] = []
    appendHeader(from: bytes, index, to: &output)
    for hunk in hunks {
      switch hunk {
      case .made(let hunk): hunk.append(to: &output)
      case .kept(let hunk, let oldStart, let newStart):
        hunk.appendHeader(oldStart: oldStart, newStart: newStart, to: &output)
        for line in hunk.lines { output += bytes[line.start..<line.end] }
        // A patch has to end with a newline for others to read its last line.
        if output.last != 0x0A { output.append(0x0A) }
      }
    }
    let read = self.hunks.last?.lines.last?.end ?? self.hunks.last?.header.upperBound
    output += bytes[max(read ?? header.upperBound, header.upperBound)..<range.upperBound]
    return output
  }

  private func appendHeader(
    from bytes: [UInt8], _ index: (old: [UInt8], new: [UInt8])?, to output: inout [UInt8]
  ) {
    guard let index else {
      output += bytes[header]
      return
    }
    var position = header.lowerBound
    while position < header.upperBound {
      let line = bytes.line(at: position, limit: header.upperBound)
      if bytes.line(line, hasPrefix: "index "), let dots = oldID, let new = newID {
        output += Array("index ".utf8) + index.old.prefix(dots.count)
        output += Array("..".utf8) + index.new.prefix(new.count)
        // The mode after the ids.
        let following = line.start + 6 + dots.count + 2 + new.count
        output += bytes[min(following, line.end)..<line.end]
      } else {
        output += bytes[line.start..<line.end]
      }
      position = line.end
    }
  }
}

extension Hunk {
  /// Appends the header as it was read, with other line numbers where they differ.
  fileprivate func appendHeader(oldStart: Int, newStart: Int, to output: inout [UInt8]) {
    let raw = storage[header]
    if oldStart == self.oldStart, newStart == self.newStart {
      output += raw
      return
    }
    var position = raw.startIndex
    for (sign, number) in [("-", oldStart), ("+", newStart)] {
      while position < raw.endIndex, raw[position] != sign.utf8.first {
        output.append(raw[position])
        position += 1
      }
      output += sign.utf8
      output += String(number).utf8
      position += 1
      while position < raw.endIndex, (0x30...0x39).contains(raw[position]) { position += 1 }
    }
    output += raw[min(position, raw.endIndex)...]
  }
}
