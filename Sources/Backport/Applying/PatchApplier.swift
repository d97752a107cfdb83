// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import KernelTree
internal import PatchFormat
internal import Symbols
internal import TextAlign

/// Applies one patch to a tree: paths and modes, placement, adaptation, strict apply.
///
/// Nothing is written; the result is a value. `SeriesSession` is the one caller.
final class PatchApplier {
  private let strict: StrictStage
  private let base: (any KernelTree)?
  private let memory: ResolutionMemory?
  private let names: TreeNames

  /// Sets up libgit2's apply.
  ///
  /// - Parameters:
  ///   - base: the tree that the patches were made for, where it is at hand: the tolerant
  ///     strategies find in it where the lines around a hunk went.
  ///   - memory: what the user decided about conflicts before.
  ///   - index: the names of the tree, where they are indexed already.
  /// - Throws: `PatchkitError` where libgit2 cannot be started.
  init(
    base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil, index: SymbolIndex? = nil
  ) throws(PatchkitError) {
    names = TreeNames(index)
    self.base = base
    self.memory = memory
    do { strict = try StrictStage() } catch { throw PatchkitError(.git, error.description) }
  }

  /// Tries a patch on a tree.
  ///
  /// - Parameters:
  ///   - patch: the file patches and where they come from.
  ///   - tree: the tree, or an overlay of earlier patches on one.
  ///   - options: names, direction and filters.
  ///   - markers: how conflicts are written into files; nil writes none.
  ///   - delivery: what becomes of the changes; where they are not kept, the outcome has none, and
  ///     no adapted patch.
  ///   - absence: ends the trial at the first hunk that the tree does not have; the outcome is that of the
  ///     file patches tried so far.
  /// - Returns: the verdict on every hunk; the adapted patch and the changes where all apply.
  /// - Throws: `PatchkitError` where a name in the patch leads where no patch may go,
  ///   `PatchkitError` where the tree cannot be read.
  func apply(
    _ patch: Patch, to tree: any KernelTree, options: ApplyOptions,
    markers: ConflictRegion.Markers? = nil, delivery: ChangeDelivery = .kept,
    absence: AbsenceTest? = nil
  ) throws -> PatchOutcome {
    let (tasks, excluded) = try PathStage(patch: patch, options: options).tasks()
    var trial = PatchTrial(
      patch: patch, options: options, markers: markers, strict: strict, base: base,
      memory: memory, delivery: delivery,
      states: FileStates(tree, .init(tasks, isReversed: options.isReversed)), names: names)
    trial.absence = absence
    return try trial.run(tasks, excluded: excluded)
  }
}
