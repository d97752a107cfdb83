// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

// What the shape of the file shows, without a look at the tree.
extension ResultCheck {
  // MARK: Balance

  /// Brackets and conditions whose balance differs from that of the file before.
  func balance() -> [ResultDoubt] {
    let (old, new) = (Self.balances(of: before), Self.balances(of: after))
    return ["{", "(", "#if"].compactMap { sign in
      guard old[sign] != new[sign] else { return nil }
      let line = added.min() ?? 1
      let what = sign == "#if" ? "'#if' and '#endif'" : sign == "{" ? "'{' and '}'" : "'(' and ')'"
      return ResultDoubt(
        check: .balance, line: line, sentence: "\(what) no longer balance", name: nil)
    }
  }

  private static func balances(of file: ResultFile) -> [String: Int] {
    var counts = ["{": 0, "(": 0, "#if": 0]
    for (index, word) in file.words.enumerated() {
      if word.isInDirective {
        guard index > 0, file.words[index - 1].text == "#", file.words[index - 1].isInDirective
        else { continue }
        if ["if", "ifdef", "ifndef"].contains(word.text) { counts["#if", default: 0] += 1 }
        if word.text == "endif" { counts["#if", default: 0] -= 1 }
        continue
      }
      switch word.text {
      case "{": counts["{", default: 0] += 1
      case "}": counts["{", default: 0] -= 1
      case "(": counts["(", default: 0] += 1
      case ")": counts["(", default: 0] -= 1
      default: break
      }
    }
    return counts
  }

  // MARK: Labels

  /// Labels that are gone to and not there, or there and not used any more, and were not so before.
  func labels() -> [ResultDoubt] {
    var doubts: [ResultDoubt] = []
    for function in changedFunctions {
      let new = Labels(after, function.words)
      let old = before.functions.first { $0.name == function.name }
        .map { Labels(before, $0.words) }
      for (name, line) in new.used.sorted(by: { $0.value < $1.value })
      where new.set[name] == nil && !(old?.used[name] != nil && old?.set[name] == nil) {
        doubts.append(
          ResultDoubt(
            check: .label, line: line, sentence: "\(function.name)() has no label '\(name)'",
            name: name))
      }
      for (name, line) in new.set.sorted(by: { $0.value < $1.value })
      where new.used[name] == nil && !new.isOpen
        && !(old?.set[name] != nil && old?.used[name] == nil)
      {
        doubts.append(
          ResultDoubt(
            check: .label, line: line,
            sentence: "nothing in \(function.name)() goes to the label '\(name)'", name: name))
      }
    }
    return doubts
  }

  private var changedFunctions: [(name: String, lines: ClosedRange<Int>, words: Range<Int>)] {
    after.functions.filter { function in function.lines.contains(where: added.contains) }
  }

  /// The labels of a function.
  private struct Labels {
    /// Where each is set.
    var set: [String: Int] = [:]
    /// Where each is first gone to.
    var used: [String: Int] = [:]
    /// Whether a label may be used in a way that is not seen: `&&label`, or assembly.
    var isOpen = false

    init(_ file: ResultFile, _ range: Range<Int>) {
      for index in range where index > 0 && index + 1 < file.words.count {
        let word = file.words[index]
        let previous = file.words[index - 1]
        if word.text == "&&", file.words[index + 1].isName,
          ["=", ",", "{", "("].contains(previous.text)
        {
          isOpen = true
        }
        if ["asm", "__asm__", "asm_volatile_goto"].contains(word.text) { isOpen = true }
        guard word.isName, !CSourceFile.keywords.contains(word.text), !word.isInDirective else {
          continue
        }
        if previous.text == "goto" {
          used[word.text] = used[word.text] ?? word.line
        } else if file.words[index + 1].text == ":",
          [";", "{", "}", ":", ")"].contains(previous.text) || previous.isInDirective
            || previous.text == "else"
        {
          set[word.text] = word.line
        }
      }
    }
  }

  // MARK: Cases

  /// A `case` twice in one switch, where it was not so before.
  func duplicateCases() -> [ResultDoubt] {
    let known = before.functions.reduce(into: Set<String>()) { all, function in
      for item in Self.duplicates(before, function.words) { all.insert(item.text) }
    }
    return changedFunctions.flatMap { function in
      Self.duplicates(after, function.words)
        .filter {
          !known.contains($0.text) && (added.contains($0.line) || added.contains($0.first))
        }
        .map {
          ResultDoubt(
            check: .duplicateCase, line: $0.line,
            sentence: "a switch in \(function.name)() has 'case \($0.text)' twice", name: nil)
        }
    }
  }

  private static func duplicates(
    _ file: ResultFile, _ range: Range<Int>
  ) -> [(text: String, first: Int, line: Int)] {
    var found: [(text: String, first: Int, line: Int)] = []
    var scopes: [[String: Int]?] = []
    var isSwitch = false
    for index in range {
      let word = file.words[index]
      // With conditions, both forms are in the text.
      if word.isInDirective { return [] }
      switch word.text {
      case "switch": isSwitch = true
      case "{":
        scopes.append(isSwitch ? [:] : nil)
        isSwitch = false
      case "}": _ = scopes.popLast()
      case "case":
        var text: [String] = []
        var at = index + 1
        while at < range.upperBound, file.words[at].text != ":", text.count < 40 {
          text.append(file.words[at].text)
          at += 1
        }
        guard let scope = scopes.lastIndex(where: { $0 != nil }) else { continue }
        let key = text.joined(separator: " ")
        if let first = scopes[scope]?[key] {
          found.append((key, first, word.line))
        } else {
          scopes[scope]?[key] = word.line
        }
      default: break
      }
    }
    return found
  }

  // MARK: Reach

  /// Statements after a `return` or `goto` of the same block, where there were none before.
  func unreachable() -> [ResultDoubt] {
    changedFunctions.compactMap { function in
      let new = Self.unreached(after, function.words)
      let old =
        before.functions.first { $0.name == function.name }.map {
          Self.unreached(before, $0.words).count
        } ?? 0
      guard new.count > old, let line = new.first(where: { added.contains($0) }) ?? new.first else {
        return nil
      }
      return ResultDoubt(
        check: .unreachable, line: line,
        sentence: "\(function.name)() has a statement after a 'return' of the same block", name: nil
      )
    }
  }

  private static func unreached(_ file: ResultFile, _ range: Range<Int>) -> [Int] {
    var lines: [Int] = []
    for index in range
    where file.words[index].text == "return" && !file.words[index].isInDirective && index > 0 {
      // The body of an `if` without braces is not the end of its block.
      guard [";", "{", "}", ":"].contains(file.words[index - 1].text),
        !file.words[index - 1].isInDirective
      else { continue }
      // A `}` may end an `if (…) {…} else`; a `do` or the like before `{` does not matter.
      var at = index
      var depth = 0
      while at < range.upperBound, file.words[at].text != ";" || depth > 0 {
        if file.words[at].text == "(" || file.words[at].text == "{" { depth += 1 }
        if file.words[at].text == ")" || file.words[at].text == "}" { depth -= 1 }
        at += 1
      }
      guard at + 1 < range.upperBound else { continue }
      let next = file.words[at + 1]
      if next.isInDirective || ["}", "case", "default", ";"].contains(next.text) { continue }
      if at + 2 < file.words.count, file.words[at + 2].text == ":" { continue }
      lines.append(next.line)
    }
    return lines
  }
}
