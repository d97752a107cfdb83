// SPDX-License-Identifier: GPL-2.0-only

/// A field of a header block: mail (RFC 5322), DEP-3 or SUSE.
package struct HeaderField: Sendable, Hashable {
  /// The name as written.
  package var name: String
  /// The value's bytes, continuation lines joined by a newline each, blanks at both ends cut.
  package var value: [UInt8]

  /// Whether the name is `other`; names have no case.
  package func isNamed(_ other: String) -> Bool {
    let (own, theirs) = (name.utf8, other.utf8)
    return own.count == theirs.count
      && zip(own, theirs).allSatisfy { Self.lower($0) == Self.lower($1) }
  }

  private static func lower(_ letter: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter) ? letter | 0x20 : letter
  }

  /// The value on one line, as mail unfolds it: each line end with its indent becomes a space.
  package var unfolded: [UInt8] {
    var output: [UInt8] = []
    var index = 0
    while index < value.count {
      if value[index] == 0x0A {
        index += 1
        while index < value.count, value[index] == 0x20 || value[index] == 0x09 { index += 1 }
        output.append(0x20)
      } else {
        output.append(value[index])
        index += 1
      }
    }
    return output
  }
}

extension [HeaderField] {
  /// The first field of that name.
  func first(named name: String) -> HeaderField? {
    first { $0.isNamed(name) }
  }
}

/// A header block: fields from the start of a text to an empty line or to something else.
struct HeaderBlock {
  var fields: [HeaderField] = []
  /// The end of the fields.
  var end: Int
  /// The end, with the empty line after them.
  var bodyStart: Int

  /// Reads the fields that start at `start`.
  ///
  /// - Parameter isMail: whether the first field's name, too, may hold any sign, as in RFC 5322.
  static func parse(
    _ bytes: [UInt8], from start: Int, limit: Int, isMail: Bool = false
  ) -> HeaderBlock {
    var block = HeaderBlock(end: start, bodyStart: start)
    var position = start
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      let end = bytes.contentEndWithoutCR(line)
      if end == line.start {
        block.bodyStart = line.end
        return block
      }
      if bytes[line.start] == 0x20 || bytes[line.start] == 0x09, !block.fields.isEmpty {
        block.fields[block.fields.count - 1].value += [0x0A] + bytes[line.start..<end]
      } else if !block.fields.isEmpty, bytes.line(line, hasPrefix: ">From ") {
        // A mailbox quotes the line that `git format-patch` starts a mail with.
      } else if let colon = fieldNameEnd(
        bytes, line.start, end, inMail: isMail || !block.fields.isEmpty)
      {
        let name = String(lossy: bytes[line.start..<colon])
        let value = bytes[(colon + 1)..<end].drop { $0 == 0x20 || $0 == 0x09 }
        block.fields.append(HeaderField(name: name, value: Array(value)))
      } else {
        break
      }
      position = line.end
      block.end = position
      block.bodyStart = position
    }
    return block
  }

  /// Where the colon after a field name is; nil where the line is not a field.
  ///
  /// - Parameter inMail: whether the name may hold any sign, as in RFC 5322.
  static func fieldNameEnd(
    _ bytes: [UInt8], _ start: Int, _ end: Int, inMail: Bool = false
  ) -> Int? {
    var index = start
    while index < end, index - start < 77 {
      switch bytes[index] {
      case UInt8(ascii: ":"): return index > start ? index : nil
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        index += 1
      case 0x21...0x7E where inMail: index += 1
      default: return nil
      }
    }
    return nil
  }
}
