// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree

extension SeriesOutcome {
  /// A file with conflicts between markers.
  package struct ConflictFile: Sendable {
    /// The path in the tree.
    package var path: String
    /// The keys of its conflicts, in the order of the file.
    package var keys: [String]
    /// The file with the markers.
    package var content: [UInt8]
  }

  /// The changes of the patches before the refused one, of the refused one's files that apply, and
  /// of its files with conflicts; nil if no conflict has a position, or the patch was not tried
  /// with markers.
  package var changesWithConflicts: [TreeChange]? {
    guard let own = patches.last?.changesWithConflicts else { return nil }
    var overlay = Staged()
    for outcome in patches.dropLast() { overlay.stage(outcome.changes) }
    overlay.stage(own)
    return overlay.changes
  }

  /// The files with markers, and what names each conflict.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  package func conflicts() throws(Defect) -> [ConflictFile] {
    try patches.last?.conflicts() ?? []
  }
}

extension PatchOutcome {
  /// The files with markers, and what names each conflict.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  package func conflicts() throws(Defect) -> [SeriesOutcome.ConflictFile] {
    var files: [SeriesOutcome.ConflictFile] = []
    for file in self.files {
      guard let change = file.marked.first(where: { $0.before != nil }), let after = change.after
      else { continue }
      let regions = file.hunks.compactMap(\.conflict)
        .sorted { $0.range.lowerBound < $1.range.lowerBound }
      var keys: [String] = []
      for region in regions { keys.append(try region.key()) }
      if keys.isEmpty { continue }
      files.append(
        SeriesOutcome.ConflictFile(
          path: change.path.description, keys: keys, content: after.content))
    }
    return files
  }

  /// The changes of a refused patch's files that apply, and of its files with conflicts; nil if
  /// no conflict has a position, or the patch was not tried with markers.
  package var changesWithConflicts: [TreeChange]? {
    let marked = files.flatMap(\.marked)
    guard !applies, !marked.isEmpty else { return nil }
    var overlay = Staged()
    overlay.stage(content?.partialChanges ?? [])
    overlay.stage(marked)
    return overlay.changes
  }
}

/// Changes one on the other, by path.
private struct Staged {
  private var all: [TreePath: TreeChange] = [:]

  mutating func stage(_ changes: [TreeChange]) {
    for change in changes {
      all[change.path] = TreeChange(
        path: change.path, before: (all[change.path] ?? change).before, after: change.after)
    }
  }

  var changes: [TreeChange] { all.keys.sorted().compactMap { all[$0] } }
}
