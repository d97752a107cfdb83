// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import KernelTree
internal import PatchFormat

extension PatchesFolder {
  /// The tree with a patch applied to its files as they were before it.
  ///
  /// - Parameter kept: these files; nil for one that did not exist.
  func asPatched(
    _ entry: Series.Entry, _ kept: [TreePath: TreeFile?], in tree: any KernelTree
  ) throws -> Overlay {
    var before = Overlay(tree)
    before.put(kept)
    let document = try documents([entry], ApplyOptions())
    let items = document.flatMap {
      PatchQueue.items(of: $0, options: ApplyOptions(), entry: entry)
    }.map(\.placedByLine)
    let outcome = try SeriesSession(on: before).apply(PatchQueue(items))
    before.stage(outcome.changes)
    return before
  }
}
