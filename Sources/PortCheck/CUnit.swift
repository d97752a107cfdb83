// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Ports

/// One side of a patch as a file of C that can be compiled: the text of its functions, unchanged,
/// and a way to call each.
struct CUnit: Sendable {
  /// The whole text.
  let text: String
  /// The functions that can be called, by their numbers.
  let functions: [String]
  /// Functions that cannot be called from outside, and why.
  let uncallable: [String: String]
  /// The names that the text defines.
  let names: [String]
  /// The numbers that the functions compare with or compute with: what happens for one value alone happens
  /// for one of these.
  let constants: [Int64]
  /// The constants, their neighbors, and their negatives.
  let literals: [Int64]

  /// Takes the functions that a patch changes, and what else it adds that they may need: macros,
  /// variables, enums and new types.
  ///
  /// - Parameter ported: functions that have ports: those of them that the patch does not change are taken too.
  init(_ sources: PatchSources, _ side: PatchSide, ported: [PortedFunction] = []) {
    var body = ""
    var names: [String] = []
    var functions: [String] = []
    var uncallable: [String: String] = [:]
    var cases = ""
    var literals: Set<Int64> = []
    // What headers define is there before it is used.
    let headers = sources.files.filter { $0.path.hasSuffix(".h") }
    for file in headers + sources.files.filter({ !$0.path.hasSuffix(".h") }) {
      guard let own = file[side] else { continue }
      let changed = ChangedFunction.between(file.before, file.after, path: file.path)
      let wanted = Set(changed.map { side == .before ? $0.oldName : $0.name })
        .union(ported.filter { $0.path == file.path }.map(\.name))
      let used = own.namesUsed(by: wanted)
      let other = file[side == .before ? .after : .before]
      let known = Set(other.map { other in other.items.map(other.definition) } ?? [])
      // The userspace kernel has types of its own for those that were there before.
      let types = Set(other.map { other in other.items.map { other.typeName($0) } } ?? [])
      for item in own.items {
        let name = own.name(of: item)
        switch item.kind {
        case .function where wanted.contains(name): break
        case .macro, .variable, .enumeration, .structure, .union, .typedef, .macroCall:
          let isOld = known.contains(own.definition(item))
          let isNeeded = isOld && file.path.hasSuffix(".c") && used.contains(name)
          if item.parent >= 0 || !own.typeName(item).isEmpty && types.contains(own.typeName(item))
            || isOld && !isNeeded || Self.isForModules(name)
          {
            continue
          }
        default: continue
        }
        names.append(name)
        body += "#line \(item.firstLine) \"\(file.path)\"\n"
        body += String(decoding: own.lines(of: item), as: UTF8.self)
        if !body.hasSuffix("\n") { body += "\n" }
        guard item.kind == .function else { continue }
        literals.formUnion(own.words(of: item).compactMap(Self.integer))
        switch Signature(own, item).call {
        case .success(let call):
          cases += "\tcase \(functions.count): \(call)\n"
          functions.append(name)
        case .failure(let reason): uncallable[name] = reason.text
        }
      }
    }
    text = """
      #include "kernel.h"
      \(body)
      #line 1 "calls"
      pk_word pk_invoke(unsigned function, const pk_word *a)
      {
      \tswitch (function) {
      \(cases)\t}
      \tpk_fail("no function with such a number");
      }

      """
    self.names = names
    self.functions = functions
    self.uncallable = uncallable
    constants = literals.sorted()
    self.literals = Set(literals.flatMap { [$0, $0 &+ 1, $0 &- 1, -$0] }).sorted()
  }

  /// The value of an integer constant; nil for any other token.
  private static func integer(_ token: String) -> Int64? {
    guard let first = token.first, first.isASCII, first.isNumber else { return nil }
    let digits = token.lowercased().prefix { !"ul".contains($0) }
    if digits.hasPrefix("0x") { return Int64(digits.dropFirst(2), radix: 16) }
    return Int64(digits, radix: digits.count > 1 && first == "0" ? 8 : 10)
  }

