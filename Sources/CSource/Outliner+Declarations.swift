// SPDX-License-Identifier: GPL-2.0-only

// What a row of words, brackets and signs declares.
extension Outliner {
  struct FunctionName {
    /// The token of the name.
    var name: Int
    /// The first token of the declaration.
    var start: Int
    var isMadeByMacro = false
    /// The macro that makes it.
    var macro = 0
  }

  /// The function whose body would open now; nil where something else opens.
  func functionName() -> FunctionName? {
    let parts = current
    guard var group = parts.lastIndex(where: { $0.kind == .parentheses }) else { return nil }
    for part in parts[(group + 1)...] where part.kind != .word && part.kind != .other { return nil }
    // Annotations after the parameters: __acquires(lock), __attribute__((cold)).
    while let earlier = parts[..<group].lastIndex(where: { $0.kind == .parentheses }),
      earlier > 0, parts[earlier - 1].kind == .word || parts[earlier - 1].kind == .parentheses,
      group > earlier + 1, parts[(earlier + 1)..<group].allSatisfy(isAnnotation),
      !isAttribute(parts[earlier - 1]),
      !isAnnotation(parts[earlier - 1]) || !isLeading(earlier, parts)
    {
      group = earlier
    }
    guard group > 0 else { return nil }
    let before = parts[group - 1]
    if before.kind == .parentheses {
      // int (*f(int a))(int b) { … }, or int (f)(int a) { … }
      guard let name = nestedName(before) else { return nil }
      let macro = group - 2
      // NAME(x)(int a) { … }: a macro makes the name.
      if macro >= 0, parts[macro].kind == .word, isUppercase(parts[macro]) {
        return FunctionName(
          name: name, start: parts[start(of: macro, parts)].first, isMadeByMacro: true,
          macro: parts[macro].first)
      }
      return FunctionName(name: name, start: parts[start(of: group - 1, parts)].first)
    }
    guard before.kind == .word, !isStatementKeyword(before) else { return nil }
    let first = start(of: group - 1, parts)
    let hasType = parts[first..<(group - 1)].contains { !isSpecifier($0) }
    let start = parts[first].first
    if !hasType, isUppercase(before) {
      if let name = firstName(in: parts[group]) {
        return FunctionName(name: name, start: start, isMadeByMacro: true, macro: before.first)
      }
    }
    return FunctionName(name: before.first, start: start)
  }

  /// Where the declaration begins that a part belongs to: after a macro without a
  /// semicolon.
  private func start(of part: Int, _ parts: [Part]) -> Int {
    var first = part
    while first > 0 {
      let before = parts[first - 1]
      if before.kind == .word || before.kind == .star || before.kind == .braces {
        first -= 1
      } else if before.kind == .parentheses, first > 1, isAnnotation(parts[first - 2]) {
        first -= 2
      } else {
        break
      }
    }
    return first
  }

  /// Whether parentheses belong to an annotation that the declaration begins with.
  private func isLeading(_ group: Int, _ parts: [Part]) -> Bool {
    parts[..<(group - 1)].allSatisfy(isSpecifier)
  }

  private func nestedName(_ group: Part) -> Int? {
    var position = group.first + 1
    while position < group.end - 1 {
      let token = tokens[position]
      if token.kind == .identifier {
        let next = tokens[position + 1]
        if next.kind == .sign, next.first == UInt8(ascii: "(") || position + 2 == group.end {
          return position
        }
      } else if token.first != UInt8(ascii: "*") {
        return nil
      }
      position += 1
    }
    return nil
  }

  /// The first name among a macro's arguments, where the first argument is one.
  private func firstName(in group: Part) -> Int? {
    let position = group.first + 1
    guard position + 1 < tokens.count, position < group.end - 1,
      tokens[position].kind == .identifier
    else { return nil }
    let next = tokens[position + 1].first
    return next == UInt8(ascii: ",") || next == UInt8(ascii: ")") ? position : nil
  }

  /// The keyword of the type whose braces would open now: its part.
  func openedType() -> Int? {
    let parts = current
    guard
      let keyword = parts.lastIndex(where: {
        isWord($0, "struct") || isWord($0, "union") || isWord($0, "enum")
      })
    else { return nil }
    var index = keyword + 1
    while index < parts.count {
      switch parts[index].kind {
      case .word:
        if index + 1 < parts.count, parts[index + 1].kind == .parentheses {
          guard isAttribute(parts[index]) else { return nil }
          index += 1
        }
      case .colon where isWord(parts[keyword], "enum"): return keyword
      default: return nil
      }
      index += 1
    }
    return keyword
  }

