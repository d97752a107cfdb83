// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Ledger
import Reporting

/// Records adapted patches in the folder of their originals, for the trees that its `patch.yaml` names.
struct LedgerRecording {
  private let path: String
  private let isQuiet: Bool

  /// Looks up the trees of the command line.
  ///
  /// - Throws: `PatchkitError` where the folder has no manifest, or it cannot name the file for a tree.
  init(_ landing: LandingOptions) throws {
    path = landing.patches[0]
    isQuiet = landing.quiet
    let folder = try PatchFolder(path)
    for tree in landing.givenTrees.isEmpty ? [landing.onto] : landing.givenTrees {
      _ = try folder.recording(for: try folder.tree(at: tree))
    }
  }

  /// Records the patches as they apply to a tree, where they had to be changed for it.
  func record(_ outcome: SeriesOutcome, for tree: String) throws {
    guard outcome.patches.contains(where: \.isAdapted) else { return }
    var bytes: [UInt8] = []
    for patch in outcome.patches where patch.applies { bytes += try patch.adaptedPatch() ?? [] }
    // Read anew: the one for the tree before has changed it.
    let folder = try PatchFolder(path)
    let file = try folder.record(bytes, for: try folder.tree(at: tree))
    if !isQuiet { Console.error("recorded \(.path, file)\n") }
  }
}
