// SPDX-License-Identifier: GPL-2.0-only

// The fields of types and the names of enums.
extension Outliner {
  mutating func enumerators(_ start: Int, _ end: Int, _ parent: Int32) {
    var depth = 0
    var isExpected = true
    for position in start..<max(start, end) {
      let token = tokens[position]
      switch token.kind {
      case .identifier where isExpected && depth == 0:
        var made = item(.enumerator, name: position, start: position, end: position + 1)
        made.parent = parent
        items.append(made)
        isExpected = false
      case .sign:
        switch token.first {
        case UInt8(ascii: "("), UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        case UInt8(ascii: ","): if depth == 0 { isExpected = true }
        default: break
        }
      default: break
      }
    }
  }

  mutating func members(_ start: Int, _ end: Int, _ parent: Int32) {
    var parts: [Part] = []
    var position = start
    while position < end {
      let token = tokens[position]
      var next = position + 1
      switch token.kind {
      case .directive: break
      case .identifier: parts.append(Part(kind: .word, first: position, end: next))
      case .number, .text: parts.append(Part(kind: .other, first: position, end: next))
      case .sign:
        switch token.first {
        case UInt8(ascii: "("), UInt8(ascii: "["):
          next = closing(position, end)
          parts.append(
            Part(
              kind: token.first == UInt8(ascii: "(") ? .parentheses : .brackets, first: position,
              end: next))
        case UInt8(ascii: "{"):
          next = closing(position, end)
          if let keyword = parts.lastIndex(where: {
            isWord($0, "struct") || isWord($0, "union") || isWord($0, "enum")
          }) {
            addType(
              parts[keyword], tag(parts[(keyword + 1)...]), start: parts[0].first, open: position,
              end: next, parent: parent)
          }
          parts.append(Part(kind: .braces, first: position, end: next))
        case UInt8(ascii: "}"): parts.removeAll(keepingCapacity: true)
        case UInt8(ascii: ";"):
          member(parts, parent, next)
          parts.removeAll(keepingCapacity: true)
        case UInt8(ascii: ","): parts.append(Part(kind: .comma, first: position, end: next))
        case UInt8(ascii: ":"): parts.append(Part(kind: .colon, first: position, end: next))
        case UInt8(ascii: "*"): parts.append(Part(kind: .star, first: position, end: next))
        default: parts.append(Part(kind: .other, first: position, end: next))
        }
      }
      position = next
    }
  }

  func closing(_ start: Int, _ end: Int) -> Int {
    var depth = 0
    var position = start
    while position < end {
      let token = tokens[position]
      position += 1
      guard token.kind == .sign else { continue }
      switch token.first {
      case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth <= 0 { return position }
      default: break
      }
    }
    return end
  }

  mutating func member(_ parts: [Part], _ parent: Int32, _ end: Int) {
    guard let first = parts.first else { return }
    if parts.count == 2, first.kind == .word, parts[1].kind == .parentheses {
      membersByMacro(first, parts[1], parent)
      return
    }
    let type = typeToken(parts[...])
    var segment = 0
    while segment < parts.count {
      let index = parts[segment...].firstIndex { $0.kind == .comma } ?? parts.count
      let whole = parts[segment..<index]
      if let name = declaratorName(whole),
        whole.contains(where: { $0.kind == .braces }) == false
          || whole.last?.kind != .braces
      {
        var made = item(.member, name: name, start: first.first, end: end)
        made.parent = parent
        made.typeToken = type
        items.append(made)
      }
      segment = index + 1
    }
  }

  /// `DECLARE_BITMAP(name, bits);` names one of its arguments; `struct_group(name, …)` holds members.
  mutating func membersByMacro(_ macro: Part, _ group: Part, _ parent: Int32) {
    var position = group.first + 1
    let isGroup = bytes[tokens[macro.first].range].contains(UInt8(ascii: "g"))
    while position < group.end - 1 {
      let token = tokens[position]
      if token.kind == .identifier {
        var made = item(.member, name: position, start: macro.first, end: group.end)
        made.isMadeByMacro = true
        made.parent = parent
        made.typeToken = UInt32(macro.first)
        items.append(made)
      }
      if isGroup, token.first == UInt8(ascii: ",") {
        members(position + 1, group.end - 1, parent)
        return
      }
      position += 1
    }
  }
}
