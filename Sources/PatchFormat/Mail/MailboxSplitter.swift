// SPDX-License-Identifier: GPL-2.0-only

/// Takes an input apart into mails as its bytes come, so that no more than one mail has to be kept.
///
/// An input that is not a mailbox is one part. The parts together are the input, byte for byte.
package struct MailboxSplitter: Sendable {
  /// A part of the input with its position.
  package struct Part: Sendable {
    /// The bytes.
    package var bytes: [UInt8]
    /// The offset of the bytes in the input.
    package var origin: PatchDocument.Origin
  }

  private var buffer: [UInt8] = []
  /// Up to where the buffer was looked through, always the start of a line.
  private var looked = 0
  private var origin = PatchDocument.Origin()
  /// Up to where the line that is looked at was searched for its end.
  private var searched = 0
  /// Whether the input is a mailbox; nil while nothing but blanks came.
  package private(set) var isMailbox: Bool?

  /// How many bytes wait for the end of their mail.
  package var waiting: Int { buffer.count }

  /// Starts an input.
  package init() {}

  /// Makes room for a whole input of a size.
  package mutating func reserve(_ size: Int) { buffer.reserveCapacity(size) }

  /// Takes the next bytes of the input, and gives the mails that are whole by now.
  package mutating func feed(_ bytes: [UInt8]) -> [Part] {
    feed {
      $0 += bytes
      return true
    } ?? []
  }

  /// Takes the next bytes of the input, and gives the mails that are whole by now; nil at the end of the input.
  ///
  /// - Parameter read: appends the bytes; false at the end.
  package mutating func feed<Failure: Error>(
    _ read: (inout [UInt8]) throws(Failure) -> Bool
  ) throws(Failure) -> [Part]? {
    try read(&buffer) ? parts(isEnd: false) : nil
  }

  /// Gives what is left at the end of the input; called once.
  package mutating func finish() -> [Part] {
    var parts = parts(isEnd: true)
    // An empty input is a part too, so that it is reported.
    if !buffer.isEmpty || origin.offset == 0 { parts.append(takeRest()) }
    return parts
  }

  private mutating func parts(isEnd: Bool) -> [Part] {
    var parts: [Part] = []
    var start = 0
    while looked < buffer.count {
      if !isEnd {
        // A line may come in many pieces: none is searched twice.
        guard let end = buffer[max(looked, searched)...].firstIndex(of: 0x0A) else {
          searched = buffer.count
          // No line that starts a mail is that long.
          if isMailbox == nil, buffer.count - looked > 2048 { isMailbox = false }
          if isMailbox == false { looked = buffer.count }
          break
        }
        searched = end
      }
      let line = buffer.line(at: looked, limit: buffer.count)
      let isBlank = buffer[line.start..<line.end].allSatisfy {
        [0x20, 0x09, 0x0A, 0x0D].contains($0)
      }
      if isMailbox == nil, !isBlank {
        // git, too, skips blanks before the first line, also those in it.
        let start = buffer.textStart(from: looked, limit: line.end)
        isMailbox = Mbox.isFromLine(buffer, buffer.line(at: start, limit: line.end))
        if isMailbox == true { origin.mailsBefore = 0 }
        // The first mail takes the blank lines before it along.
      } else if isMailbox == true, Mbox.isFromLine(buffer, line) {
        parts.append(part(Array(buffer[start..<looked])))
        start = looked
      }
      // The rest of an input that is not a mailbox need not be scanned.
      if isMailbox == false { looked = buffer.count } else { looked = line.end }
    }
    if start > 0 {
      buffer.removeFirst(start)
      looked -= start
      searched = max(0, searched - start)
    }
    return parts
  }

  /// Takes what is left as the last part; its lines are not counted, as no part follows.
  private mutating func takeRest() -> Part {
    let part = Part(bytes: buffer, origin: origin)
    origin.offset += buffer.count
    buffer = []
    looked = 0
    searched = 0
    return part
  }

  private mutating func part(_ bytes: [UInt8]) -> Part {
    let part = Part(bytes: bytes, origin: origin)
    origin.offset += bytes.count
    origin.line += bytes.lazy.filter { $0 == 0x0A }.count
    origin.mailsBefore = origin.mailsBefore.map { $0 + 1 }
    return part
  }
}
