// SPDX-License-Identifier: GPL-2.0-only

/// Takes C apart into tokens, without a preprocessor: what a directive says stays one token.
///
/// Every input has tokens: a comment or a string without an end goes to the end of the file or of the
/// line. Sources of more than 4 GiB are cut there.
package struct Lexer: Sendable {
  private enum Class {
    static let other: UInt8 = 0
    static let blank: UInt8 = 1
    static let letter: UInt8 = 2
    static let digit: UInt8 = 3
    static let newline: UInt8 = 4
    static let quote: UInt8 = 5
  }

  /// Whether a byte may end a directive or change how it is read.
  private static let directiveStops: [Bool] = (0..<256).map { byte in
    [0x0A, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "/")].contains(UInt8(byte))
  }

  private static let classes: [UInt8] = (0..<256).map { byte in
    switch UInt8(byte) {
    case 0x0A: Class.newline
    case 0x00...0x20: Class.blank
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
      Class.letter
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Class.digit
    case UInt8(ascii: "\""), UInt8(ascii: "'"): Class.quote
    default: Class.other
    }
  }

  /// Makes a lexer.
  package init() {}

  /// The tokens of a file, appended to what the array holds: one array serves many files.
  ///
  /// - Parameters:
  ///   - bytes: the file.
  ///   - line: the number of its first line.
  ///   - takesDirectives: whether `#` at the start of a line begins a directive; not so inside of one.
  package func tokens(
    of bytes: Span<UInt8>, line firstLine: Int = 1, takesDirectives: Bool = true,
    into tokens: inout [CToken]
  ) {
    let classes = Self.classes.span
    let count = min(bytes.count, Int(UInt32.max))
    var position = 0
    var line = UInt32(truncatingIfNeeded: firstLine)
    var isLineStart = takesDirectives
    while position < count {
      let byte = unsafe bytes[unchecked: position]
      let kind = unsafe classes[unchecked: Int(byte)]
      if kind == Class.blank {
        position += 1
        continue
      }
      if kind == Class.newline {
        line &+= 1
        isLineStart = takesDirectives
        position += 1
        continue
      }
      let start = position
      let startLine = line
      var tokenKind = CToken.Kind.sign
      if kind == Class.letter {
        tokenKind = .identifier
        position += 1
        while position < count {
          let next = unsafe classes[unchecked: Int(bytes[unchecked: position])]
          if next != Class.letter && next != Class.digit { break }
          position += 1
        }
        // L"…", u8"…": the prefix belongs to the string.
        if position < count, position - start <= 2 {
          let next = unsafe bytes[unchecked: position]
          if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'"),
            Self.isPrefix(bytes, start, position)
          {
            tokenKind = .text
            position = Self.textEnd(bytes, position, count, &line)
          }
        }
      } else if kind == Class.digit {
        tokenKind = .number
        position = Self.numberEnd(bytes, position, count, classes)
      } else if kind == Class.quote {
        tokenKind = .text
        position = Self.textEnd(bytes, position, count, &line)
      } else if byte == UInt8(ascii: "/"), position + 1 < count,
        bytes[position + 1] == UInt8(ascii: "*")
      {
        position = Self.commentEnd(bytes, position + 2, count, &line)
        continue
      } else if byte == UInt8(ascii: "/"), position + 1 < count,
        bytes[position + 1] == UInt8(ascii: "/")
      {
        position = Self.lineEnd(bytes, position + 2, count, &line)
        continue
      } else if byte == UInt8(ascii: "#"), isLineStart {
        tokenKind = .directive
        position = Self.directiveEnd(bytes, position, count, &line)
      } else if byte == UInt8(ascii: "\\"), position + 1 < count,
        bytes[position + 1] == 0x0A || bytes[position + 1] == 0x0D
      {
        position += 1
        continue
      } else if byte == UInt8(ascii: "."), position + 1 < count,
        classes[Int(bytes[position + 1])] == Class.digit
      {
        tokenKind = .number
        position = Self.numberEnd(bytes, position, count, classes)
      } else {
        position += Self.signLength(bytes, position, count, byte)
      }
      isLineStart = false
      tokens.append(
        CToken(
          start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: position),
          line: startLine, kind: tokenKind, first: byte))
    }
  }

  /// The most bytes of a file that is read as C.
  ///
  /// The tokens need at most ten times as much memory, and the largest file of Linux has 18 MB.
  package static let mostBytes = 32 << 20

  /// The tokens of a file; empty for one of more than `mostBytes`.
  package func tokens(of bytes: [UInt8]) -> [CToken] {
    if bytes.count > Self.mostBytes { return [] }
    var tokens: [CToken] = []
    tokens.reserveCapacity(bytes.count / 5)
    self.tokens(of: bytes.span, into: &tokens)
    return tokens
  }

  /// The words of a directive, appended to what the array holds; their positions are those in the file.
  package func words(
    of directive: CToken, in bytes: Span<UInt8>, into words: inout [CToken]
  ) {
    let first = words.count
    tokens(
      of: bytes.extracting(directive.range), line: Int(directive.line), takesDirectives: false,
      into: &words)
    for index in first..<words.count {
      words[index].start += directive.start
      words[index].end += directive.start
      words[index].isInDirective = true
    }
  }

  private static func isPrefix(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    switch bytes[start] {
    case UInt8(ascii: "L"), UInt8(ascii: "U"): end - start == 1
    case UInt8(ascii: "u"): end - start == 1 || bytes[start + 1] == UInt8(ascii: "8")
    default: false
    }
  }

  /// After a string; a newline ends it unless a backslash comes before it.
  private static func textEnd(
    _ bytes: Span<UInt8>, _ start: Int, _ count: Int, _ line: inout UInt32
  ) -> Int {
    let quote = bytes[start]
    var position = start + 1
    while position < count {
      let byte = unsafe bytes[unchecked: position]
      if byte == quote { return position + 1 }
      if byte == 0x0A { return position }
      if byte == UInt8(ascii: "\\") {
        position += 1
        if position < count, bytes[position] == 0x0D, position + 1 < count,
          bytes[position + 1] == 0x0A
        {
          position += 1
        }
        if position < count, bytes[position] == 0x0A { line &+= 1 }
      }
      position += 1
    }
    return min(position, count)
  }

  private static func commentEnd(
    _ bytes: Span<UInt8>, _ start: Int, _ count: Int, _ line: inout UInt32
  ) -> Int {
    var position = start
    while position < count {
      let byte = unsafe bytes[unchecked: position]
      position += 1
      if byte == UInt8(ascii: "*") {
        if position < count, bytes[position] == UInt8(ascii: "/") { return position + 1 }
      } else if byte == 0x0A {
        line &+= 1
      }
    }
    return count
  }

  /// At the newline that ends a line, continuation lines included.
  private static func lineEnd(
    _ bytes: Span<UInt8>, _ start: Int, _ count: Int, _ line: inout UInt32
  ) -> Int {
    var position = start
    while position < count {
      let byte = unsafe bytes[unchecked: position]
      if byte == 0x0A {
        guard isContinued(bytes, position) else { return position }
        line &+= 1
      }
      position += 1
    }
    return count
  }

  private static func isContinued(_ bytes: Span<UInt8>, _ newline: Int) -> Bool {
    guard newline > 0 else { return false }
    if bytes[newline - 1] == UInt8(ascii: "\\") { return true }
    return bytes[newline - 1] == 0x0D && newline > 1 && bytes[newline - 2] == UInt8(ascii: "\\")
  }

  /// At the newline that ends a directive: a comment that begins in it may go over lines, and belongs
  /// to it.
  private static func directiveEnd(
    _ bytes: Span<UInt8>, _ start: Int, _ count: Int, _ line: inout UInt32
  ) -> Int {
    let stops = directiveStops.span
    var position = start
    var quote: UInt8 = 0
    while position < count {
      let byte = unsafe bytes[unchecked: position]
      if quote == 0, unsafe !stops[unchecked: Int(byte)] {
        position += 1
        continue
      }
      if byte == 0x0A {
        guard isContinued(bytes, position) else { return position }
        line &+= 1
      } else if quote != 0 {
        if byte == UInt8(ascii: "\\"), position + 1 < count, bytes[position + 1] != 0x0A,
          bytes[position + 1] != 0x0D
        {
          position += 1
        } else if byte == quote {
          quote = 0
        }
      } else if byte == UInt8(ascii: "\"") {
        quote = byte
      } else if byte == UInt8(ascii: "'") {
        // A character, not the apostrophe of an #error's sentence: '"' must not open a string.
        if position + 2 < count, bytes[position + 2] == byte {
          position += 2
        } else if position + 3 < count, bytes[position + 1] == UInt8(ascii: "\\"),
          bytes[position + 3] == byte
        {
          position += 3
        }
      } else if byte == UInt8(ascii: "/"), position + 1 < count {
        if bytes[position + 1] == UInt8(ascii: "*") {
          position = commentEnd(bytes, position + 2, count, &line)
          continue
        }
        if bytes[position + 1] == UInt8(ascii: "/") {
          return lineEnd(bytes, position + 2, count, &line)
        }
      }
      position += 1
    }
    return count
  }

  private static func numberEnd(
    _ bytes: Span<UInt8>, _ start: Int, _ count: Int, _ classes: Span<UInt8>
  ) -> Int {
    var position = start + 1
    while position < count {
      let byte = bytes[position]
      let kind = classes[Int(byte)]
      if kind == Class.letter || kind == Class.digit || byte == UInt8(ascii: ".") {
        position += 1
      } else if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-"),
        isExponent(bytes, start, position)
      {
        position += 1
      } else {
        break
      }
    }
    return position
  }

  /// Whether a sign after an e or a p belongs to the number: not in 0x1e+1.
  private static func isExponent(_ bytes: Span<UInt8>, _ start: Int, _ position: Int) -> Bool {
    let isHex =
      bytes[start] == UInt8(ascii: "0") && position > start + 1
      && bytes[start + 1] | 0x20 == UInt8(ascii: "x")
    return bytes[position - 1] | 0x20 == UInt8(ascii: isHex ? "p" : "e")
  }

  /// How many bytes an operator has: the longest that C knows.
  private static func signLength(
    _ bytes: Span<UInt8>, _ position: Int, _ count: Int, _ byte: UInt8
  ) -> Int {
    guard position + 1 < count else { return 1 }
    let next = bytes[position + 1]
    let third = position + 2 < count ? bytes[position + 2] : 0
    switch byte {
    case UInt8(ascii: "-"):
      return next == UInt8(ascii: ">") || next == UInt8(ascii: "-") || next == UInt8(ascii: "=")
        ? 2 : 1
    case UInt8(ascii: "+"): return next == UInt8(ascii: "+") || next == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "&"): return next == UInt8(ascii: "&") || next == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "|"): return next == UInt8(ascii: "|") || next == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "<"), UInt8(ascii: ">"):
      if next == byte { return third == UInt8(ascii: "=") ? 3 : 2 }
      return next == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "="), UInt8(ascii: "!"), UInt8(ascii: "*"), UInt8(ascii: "/"),
      UInt8(ascii: "%"), UInt8(ascii: "^"):
      return next == UInt8(ascii: "=") ? 2 : 1
    case UInt8(ascii: "#"): return next == byte ? 2 : 1
    case UInt8(ascii: "."): return next == byte && third == byte ? 3 : 1
    default: return 1
    }
  }
}
