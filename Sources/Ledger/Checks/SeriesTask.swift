// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
internal import KernelTree

/// A patch of a folder, ready to be tried.
struct LedgerItem: Sendable {
  /// The index in its folder, from 0.
  var index: Int
  /// The file, with the number of the mail where there are several.
  var label: String
  /// The patch and its options.
  var item: PatchQueue.Item
  /// What stays the same about it wherever it is applied; nil where it changes no line.
  var identity: String?
  /// Whether it only comes before the folder's own patches: its outcome is reported with its own
  /// folder.
  var isPrerequisite = false

  /// The checksum of the input that it is from.
  var sha256: String { Checksum.sha256(item.patch.document.source) }
}

/// Patches that see each other, to be tried on one tree in their order.
///
/// Unlike `patchkit apply`, verifying continues after a refused patch, so that one run
/// reports everything: the rest is tried without that patch.
struct SeriesTask: Sendable {
  /// The result.
  struct Result {
    /// The outcome of each patch, by its index in its folder; those of prerequisites left out.
    var outcomes: [Int: PatchOutcome] = [:]
    /// What all that apply change together.
    var changes: [TreeChange] = []
    /// The prerequisites that did not apply, by their labels.
    var refusedPrerequisites: [String] = []
  }

  /// The patches, prerequisites first.
  let items: [LedgerItem]
  /// Whether what the tolerant strategies find is taken.
  let usesStrategies: Bool
  /// Whether the blobs before and after are named.
  let namesBlobs: Bool
  /// What was decided about conflicts; it counts where the tolerant strategies do.
  let memory: ResolutionMemory?

  /// A refused patch is tried again after this many later ones that touch its files, at most.
  private static let retries = 25

  /// Tries the patches.
  ///
  /// - Throws: `Defect`, and `PatchkitError` where the tree cannot be read; everything else is in the
  ///   outcomes.
  func run(on tree: any KernelTree) throws -> Result {
    var policy = SeriesPolicy(refusal: .skip, retries: Self.retries)
    let session = SeriesSession(
      on: tree, memory: usesStrategies ? memory : nil, policy: policy)
    var result = Result()
    let prerequisites = items.filter(\.isPrerequisite)
    let before = try session.apply(queue(prerequisites))
    result.refusedPrerequisites = zip(prerequisites, before.patches)
      .filter { !$1.applies }.map(\.0.label)
    let own = items.filter { !$0.isPrerequisite }
    policy.checksReversal = true
    if namesBlobs { policy.keeps.insert(.blobIDs) }
    session.policy = policy
    let outcome = try session.apply(queue(own)) { _, patch, tree in
      guard !patch.applies, patch.problem == nil else { return }
      do {
        patch.isPresent =
          try patch.verdict == .alreadyApplied
          || Presence(of: patch, in: tree, stopsAtFirst: true).state == .all
      } catch let error as PatchkitError where !error.isOfMachine {
        patch.problem = error.description
      }
    }
    for (item, patch) in zip(own, outcome.patches) {
      var patch = patch.recorded
      // A report of the same patches on the same trees is the same text.
      patch.seconds = nil
      result.outcomes[item.index] = patch
    }
    var all = StagedFiles()
    all.stage(before.changes)
    all.stage(outcome.changes)
    result.changes = all.changes
    return result
  }

  private func queue(_ items: [LedgerItem]) -> PatchQueue {
    PatchQueue(
      items.map { entry in
        var item = entry.item
        // As `patchkit backport` does.
        item.options.accept = usesStrategies ? .likely : nil
        item.options.stripsTrailingBlanks = usesStrategies
        item.label = entry.label
        return item
      })
  }
}
