// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Ports

/// Scenarios in C for a patch: proposals, made from the parameters of the functions that it changes.
///
/// Two tasks call a function on the same objects; or one calls one function and the other another. What
/// the functions store to is shown in the outcome.
package struct ScenarioProposal: Sendable {
  /// The scenarios: the name of each file, and its text.
  package let scenarios: [(name: String, text: String)]
  /// The functions that no scenario calls, and why.
  package let left: [(function: String, reason: String)]

  /// How many pairs of different functions are proposed.
  private static let mostPairs = 4

  /// Proposes scenarios for a patch.
  package init(_ sources: PatchSources) {
    var calls: [Call] = []
    var left: [(String, String)] = []
    for function in sources.changedFunctions {
      guard let (file, item) = sources.function(function.name, in: function.path, .after) else {
        left.append((function.name, "the patch removes it"))
        continue
      }
      if sources.function(function.oldName, in: function.path, .before) == nil {
        left.append((function.name, "it is new, and the functions that call it are called"))
        continue
      }
      guard function.path.hasSuffix(".c") else {
        left.append((function.name, "it is in a header"))
        continue
      }
      if let call = Call(function.name, function.path, file, item) {
        calls.append(call)
      } else {
        left.append((function.name, "its parameters cannot be read"))
      }
    }
    var scenarios: [(String, String)] = []
    for call in calls { scenarios.append(("two-\(call.name)", Self.text(call, call))) }
    var pairs = 0
    for (index, first) in calls.enumerated() {
      for second in calls[(index + 1)...]
      where pairs < Self.mostPairs && second.path == first.path && first.shares(with: second) {
        scenarios.append(("\(first.name)-and-\(second.name)", Self.text(first, second)))
        pairs += 1
      }
    }
    self.scenarios = scenarios
    self.left = left
  }

  private static func text(_ first: Call, _ second: Call) -> String {
    let what =
      first.name == second.name
      ? "two tasks call \(first.name) on the same objects"
      : "a task calls \(first.name), another calls \(second.name), on the same objects"
    let isExt4 = first.path.hasPrefix("fs/ext4/")
    var text = """
      // SPDX-License-Identifier: GPL-2.0-only
      /*
       * summary: \(what)
       *
       * Proposed by 'patchkit port new' from the parameters of the functions: the objects are
       * zero but for what pk_setup sets. With a line 'serializable: yes' an outcome that no order
       * of the whole tasks has is a violation.
       */
      #include "\(first.path)"
      #include "\(isExt4 ? "pk_ext4.h" : "pk_scenario.h")"


      """
    var objects: [(variable: String, parameter: Parameter)] = []
    for (name, call) in [("first", first), ("second", second)] {
      for parameter in call.parameters where parameter.isShared {
        let variable = Self.owned(parameter.variable, by: name)
        if !objects.contains(where: { $0.variable == variable }) {
          objects.append((variable, parameter))
        }
      }
    }
    for object in objects { text += "static \(object.parameter.declaration(object.variable));\n" }
    text += "\nvoid pk_setup(void)\n{\n"
    if isExt4 {
      text += "\tstruct super_block *pk_sb = pk_ext4_super();\n"
      text += "\tstruct inode *pk_file_inode = pk_ext4_inode(pk_sb, 12);\n\n"
      text += "\t(void)pk_file_inode;\n\tpk_ext4_group(pk_sb);\n"
      if first.callsJournal || second.callsJournal { text += "\tpk_ext4_journal(pk_sb);\n" }
    }
    for object in objects {
      text += "\t\(object.variable) = \(object.parameter.initializer(isExt4: isExt4));\n"
    }
    text += "}\n\n"
    text += task("first", first) + "\n" + task("second", second)
    text += "\nvoid pk_finish(void)\n{\n"
    var shown: Set<String> = []
    let stores =
      first.stores.map { owned($0, by: "first") } + second.stores.map { owned($0, by: "second") }
    for expression in stores where shown.insert(expression).inserted {
      text += "\tPK_SHOW(\(expression));\n"
    }
    return text + "}\n"
  }

  /// An expression whose variables are those of a task.
  private static func owned(_ expression: String, by task: String) -> String {
    expression.replacing(Parameter.own, with: task + "_")
  }

  private static func task(_ name: String, _ call: Call) -> String {
    var text = "PK_TASK(\(name))\n{\n"
    var arguments: [String] = []
    for parameter in call.parameters {
      if parameter.isShared {
        arguments.append(owned(parameter.variable, by: name))
      } else if parameter.isResult {
        text += "\t\(parameter.pointee) pk_\(parameter.name) = 0;\n"
        arguments.append("&pk_\(parameter.name)")
      } else {
        arguments.append(parameter.value)
      }
    }
    if text.hasSuffix(";\n") { text += "\n" }
    let invoked = "\(call.name)(\(arguments.joined(separator: ", ")))"
    switch call.result {
    case .none: text += "\t\(invoked);\n\treturn 0;\n"
    case .pointer: text += "\treturn \(invoked) != NULL;\n"
    case .number: text += "\treturn \(invoked);\n"
    }
    return text + "}\n"
  }
}

