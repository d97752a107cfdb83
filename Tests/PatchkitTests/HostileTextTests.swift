// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// Subjects, paths, names and quoted text that try to steer a terminal or to reorder a line, through
/// every command that prints them and every format.
@Suite struct HostileTextTests {
  /// ESC, a C1 control, a bell, a carriage return and a right-to-left override.
  private static let subject = "ext4: \u{1B}]0;title\u{7} \u{9B}2J \u{202E}gnp.exe\u{2066} \rdone"
  /// A path that a tree takes: it has no control character, and an override and a byte that is not UTF-8.
  private static let name = Array("evil\u{202E}c.txt".utf8) + [0xFF]

  /// What may reach a terminal: no control character but newline and tab, nothing that reorders text, and
  /// colors only as patchkit makes them.
  private func expectHarmless(
    _ output: [UInt8], inColor: Bool = false, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    var text = String(decoding: output, as: UTF8.self)
    if inColor {
      for code in ["", "1", "2", "31", "32", "33", "36"] {
        text = text.replacing("\u{1B}[\(code)m", with: "")
      }
    }
    let bad = text.unicodeScalars.filter { scalar in
      scalar.properties.isBidiControl
        || scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }
    #expect(bad.isEmpty, "\(what): \(bad.map(\.value)) in \(text)", sourceLocation: sourceLocation)
  }

  private func world() async throws -> Scratch {
    let scratch = try Scratch()
    let name = String(decoding: Self.name.dropLast(), as: UTF8.self)
    let old = "one\nint \u{202E}x;\u{1B}[2J\nthree\n"
    try scratch.write("tree/\(name)", old)
    try scratch.write("tree/plain.c", "int a;\nint b;\nint c;\n")
    func patch(_ from: String, _ file: String) -> String {
      "From: Ev\u{1B}[5mil <a@b>\nSubject: [PATCH] \(Self.subject)\n\nWhy \u{202E}not\u{1B}c.\n\n"
        + "Fixes: 123456789012 (\"\u{202E}x\")\n---\n--- a/\(file)\n+++ b/\(file)\n@@ -1,3 +1,3 @@"
        + " \u{202E}f\u{1B}[2J()\n one\n-\(from)\n+int y\u{202E}\u{1B}[1m;\n three\n"
    }
    try scratch.write("ok.patch", patch("int \u{202E}x;\u{1B}[2J", name))
    try scratch.write("conflict.patch", patch("int \u{202E}z;\u{1B}[2J", name))
    try scratch.write("missing.patch", patch("x", "no\u{202E}where.c"))
    // The name of a file may have anything in it.
    try scratch.write("odd\u{1B}[2J\u{202E}.patch", patch("int \u{202E}x;\u{1B}[2J", name))
    try scratch.write("broken\u{202E}.patch", "--- a/x\n+++ b/x\n@@ -1,2 \u{1B}[2J +1 @@\n")
    try scratch.write("Patches/odd\u{202E}name/0001.patch", patch("int \u{202E}x;\u{1B}[2J", name))
    try scratch.write("Patches/odd\u{202E}name/0002.patch", patch("int \u{202E}q;\u{1B}[2J", name))
    try scratch.write(
      "Patches/odd\u{202E}name/patch.yaml",
      "trees:\n  - {name: \"pl\\e[2Jain\", at: ../../tree}\n  - {name: \"go\u{202E}ne\", at: \"../../go\u{202E}ne\"}\n"
        + "title: \"\u{202E}other\"\n")
    try scratch.write("series/a\u{202E}.patch", try scratch.read("ok.patch"))
    try scratch.write("series/b\u{202E}.patch", try scratch.read("conflict.patch"))
    try scratch.write("series/series", "a\u{202E}.patch\nb\u{202E}.patch\n")
    try scratch.copy(scratch.file("tree"), to: "stack")
    return scratch
  }