  /// A type with its members.
  mutating func type(_ keyword: Int, _ open: Int, _ end: Int) {
    let parts = current
    addType(
      parts[keyword], tag(parts[(keyword + 1)...]), start: parts[0].first, open: open, end: end,
      parent: -1)
  }

  /// The tag of a type: its attributes may be on either side of it.
  func tag(_ parts: ArraySlice<Part>) -> Part? {
    parts.last { $0.kind == .word && !isAnnotation($0) }
      ?? parts.last { $0.kind == .word && !isWord($0, "__packed") && !isAttribute($0) }
  }

  /// What a typedef names: a function pointer's name, or its last word that is not an attribute.
  private func typedefName(_ parts: ArraySlice<Part>) -> Int? {
    if let name = declaratorName(parts),
      let token = tokens.indices.contains(name) ? tokens[name] : nil,
      parts.contains(where: { $0.kind == .parentheses && $0.first < name && name < $0.end }),
      token.kind == .identifier
    {
      return name
    }
    for (index, part) in zip(parts.indices, parts).reversed()
    where part.kind == .word && !isWord(part, "__packed") {
      let isCalled = index + 1 < parts.endIndex && parts[index + 1].kind == .parentheses
      if !isCalled || !isAttribute(part) { return part.first }
    }
    return nil
  }

  mutating func addType(
    _ keyword: Part, _ name: Part?, start: Int, open: Int, end: Int, parent: Int32
  ) {
    let kind: CItem.Kind =
      isWord(keyword, "struct") ? .structure : isWord(keyword, "union") ? .union : .enumeration
    var item = self.item(kind, name: name?.first, start: start, end: end)
    item.bodyToken = UInt32(open)
    item.parent = parent
    items.append(item)
    let own = Int32(items.count - 1)
    if kind == .enumeration {
      enumerators(open + 1, end - 1, own)
    } else {
      members(open + 1, end - 1, own)
    }
  }

  func item(_ kind: CItem.Kind, name: Int?, start: Int, end: Int) -> CItem {
    let named = name.map { tokens[$0] }
    return CItem(
      kind: kind, isMadeByMacro: false, nameStart: named?.start ?? tokens[start].start,
      nameEnd: named?.end ?? tokens[start].start, nameLine: named?.line ?? tokens[start].line,
      firstLine: tokens[start].line, lastLine: tokens[max(start, end - 1)].line,
      firstToken: UInt32(start), endToken: UInt32(end), bodyToken: UInt32(end), parent: -1,
      typeToken: .max)
  }

  /// What a declaration declares that ends with a semicolon.
  mutating func declaration(to end: Int) {
    let parts = current
    guard let first = parts.first, first.kind == .word else { return }
    if isWord(first, "typedef") {
      if let name = typedefName(parts[1...]) {
        items.append(item(.typedef, name: name, start: first.first, end: end))
      }
      return
    }
    if isStatementKeyword(first) { return }
    if let assign = parts.firstIndex(where: { $0.kind == .assign }) {
      variables(parts, to: end, first: parts[..<assign])
      return
    }
    if let group = parts.firstIndex(where: { $0.kind == .parentheses }), group > 0 {
      call(parts, group, end)
      return
    }
    variables(parts, to: end, first: parts[...])
  }

  /// A prototype, a function pointer, or a macro used as a declaration.
  private mutating func call(_ parts: [Part], _ group: Int, _ end: Int) {
    if let last = chainBeforeEnd(parts) {
      let name = last - 1
      let first = start(of: name, parts)
      let hasType = parts[first..<name].contains { !isSpecifier($0) }
      if hasType {
        items.append(
          item(.prototype, name: parts[name].first, start: parts[first].first, end: end))
      } else {
        items.append(macroCall(parts[name], parts[last], end: end))
      }
      return
    }
    variables(parts, to: end, first: parts[...])
  }

  /// A macro used as a declaration.
  func macroCall(_ name: Part, _ arguments: Part, end: Int) -> CItem {
    var made = item(.macroCall, name: name.first, start: name.first, end: end)
    made.typeToken = UInt32(name.first)
    if let argument = firstName(in: arguments) {
      made.isMadeByMacro = true
      made.nameStart = tokens[argument].start
      made.nameEnd = tokens[argument].end
      made.nameLine = tokens[argument].line
    }
    return made
  }

