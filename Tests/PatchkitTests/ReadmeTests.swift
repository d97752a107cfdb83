// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// Runs every example of the README, and compares what it prints.
@Suite struct ReadmeTests {
  /// A command of a `console` block and what stands below it.
  private struct Example {
    var command: String
    var output: String
  }

  private func examples() throws -> [Example] {
    let readme = String(decoding: try Files.read(Project.path("README.md")), as: UTF8.self)
    var examples: [Example] = []
    var isInside = false
    for line in readme.split(separator: "\n", omittingEmptySubsequences: false) {
      if line == "```console" {
        isInside = true
      } else if line == "```" {
        isInside = false
      } else if isInside, line.hasPrefix("$ ") {
        examples.append(Example(command: String(line.dropFirst(2)), output: ""))
      } else if isInside, let last = examples.indices.last {
        examples[last].output += line + "\n"
      }
    }
    return examples
  }

  @Test func everyExamplePrintsWhatItSays() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.path("Patches"), to: "Patches")
    try scratch.copy(Project.path("Tests/Fixtures/lab"), to: "lab")
    // Where the project's own manifests look for their trees.
    try scratch.copy(Project.path("Tests"), to: "Tests")
    let bin = Project.program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let all = try examples()
    #expect(all.count >= 12)
    for example in all {
      // One stream, as a terminal shows it.
      let result = try await run(
        "sh", ["-c", "PATH=\"\(bin):$PATH\"; \(example.command) 2>&1"], in: scratch.path,
        environment: ["XDG_CACHE_HOME": scratch.file(".cache")])
      #expect(result.text == example.output, "$ \(example.command)")
    }
  }

  /// The two commands that the README begins with are the ones that CI runs.
  @Test func theTwoCommandsAreThere() throws {
    let readme = String(decoding: try Files.read(Project.path("README.md")), as: UTF8.self)
    let packages = "libgit2-dev libdeflate-dev libgcrypt20-dev libsqlite3-dev"
    #expect(readme.contains("<!-- setup -->\n```sh\napt-get install -y \(packages)"))
    #expect(readme.contains("<!-- tests -->\n```sh\nswift test\n"))
    let script = String(decoding: try Files.read(Project.path(".ci/run")), as: UTF8.self)
    #expect(script.contains("readme_command setup") && script.contains("readme_command tests"))
  }
}
