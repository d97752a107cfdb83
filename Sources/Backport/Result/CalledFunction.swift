// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// A function or a macro as one tree has it: what code that calls it relies on.
struct CalledFunction {
  /// How two trees' versions of a function differ, the gravest difference first.
  enum Difference {
    /// One is a macro and the other one a function.
    case kind(isMacroInTarget: Bool)
    /// The type that it returns, or its parameters.
    case signature
    /// The locks that it takes or releases: those of the base alone, and those of the target alone.
    case locking(base: Set<String>, target: Set<String>)
    /// What it returns: an error, an error pointer, `NULL`.
    case returns(base: Set<String>, target: Set<String>)
    /// Anything else in its body.
    case body
  }

  /// The words of its type and its parameters, without the parameters' names.
  private let head: [String]
  private let isMacro: Bool
  /// The words of its body; nil for a declaration.
  private let body: [String]?

  /// Reads an item of a file; nil where it is not a function, a declaration of one, or a macro.
  init?(_ item: CItem, in file: CSourceFile) {
    isMacro = item.kind == .macro
    switch item.kind {
    case .function:
      head = Self.head(file.words(in: Int(item.firstToken)..<Int(item.bodyToken)))
      body = file.words(in: Int(item.bodyToken)..<Int(item.endToken))
    case .prototype:
      head = Self.head(file.words(of: item))
      body = nil
    case .macro:
      head = []
      body = file.words(of: item)
    default: return nil
    }
  }

  /// Words that say nothing to a caller.
  private static let linkage: Set<String> = [
    "static", "extern", "inline", "__inline__", "__inline", "asmlinkage", "__init", "__exit",
    "__must_check", "__always_inline", "noinline", ";",
  ]

  private static func head(_ words: [String]) -> [String] {
    ParameterNames.removed(from: words.filter { !linkage.contains($0) })
  }

  /// Whether its body is in another file.
  var isDeclaration: Bool { body == nil }

  /// How the target's version differs from the base's; nil where nothing shows a difference.
  static func difference(base: CalledFunction, target: CalledFunction) -> Difference? {
    if base.isMacro != target.isMacro { return .kind(isMacroInTarget: target.isMacro) }
    if base.head != target.head { return .signature }
    guard let old = base.body, let new = target.body, old != new else { return nil }
    let (oldLocks, newLocks) = (locks(old), locks(new))
    if oldLocks != newLocks {
      return .locking(
        base: oldLocks.subtracting(newLocks), target: newLocks.subtracting(oldLocks))
    }
    let (oldReturns, newReturns) = (returns(old), returns(new))
    if oldReturns != newReturns {
      return .returns(
        base: oldReturns.subtracting(newReturns), target: newReturns.subtracting(oldReturns))
    }
    return .body
  }

  /// The functions among some words that take or release a lock.
  private static func locks(_ words: [String]) -> Set<String> {
    Set(
      zip(words, words.dropFirst()).compactMap { word, next in
        guard next == "(" else { return nil }
        let parts = word.split(separator: "_" as Character)
        let isLock =
          parts.contains { ["lock", "unlock", "trylock", "mutex"].contains($0) }
          || ["down", "up"].contains(parts.first ?? "")
        return isLock ? word : nil
      })
  }

  /// What a body returns that callers test for.
  private static func returns(_ words: [String]) -> Set<String> {
    var found: Set<String> = []
    for (index, word) in words.enumerated() where word == "return" {
      let next = words[(index + 1)...].prefix(2)
      switch next.first {
      case "-" where next.last?.first == "E": found.insert("an error")
      case "ERR_PTR": found.insert("an error pointer")
      case "NULL": found.insert("NULL")
      default: break
      }
    }
    return found
  }
}
