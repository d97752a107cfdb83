// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import Ledger
import TestSupport

/// Patches of texts whose lines occur nowhere else, and runs of `verify` that keep results.
enum KeptCollection {
  /// Thirty statements that have a name in them.
  static func text(_ name: String) -> String {
    (1...30).map { "\tstatement_\(name)(\($0));\n" }.joined()
  }

  /// A patch that changes line 15 of such a text.
  static func patch(_ path: String, _ name: String) -> String {
    let lines = text(name).split(separator: "\n", omittingEmptySubsequences: false)[11...17]
    let hunk = lines.map { line in
      line.contains("(15)") ? "-\(line)\n+\tstatement_\(name)(changed);\n" : " \(line)\n"
    }.joined()
    return "Subject: \(name)\n\nWhy.\n---\n--- a/\(path)\n+++ b/\(path)\n@@ -12,7 +12,7 @@\n\(hunk)"
  }

  /// A folder with an empty cache.
  static func empty() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.file("cache"), withIntermediateDirectories: true)
    return scratch
  }

  /// What a run found.
  struct Run {
    /// The report as text.
    var report: String
    /// The patches on their trees, with the label of each patch.
    var cells: [(label: String, cell: Verification.Cell)]
    /// How many trials it took.
    var trials: Int
    /// Whether the report is that of an earlier run.
    var isKept: Bool

    /// Each verdict by its tree: for a collection of one patch.
    var verdicts: [String: String] {
      Dictionary(
        cells.map { ($0.cell.tree, $0.cell.outcome?.verdict.rawValue ?? "none") },
        uniquingKeysWith: { $1 })
    }
  }

  /// Verifies the folder `Patches`.
  ///
  /// - Parameters:
  ///   - usesCache: whether results of earlier runs may be used, and are kept.
  ///   - names: whose names are looked up.
  ///   - change: changes the other options.
  static func verify(
    _ scratch: Scratch, usesCache: Bool = true, names: VerifyOptions.Symbols = .none,
    _ change: (inout VerifyOptions) -> Void = { _ in }
  ) async throws -> Run {
    var options = VerifyOptions()
    options.usesCache = usesCache
    options.symbols = names
    change(&options)
    let verifier = Verifier(options, cacheFolder: scratch.file("cache"))
    let found = try await verifier.run(try PatchFolder.all(in: [scratch.file("Patches")]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return Run(
      report: String(decoding: try encoder.encode(found), as: UTF8.self),
      cells: found.folders.flatMap(\.patches).flatMap { patch in
        patch.cells.map { (patch.label, $0) }
      },
      trials: verifier.trials, isKept: verifier.isKept)
  }
}