/// A parameter of a function.
private struct Parameter {
  /// The words of its type, without its name.
  var type: [String]
  var name: String

  var isPointer: Bool { type.last == "*" }
  /// What it points to.
  var pointee: String { type.dropLast().filter { $0 != "const" }.joined(separator: " ") }
  /// Whether tasks share what it points to: a structure, and not a number for one result.
  var isShared: Bool {
    isPointer && !Self.numbers.contains(pointee) && type.count { $0 == "*" } == 1
      && pointee != "void" && pointee != "char"
  }
  /// Whether it points to a number that the function gives back.
  var isResult: Bool { isPointer && Self.numbers.contains(pointee) }
  /// Whether each task has one of its own, as in the kernel: what a request or a reader works with.
  var isOwn: Bool {
    ["struct ext4_allocation_context", "struct ext4_buddy", "struct ext4_ext_path"].contains(
      pointee)
  }
  /// The variable of the scenario: one for each name, and for each task what is its own.
  var variable: String { (isOwn ? Self.own : "shared_") + name }

  /// What the name of a task replaces in the name of a variable.
  static let own = "pk_own_"

  static let numbers: Set<String> = [
    "int", "unsigned int", "unsigned", "long", "unsigned long", "size_t", "ssize_t", "loff_t",
    "u8", "u16", "u32", "u64", "__u8", "__u16", "__u32", "__u64", "sector_t", "ext4_lblk_t",
    "ext4_fsblk_t", "ext4_group_t", "ext4_grpblk_t", "bool", "short", "unsigned short",
    "umode_t", "dev_t", "gfp_t", "pgoff_t",
  ]

  func declaration(_ name: String) -> String {
    let words = type.filter { $0 != "const" }
    return words.dropLast().joined(separator: " ") + " *" + name
  }

  func initializer(isExt4: Bool) -> String {
    if isExt4 {
      switch pointee {
      case "struct super_block": return "pk_sb"
      case "struct inode": return "pk_file_inode"
      case "handle_t": return "pk_ext4_handle()"
      case "struct file": return "pk_ext4_file(pk_file_inode)"
      case "struct dentry": return "pk_ext4_file(pk_file_inode)->f_path.dentry"
      case "struct buffer_head": return "pk_ext4_buffer(100)"
      case "struct address_space": return "pk_file_inode->i_mapping"
      case "struct ext4_allocation_context": return "pk_ext4_allocation(pk_file_inode)"
      case "struct ext4_buddy": return "pk_ext4_buddy(pk_sb)"
      case "struct ext4_group_info": return "pk_ext4_group(pk_sb)"
      case "struct ext4_locality_group": return "pk_ext4_locality(pk_sb)"
      case "struct ext4_prealloc_space": return "pk_ext4_reserved(pk_file_inode)"
      case "struct ext4_ext_path": return "pk_ext4_path(pk_file_inode)"
      case "struct ext4_extent": return "pk_ext4_extent()"
      case "struct page": return "pk_ext4_page(pk_file_inode)"
      case "journal_t": return "pk_ext4_journal(pk_sb)"
      case "transaction_t": return "pk_ext4_transaction(pk_sb)"
      default: break
      }
    }
    return "pk_new(\(pointee))"
  }

