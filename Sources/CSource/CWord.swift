// SPDX-License-Identifier: GPL-2.0-only

/// A word of C text with its line: the words of directives are taken apart, too.
package struct CWord: Sendable {
  /// The text.
  package var text: String
  /// The line, from 1.
  package var line: Int
  /// Whether it is an identifier or a keyword.
  package var isName: Bool
  /// Whether it is in a directive, such as the body of a macro.
  package var isInDirective: Bool

  /// Makes a word.
  package init(text: String, line: Int, isName: Bool, isInDirective: Bool = false) {
    self.text = text
    self.line = line
    self.isName = isName
    self.isInDirective = isInDirective
  }

  /// For the position of each name that begins an argument, what is called with it.
  package static func callees(_ words: [CWord]) -> [Int: String] {
    var callees: [Int: String] = [:]
    var open: [String?] = []
    for (index, word) in words.enumerated() {
      if word.text == "(" {
        open.append(index > 0 && words[index - 1].isName ? words[index - 1].text : nil)
      } else if word.text == ")" {
        _ = open.popLast()
      } else if word.isName, let callee = open.last, let callee, index > 0,
        words[index - 1].text == "(" || words[index - 1].text == ",", index + 1 < words.count,
        [",", ")", ".", "["].contains(words[index + 1].text)
      {
        callees[index] = callee
      }
    }
    return callees
  }
}
