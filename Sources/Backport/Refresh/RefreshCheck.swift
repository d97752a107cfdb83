// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import PatchFormat

/// The test that a patch makes the versions after of the versions before, and changes nothing else.
struct RefreshCheck {
  private let versions: [TreePath: PatchRefresh.Versions]

  init(_ versions: [TreePath: PatchRefresh.Versions]) { self.versions = versions }

  /// Whether patches, one after the other, make all versions.
  ///
  /// - Parameter exactly: whether each hunk has to be at the lines that it states.
  func isMade(by patches: [Patch], _ options: ApplyOptions, exactly: Bool) -> Bool {
    var before = StagedFiles()
    before.stage(
      versions.compactMap { path, pair in
        pair.before.map { TreeChange(path: path, before: nil, after: $0) }
      })
    let session = SeriesSession(on: Overlay(NoFiles(), staged: before))
    let items = patches.map { PatchQueue.Item(patch: $0, options: options).placedByLine }
    guard let outcome = try? session.apply(PatchQueue(items)), outcome.applies,
      !exactly || outcome.patches.allSatisfy({ $0.verdict == .exact })
    else { return false }
    var made = Set(versions.filter { $0.value.before == $0.value.after }.keys)
    for change in outcome.changes {
      guard let pair = versions[change.path], pair.after == change.after else { return false }
      made.insert(change.path)
    }
    return made.count == versions.count
  }
}

/// A tree without any file.
private struct NoFiles: KernelTree {
  let name = "nothing"
  func file(at path: TreePath) throws(PatchkitError) -> TreeFile? { nil }
  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] { [] }
  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] { [] }
  func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] { [] }
}
