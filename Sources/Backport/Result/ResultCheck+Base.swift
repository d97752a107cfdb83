// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import Symbols

// What the file that the patch was made for shows, where it is at hand.
extension ResultCheck {
  /// What the result relies on that is different in the tree that the patch was made for, in the order of the
  /// lines.
  ///
  /// - Throws: `PatchkitError` where a tree cannot be read.
  func differences(from base: BaseFile) throws(PatchkitError) -> [ResultDoubt] {
    if added.isEmpty { return [] }
    let doubts = try calledFunctions(base) + releases(base)
    return doubts.sorted { ($0.line, $0.sentence) < ($1.line, $1.sentence) }
  }

  // MARK: Called functions

  /// The functions that added lines call and that the base has in another form.
  private func calledFunctions(_ base: BaseFile) throws(PatchkitError) -> [ResultDoubt] {
    var doubts: [ResultDoubt] = []
    var seen: Set<String> = []
    for index in after.words.indices where isAdded(after.line(index)) {
      guard after.isName(index), !after.words[index].isInDirective, after.isSign(index + 1, "("),
        index == 0 || !after.isWord(index - 1, "->") && !after.isSign(index - 1, ".")
      else { continue }
      let name = after.text(index)
      guard !CText.isBuiltIn(name), !patch.declared.contains(name), seen.insert(name).inserted,
        let difference = try difference(of: name, base)
      else { continue }
      doubts.append(
        ResultDoubt(
          check: difference.check, line: after.line(index), sentence: difference.sentence(name),
          name: name))
    }
    return doubts
  }

  private func difference(
    of name: String, _ base: BaseFile
  ) throws(PatchkitError) -> CalledFunction.Difference? {
    let (old, new) = (base.text.source.called(name), before.source.called(name))
    if let old, let new { return CalledFunction.difference(base: old, target: new) }
    guard let baseScope = base.scope else { return nil }
    let (there, here) = (try baseScope.header(defining: name), try scope.header(defining: name))
    guard let old = old ?? there?.source.called(name), let new = new ?? here?.source.called(name)
    else { return nil }
    // A header that both trees have in the same form says the same.
    if !(there?.isSame(as: here) ?? false),
      let difference = CalledFunction.difference(base: old, target: new)
    {
      return difference
    }
    // The function of another file of the folder, which has a header of its own.
    guard old.isDeclaration, new.isDeclaration, here?.path.folders.last == path.folders.last,
      let there = try baseScope.sibling(defining: name),
      let here = try scope.sibling(defining: name), !there.isSame(as: here),
      let old = there.source.called(name), let new = here.source.called(name)
    else { return nil }
    return CalledFunction.difference(base: old, target: new)
  }

  // MARK: Labels

  /// Labels that added lines go to, and that call other functions up to the end than in the base: what was
  /// taken before may be released twice, or not at all.
  private func releases(_ base: BaseFile) -> [ResultDoubt] {
    var doubts: [ResultDoubt] = []
    for function in after.functions where isAdded(function.lines) {
      guard let old = base.text.function(like: function, of: after),
        let new = before.function(like: function, of: after)
      else { continue }
      var seen: Set<String> = []
      for index in function.words where index > 0 && isAdded(after.line(index)) {
        guard after.isName(index), after.isWord(index - 1, "goto") else { continue }
        let label = after.text(index)
        guard seen.insert(label).inserted,
          let there = base.text.callsAfter(label: label, in: old.words),
          let here = before.callsAfter(label: label, in: new.words), there != here
        else { continue }
        let (lacking, further) = (there.subtracting(here), here.subtracting(there))
        let parts = [
          lacking.isEmpty ? nil : "calls \(ResultDoubt.list(lacking)) in the base and not here",
          further.isEmpty ? nil : "calls \(ResultDoubt.list(further)) here and not in the base",
        ].compactMap(\.self)
        doubts.append(
          ResultDoubt(
            check: .release, line: after.line(index),
            sentence: "the label '\(label)' " + parts.joined(separator: ", and "), name: label))
      }
    }
    return doubts
  }
}

extension CSourceFile {
  /// A function or a macro that the file defines, or else declares.
  fileprivate func called(_ name: String) -> CalledFunction? {
    let wanted = Array(name.utf8)
    let items = items.filter {
      [.function, .prototype, .macro].contains($0.kind)
        && bytes[Int($0.nameStart)..<Int($0.nameEnd)].elementsEqual(wanted)
    }
    let best = items.first { $0.kind != .prototype } ?? items.first
    return best.flatMap { CalledFunction($0, in: self) }
  }
}

extension CText {
  /// The functions that are called from a label to the next `return` of its block, or to the end of the
  /// function; nil where there is no such label.
  fileprivate func callsAfter(label: String, in range: Range<Int>) -> Set<String>? {
    let wanted = Array(label.utf8)
    let start = range.first { index in
      index > range.lowerBound && isWord(index, wanted) && isSign(index + 1, ":")
        && isSign(index - 1, ";{}:")
    }
    guard let start else { return nil }
    var calls: Set<String> = []
    var depth = 0
    for index in (start + 2)..<max(start + 2, range.upperBound) {
      if isSign(index, "{") { depth += 1 }
      if isSign(index, "}") { depth -= 1 }
      if isName(index), isSign(index + 1, "("), !isKeyword(index) { calls.insert(text(index)) }
      // The body of an `if` without braces is not the end.
      if depth <= 0, isWord(index, "return"), isSign(index - 1, ";}:") { break }
      if depth < 0 { break }
    }
    return calls
  }
}

extension CalledFunction.Difference {
  /// Which check finds it.
  fileprivate var check: ResultDoubt.Check {
    switch self {
    case .kind, .signature: .calledSignature
    case .locking: .calledLocking
    case .returns: .calledReturns
    case .body: .calledBody
    }
  }

  /// What is different about a function, as a clause without a full stop.
  fileprivate func sentence(_ name: String) -> String {
    switch self {
    case .kind(let isMacro):
      return isMacro
        ? "'\(name)' is a macro here and a function in the base"
        : "'\(name)' is a function here and a macro in the base"
    case .signature:
      return "'\(name)' has other parameters or another type in the base"
    case .locking(let base, let target):
      return "'\(name)' \(Self.both("calls", base, target))"
    case .returns(let base, let target):
      return "'\(name)' \(Self.both("returns", base, target))"
    case .body: return "'\(name)' has another body in the base"
    }
  }

  private static func both(
    _ verb: String, _ base: Set<String>, _ target: Set<String>
  ) -> String {
    [
      base.isEmpty ? nil : "\(verb) \(ResultDoubt.list(base)) in the base and not here",
      target.isEmpty ? nil : "\(verb) \(ResultDoubt.list(target)) here and not in the base",
    ].compactMap(\.self).joined(separator: ", and ")
  }
}
