// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

// What the shape of the file shows, without a look at the tree.
extension ResultCheck {
  /// Everything that is doubtful about the shape.
  func shape() -> [ResultDoubt] { balance() + labels() + duplicateCases() + unreachable() }

  // MARK: Balance

  /// Brackets and conditions whose balance differs from that of the file before.
  private func balance() -> [ResultDoubt] {
    let (old, new) = (Balance(before), Balance(after))
    var different: [String] = []
    if old.braces != new.braces { different.append("'{' and '}'") }
    if old.parentheses != new.parentheses { different.append("'(' and ')'") }
    if old.conditions != new.conditions { different.append("'#if' and '#endif'") }
    return different.map {
      ResultDoubt(
        check: .balance, line: added.first ?? 1, sentence: "\($0) no longer balance", name: nil)
    }
  }

  /// How many brackets and conditions of a file are open at its end.
  private struct Balance {
    var braces = 0
    var parentheses = 0
    var conditions = 0

    init(_ file: CText) {
      for index in file.words.indices {
        if file.words[index].isInDirective {
          guard index > 0, file.isSign(index - 1, "#"), file.words[index - 1].isInDirective
          else { continue }
          if file.isWord(index, in: ["if", "ifdef", "ifndef"]) { conditions += 1 }
          if file.isWord(index, "endif") { conditions -= 1 }
          continue
        }
        switch file.sign(index) {
        case UInt8(ascii: "{"): braces += 1
        case UInt8(ascii: "}"): braces -= 1
        case UInt8(ascii: "("): parentheses += 1
        case UInt8(ascii: ")"): parentheses -= 1
        default: break
        }
      }
    }
  }

  // MARK: Labels

  /// Labels that are gone to and not there, or there and not used any more, and were not so before.
  private func labels() -> [ResultDoubt] {
    var doubts: [ResultDoubt] = []
    for function in changedFunctions {
      let new = Labels(after, function.words)
      let old = before.function(like: function, of: after).map { Labels(before, $0.words) }
      let name = after.name(of: function)
      for (label, line) in new.used.sorted(by: { $0.value < $1.value })
      where new.set[label] == nil && !(old?.used[label] != nil && old?.set[label] == nil) {
        doubts.append(
          ResultDoubt(
            check: .label, line: line, sentence: "\(name)() has no label '\(label)'", name: label))
      }
      for (label, line) in new.set.sorted(by: { $0.value < $1.value })
      where new.used[label] == nil && !new.isOpen
        && !(old?.set[label] != nil && old?.used[label] == nil)
      {
        doubts.append(
          ResultDoubt(
            check: .label, line: line,
            sentence: "nothing in \(name)() goes to the label '\(label)'", name: label))
      }
    }
    return doubts
  }

  private var changedFunctions: [CText.Function] {
    after.functions.filter { isAdded($0.lines) }
  }

  /// The labels of a function.
  private struct Labels {
    /// Where each is set.
    var set: [String: Int] = [:]
    /// Where each is first gone to.
    var used: [String: Int] = [:]
    /// Whether a label may be used in a way that is not seen: `&&label`, or assembly.
    var isOpen = false

    init(_ file: CText, _ range: Range<Int>) {
      for index in range where index > 0 && index + 1 < file.words.count {
        if file.isWord(index, "&&"), file.isName(index + 1), file.isSign(index - 1, "=,{(") {
          isOpen = true
        }
        guard file.isName(index) else { continue }
        if file.isWord(index, in: ["asm", "__asm__", "asm_volatile_goto"]) { isOpen = true }
        if file.words[index].isInDirective || file.isKeyword(index) { continue }
        if file.isWord(index - 1, "goto") {
          let label = file.text(index)
          used[label] = used[label] ?? file.line(index)
        } else if file.isSign(index + 1, ":"),
          file.isSign(index - 1, ";{}:)") || file.words[index - 1].isInDirective
            || file.isWord(index - 1, "else")
        {
          set[file.text(index)] = file.line(index)
        }
      }
    }
  }

  // MARK: Cases

  /// A `case` twice in one switch, where it was not so before.
  private func duplicateCases() -> [ResultDoubt] {
    lazy var known = before.functions.reduce(into: Set<String>()) { all, function in
      for item in Self.duplicates(before, function.words) { all.insert(item.text) }
    }
    var doubts: [ResultDoubt] = []
    for function in changedFunctions {
      for found in Self.duplicates(after, function.words)
      where (isAdded(found.line) || isAdded(found.first)) && !known.contains(found.text) {
        doubts.append(
          ResultDoubt(
            check: .duplicateCase, line: found.line,
            sentence: "a switch in \(after.name(of: function))() has 'case \(found.text)' twice",
            name: nil))
      }
    }
    return doubts
  }

  private static func duplicates(
    _ file: CText, _ range: Range<Int>
  ) -> [(text: String, first: Int, line: Int)] {
    var found: [(text: String, first: Int, line: Int)] = []
    var scopes: [[String: Int]?] = []
    var isSwitch = false
    for index in range {
      // With conditions, both forms are in the text.
      if file.words[index].isInDirective { return [] }
      if file.isSign(index, "{") {
        scopes.append(isSwitch ? [:] : nil)
        isSwitch = false
      } else if file.isSign(index, "}") {
        _ = scopes.popLast()
      } else if file.isWord(index, "switch") {
        isSwitch = true
      } else if file.isWord(index, "case") {
        var text: [String] = []
        var at = index + 1
        while at < range.upperBound, !file.isSign(at, ":"), text.count < 40 {
          text.append(file.text(at))
          at += 1
        }
        guard let scope = scopes.lastIndex(where: { $0 != nil }) else { continue }
        let key = text.joined(separator: " ")
        if let first = scopes[scope]?[key] {
          found.append((key, first, file.line(index)))
        } else {
          scopes[scope]?[key] = file.line(index)
        }
      }
    }
    return found
  }

  // MARK: Reach

  /// Statements after a `return` or `goto` of the same block, where there were none before.
  private func unreachable() -> [ResultDoubt] {
    changedFunctions.compactMap { function in
      let new = Self.unreached(after, function.words)
      if new.isEmpty { return nil }
      let old =
        before.function(like: function, of: after).map { Self.unreached(before, $0.words).count }
        ?? 0
      guard new.count > old, let line = new.first(where: isAdded) ?? new.first else { return nil }
      return ResultDoubt(
        check: .unreachable, line: line,
        sentence:
          "\(after.name(of: function))() has a statement after a 'return' of the same block",
        name: nil)
    }
  }

  private static func unreached(_ file: CText, _ range: Range<Int>) -> [Int] {
    var lines: [Int] = []
    for index in range
    where index > 0 && !file.words[index].isInDirective && file.isWord(index, "return") {
      // The body of an `if` without braces is not the end of its block.
      guard file.isSign(index - 1, ";{}:"), !file.words[index - 1].isInDirective else { continue }
      // A `}` may end an `if (…) {…} else`; a `do` or the like before `{` does not matter.
      var at = index
      var depth = 0
      while at < range.upperBound, !file.isSign(at, ";") || depth > 0 {
        if file.isSign(at, "({") { depth += 1 }
        if file.isSign(at, ")}") { depth -= 1 }
        at += 1
      }
      let next = at + 1
      guard next < range.upperBound else { continue }
      if file.words[next].isInDirective || file.isSign(next, "};")
        || file.isWord(next, in: ["case", "default"]) || file.isSign(next + 1, ":")
      {
        continue
      }
      lines.append(file.line(next))
    }
    return lines
  }
}
