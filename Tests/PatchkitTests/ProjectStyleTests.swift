// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// What the project asks of its own files.
@Suite struct ProjectStyleTests {
  @Test func everySourceFileSaysItsLicence() async throws {
    let listed = try await run(
      "find",
      [
        "Sources", "Tests", "Benchmarks", "Fuzzing", "Package.swift", ".ci", "-type", "f", "-not",
        "-path",
        "*/.build/*",
      ],
      in: Project.root)
    let files = listed.text.split(separator: "\n").filter { name in
      [".swift", ".h", ".c", ".sh", ".py"].contains { name.hasSuffix($0) } || name == ".ci/run"
        || name == "Fuzzing/run" || name == "Fuzzing/kills"
    }
    #expect(files.count > 60)
    for file in files where !file.contains("Benchmarks/inputs") {
      let head = try Files.read(Project.path(String(file))).prefix(300)
      #expect(
        String(decoding: head, as: UTF8.self).contains("SPDX-License-Identifier: GPL-2.0"),
        "\(file)")
    }
  }

  @Test func theSeedIsByteForByteItself() async throws {
    let sum = try await run("sha256sum", [Project.seed])
    #expect(
      sum.text.hasPrefix("bec0a9cda7849a59803b8c0a2a8c7b90310d73ebab57e838115fc125c0b166cc"))
  }

  /// The lab's C compiles, before the patch and after it.
  @Test(
    .enabled(if: Project.hasProgram("cc"), "cc is not installed"),
    arguments: ["base", "shifted", "moved", "conflict", "twice", "applied", "dio"])
  func theLabCompiles(_ lab: String) async throws {
    let result = try await run(
      "cc",
      [
        "-std=gnu11", "-Wall", "-Werror", "-fsyntax-only", "-I",
        Project.lab(lab == "dio" ? lab : "base") + "/include",
        Project.lab(lab) + "/fs/ext4/file.c",
      ])
    #expect(result.code == 0, "\(result.errors)")
  }
}
