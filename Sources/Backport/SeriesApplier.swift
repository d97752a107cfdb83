// SPDX-License-Identifier: GPL-2.0-only

public import KernelTree

/// What became of patches that were tried one on the other.
public struct SeriesOutcome: Sendable {
  /// The outcomes in order; the last one is the refused patch, where one was refused.
  public let outcomes: [PatchOutcome]
  /// How many patches were not tried, because one before them was refused.
  public let untried: Int
  /// The changes of the tree that all patches together make; empty where one was refused.
  public let changes: [TreeChange]

  /// Whether every patch applies.
  public var applies: Bool { untried == 0 && outcomes.allSatisfy(\.applies) }
}

extension PatchApplier {
  /// Tries patches one on the other, up to the first that does not apply.
  ///
  /// - Returns: the outcomes; nothing is written.
  /// - Throws: as `apply(_:to:options:)` does.
  public func apply(_ queue: PatchQueue, to tree: any KernelTree) throws -> SeriesOutcome {
    var overlay = Overlay(tree)
    var outcomes: [PatchOutcome] = []
    for item in queue.items {
      let outcome = try apply(item.patch, to: overlay, options: item.options)
      outcomes.append(outcome)
      guard outcome.applies else { break }
      overlay.stage(outcome.changes)
    }
    let applies = outcomes.allSatisfy(\.applies)
    return SeriesOutcome(
      outcomes: outcomes, untried: queue.items.count - outcomes.count,
      changes: applies ? overlay.changes : [])
  }
}
