// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// Runs every example of the README and of the pages in `Documentation`, and compares what it prints.
///
/// An example is a line `$ COMMAND` in a block marked `console`, with its output below it. Each page has a folder of
/// its own that holds `Patches` and the lab trees as `lab`. With `PATCHKIT_UPDATE=1`, the tests of this
/// suite write the present output into the pages.
@Suite struct ReadmeTests {
  /// A command of a `console` block and the output below it.
  private struct Example {
    var command: String
    var output: String
  }

  /// The README and every page with an example.
  private static func pages() throws -> [String] {
    let folder = try FileManager.default.contentsOfDirectory(atPath: Project.path("Documentation"))
    return try ["README.md"]
      + folder.filter { $0.hasSuffix(".md") }.sorted().map { "Documentation/" + $0 }
      .filter { try text($0).contains("\n```console\n") }
  }

  private static func text(_ page: String) throws -> String {
    String(decoding: try Files.read(Project.path(page)), as: UTF8.self)
  }

  /// Calls a closure for each example in its order, and returns the page with the outputs that it returned.
  private static func rewriting(
    _ page: String, _ run: (Example) async throws -> String
  ) async throws -> String {
    var result: [String] = []
    var example: Example?
    var isInside = false
    for line in try text(page).split(separator: "\n", omittingEmptySubsequences: false) {
      let ends = isInside && (line == "```" || line.hasPrefix("$ "))
      if ends, let whole = example {
        result.append(try await run(whole))
        example = nil
      }
      if line == "```console" { isInside = true } else if line == "```" { isInside = false }
      if isInside, line.hasPrefix("$ ") {
        example = Example(command: String(line.dropFirst(2)), output: "")
        result.append(line + "\n")
      } else if example != nil {
        example?.output += line + "\n"
      } else {
        result.append(line + "\n")
      }
    }
    return String(result.joined().dropLast())
  }

  @Test(arguments: try ReadmeTests.pages())
  func everyExamplePrintsWhatItSays(_ page: String) async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.path("Patches"), to: "Patches")
    try scratch.copy(Project.path("Tests/Fixtures/lab"), to: "lab")
    // The project's own manifests name their trees below this folder.
    try scratch.copy(Project.path("Tests"), to: "Tests")
    let bin = Project.program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let updates = ProcessInfo.processInfo.environment["PATCHKIT_UPDATE"] != nil
    let rewritten = try await Self.rewriting(page) { example in
      // One stream, as a terminal shows it.
      let result = try await run(
        "sh", ["-c", "PATH=\"\(bin):$PATH\"; \(example.command) 2>&1"], in: scratch.path,
        environment: ["XDG_CACHE_HOME": scratch.file(".cache")])
      // On a busy machine long commands report their progress, which takes no part in an example.
      let text = result.text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasSuffix(" left") }.joined(separator: "\n")
      if !updates { #expect(text == example.output, "$ \(example.command)") }
      return text
    }
    if updates {
      try Data(rewritten.utf8).write(to: URL(fileURLWithPath: Project.path(page)))
    }
  }

  /// The README can be read in one go: 150 lines, and no example prints more than ten lines.
  @Test func theReadmeIsShort() async throws {
    #expect(
      try Self.text("README.md").split(separator: "\n", omittingEmptySubsequences: false).count
        <= 151)
    var count = 0
    _ = try await Self.rewriting("README.md") { example in
      count += 1
      let lines = example.output.split(separator: "\n")
      #expect(lines.count <= 10, "$ \(example.command)")
      return example.output
    }
    #expect(count >= 5)
  }

  /// Every link from one page to a file of the project leads to one, and the README leads to every page.
  @Test func theLinksLeadToFiles() throws {
    let manager = FileManager.default
    let folder = try manager.contentsOfDirectory(atPath: Project.path("Documentation"))
      .filter { $0.hasSuffix(".md") }.map { "Documentation/" + $0 }
    for page in ["README.md"] + folder {
      let base = page.hasPrefix("Documentation/") ? "Documentation/" : ""
      for match in try Self.text(page).matches(of: /\]\(([^)#:]+)(?:#[^)]*)?\)/) {
        let target = base + match.1
        #expect(manager.fileExists(atPath: Project.path(target)), "\(page) links to \(match.1)")
      }
    }
    let readme = try Self.text("README.md")
    for page in folder {
      #expect(readme.contains("](\(page))"), "the README does not link \(page)")
    }
  }

  /// The picture of the terminal is what its script draws with this program.
  @Test func theTerminalPictureIsDrawnFromARun() async throws {
    guard Project.hasProgram("python3") else { try Test.cancel("there is no python3") }
    let scratch = try Scratch()
    let drawn = try await run(
      Project.path("Packaging/terminal-picture"), [Project.program, scratch.file("terminal.svg")])
    #expect(drawn.code == 0, "\(drawn.errors)")
    let kept = Project.path("Documentation/terminal.svg")
    if ProcessInfo.processInfo.environment["PATCHKIT_UPDATE"] != nil {
      try Data(try scratch.read("terminal.svg")).write(to: URL(fileURLWithPath: kept))
    }
    #expect(
      try scratch.read("terminal.svg") == Files.read(kept),
      "draw it again: Packaging/terminal-picture PROGRAM Documentation/terminal.svg")
  }

  /// The two commands that the README begins with are the ones that CI runs.
  @Test func theTwoCommandsAreThere() throws {
    let readme = try Self.text("README.md")
    let packages = "libgit2-dev libdeflate-dev libgcrypt20-dev libsqlite3-dev libyaml-dev"
    #expect(readme.contains("<!-- setup -->\n```sh\napt-get install -y \(packages)"))
    let tests = "swift build -c release --build-tests && swift test -c release --skip-build"
    #expect(readme.contains("<!-- tests -->\n```sh\n\(tests)\n"))
    let script = String(decoding: try Files.read(Project.path(".ci/run")), as: UTF8.self)
    #expect(script.contains("readme_command setup") && script.contains("readme_command tests"))
  }
}