  /// A number that means something for most parameters.
  var value: String {
    let name = name.lowercased()
    if isPointer, type.count(where: { $0 == "*" }) == 1 {
      // Data of an unknown form may be absent; a bitmap or a name may not.
      if pointee == "char" { return type.contains("const") ? "\"name\"" : "pk_allocate(4096)" }
      if pointee == "void" { return name.contains("data") ? "NULL" : "pk_allocate(4096)" }
    }
    if isPointer || type.contains("*") || type.contains("(") { return "NULL" }
    if name.contains("len") || name.contains("size") || name.contains("bytes") { return "4096" }
    if name.contains("offset") || name.contains("pos") || name.contains("flag") { return "0" }
    if name.contains("group") { return "0" }
    return "1"
  }
}

/// A changed function, with what is needed to call it.
private struct Call {
  enum Result { case none, number, pointer }

  var name: String
  var path: String
  var parameters: [Parameter] = []
  var result = Result.number
  /// Whether the function itself calls the journal, and not by what ext4 has for a file system without one.
  var callsJournal = false
  /// What the function stores to, as expressions of the scenario's variables.
  var stores: [String] = []

  init?(_ name: String, _ path: String, _ file: CSourceFile, _ item: CItem) {
    self.name = name
    self.path = path
    guard let position = item.tokens.first(where: { file.tokens[$0].start == item.nameStart })
    else { return nil }
    let type = file.words(in: Int(item.firstToken)..<position)
    if type.contains("*") {
      result = .pointer
    } else if type.contains("void") {
      result = .none
    }
    for parameter in file.parameters(of: item, named: position) {
      guard let own = parameter.last, parameter.count > 1,
        own.first?.isLetter ?? false || own.first == "_"
      else { return nil }
      parameters.append(Parameter(type: Array(parameter.dropLast()), name: own))
    }
    let body = file.words(in: Int(item.bodyToken)..<Int(item.endToken))
    callsJournal = body.contains { $0.hasPrefix("jbd2_journal_") }
    stores = Self.stores(in: body, parameters)
  }

  /// Whether two functions have an object in common.
  func shares(with other: Call) -> Bool {
    parameters.contains { own in
      own.isShared && own.pointee != "handle_t"
        && other.parameters.contains { $0.isShared && $0.variable == own.variable }
    }
  }

  private static let assignments: Set<String> = [
    "=", "+=", "-=", "|=", "&=", "^=", "++", "--", "<<=", ">>=",
  ]

  /// The fields that a function assigns to, reached from its parameters or from a local variable that is set
  /// from them where it is declared.
  private static func stores(in words: [String], _ parameters: [Parameter]) -> [String] {
    var bases: [String: String] = [:]
    for parameter in parameters where parameter.isShared {
      bases[parameter.name] = parameter.variable
    }
    var index = 0
    while index + 3 < words.count {
      // struct X *name = expression;
      if words[index] == "*", words[index + 2] == "=",
        words[max(0, index - 2)] == "struct",
        let end = words[index...].firstIndex(of: ";")
      {
        let value = words[(index + 3)..<end]
        let names = value.filter { $0.first?.isLetter ?? false && !$0.hasPrefix("EXT4_") }
        let first = value.first { bases[$0] != nil }
        if first != nil, value.count < 12, !value.contains(","),
          names.allSatisfy({ bases[$0] != nil || isField($0, in: Array(value)) })
        {
          bases[words[index + 1]] =
            "(" + value.map { bases[$0] ?? $0 }.joined() + ")"
        }
      }
      index += 1
    }
    var found: [String] = []
    for (index, word) in words.enumerated() {
      guard let base = bases[word], index + 2 < words.count, words[index + 1] == "->",
        index == 0 || words[index - 1] != "->" && words[index - 1] != "."
      else { continue }
      var end = index + 1
      while end + 1 < words.count, words[end] == "->" || words[end] == "." { end += 2 }
      guard end < words.count else { continue }
      let before = index > 0 ? words[index - 1] : ""
      let isCounted =
        before == "&" && index > 2
        && (words[index - 3].hasPrefix("atomic") || words[index - 3].hasPrefix("percpu_counter"))
      if assignments.contains(words[end]) || before == "++" || before == "--" || isCounted {
        let text = base + words[(index + 1)..<end].joined()
        if !found.contains(text) { found.append(text) }
      }
    }
    return found
  }

  private static func isField(_ name: String, in value: [String]) -> Bool {
    guard let index = value.firstIndex(of: name), index > 0 else { return false }
    return value[index - 1] == "->" || value[index - 1] == "."
  }
}
