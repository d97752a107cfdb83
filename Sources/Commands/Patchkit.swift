// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host

/// What the program does.
package enum CommandLineProgram {
  /// Runs the command line and ends with its documented exit code, unless the command waits for something.
  ///
  /// - Returns: a command that has to wait; nil where all is done.
  package static func start() -> WaitingCommand? {
    Patchkit.started().map(WaitingCommand.init)
  }
}

/// A command that was prepared and waits for something while it runs.
package struct WaitingCommand {
  fileprivate let command: any AsyncParsableCommand

  /// Runs the command to its end.
  package func finish() async { await Patchkit.finish(command) }
}

/// The root of the command line.
struct Patchkit: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "patchkit",
    abstract:
      "Apply, backport and verify kernel patches: each is applied whole, or nothing changes.",
    discussion: """
      A PATCH is a file, a mailbox, a folder of patches or of a quilt series, or '-' for standard \
      input. A TREE is a folder, REPO@REVISION, or the name of a vendored tree.

      Start with 'patchkit apply --check --onto linux fix.patch'. If it is refused, 'patchkit backport' \
      adapts the patch, and 'patchkit resolve' asks you about the rest.

      Every command has '--color=auto|always|never' (NO_COLOR is respected) and '--no-pager'.

      Exit codes: 0 done, and every check holds; 1 refused, conflict or findings, and the tree is \
      unchanged; 2 usage or bad input; 3 something could not be checked, or the system refused; 70 a \
      defect of patchkit.
      """,
    version: Self.version,
    groupedSubcommands: [
      CommandGroup(
        name: "patching",
        subcommands: [
          Apply.self, BackportCommand.self, CherryPick.self, Resolve.self, SeriesCommand.self,
          Tree.self,
          Recover.self,
        ]),
      CommandGroup(
        name: "reading",
        subcommands: [
          Show.self, Stat.self, Lint.self, Split.self, Analyze.self, Follow.self, Compare.self,
          Evaluate.self,
        ]),
      CommandGroup(
        name: "collection",
        subcommands: [Init.self, Verify.self, ReportCommand.self, Port.self]),
      CommandGroup(name: "settings", subcommands: [Config.self, Schema.self]),
    ])

  /// Runs the command that the command line names, on the main thread: a thread of the pool would be missing there.
  ///
  /// - Returns: a command that has to wait. The others are run without a wait: the main thread is given up at the first
  ///   one, and unwound.
  fileprivate static func started() -> (any AsyncParsableCommand)? {
    do {
      // Swift reads the command line from /proc; without it, it would look as if there were none.
      if CommandLine.arguments.isEmpty {
        throw PatchkitError(
          .system, "cannot read the command line: /proc is not mounted",
          consequence: "nothing was changed", hint: "mount it with 'mount -t proc proc /proc'")
      }
      var words = CommandLine.arguments
      words.removeFirst()
      // Without a parser: scripts and editors ask for it all the time.
      if words == ["--version"] {
        try Console.write(Array("\(version)\n".utf8))
        return nil
      }
      Notice.send { Console.error("\(.warning, "note:") \($0)\n") }
      var command = try prepared(words)
      let kind = type(of: command) as? any ConsoleCommand.Type
      if kind?.isAsynchronous == true, let waiting = command as? any AsyncParsableCommand {
        return waiting
      }
      try command.run()
    } catch {
      fail(error)
    }
    settle()
    return nil
  }

  /// Runs a command that waits.
  fileprivate static func finish(_ command: any AsyncParsableCommand) async {
    var command = command
    do { try await command.run() } catch { fail(error) }
    settle()
  }

  private static func settle() {
    Interruption.settle()
    Pager.finish()
  }

  /// Ends with the exit code of an error.
  private static func fail(_ error: any Error) -> Never {
    settle()
    Failure.exit(with: error, of: name(in: Array(CommandLine.arguments.dropFirst())))
  }

  /// The subcommand that the words name, as 'help' takes it; empty for none.
  private static func name(in words: [String]) -> String {
    var path: [String] = []
    var known = configuration.subcommands
    for word in words where !word.hasPrefix("-") {
      guard let next = known.first(where: { $0._commandName == word }) else { break }
      path.append(word)
      known = next.configuration.subcommands
    }
    return path.joined(separator: " ")
  }

  /// The command that a subcommand's words name, as 'help' takes them.
  static func command(named words: String) -> any ParsableCommand.Type {
    words.split(separator: " ").reduce(Self.self) { command, word in
      command.configuration.subcommands.first { $0._commandName == word } ?? command
    }
  }

  /// The command that the words name, with what it needs before it runs.
  private static func prepared(_ words: [String]) throws -> any ParsableCommand {
    var arguments = words
    let leading = try ConsoleOptions.leading(&arguments)
    Console.setColors(leading?.wish)
    try requireSubcommand(arguments[...], of: Self.self, named: "patchkit")
    let command = try command(of: arguments)
    let own = command as? any ConsoleCommand
    let kind = own.map { type(of: $0) }
    if kind?.takesSeveralTrees != true { try requireOneTree(arguments) }
    if let wish = own?.console.wish { Console.setColors(wish) }
    Interruption.failOversizedWrites()
    if kind?.isLong == true { Interruption.prepare() }
    // Asked before the pager is between.
    Console.prepare()
    let usesPager = leading?.usesNoPager != true && own?.console.usesNoPager != true
    if usesPager, kind?.isPaged == true { try Pager.start() }
    return command
  }

  /// The command that the words name, with its options.
  ///
  /// The parser of the whole program reads the options of every command above the one that is named, and looks
  /// each of their types up: with it, most of a short command's time is its start. So the named command's own
  /// parser is asked first. What that does not accept (a mistake, a request for help or for the version) is read
  /// by the parser of the whole program, whose messages name the command in full.
  static func command(of words: [String]) throws -> any ParsableCommand {
    var named: any ParsableCommand.Type = Self.self
    var rest = words
    while let word = rest.first,
      let next = named.configuration.subcommands.first(where: { $0._commandName == word })
    {
      named = next
      rest.removeFirst()
    }
    if named.configuration.subcommands.isEmpty, let command = try? named.parseAsRoot(rest),
      type(of: command) == named
    {
      return command
    }
    return try parseAsRoot(words)
  }

  /// Throws if a command that works on one tree gets several: the last would win silently.
  private static func requireOneTree(_ arguments: [String]) throws {
    let count = arguments.prefix { $0 != "--" }.count { $0 == "--onto" || $0.hasPrefix("--onto=") }
    if count > 1 {
      throw ValidationError("--onto is given \(count) times, but this command works on one tree.")
    }
  }

  /// Throws if a word is used as a subcommand and is not one, with the one that may be meant.
  private static func requireSubcommand(
    _ arguments: ArraySlice<String>, of command: any ParsableCommand.Type, named name: String
  ) throws {
    let known = command.configuration.subcommands
    guard !known.isEmpty, let word = arguments.first, !word.hasPrefix("-") else { return }
    if word == "help" {
      return try requireSubcommand(arguments.dropFirst(), of: command, named: name)
    }
    if let next = known.first(where: { $0._commandName == word }) {
      return try requireSubcommand(arguments.dropFirst(), of: next, named: name + " " + word)
    }
    guard command.configuration.defaultSubcommand == nil else { return }
    throw ValidationError(
      "'\(word)' is not a subcommand of \(name)" + Nearest.hint(word, known.map { $0._commandName })
    )
  }
}
