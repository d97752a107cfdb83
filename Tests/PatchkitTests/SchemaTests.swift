// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// The JSON schemas are those of the report types, and what commands print is what they say, field by field.
@Suite struct SchemaTests {
  @Test(.enabled(if: Project.hasProgram("python3"), "python3 is not installed"))
  func theSchemasAreMadeFromTheTypes() async throws {
    let scratch = try Scratch()
    let made = try await run(Project.path("Packaging/schemas"), [scratch.file("made")])
    #expect(made.code == 0, "\(made.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("made"))
    #expect(names.count == 15)
    for name in names {
      let kept = try Files.read(Project.path("Sources/Reporting/Published/\(name)"))
      #expect(
        try scratch.read("made/\(name)") == kept,
        "run Packaging/schemas: \(name) is not as the types are")
    }
  }

  @Test func whatCommandsPrintIsWhatTheSchemasSay() async throws {
    guard let found = try? await run("python3", ["-c", "import jsonschema"]), found.code == 0 else {
      try Test.cancel("there is no python3 with jsonschema (python3-jsonschema)")
    }
    let scratch = try Scratch()
    for name in ["base", "shifted", "twice", "conflict", "half"] {
      try scratch.copy(Project.lab(name), to: name)
    }
    try scratch.copy(Project.path("Patches"), to: "Patches")
    let seed = "Patches/ext4-serialize-unaligned-aio"
    let runs: [(schema: String, arguments: [String])] = [
      ("apply", ["apply", "--check", "--onto", "shifted", seed]),
      ("apply", ["apply", "--onto", "base", seed]), ("apply", ["apply", "--onto", "base", seed]),
      ("apply", ["apply", "--check", "--onto", "twice", seed]),
      ("backport", ["backport", "--check", "--onto", "conflict", seed]),
      ("backport", ["backport", "--check", "--accept", "plausible", "--onto", "conflict", seed]),
      (
        "apply-trees",
        ["backport", "--check", "--onto", "shifted", "--onto", "conflict", "--onto", "half", seed]
      ),
      ("follow", ["follow", "--upstream", "half", "--onto", "shifted", seed]),
      ("resolve", ["resolve", "--quiet", "--onto", "shifted", seed]), ("show", ["show", seed]),
      ("stat", ["stat", seed]), ("lint", ["lint", seed]),
      ("lint", ["lint", "--style", "stable", seed]),
      ("analyze", ["analyze", "--no-index", "--onto", "half", seed]),
      (
        "compare",
        [
          "compare", "--style", "stable", "\(seed)/ext4-serialize-unaligned-asynchronous-DIO.patch",
          "out.patch",
        ]
      ),
      ("port-list", ["port", "list"]),
      ("explore", ["port", "explore", "two-writers", "--before"]),
      ("explore", ["port", "explore", "two-writers", "--after"]),
      ("port-run", ["port", "run", "two-writers", "--before", "--seed", "2"]),
      ("explore-all", ["port", "explore", "two-writers", "wait-for-two", "--shard", "1/2"]),
      (
        "port-check",
        ["port", "check", "--values", "50", "Patches/ext4-count-unwritten-aio", "--onto", "half"]
      ),
      (
        "series",
        [
          "series", "import", "--patches", "p",
          "\(seed)/ext4-serialize-unaligned-asynchronous-DIO.patch",
        ]
      ),
      ("series", ["series", "push", "--patches", "p", "--onto", "twice"]),
      ("series", ["series", "rebase", "--patches", "p", "--onto", "conflict", "--check"]),
      ("verify", ["verify", "--onto", "shifted", "p"]),
    ]
    for words in [
      ["init", "-q", "half"], ["-C", "half", "add", "-A"], ["-C", "half", "commit", "-qm", "x"],
    ] {
      _ = try await run("git", words, in: scratch.path)
    }
    var lines = ""
    _ = try await patchkit(
      "backport", "--quiet", "--check", "--accept", "plausible", "--output", "out.patch", "--onto",
      "conflict", seed, in: scratch.path)
    for (index, (schema, arguments)) in runs.enumerated() {
      let printed = try await run(Project.program, arguments + ["--json"], in: scratch.path)
      #expect(printed.output.first == UInt8(ascii: "{"), "\(arguments): \(printed.errors)")
      try scratch.write("\(index).json", printed.output)
      try scratch.write(
        "\(index).schema.json", try await patchkit("schema", schema, in: scratch.path).output)
      lines += "\(index) \(arguments.joined(separator: " "))\n"
    }
    try scratch.write("runs", lines)
    // The published schemas let fields come to be; here, none may be that they do not say.
    try scratch.write(
      "check.py",
      """
      import json, jsonschema

      def close(node):
          if isinstance(node, dict):
              if 'properties' in node:
                  node.setdefault('additionalProperties', False)
              for part in node.values():
                  close(part)
          elif isinstance(node, list):
              for part in node:
                  close(part)
          return node

      for line in open('runs'):
          number, words = line.strip().split(' ', 1)
          schema = json.load(open(number + '.schema.json'))
          jsonschema.Draft7Validator.check_schema(schema)
          for error in jsonschema.Draft7Validator(close(schema)).iter_errors(json.load(open(number + '.json'))):
              print(words, list(error.path), error.message[:200])

      """)
    let checked = try await run("python3", ["check.py"], in: scratch.path)
    #expect(checked.code == 0 && checked.text.isEmpty, "\(checked.text)\(checked.errors)")
  }

  @Test func aNameThatHasNoneIsSaid() async throws {
    let names = try await patchkit("schema")
    #expect(names.code == 0 && names.text.contains("port-check\n"))
    let wrong = try await patchkit("schema", "aply")
    #expect(wrong.code == 2 && wrong.errors.contains("did you mean 'apply'?"))
  }
}