  private static func isForModules(_ name: String) -> Bool {
    name.hasPrefix("MODULE_") || name.hasPrefix("EXPORT_SYMBOL")
  }
}

extension ChangedFunction {
  /// What the function is called before the patch.
  var oldName: String {
    if case .renamed(let from) = change { return from }
    return name
  }
}

extension CSourceFile {
  /// What an item defines, as text: two sides of a patch have it both where it does not change.
  func definition(_ item: CItem) -> String {
    "\(item.kind) \(words(of: item).joined(separator: " "))"
  }
}

extension CSourceFile {
  /// What a type is called; empty for what is none.
  fileprivate func typeName(_ item: CItem) -> String {
    switch item.kind {
    case .structure, .union, .enumeration, .typedef: "\(item.kind) \(name(of: item))"
    default: ""
    }
  }

  /// The names that functions use, and those that macros and variables use which they use.
  fileprivate func namesUsed(by functions: Set<String>) -> Set<String> {
    var names: Set<String> = []
    for item in items where item.kind == .function && functions.contains(name(of: item)) {
      names.formUnion(words(of: item))
    }
    var count = -1
    while count != names.count {
      count = names.count
      for item in items where item.kind == .macro || item.kind == .variable {
        if names.contains(name(of: item)) { names.formUnion(words(of: item)) }
      }
    }
    return names
  }
}

/// What a function takes and returns, as far as a call from outside needs it.
private struct Signature {
  struct Reason: Error {
    var text: String
  }

  /// A statement that calls the function with words as arguments.
  let call: Result<String, Reason>

  init(_ file: CSourceFile, _ item: CItem) {
    let name = file.name(of: item)
    guard let position = item.tokens.first(where: { file.tokens[$0].start == item.nameStart })
    else {
      call = .failure(Reason(text: "its name is in a macro"))
      return
    }
    let parameters = file.parameters(of: item, named: position)
    var arguments: [String] = []
    for (index, words) in parameters.enumerated() {
      guard let argument = Self.argument(words, index) else {
        call = .failure(
          Reason(text: "nothing here can be its parameter '\(words.joined(separator: " "))'"))
        return
      }
      arguments.append(argument)
    }
    let invoked = "\(name)(\(arguments.joined(separator: ", ")))"
    let type = file.words(in: Int(item.firstToken)..<position).filter {
      !Self.specifiers.contains($0)
    }
    if type.contains("*") {
      guard type.contains("wait_queue_head_t") || type.contains("mutex") else {
        call = .failure(
          Reason(text: "nothing here can be its result '\(type.joined(separator: " "))'"))
        return
      }
      call = .success("return \(invoked)->pk_id;")
    } else if type == ["void"] {
      call = .success("\(invoked); return 0;")
    } else {
      call = .success("return (pk_word)\(invoked);")
    }
  }

  private static let specifiers: Set<String> = [
    "static", "inline", "extern", "const", "__init", "__exit", "noinline", "__must_check",
  ]

  /// Whose pointers the userspace kernel has.
  private static let pointers = [
    "struct inode": "pk_inode", "struct file": "pk_file", "struct kiocb": "pk_kiocb",
    "struct iovec": "pk_iovec", "struct iov_iter": "pk_iov_iter", "bool": "pk_flag",
    "struct ext4_io_end": "pk_io_end", "ext4_io_end_t": "pk_io_end",
  ]

  private static func argument(_ words: [String], _ index: Int) -> String? {
    var type = words.filter { $0 != "const" }
    if type.count > 1, let last = type.last, last.first?.isLetter ?? false || last.first == "_" {
      type.removeLast()
    }
    if type.last == "*" {
      return pointers[type.dropLast().joined(separator: " ")].map { "\($0)(a[\(index)])" }
    }
    if type.contains("*") || type.contains("(") || type.contains("struct") { return nil }
    return "(\(type.joined(separator: " ")))a[\(index)]"
  }
}
