// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import TestSupport
import Testing

@testable import Commands

/// What a short command does before its own work.
struct StartTests {
  /// Every command of the program, with the words that name it.
  private static func commands(
    of command: any ParsableCommand.Type = Patchkit.self, _ words: [String] = []
  ) -> [(words: [String], type: any ParsableCommand.Type)] {
    command.configuration.subcommands.flatMap { next in
      let path = words + [next.configuration.commandName ?? ""]
      return [(path, next)] + commands(of: next, path)
    }
  }

  /// With shared libraries, the start takes ten times as long.
  ///
  /// The archives are those of the README's packages.
  @Test(
    .enabled(if: Project.program.contains("/release/"), "a debug build has shared libraries"))
  func theReleaseProgramNeedsNoSharedLibrary() async throws {
    #expect(try await run("ldd", [Project.program]).code != 0)
    #expect(try await run("ldd", [Project.sharedProgram]).code == 0)
  }

  /// A name that is made from the type's costs eight searches in every protocol's list, for every command of
  /// the program: ten milliseconds together.
  @Test func everyCommandStatesItsName() {
    let commands = Self.commands()
    #expect(commands.count > 45)
    #expect(commands.filter { $0.words.contains("") }.map { "\($0.type)" } == [])
  }

  /// A command that is not known to belong to another one is searched for requests for completion scripts, by two
  /// more parsers: a fifth of a short command's time.
  @Test func everyCommandNamesTheOneAboveIt() {
    let leaves = Self.commands().filter { $0.type.configuration.subcommands.isEmpty }
    #expect(leaves.count > 45)
    for (words, type) in leaves {
      let above = (["patchkit"] + words.dropLast()).joined(separator: " ")
      #expect(type.configuration._superCommandName == above, "\(words)")
      #expect(type is any ConsoleCommand.Type, "\(words)")
    }
  }

  @Test(arguments: [
    ["apply", "--check", "--onto", "t", "-p0", "p.patch"], ["port", "list", "--json"],
    ["series", "push", "-a", "--quiet"], ["stat", "--numstat", "-z", "p.patch", "q.patch"],
    ["tree", "list"], ["report", "merge", "a.json"], ["show", "--", "--version"],
  ])
  func theNamedCommandsParserGivesWhatTheProgramsDoes(_ words: [String]) throws {
    let own = try Patchkit.command(of: words)
    let whole = try Patchkit.parseAsRoot(words)
    #expect(type(of: own) == type(of: whole))
    #expect("\(own)" == "\(whole)")
  }

  @Test(arguments: [
    ["apply", "--onto", "t", "--no-such", "p.patch"], ["apply", "--help"], ["stat"],
    ["series", "push", "--help"], ["help", "apply"], ["--help"], ["apply", "--version"],
    ["lint", "--style=none-such", "p.patch"], [], ["series"], ["series", "--help"],
  ])
  func whatItDoesNotAcceptIsReadAsBefore(_ words: [String]) {
    func message(_ parse: ([String]) throws -> any ParsableCommand) -> String {
      do {
        var command = try parse(words)
        try command.run()
        return "it ran"
      } catch {
        return Patchkit.fullMessage(for: error)
      }
    }
    let own = message(Patchkit.command(of:))
    #expect(own == message { try Patchkit.parseAsRoot($0) })
    #expect(own != "it ran")
  }
}