  /// The parentheses of the last `name(…)` before the end, annotations apart; nil where there is none.
  private func chainBeforeEnd(_ parts: [Part]) -> Int? {
    guard var group = parts.lastIndex(where: { $0.kind == .parentheses }), group > 0 else {
      return nil
    }
    while let earlier = parts[..<group].lastIndex(where: { $0.kind == .parentheses }), earlier > 0,
      group > earlier + 1, parts[(earlier + 1)..<group].allSatisfy(isAnnotation),
      parts[earlier - 1].kind == .word
    {
      group = earlier
    }
    let name = parts[group - 1]
    guard name.kind == .word,
      !isKnownAnnotation(name) || group == 1 || !isTypeThenName(parts, group - 1)
    else { return nil }
    for part in parts[(group + 1)...] where part.kind == .brackets || part.kind == .colon {
      return nil
    }
    return group
  }

  /// `static int x __aligned(8);`: the word before the annotation is the variable.
  private func isTypeThenName(_ parts: [Part], _ name: Int) -> Bool {
    parts[..<name].filter { $0.kind == .word && !isSpecifier($0) }.count >= 2
  }

  private mutating func variables(_ parts: [Part], to end: Int, first: ArraySlice<Part>) {
    let start = first.startIndex
    let type = typeToken(parts[start...])
    var segment = first.startIndex
    var index = segment
    var isFirst = true
    func segmentEnd(_ from: Int) -> Int {
      parts[from...].firstIndex { $0.kind == .comma } ?? parts.count
    }
    while segment < parts.count {
      index = segmentEnd(segment)
      let whole = parts[segment..<index]
      let head = whole.prefix { $0.kind != .assign }
      if let name = declaratorName(head), !isFirst || isDeclared(head) {
        var made = item(.variable, name: name, start: parts[start].first, end: end)
        made.typeToken = type
        items.append(made)
      }
      isFirst = false
      segment = index + 1
    }
  }

  /// Whether words declare something: `struct x;` and a single word do not.
  private func isDeclared(_ parts: ArraySlice<Part>) -> Bool {
    let words = parts.filter {
      $0.kind == .word && !isKnownAnnotation($0) && (isAnnotation($0) || !isSpecifier($0))
    }
    if let first = words.first,
      isWord(first, "struct") || isWord(first, "union") || isWord(first, "enum")
    {
      let hasBody = parts.contains { $0.kind == .braces }
      return hasBody ? parts.last?.kind != .braces : words.count >= 3
    }
    if parts.contains(where: { $0.kind == .parentheses }) { return true }
    return words.count >= 2
  }

  /// The token that names the type of a declaration: a tag, or the first word that is not a specifier.
  func typeToken(_ parts: ArraySlice<Part>) -> UInt32 {
    var isTagged = false
    for part in parts {
      guard part.kind == .word else { break }
      if isWord(part, "struct") || isWord(part, "union") || isWord(part, "enum") {
        isTagged = true
      } else if isTagged ? !isAnnotation(part) : !isSpecifier(part) {
        return UInt32(part.first)
      }
    }
    return .max
  }

  /// The name that a declarator declares: of a function pointer, or its last word.
  func declaratorName(_ parts: ArraySlice<Part>) -> Int? {
    for part in parts where part.kind == .parentheses {
      guard let index = parts.firstIndex(where: { $0.first == part.first }) else { continue }
      if index > parts.startIndex, isAnnotation(parts[index - 1]) { continue }
      if let name = pointerName(part) { return name }
    }
    var name: Int?
    var isTag = false
    for (index, part) in zip(parts.indices, parts) {
      switch part.kind {
      case .word:
        if isWord(part, "struct") || isWord(part, "union") || isWord(part, "enum") {
          isTag = true
          continue
        }
        let isCalled =
          index + 1 < parts.endIndex && parts[index + 1].kind == .parentheses && name != nil
        if isTag {
          isTag = isAnnotation(part)
          if parts[(index + 1)...].contains(where: { $0.kind == .word }) { continue }
        }
        if name != nil, isKnownAnnotation(part) || isCalled { continue }
        name = part.first
      case .colon, .assign: return name
      default: continue
      }
    }
    return name
  }

  /// `(*name)`, `(*name[4])`, `(*name(int))`.
  private func pointerName(_ group: Part) -> Int? {
    var position = group.first + 1
    var hasStar = false
    while position < group.end - 1 {
      let token = tokens[position]
      if token.kind == .sign, token.first == UInt8(ascii: "*") {
        hasStar = true
      } else if token.kind == .identifier {
        let next = tokens[position + 1]
        if next.kind == .identifier || next.first == UInt8(ascii: "*") {
          position += 1
          continue
        }
        return hasStar ? position : nil
      } else if token.first != UInt8(ascii: "(") || hasStar == false {
        return nil
      }
      position += 1
    }
    return nil
  }
}
