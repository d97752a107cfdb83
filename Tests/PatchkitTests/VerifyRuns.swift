// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// A run as a test looks at it.
struct VerifyFound: Decodable {
  struct Finding: Decodable {
    var check: String
    var severity: String
    var message: String
    var hint: String?
    var file: String
    var line: Int?
    var tree: String?
    var details: [String]
  }
  struct Outcome: Decodable {
    var verdict: String
    var applies: Bool
    var isPresent: Bool?
  }
  struct Cell: Decodable {
    var tree: String
    var status: String
    var outcome: Outcome?
    var findings: [Finding]
  }
  struct Patch: Decodable {
    var label: String
    var sha256: String
    var findings: [Finding]
    var cells: [Cell]
  }
  struct Folder: Decodable {
    var name: String
    var findings: [Finding]
    var patches: [Patch]
  }
  struct Verification: Decodable {
    var folders: [Folder]
    var unchanged: [String]
  }
  var status: String
  var verification: Verification

  var findings: [Finding] {
    verification.folders.flatMap { folder in
      folder.findings
        + folder.patches.flatMap { $0.findings + $0.cells.flatMap(\.findings) }
    }
  }
  func cell(_ label: String, _ tree: String) -> Cell? {
    verification.folders.flatMap(\.patches).first { $0.label == label }?.cells
      .first { $0.tree == tree }
  }
}

/// What the suites of `patchkit verify` have in common.
protocol VerifyRuns {}

extension VerifyRuns {
  typealias Found = VerifyFound

  func verify(
    _ scratch: Scratch, _ arguments: String...
  ) async throws -> (found: Found, code: Int) {
    let result = try await run(
      Project.program, ["verify", "--json", "--quiet"] + arguments, in: scratch.path,
      environment: ["XDG_CACHE_HOME": scratch.file("cache")])
    let found = try? JSONDecoder().decode(Found.self, from: Data(result.output))
    return (try #require(found, "\(result.text)\(result.errors)"), result.code)
  }

  /// A tree of two files, and a series of three patches on it that build on each other.
  func series() async throws -> Scratch {
    let scratch = try Scratch()
    let lines = (1...30).map { "line \($0)\n" }.joined()
    try scratch.write("tree/a.txt", lines)
    try scratch.write("tree/dir/b.c", "int b;\n")
    try scratch.copy(scratch.file("tree"), to: "work")
    func change(_ file: String, _ old: String, _ new: String, _ patch: String) async throws {
      let before = String(decoding: try scratch.read("work/\(file)"), as: UTF8.self)
      try scratch.write("old/a/\(file)", before)
      try scratch.write("old/b/\(file)", before.replacing(old, with: new))
      try scratch.write("work/\(file)", before.replacing(old, with: new))
      let diff = try await run(
        "git", ["diff", "--no-index", "--no-prefix", "a/\(file)", "b/\(file)"],
        in: scratch.file("old"))
      try scratch.write(
        "Patches/\(patch)", "Subject: \(patch)\n\nWhy.\n---\n" + diff.text)
    }
    try await change("a.txt", "line 10\n", "line ten\n", "0001-ten.patch")
    try await change("a.txt", "line ten\n", "line TEN\nline 10b\n", "0002-more.patch")
    try await change("dir/b.c", "int b;", "int b = 1;", "0003-b.patch")
    try scratch.write(
      "Patches/patch.yaml", "trees:\n  - {name: plain, at: ../tree}\n")
    return scratch
  }
}
