// SPDX-License-Identifier: GPL-2.0-only

/// Finds what a file of C defines, from its tokens alone.
///
/// No preprocessor runs. Between declarations every arm of an `#if` is read; inside of one only the
/// first that is not `#if 0` counts for brackets, so that arms that open the same brace twice do no
/// harm. What follows a bracket that never closes is found again at the next brace in column 1.
struct Outliner {
  let bytes: [UInt8]
  let tokens: [CToken]
  var items: [CItem] = []

  /// A part of a declaration at its outermost level.
  struct Part {
    enum Kind: UInt8 { case word, parentheses, brackets, braces, assign, comma, colon, star, other }
    var kind: Kind
    var first: Int
    /// The next token.
    var end: Int
  }

  private struct Condition {
    var isSkipping: Bool
    var isTaken: Bool
    var isSingle: Bool
    var isOuterSkipping: Bool
  }

  private var conditions: [Condition] = []
  private var parts: [Part] = []

  init(_ bytes: [UInt8], _ tokens: [CToken]) {
    self.bytes = bytes
    self.tokens = tokens
  }

  mutating func run() {
    parts.reserveCapacity(64)
    var position = 0
    while position < tokens.count {
      let token = tokens[position]
      switch token.kind {
      case .directive:
        directive(position, isInside: !parts.isEmpty)
        position += 1
      case _ where isSkipping: position += 1
      case .identifier:
        add(.word, position, position + 1)
        position += 1
      case .number, .text:
        add(.other, position, position + 1)
        position += 1
      case .sign: position = sign(token.first, position)
      }
    }
    takeLeadingCalls(isLast: true)
  }

  /// Records macros without a semicolon before a declaration: `EXPORT_SYMBOL(f)`.
  ///
  /// - Parameter isLast: whether nothing follows.
  private mutating func takeLeadingCalls(isLast: Bool = false) {
    while parts.count >= 2, parts[0].kind == .word, parts[1].kind == .parentheses,
      isUppercase(parts[0]), isLast || parts.count > 2 && parts[2].kind == .word,
      isLast || !isAnnotation(parts[2]) || isUppercase(parts[2])
    {
      items.append(macroCall(parts[0], parts[1], end: parts[1].end))
      parts.removeFirst(2)
    }
  }

  private mutating func sign(_ sign: UInt8, _ position: Int) -> Int {
    switch sign {
    case UInt8(ascii: "("):
      let end = skipBrackets(position)
      add(.parentheses, position, end)
      return end
    case UInt8(ascii: "["):
      let end = skipBrackets(position)
      add(.brackets, position, end)
      return end
    case UInt8(ascii: "{"): return openBrace(position)
    case UInt8(ascii: "}"):
      // Of an extern "C", or of a fragment that began inside of something.
      parts.removeAll(keepingCapacity: true)
      return position + 1
    case UInt8(ascii: ";"):
      takeLeadingCalls()
      declaration(to: position + 1)
      parts.removeAll(keepingCapacity: true)
      return position + 1
    case UInt8(ascii: "=") where length(position) == 1: add(.assign, position, position + 1)
    case UInt8(ascii: ","): add(.comma, position, position + 1)
    case UInt8(ascii: ":"): add(.colon, position, position + 1)
    case UInt8(ascii: "*") where length(position) == 1: add(.star, position, position + 1)
    default: add(.other, position, position + 1)
    }
    return position + 1
  }

  private mutating func add(_ kind: Part.Kind, _ first: Int, _ end: Int) {
    parts.append(Part(kind: kind, first: first, end: end))
  }

  private func length(_ position: Int) -> Int { tokens[position].range.count }

  // MARK: Braces

  private mutating func openBrace(_ position: Int) -> Int {
    takeLeadingCalls()
    if parts.count == 2, isWord(parts[0], "extern"), tokens[parts[1].first].kind == .text {
      parts.removeAll(keepingCapacity: true)
      return position + 1
    }
    if parts.contains(where: { $0.kind == .assign }) {
      let end = skipBrackets(position)
      add(.braces, position, end)
      return end
    }
    if let keyword = openedType() {
      let end = skipBrackets(position)
      type(keyword, position, end)
      add(.braces, position, end)
      return end
    }
    // NAME(x) { .field = … } is a variable that a macro makes.
    let isInitializer = position + 1 < tokens.count && tokens[position + 1].first == 0x2E
    if !isInitializer, let function = functionName() {
      let end = skipBrackets(position)
      let first = function.start
      let last = tokens[max(position, end - 1)]
      var item = CItem(
        kind: .function, isMadeByMacro: function.isMadeByMacro,
        nameStart: tokens[function.name].start, nameEnd: tokens[function.name].end,
        nameLine: tokens[function.name].line, firstLine: tokens[first].line, lastLine: last.line,
        firstToken: UInt32(first), endToken: UInt32(end), bodyToken: UInt32(position), parent: -1,
        typeToken: .max)
      if function.isMadeByMacro { item.typeToken = UInt32(function.macro) }
      items.append(item)
      parts.removeAll(keepingCapacity: true)
      return end
    }
    let end = skipBrackets(position)
    parts.removeAll(keepingCapacity: true)
    return end
  }

