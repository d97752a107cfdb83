// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Foundation
import Host
import KernelTree
import PatchFormat
import TestSupport
import Testing

@testable import Commands

/// What patchkit says when something is wrong: what happened and where, why it matters, what to do next.
///
/// The whole catalogue is in Tests/Fixtures/messages/catalogue.txt, to be read as one text. Where a message is
/// meant to change, PATCHKIT_UPDATE=1 writes it anew.
@Suite struct MessageTests {
  private static let patch = "Subject: lamp\n\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"

  /// A run that is refused, and the exit code that is documented for it.
  private struct Case {
    var words: String
    var code: Int
    init(_ words: String, _ code: Int) { (self.words, self.code) = (words, code) }
  }

  private static let cases = [
    // Inputs.
    Case("apply --onto t gone.patch", 2), Case("apply --onto t t", 2),
    Case("apply --onto t empty", 2),
    Case("apply --onto t damaged.patch", 2), Case("apply --onto t outside.patch", 2),
    Case("apply --onto t -p7 p.patch", 2), Case("apply --onto t --limit files=1 two.patch", 2),
    Case("apply --onto t --exclude f p.patch", 1), Case("apply --onto t bad-series", 2),
    Case("stat -p9 p.patch", 2),
    // Trees.
    Case("apply --onto nowhere p.patch", 2), Case("apply --onto lab-6.2 p.patch", 2),
    Case("apply --onto r@gone p.patch", 2), Case("apply --onto t@main p.patch", 2),
    Case("apply --onto t/f p.patch", 2), Case("apply --onto link p.patch", 1),
    Case("apply --onto folder p.patch", 1), Case("apply --onto r p.patch", 1),
    Case("apply --onto r@main --branch a..b p.patch", 2),
    Case("apply --onto pipe p.patch", 1), Case("recover --onto gone", 2),
    // Vendored trees.
    Case("tree add lab-6.1 t", 1), Case("tree add x nowhere", 2), Case("tree add x/y t", 2),
    Case("tree add x r@gone", 2), Case("tree add x t --path no", 2), Case("tree add x bad.tar", 2),
    Case("tree show lab", 2), Case("tree show lab-6.1 g", 2), Case("tree remove lab", 2),
    // Series.
    Case("series push --onto t --patches none", 2), Case("series pop --onto t --patches q", 1),
    Case("series push other --onto t --patches q", 2), Case("series import empty --patches q", 2),
    Case("series rebase --onto t --patches q --drop x", 2),
    // Collections.
    Case("verify none", 2), Case("verify bare", 2), Case("verify bad-manifest", 1),
    Case("verify --onto gone q", 3), Case("report merge p.patch", 2),

    // Analysis and ports.
    Case("analyze --onto t --upstream t p.patch", 2), Case("evaluate t", 2), Case("evaluate r", 2),
    Case("port explore none", 2), Case("port run two-writers --replay !", 2),
    Case("port check --cc no-compiler Patches", 2),
    // Decisions and settings.
    Case("config stile", 2), Case("schema aply", 2),
    // Usage.
    Case("aply", 2), Case("apply --chek p.patch", 2), Case("apply --check --commit p.patch", 2),
    Case("backport --accept sure p.patch", 2), Case("apply --limit hunk=3 p.patch", 2),
    Case("apply --limit input-size=8G p.patch", 2),
    Case("lint", 2), Case("apply --color=blue p.patch", 2),
  ]

