// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// Words that were retired from messages, comments and names stay retired.
///
/// `Tests/Fixtures/style/retired-words.tsv` has a pattern and what to write instead on each line,
/// `Tests/Fixtures/style/baseline.tsv` how many such words each file still has. A file that has more
/// fails, and so does one that has fewer, until its line is lowered: the list only shrinks.
/// `PATCHKIT_LOWER_BASELINE=1 swift test -c release --filter RetiredWords` lowers the lines that can be lowered.
@Suite struct RetiredWordsTests {
  private struct Retired {
    var pattern: NSRegularExpression
    var instead: String
  }

  private static let wordsPath = Project.path("Tests/Fixtures/style/retired-words.tsv")
  private static let baselinePath = Project.path("Tests/Fixtures/style/baseline.tsv")

  private static func lines(of path: String) throws -> [[String]] {
    String(decoding: try Files.read(path), as: UTF8.self).split(separator: "\n" as Character)
      .filter { !$0.hasPrefix("#") }
      .map { $0.split(separator: "\t" as Character).map(String.init) }
  }

  private static func retired() throws -> [Retired] {
    try lines(of: wordsPath).map { fields in
      Retired(
        pattern: try NSRegularExpression(pattern: fields[0], options: [.caseInsensitive]),
        instead: fields[1])
    }
  }

  private static func baseline() throws -> [String: Int] {
    Dictionary(
      try lines(of: baselinePath).map { ($0[1], Int($0[0]) ?? 0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Every retired word of a text, with its line and what to write instead.
  private static func findings(_ text: String, _ retired: [Retired]) -> [String] {
    // Most texts have none of the words, and a whole text is searched in a fraction of the time.
    let retired = retired.filter {
      $0.pattern.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
    if retired.isEmpty { return [] }
    var findings: [String] = []
    for (index, line) in text.split(separator: "\n" as Character, omittingEmptySubsequences: false)
      .enumerated()
    {
      let line = String(line)
      for word in retired {
        for match in word.pattern.matches(
          in: line, range: NSRange(line.startIndex..., in: line))
        {
          let found = Range(match.range, in: line).map { line[$0] } ?? ""
          findings.append("line \(index + 1): '\(found)': \(word.instead)")
        }
      }
    }
    return findings
  }

  /// The folders whose files the rules are for: comments, strings and names.
  private static let folders = [
    "Sources", "Documentation", "Tests", "Fuzzing", "Benchmarks", "Examples", "Packaging", ".ci",
  ]

  /// What is not the project's own text: inputs of parsers, of fuzzing and of benchmarks, and what is built.
  private static let skipped = [
    "Tests/Fixtures/", "Fuzzing/Corpus/", "Tests/StyleTests/RetiredWordsTests.swift", "/.build/",
    "Fuzzing/.found/", "Benchmarks/inputs/", "Package.resolved",
  ]

  /// The files of the repository that the rules are for, and their text.
  private static func files() throws -> [(path: String, text: String)] {
    var paths = ["Tests/Fixtures/messages/catalogue.txt", "README.md"]
    let ends = [
      "swift", "md", "tutorial", "js", "c", "h", "py", "pml", "yml", "json", "modulemap", "txt",
    ]
    for folder in folders {
      let files = FileManager.default.enumerator(atPath: Project.path(folder))
      for name in files?.allObjects as? [String] ?? [] {
        let path = "\(folder)/\(name)"
        // A script has no ending.
        let last = name.split(separator: "/" as Character).last ?? ""
        let isText =
          !last.contains(".") || ends.contains(String(last.split(separator: ".").last ?? ""))
        guard isText, !skipped.contains(where: { path.contains($0) }) else { continue }
        let kind = try FileManager.default.attributesOfItem(atPath: Project.path(path))[.type]
        if kind as? FileAttributeType == .typeRegular { paths.append(path) }
      }
    }
    return try paths.sorted().compactMap { path in
      let bytes = try Files.read(Project.path(path))
      // A compiled file is not text.
      guard !bytes.prefix(4096).contains(0) else { return nil }
      let text = String(decoding: bytes, as: UTF8.self)
      // This page lists the words themselves, in its last section.
      guard path == "Documentation/Style.md" else { return (path, text) }
      return (
        path, text.firstRange(of: "## Instead of").map { String(text[..<$0.lowerBound]) } ?? text
      )
    }
  }

  @Test func everyFolderIsRead() throws {
    let paths = try Self.files().map(\.path)
    for folder in Self.folders {
      #expect(paths.contains { $0.hasPrefix(folder + "/") }, "\(folder)")
    }
    for path in [".ci/run", "Fuzzing/kills", "Tests/TestSupport/Project.swift", "Benchmarks/run"] {
      #expect(paths.contains(path), "\(path)")
    }
  }

  @Test func noFileHasMoreOfThemThanBefore() throws {
    let (retired, baseline) = (try Self.retired(), try Self.baseline())
    var now: [String: Int] = [:]
    for (path, text) in try Self.files() {
      let found = Self.findings(text, retired)
      let allowed = baseline[path] ?? 0
      now[path] = found.isEmpty ? nil : min(found.count, allowed)
      #expect(
        found.count <= allowed,
        "\(path) has \(found.count) retired words, \(allowed) allowed:\n\(found.joined(separator: "\n"))"
      )
    }
    if ProcessInfo.processInfo.environment["PATCHKIT_LOWER_BASELINE"] != nil {
      let lines = now.sorted { $0.key < $1.key }.map { "\($0.value)\t\($0.key)\n" }.joined()
      let text = "# How many retired words each file still has; no line may grow.\n" + lines
      try Data(text.utf8).write(to: URL(fileURLWithPath: Self.baselinePath))
      return
    }
    for (path, allowed) in baseline.sorted(by: { $0.key < $1.key }) {
      let count = now[path] ?? 0
      #expect(
        count >= allowed,
        "\(path) has \(count) retired words: lower the baseline, which has \(allowed)")
    }
  }

  /// The patterns find what they are for, and leave plain English alone.
  @Test func thePatternsMeanWhatTheySay() throws {
    let retired = try Self.retired()
    for bad in [
      "the patch is taken back", "it goes on behind 'L'", "the how manieth", "no rung took it",
      "the acceptance gate", "a lot of patches", "somebody changed it", "in every order",
      "this is no folder", "mend the port", "the house's style", "what it comes to", "the seal",
      "it leans on a name", "that is there already", "the result is another", "it stands there",
    ] { #expect(!Self.findings(bad, retired).isEmpty, "\(bad)") }
    for good in [
      "there is no such scenario", "the candidate position", "replaced in place", "an allotment",
      "the strategy that took it", "propagate", "understands", "recommend", "aggregate",
      "warehouse", "the patch applies", "a plot", "sealing", "is no longer there",
    ] { #expect(Self.findings(good, retired).isEmpty, "\(good): \(Self.findings(good, retired))") }
  }
}