  /// After the bracket that closes the one at a position, or where the next item begins if none does.
  private mutating func skipBrackets(_ start: Int) -> Int {
    let depthOfConditions = conditions.count
    let isBrace = tokens[start].first == UInt8(ascii: "{")
    var round = 0
    var curly = 0
    var position = start
    while position < tokens.count {
      let token = unsafe tokens.span[unchecked: position]
      if token.kind == .directive {
        directive(position, isInside: true)
        position += 1
        continue
      }
      position += 1
      guard token.kind == .sign, !isSkipping else { continue }
      switch token.first {
      case UInt8(ascii: "("), UInt8(ascii: "["): round += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"):
        round -= 1
        if !isBrace, round <= 0, curly <= 0 { return position }
      case UInt8(ascii: "{"):
        // A brace in column 1 inside of parentheses opens a function: they were never closed.
        if !isBrace, curly == 0, isInColumnOne(token) { return position - 1 }
        curly += 1
      case UInt8(ascii: "}"):
        curly -= 1
        if isBrace, curly <= 0 { return position }
        if !isBrace, curly < 0 { return position - 1 }
      default: break
      }
    }
    guard isBrace else { return position }
    return recovered(start, conditions: depthOfConditions)
  }

  /// After the first closing brace in column 1.
  private mutating func recovered(_ start: Int, conditions depth: Int) -> Int {
    var position = start + 1
    while position < tokens.count {
      let token = tokens[position]
      position += 1
      if token.kind == .sign, token.first == UInt8(ascii: "}"), isInColumnOne(token) {
        conditions.removeAll()
        return position
      }
    }
    return tokens.count
  }

  private func isInColumnOne(_ token: CToken) -> Bool {
    token.start == 0 || bytes[Int(token.start) - 1] == 0x0A
  }

  // MARK: Directives

  private var isSkipping: Bool { conditions.last?.isSkipping ?? false }

  private mutating func directive(_ position: Int, isInside: Bool) {
    let (word, rest) = directiveWord(tokens[position])
    switch word.count {
    case 2 where matches(word, "if"): open(isZero: isZero(rest), isInside: isInside)
    case 5 where matches(word, "ifdef"): open(isZero: false, isInside: isInside)
    case 6 where matches(word, "ifndef"): open(isZero: false, isInside: isInside)
    case 4 where matches(word, "elif"): turn(isZero: isZero(rest), isInside: isInside)
    case 4 where matches(word, "else"): turn(isZero: false, isInside: isInside)
    case 5 where matches(word, "endif"): _ = conditions.popLast()
    case 6 where matches(word, "define"): define(position, rest)
    default: break
    }
  }

  private mutating func open(isZero: Bool, isInside: Bool) {
    let isOuter = isSkipping
    let single = isInside && !isCompleteMacroCall
    conditions.append(
      Condition(
        isSkipping: isOuter || isZero, isTaken: !isZero, isSingle: single || isZero,
        isOuterSkipping: isOuter))
  }

  private mutating func turn(isZero: Bool, isInside: Bool) {
    guard var condition = conditions.popLast() else { return }
    if isInside, !condition.isSkipping, !isCompleteMacroCall { condition.isSingle = true }
    if condition.isOuterSkipping || isZero || condition.isSingle && condition.isTaken {
      condition.isSkipping = true
    } else {
      condition.isSkipping = false
      condition.isTaken = true
    }
    conditions.append(condition)
  }

  /// Whether all that was read of a declaration is a macro that needs no semicolon.
  private var isCompleteMacroCall: Bool {
    parts.count == 2 && parts[0].kind == .word && parts[1].kind == .parentheses
      && isUppercase(parts[0])
  }

  private mutating func define(_ position: Int, _ rest: Range<Int>) {
    var end = rest.lowerBound
    while end < rest.upperBound, Self.isNameByte(bytes[end]) { end += 1 }
    guard end > rest.lowerBound else { return }
    let token = tokens[position]
    let last = lastLine(ofDirective: position)
    items.append(
      CItem(
        kind: .macro, isMadeByMacro: false, nameStart: UInt32(rest.lowerBound),
        nameEnd: UInt32(end),
        nameLine: token.line, firstLine: token.line, lastLine: last, firstToken: UInt32(position),
        endToken: UInt32(position + 1), bodyToken: UInt32(position + 1), parent: -1,
        typeToken: .max))
  }

  private func lastLine(ofDirective position: Int) -> UInt32 {
    let token = tokens[position]
    if position + 1 < tokens.count, tokens[position + 1].line == token.line + 1 {
      return token.line
    }
    let span = bytes.span
    var last = token.line
    for index in token.range where unsafe span[unchecked: index] == 0x0A { last += 1 }
    return last
  }

  private func directiveWord(_ token: CToken) -> (Range<Int>, rest: Range<Int>) {
    let end = Int(token.end)
    var start = Int(token.start) + 1
    while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    var following = start
    while following < end, Self.isNameByte(bytes[following]) { following += 1 }
    var rest = following
    while rest < end, bytes[rest] == 0x20 || bytes[rest] == 0x09 { rest += 1 }
    return (start..<following, rest..<end)
  }

  private func isZero(_ rest: Range<Int>) -> Bool {
    guard let first = rest.first, bytes[first] == UInt8(ascii: "0") else { return false }
    return first + 1 == rest.upperBound || bytes[first + 1] <= 0x20
      || bytes[first + 1] == UInt8(ascii: "/")
  }

  static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
      true
    default: false
    }
  }

  // MARK: Words

  func matches(_ range: Range<Int>, _ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { buffer in
      for index in 0..<range.count {
        if unsafe buffer[index] != bytes[range.lowerBound + index] { return false }
      }
      return true
    }
  }

  func isWord(_ part: Part, _ word: StaticString) -> Bool {
    part.kind == .word && matches(tokens[part.first].range, word)
  }

  func isUppercase(_ part: Part) -> Bool {
    for byte in bytes[tokens[part.first].range] {
      if byte >= UInt8(ascii: "a"), byte <= UInt8(ascii: "z") { return false }
    }
    return true
  }

  /// The parts of the declaration that is being read.
  var current: [Part] { parts }
}
