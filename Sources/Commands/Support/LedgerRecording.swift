// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import Ledger
import PatchFormat
import Reporting

/// Records adapted patches in the folder of their originals, for the trees that its `patch.yaml` names.
struct LedgerRecording {
  private let path: String
  private let isQuiet: Bool
  private let isForced: Bool
  /// Where the trees of the command line are, which may be named as in the manifest.
  private(set) var locations: [String] = []
  /// Their names in the manifest: two of its trees may be at one location.
  private var names: [String: String] = [:]

  /// Looks up the trees of the command line.
  ///
  /// - Throws: `PatchkitError` where the folder has no manifest, or it cannot name the file for a tree.
  init(_ landing: LandingOptions) throws {
    path = landing.patches[0]
    isForced = landing.force
    isQuiet = landing.quiet
    let folder = try PatchFolder(path)
    for name in landing.givenTrees.isEmpty ? [landing.onto] : landing.givenTrees {
      let tree = try folder.tree(at: name)
      _ = try folder.recording(for: tree)
      let location = tree.name == name ? tree.location : name
      locations.append(location)
      names[location] = tree.name
    }
  }

  /// Records the patches as they apply to a tree, where they had to be changed for it.
  ///
  /// - Throws: `PatchkitError` where a patch is not to be applied to the tree, or another adapted patch is recorded.
  func record(_ outcome: SeriesOutcome, for location: String) throws {
    // Read anew: the one for the tree before has changed it.
    let folder = try PatchFolder(path)
    let tree = try folder.tree(at: names[location] ?? location)
    guard outcome.patches.contains(where: \.isAdapted) else {
      if let patch = tree.patch {
        Console.error(
          "note: \(tree.name) takes the patches as they are: remove 'patch: \(patch)' from its tree in patch.yaml\n"
        )
      }
      return
    }
    if let other = outcome.patches.first(where: { !$0.applies }) {
      throw PatchkitError(
        .refused, path: path,
        "'\(other.subject)' is \(other.verdict.rawValue) on \(tree.name), so its adapted form cannot be recorded",
        consequence: "nothing was recorded for \(tree.name)",
        hint: "what is recorded for a tree has every patch of the folder")
    }
    let text = PatchList.joined(try outcome.patches.compactMap { try $0.adaptedPatch() })
    let file = try folder.record(text, for: tree, isForced: isForced)
    if !isQuiet { Console.error("recorded \(.path, file)\n") }
  }
}
