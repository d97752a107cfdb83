// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Testing

@testable import Commands

/// `--color`, `--no-color` and `--no-pager` are options like others, on every command.
@Suite struct ConsoleOptionTests {
  /// Every command that runs, with the words that name it.
  private static func commands(
    below type: any ParsableCommand.Type, _ words: [String] = []
  ) -> [(words: [String], type: any ParsableCommand.Type)] {
    let known = type.configuration.subcommands
    if known.isEmpty { return [(words, type)] }
    return known.flatMap { commands(below: $0, words + [$0._commandName]) }
  }

  @Test func everyCommandHasThem() {
    let all = Self.commands(below: Patchkit.self)
    #expect(all.count > 30)
    for (words, type) in all {
      #expect(type is any ConsoleCommand.Type, "\(words)")
      let help = Patchkit.helpMessage(for: type)
      #expect(help.contains("--color <when>") && help.contains("--no-pager"), "\(words)")
    }
  }

  @Test func theValueOfAnOptionIsNotTakenForAFlag() throws {
    let joined = ["apply", "--onto", "t", "--branch=--no-color", "p.patch"]
    let apply = try #require(try Patchkit.parseAsRoot(joined) as? Apply)
    #expect(apply.landing.branch == "--no-color")
    #expect(apply.console.wish == nil)
    // Without a value there is nothing to take: the patch is not the branch.
    #expect(throws: (any Error).self) {
      try Patchkit.parseAsRoot(["apply", "--onto", "t", "--branch", "--no-color", "p.patch"])
    }
    // After '--' it is the name of a file.
    let show = try #require(try Patchkit.parseAsRoot(["show", "--", "--no-color"]) as? Show)
    #expect(show.patches == ["--no-color"] && show.console.wish == nil)
  }

  @Test(arguments: [
    (["--color=always"], ColorUse.always), (["--color", "never"], .never),
    (["--no-color"], .never), (["--color=auto", "--no-pager"], .auto),
  ])
  func theyPrecedeOrFollowTheCommand(_ flags: [String], _ wish: ColorUse) throws {
    var words = flags + ["show", "p.patch"]
    let leading = try ConsoleOptions.leading(&words)
    #expect(words == ["show", "p.patch"] && leading?.wish == wish)
    #expect(leading?.usesNoPager == flags.contains("--no-pager"))
    let parsed = try Patchkit.parseAsRoot(["show"] + flags + ["p.patch"])
    let show = try #require(parsed as? Show)
    #expect(show.console.wish == wish && show.patches == ["p.patch"])
  }

  @Test func onlyWhatTheyAreIsTakenFromTheFront() throws {
    for words in [["show", "--no-color"], ["--version"], ["--", "--no-color"], []] {
      var rest = words
      let leading = try ConsoleOptions.leading(&rest)
      #expect(leading.map(\.wish) == nil)
      #expect(rest == words)
    }
    var blue = ["--color=blue", "show"]
    #expect(throws: (any Error).self) { try ConsoleOptions.leading(&blue) }
    var both = ["--color=always", "--no-color", "show"]
    #expect(throws: (any Error).self) { try ConsoleOptions.leading(&both) }
  }
}