  @Test func noCommandPassesThemOn() async throws {
    let scratch = try await world()
    let odd = "odd\u{1B}[2J\u{202E}.patch"
    let commands: [[String]] = [
      ["show", "ok.patch"], ["show", odd], ["stat", "ok.patch"], ["stat", "--numstat", "ok.patch"],
      ["lint", odd], ["lint", "--style", "stable", odd], ["lint", "broken\u{202E}.patch"],
      ["apply", "--check", "--onto", "tree", "ok.patch"],
      ["apply", "--check", "--onto", "tree", odd, "conflict.patch"],
      ["apply", "--check", "--onto", "tree", "conflict.patch"],
      ["apply", "--check", "--onto", "tree", "missing.patch"],
      ["apply", "--check", "--porcelain", "--onto", "tree", "conflict.patch"],
      ["apply", "--check", "--onto", "no\u{1B}[2J\u{202E}where", "ok.patch"],
      ["apply", "--check", "--onto", "tree", "no\u{1B}[2J\u{202E}.patch"],
      ["apply", "--no-such\u{1B}[2J\u{202E}"], ["\u{1B}[2J\u{202E}"],
      ["backport", "--check", "--explain", "--onto", "tree", "ok.patch"],
      [
        "backport", "--check", "--explain", "--accept", "doubtful", "--onto", "tree",
        "conflict.patch",
      ],
      ["resolve", "--check", "--onto", "tree", "conflict.patch"],
      ["analyze", "--no-index", "--onto", "tree", "conflict.patch"],
      ["compare", "ok.patch", "conflict.patch"],
      ["split", "--output", "out\u{202E}", "ok.patch"],
      ["series", "list", "--patches", "series", "--onto", "stack"],
      ["series", "push", "--patches", "series", "--onto", "stack"],
      ["series", "top", "--onto", "stack"], ["series", "applied", "--onto", "stack"],
      ["series", "unapplied", "--onto", "stack"],
      ["series", "push", "--onto", "stack"],
      ["series", "rebase", "--check", "--patches", "series", "--onto", "tree"],
      ["tree", "add", "t\u{202E}", "tree"], ["tree", "add", "vendored", "tree"],
      ["tree", "list"], ["tree", "show", "vendored", "--files"], ["tree", "show", "\u{1B}[2J"],
      ["tree", "remove", "\u{202E}"], ["init", "--folder", "new\u{202E}", "ok.patch"],
      ["config", "\u{1B}[2J\u{202E}"], ["schema", "\u{1B}[2J\u{202E}"],
      ["port", "explore", "\u{1B}[2J\u{202E}"],
      ["port", "run", "two-writers", "--replay", "\u{1B}"],
      ["port", "check", "--values", "5", "--onto", "tree", "ok.patch"],
      ["evaluate", "\u{1B}[2J\u{202E}"], ["report", "merge", "\u{1B}[2J\u{202E}"],
      ["recover", "--onto", "\u{1B}[2J\u{202E}"],
    ]
    for command in commands {
      for color in [[], ["--color"]] {
        let result = try await run(
          Project.program, command + color, in: scratch.path,
          // Only what reads an answer is given one: a write to any other may meet a closed pipe.
          input: command[0] == "resolve" ? Array("\u{1B}[2Jx\nq\n".utf8) : [])
        let inColor = !color.isEmpty
        let what = (command + color).joined(separator: " ")
        // The diff itself is for programs, byte for byte, where it is not read.
        let isDiff = command[0] == "show" && !inColor
        let output =
          isDiff ? Array(result.output.prefix { $0 != UInt8(ascii: "d") }) : result.output
        expectHarmless(output, inColor: inColor, what)
        expectHarmless(Array(result.errors.utf8), inColor: inColor, what + " (errors)")
        #expect(![70, 139, 132].contains(result.code), "\(what): \(result.code)")
        #expect(!result.output.isEmpty || !result.errors.isEmpty, "\(what) says nothing")
      }
    }
  }

  @Test func noReportOfVerifyPassesThemOn() async throws {
    let scratch = try await world()
    for format in ["text", "json", "junit", "sarif", "github", "markdown", "html"] {
      let result = try await run(
        Project.program, ["verify", "--quiet", "--no-cache", "--report", format],
        in: scratch.path)
      #expect(result.code == 1, "\(format): \(result.errors)")
      expectHarmless(result.output, format)
      // It is there, and visible.
      let text = String(decoding: result.output, as: UTF8.self)
      let isJSON = format == "json" || format == "sarif"
      #expect(text.contains(isJSON ? "202E" : "U+202E"), "\(format)")
    }
    let inColor = try await run(
      Project.program, ["verify", "--quiet", "--no-cache", "--report", "text", "--color"],
      in: scratch.path)
    expectHarmless(inColor.output, inColor: true, "text in color")
  }

  /// Escaping is for people alone: JSON and NUL-terminated output have the very value.
  @Test func programsGetTheVeryText() async throws {
    let scratch = try await world()
    struct Report: Decodable {
      struct Entry: Decodable { var subject: String }
      var patches: [Entry]
    }
    let json = try await run(
      Project.program, ["apply", "--check", "--json", "--onto", "tree", "ok.patch"],
      in: scratch.path)
    let report = try JSONDecoder().decode(Report.self, from: Data(json.output))
    #expect(report.patches[0].subject.contains("\u{202E}gnp.exe\u{2066}"))
    #expect(report.patches[0].subject.contains("\u{1B}]0;title\u{7}"))
    let nul = try await run(
      Project.program, ["apply", "--check", "-z", "--onto", "tree", "ok.patch"], in: scratch.path)
    #expect(nul.text.contains("evil\u{202E}c.txt"))
    let shown = try await run(Project.program, ["show", "ok.patch"], in: scratch.path)
    #expect(shown.text.contains("+int y\u{202E}\u{1B}[1m;\n"))
  }
}
