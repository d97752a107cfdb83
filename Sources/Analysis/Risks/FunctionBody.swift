// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import TextAlign

/// The lines of a file that are not in an older one.
struct AddedLines {
  /// The lines before the first one that differs.
  private let start: Int
  private let isAdded: [Bool]

  init(_ before: [UInt8], _ after: [UInt8]) {
    // Only what lies between the equal lines at both ends is compared.
    let (head, tail) = ItemDifference.commonBytes(before, after)
    let first = after[..<head].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let last = after[max(first, after.count - tail)...].firstIndex(of: 0x0A) ?? after.count
    func lines(_ bytes: ArraySlice<UInt8>) -> [LineText] {
      bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { LineText(Array($0)) }
    }
    let new = lines(after[first..<last])
    let old = lines(before[first..<max(first, before.count - (after.count - last))])
    var isAdded = [Bool](repeating: true, count: new.count)
    for partner in SequenceDiff().partners(old, new) {
      if let partner { isAdded[partner] = false }
    }
    start = after[..<first].count { $0 == 0x0A }
    self.isAdded = isAdded
  }

  func contains(_ line: Int) -> Bool {
    isAdded.indices.contains(line - 1 - start) && isAdded[line - 1 - start]
  }

  func touch(_ lines: ClosedRange<Int>) -> Bool { lines.contains(where: contains) }
}

/// A function's tokens with the blocks that they are in, its calls and its returns.
struct FunctionBody {
  struct Call {
    var word: CWord
    var position: Int
    /// The numbers of the blocks around it, outermost first.
    var blocks: [Int]
    var firstArgument: String
    var arguments: [String]
  }

  struct Exit {
    var position: Int
    var line: Int
    var blocks: [Int]
  }

  let name: String
  let words: [CWord]
  private(set) var calls: [Call] = []
  private(set) var returns: [Exit] = []
  /// The types of variables and parameters, without stars; pointers are left out.
  private(set) var types: [String: String] = [:]
  private let added: AddedLines

  init(_ file: CSourceFile, _ item: CItem, _ added: AddedLines) {
    name = file.name(of: item)
    self.added = added
    words = file.tokens[item.tokens].filter { $0.kind != .directive }.map {
      CWord(
        text: file.text(of: $0), line: Int($0.line), isName: $0.kind == .identifier)
    }
    readBlocks()
    readTypes()
  }

  func isAdded(_ word: CWord) -> Bool { added.contains(word.line) }

  private mutating func readBlocks() {
    var blocks: [Int] = []
    var next = 0
    // An if, else or loop without braces is a block of one statement.
    var single: [Int] = []
    var depth = 0
    var index = 0
    while index < words.count {
      let word = words[index]
      switch word.text {
      case "{":
        next += 1
        blocks.append(next)
      case "}":
        _ = blocks.popLast()
        single.removeAll()
      case "(": depth += 1
      case ")":
        depth -= 1
        if depth == 0, index + 1 < words.count, words[index + 1].text != "{", opensStatement(index)
        {
          next += 1
          single.append(next)
        }
      case "else"
      where index + 1 < words.count && words[index + 1].text != "{"
        && words[index + 1].text != "if":
        next += 1
        single.append(next)
      case ";" where depth == 0: single.removeAll()
      case "return":
        returns.append(Exit(position: index, line: word.line, blocks: blocks + single))
      default:
        if word.isName, index + 1 < words.count, words[index + 1].text == "(", !blocks.isEmpty,
          !CSourceFile.keywords.contains(word.text)
        {
          let arguments = arguments(from: index + 1)
          calls.append(
            Call(
              word: word, position: index, blocks: blocks + single,
              firstArgument: arguments.first ?? "", arguments: arguments))
        }
      }
      index += 1
    }
  }

  /// Whether the parentheses that close here belong to an if or a loop.
  private func opensStatement(_ close: Int) -> Bool {
    var depth = 0
    var index = close
    while index >= 0 {
      if words[index].text == ")" { depth += 1 }
      if words[index].text == "(" {
        depth -= 1
        if depth == 0 {
          let before = index > 0 ? words[index - 1].text : ""
          return ["if", "while", "for", "switch"].contains(before)
            || before.hasPrefix("list_for_each")
            || before.hasPrefix("for_each")
        }
      }
      index -= 1
    }
    return false
  }

  private func arguments(from open: Int) -> [String] {
    var arguments: [[String]] = [[]]
    var depth = 0
    for word in words[open...] {
      if word.text == ")" {
        depth -= 1
        if depth == 0 { break }
      }
      if depth == 1, word.text == "," {
        arguments.append([])
      } else if depth > 0 {
        arguments[arguments.count - 1].append(word.text)
      }
      if word.text == "(" { depth += 1 }
    }
    return arguments.map { $0.joined() }
  }

  /// Whether only a call comes before the next semicolon: its result is used unchanged.
  func isWholeCall(from open: Int) -> Bool {
    var depth = 0
    for (index, word) in words[open...].enumerated() {
      if word.text == "(" { depth += 1 }
      if word.text == ")" {
        depth -= 1
        if depth == 0 {
          let following = open + index + 1
          return following < words.count && words[following].text == ";"
        }
      }
    }
    return false
  }

  private mutating func readTypes() {
    let basic: Set<String> = [
      "int", "unsigned", "long", "short", "char", "u8", "u16", "u32", "u64", "s8", "s16", "s32",
      "s64", "__u32", "__u64", "size_t", "ssize_t", "loff_t", "sector_t", "bool",
    ]
    var index = 0
    while index < words.count {
      let before = index > 0 ? words[index - 1].text : ";"
      guard [";", "{", "}", "(", ",", "static", "const"].contains(before),
        basic.contains(words[index].text)
      else {
        index += 1
        continue
      }
      var type: [String] = []
      while index < words.count, basic.contains(words[index].text) {
        type.append(words[index].text)
        index += 1
      }
      // a, *b, c[2] = {…}: up to the end of the declaration.
      var depth = 0
      var isPointer = false
      while index < words.count {
        let text = words[index].text
        // A brace after `=` opens a value, any other one the function's body.
        if depth == 0, text == "{", words[index - 1].text != "=" { break }
        if text == "(" || text == "[" || text == "{" { depth += 1 }
        if text == ")" || text == "]" || text == "}" { depth -= 1 }
        if depth < 0 || depth == 0 && text == ";" { break }
        if depth == 0, text == "*" { isPointer = true }
        if depth == 0, text == "," {
          isPointer = false
          // In a parameter list another type begins here.
          if index + 2 < words.count, words[index + 1].isName,
            words[index + 2].isName
              || words[index + 2].text == "*"
          {
            break
          }
        }
        let last = index > 0 ? words[index - 1].text : ""
        if depth == 0, words[index].isName, basic.contains(last) || last == "," || last == "*" {
          if isPointer {
            types[words[index].text] = nil
          } else {
            types[words[index].text] = type.joined(separator: " ")
          }
        }
        index += 1
      }
    }
  }
}
