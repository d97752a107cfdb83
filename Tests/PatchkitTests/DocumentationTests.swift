// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// The libraries' reference builds without a warning, and its tutorial ends with the example that is built.
@Suite struct DocumentationTests {
  private let catalogue = Project.path("Sources/Backport/Backport.docc")

  @Test func theReferenceIsMadeWithoutAWarning() async throws {
    let tools = try await run("sh", ["-c", "dirname \"$(command -v swift)\""]).line
    guard FileManager.default.isExecutableFile(atPath: tools + "/docc") else {
      try Test.cancel("there is no docc next to swift")
    }
    let scratch = try Scratch()
    let build = Project.program.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let made = try await run(
      Project.path("Packaging/reference"), [scratch.file("reference"), build])
    #expect(made.code == 0, "\(made.text)\(made.errors)")
    for page in [
      "documentation/backport/openquestion.json", "documentation/backport/verdicts.json",
      "tutorials/backport/from-mail-to-backport.json",
    ] {
      #expect(FileManager.default.fileExists(atPath: scratch.file("reference/data/\(page)")))
    }
  }

  /// Each step of the tutorial begins with the one before it; the last is a program that CI builds and runs.
  @Test func theTutorialComesToTheExample() throws {
    var before: [UInt8] = []
    for name in ["01-read", "02-try", "03-decide", "04-write"] {
      let step = try Files.read("\(catalogue)/Resources/\(name).swift")
      #expect(step.count > before.count && step.starts(with: before), "\(name)")
      before = step
    }
    let example = try Files.read(Project.path("Examples/Touched/Sources/Backported/main.swift"))
    #expect(before == example)
  }
}