  private func laboratory() async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/f", "a\n")
    try scratch.write("folder/f/x", "a\n")
    try scratch.write("link/.keep", "")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("link/f"), withDestinationPath: "/etc/hostname")
    try scratch.write("pipe/.keep", "")
    _ = try await run("mkfifo", [scratch.file("pipe/f")])
    try scratch.write("r/f", "a\n")
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]] {
      _ = try await run("git", command, in: scratch.file("r"))
    }
    try scratch.write("r/f", "a\nmine\n")
    try scratch.write("p.patch", Self.patch)
    try scratch.write("two.patch", Self.patch + "--- a/g\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n")
    try scratch.write("empty/.keep", "")
    try scratch.write("damaged.patch", Self.patch.replacing("@@ -1 +1 @@", with: "@@ -1,9 +1 @@"))
    try scratch.write("outside.patch", Self.patch.replacing("/f", with: "/../../f"))
    try scratch.write("bad-series/series", "../p.patch\n")
    try scratch.write(
      "twice.mbox",
      "From a Mon Sep 17 00:00:00 2001\n" + Self.patch + "From a Mon Sep 17 00:00:00 2001\n"
        + Self.patch)
    try scratch.write("bad.tar", "no tar\n")
    try scratch.write("q/series", "p.patch\n")
    try scratch.write("q/p.patch", Self.patch)
    try scratch.write("bare/readme", "x\n")
    try scratch.write("bad-manifest/patch.yaml", "titel: x\n")
    try scratch.write("bad-manifest/p.patch", Self.patch)
    try scratch.write("Patches/p/p.patch", Self.patch)
    let kept = try await patchkit("tree", "add", "lab-6.1", "t", in: scratch.path)
    #expect(kept.code == 0, "\(kept.errors)")
    return scratch
  }

  @Test func theCatalogueIsAsItWasRead() async throws {
    let scratch = try await laboratory()
    var catalogue = ""
    for entry in Self.cases {
      // A tree of a revision is as good as new; a folder is only read, since all of them are refused.
      let before = try scratch.snapshot("t")
      let result = try await run(
        Project.program, entry.words.split(separator: " ").map(String.init), in: scratch.path)
      #expect(result.code == entry.code, "\(entry.words): \(result.code) \(result.errors)")
      #expect(try scratch.snapshot("t") == before, "\(entry.words)")
      let said = (entry.words.hasPrefix("verify") ? result.text : "") + result.errors
      let text = said.replacing(scratch.path, with: "FOLDER")
        .replacing(/patchkit\.[0-9]+\.[-0-9A-F]+/, with: "SCRATCH")
      // Usage is reported in the parser's own form, findings of a verification by a line each.
      let isUsage = text.contains("Usage: patchkit")
      if isUsage {
        #expect(
          text.contains("See 'patchkit") || text.contains("--help"), "\(entry.words): \(text)")
      } else {
        let lines = text.split(separator: "\n")
        #expect(
          lines.contains {
            ["error: ", "not checked: ", "conflict ", "nothing-to-apply "].contains(
              where: $0.contains)
          }, "\(text)")
        #expect(text.contains("hint: "), "\(entry.words): \(text)")
        if let hint = lines.lastIndex(where: { $0.hasPrefix("hint: ") }) {
          #expect(
            hint > 0 && lines[hint - 1].hasPrefix("  ")
              || lines[hint - 1].hasPrefix("nothing was changed"), "\(entry.words): \(text)")
        }
      }
      catalogue += "$ patchkit \(entry.words)\n\(text)-> \(result.code)\n\n"
    }
    let file = Project.path("Tests/Fixtures/messages/catalogue.txt")
    if ProcessInfo.processInfo.environment["PATCHKIT_UPDATE"] != nil {
      try Data(catalogue.utf8).write(to: URL(filePath: file))
    }
    let kept = String(decoding: try Files.read(file), as: UTF8.self)
    let pairs = zip(
      kept.components(separatedBy: "\n\n$ "), catalogue.components(separatedBy: "\n\n$ "))
    for (old, new) in pairs { #expect(old == new) }
    #expect(kept.count == catalogue.count)
  }

  /// An option in a hint is one of the command that gives the hint, or of the command in the same quotes.
  @Test func hintsNameOptionsThatTheirCommandsHave() throws {
    let kept = String(
      decoding: try Files.read(Project.path("Tests/Fixtures/messages/catalogue.txt")), as: UTF8.self
    )
    func options(_ words: Substring) -> (name: String, takes: Set<String>) {
      var command: any ParsableCommand.Type = Patchkit.self
      var name = ["patchkit"]
      for word in words.split(separator: " ") {
        guard
          let next = command.configuration.subcommands.first(where: { $0._commandName == word })
        else { break }
        command = next
        name.append(String(word))
      }
      let help = command.helpMessage(includeHidden: true)
      return (
        name.joined(separator: " "),
        Set(help.matches(of: /--[a-z][-a-z]*/).map { String($0.output) })
      )
    }
    var count = 0
    for entry in kept.components(separatedBy: "\n\n") {
      let lines = entry.split(separator: "\n")
      guard let first = lines.first, first.hasPrefix("$ patchkit ") else { continue }
      for hint in lines where hint.hasPrefix("hint: ") {
        // Every second piece is in quotes.
        for (index, piece) in hint.split(separator: "'", omittingEmptySubsequences: false)
          .enumerated()
        {
          let isQuoted = index % 2 == 1
          if isQuoted, !piece.hasPrefix("patchkit "), !piece.hasPrefix("-") { continue }
          let words =
            isQuoted && piece.hasPrefix("patchkit ") ? piece.dropFirst(9) : first.dropFirst(11)
          let (name, takes) = options(words)
          for match in piece.matches(of: /(?:^|[ (])(--[a-z][-a-z]+)/) {
            count += 1
            #expect(takes.contains(String(match.output.1)), "\(name): \(hint)")
          }
        }
      }
    }
    #expect(count > 5)
  }

  /// A hint is of use only where the command has the option that it names.
  @Test func onlyCommandsWithLimitsAreToldOfThem() throws {
    var with: [String] = []
    func check(_ command: any ParsableCommand.Type, _ words: [String]) {
      for next in command.configuration.subcommands {
        check(next, words + [next.configuration.commandName ?? ""])
      }
      guard command.configuration.subcommands.isEmpty else { return }
      let name = words.joined(separator: " ")
      let has = command.helpMessage().contains("--limit ")
      if has { with.append(name) }
      for id in [InputLimits.Name.inputSize, .files] {
        let error = PatchkitError(.badInput, path: "f", "is too large", hint: InputLimits.hint(id))
        let text = Failure.describe(error, of: name).text.plain
        #expect(text.contains("--limit \(id.rawValue)") == has, "\(name): \(text)")
        #expect(
          has || text.contains("hint: make the input smaller: 'patchkit \(name)' has"), "\(text)")
      }
    }
    check(Patchkit.self, [])
    #expect(with.contains("split") && with.contains("apply") && !with.contains("report merge"))
  }

  /// What no input should reach: a defect says so, and has a code of its own.
  @Test func aDefectSaysSo() {
    let (text, code) = Failure.describe(Defect("two hunks have one position"))
    #expect(code == Exit.defect && Exit.defect.rawValue == 70)
    #expect(
      text.plain == """
        error: this is a defect of patchkit: two hunks have one position
          nothing was changed
        hint: report it, with the patch and the name of the tree

        """)
  }

  /// Whatever the system and libgit2 say, there is something to do about it.
  @Test func everyKindOfErrorHasAnAdvice() {
    for kind: PatchkitError.Kind in [
      .badInput, .symlinkInTheWay, .wrongKind, .notAFile, .changedMeanwhile, .busy, .system, .git,
    ] {
      let (text, code) = Failure.describe(PatchkitError(kind, path: "fs/\u{1B}[2Jext4", "is odd"))
      let plain = text.plain
      #expect(plain.hasPrefix("error: fs/^[[2Jext4: is odd\n  ") && plain.contains("\nhint: "))
      #expect([1, 2, 3].contains(code.rawValue))
    }
  }
}
