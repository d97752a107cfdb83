// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import Symbols

extension ResultCheck {
  /// Fields on added lines that their structure does not have in this tree: of a parameter or a local variable whose
  /// structure the function names, and that the file or a header defines.
  func fields() throws(PatchkitError) -> [ResultDoubt] {
    guard scope.isKernel else { return [] }
    var doubts: [ResultDoubt] = []
    var lacking: [[String]: Bool] = [:]
    for function in after.functions where isAdded(function.lines) {
      for index in function.words.dropLast(2)
      where isAdded(after.line(index + 2)) && after.isName(index) && hasFields(index)
        && after.isName(index + 2) && !isField(index)
      {
        let name = after.text(index + 2)
        guard let tag = tag(of: after.text(index), in: function.words),
          !patch.declared.contains(name), !patch.declared.contains(tag)
        else { continue }
        if lacking[[tag, name]] == nil {
          lacking[[tag, name]] = try scope.structure(tag, lacks: name)
        }
        guard lacking[[tag, name]] == true, try !scope.defines(name) else { continue }
        doubts.append(
          ResultDoubt(
            check: .field, line: after.line(index + 2),
            sentence: "'struct \(tag)' has no field '\(name)' in this tree", name: name))
      }
    }
    return doubts
  }

  /// Whether a word is itself a field.
  private func isField(_ index: Int) -> Bool {
    index > 0 && (after.isWord(index - 1, "->") || after.isSign(index - 1, "."))
  }

  /// The tag of the structure that a variable of a function is, or points to; nil where that is not known.
  private func tag(of name: String, in words: Range<Int>) -> String? {
    var tags: Set<String> = []
    for index in words where after.isName(index) && after.text(index) == name {
      var before = index - 1
      while before > words.lowerBound, after.isSign(before, "*") { before -= 1 }
      guard before > words.lowerBound else { continue }
      if after.isWord(before - 1, "struct"), after.isName(before) {
        tags.insert(after.text(before))
      } else if before == index - 1, after.isSign(before, ","), after.isDeclared(at: index) {
        // One of several in a declaration: which type it has is not looked at.
        return nil
      }
    }
    return tags.count == 1 ? tags.first : nil
  }
}
