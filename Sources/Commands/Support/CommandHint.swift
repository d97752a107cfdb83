// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import FoundationEssentials
import Host

/// This run's command line as another command takes it: what a hint prints works when it is pasted.
struct CommandHint {
  /// A piece of a command line.
  private enum Word {
    /// An option by its name, with what it is written as.
    case option(name: String, text: [String])
    /// A patch.
    case patch(String)
  }

  private let words: [Word]

  /// The commands that take patches and a tree.
  private static let commands: [String: any ParsableCommand.Type] = [
    "apply": Apply.self, "backport": BackportCommand.self, "resolve": Resolve.self,
  ]

  /// Takes the words of a command line.
  ///
  /// - Parameter arguments: the words after the program's name.
  init(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) {
    let start = arguments.firstIndex { Self.commands[$0] != nil }
    let known = Self.options(of: start.map { arguments[$0] } ?? "")
    var rest = arguments[(start.map { $0 + 1 } ?? 0)...]
    var words: [Word] = []
    while let word = rest.popFirst() {
      if word == "--" {
        words += rest.map { .patch($0) }
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        words.append(.patch(word))
        continue
      }
      let name = word.firstIndex(of: "=").map { String(word[..<$0]) } ?? word
      // '-p1': the value of an option of one letter may follow it directly.
      let short = String(word.prefix(2))
      if known[name] == nil, known[short] == true {
        words.append(.option(name: short, text: [word]))
      } else if known[name] == nil, !word.hasPrefix("--"),
        word.dropFirst().allSatisfy({ known["-\($0)"] == false })
      {
        // '-sq': flags of one letter may be written together.
        words += word.dropFirst().map { .option(name: "-\($0)", text: ["-\($0)"]) }
      } else if known[name] == true, name == word, let value = rest.popFirst() {
        words.append(.option(name: name, text: [word, value]))
      } else {
        words.append(.option(name: name, text: [word]))
      }
    }
    self.words = words
  }

  /// The command line for another command on one of the trees, in quotes.
  ///
  /// Options that the command does not have are left out.
  ///
  /// - Parameters:
  ///   - name: `backport` or `resolve`.
  ///   - tree: the tree; the current folder is not named.
  ///   - rest: the patches to name; nil names those of this command line. Where it has none, they were piped in,
  ///     and a file is to be named.
  func text(_ name: String, onto tree: String, rest: [String]? = nil) -> String {
    let known = Self.options(of: name)
    var line = [name] + (tree == "." ? [] : ["--onto", tree])
    var patches: [String] = []
    for word in words {
      switch word {
      case .patch(let patch): patches.append(patch)
      case .option(let option, let text):
        // 'resolve' is for what is not certain.
        let isRefused =
          name == "resolve" && option == "--accept"
          && (text.last == "certain" || text.last == "--accept=certain")
        if known[option] != nil, !isRefused, !["--onto", "--quiet", "-q"].contains(option) {
          line += text
        }
      }
    }
    let isPiped = patches.isEmpty || patches.contains("-")
    let named = isPiped ? [] : rest ?? patches
    if named.contains(where: { $0.hasPrefix("-") }) { line.append("--") }
    let command = (line + named).map { Shell.quoted($0) }.joined(separator: " ")
    // What was piped in is gone.
    return isPiped
      ? "'patchkit \(command) FILE' (save the patches in a file first)" : "'patchkit \(command)'"
  }

  // MARK: What commands take

  private struct Help: Decodable {
    struct Command: Decodable { var arguments: [Argument]? }
    struct Argument: Decodable {
      struct Name: Decodable {
        var kind: String
        var name: String
      }
      var kind: String
      var names: [Name]?
    }
    var command: Command
  }

  /// The names of a command's options, each with whether a value belongs to it.
  private static func options(of name: String) -> [String: Bool] {
    commands[name].map { options(of: $0) } ?? [:]
  }

  /// Whether a command has an option.
  static func has(_ option: String, _ command: any ParsableCommand.Type) -> Bool {
    options(of: command)[option] != nil
  }

  private static func options(of command: any ParsableCommand.Type) -> [String: Bool] {
    guard let help = try? JSONDecoder().decode(Help.self, from: Data(command._dumpHelp().utf8))
    else { return [:] }
    var options: [String: Bool] = [:]
    for argument in help.command.arguments ?? [] {
      for name in argument.names ?? [] {
        options[(name.kind == "long" ? "--" : "-") + name.name] = argument.kind == "option"
      }
    }
    return options
  }
}
