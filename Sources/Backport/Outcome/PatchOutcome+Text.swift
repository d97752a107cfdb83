// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat

extension PatchOutcome {
  /// Whether the patch applies as it was written, byte for byte, in git's form.
  package var isUnchanged: Bool {
    guard let content, let adapted = content.adapted, !content.isChained else { return false }
    return adapted.count == content.patch.files.count && adapted.allSatisfy(\.isUnchanged)
  }

  /// The patch as it applies to this tree without any tolerance, with its message around it; nil
  /// where it does not apply.
  ///
  /// A file patch that needed no change stays byte for byte. Text in a transfer encoding is given
  /// decoded.
  ///
  /// - Parameter namesBlobs: whether changed file patches name the target's own blobs, which are
  ///   hashed for it; else theirs have no `index` line, where git needs none.
  /// - Throws: `Defect` where libgit2 cannot hash; `PatchkitError` where a patch that moves files
  ///   of its own is binary.
  public func adaptedPatch(namesBlobs: Bool = true) throws -> [UInt8]? {
    guard let content, let adapted = content.adapted else { return nil }
    return try content.patch.printed(
      replacing: replacements(content, adapted, namesBlobs: namesBlobs), noting: omissionNote)
  }

  /// The text of each file patch, adapted.
  ///
  /// git and libgit2 read every rename and copy as one from the tree before the patch. If a
  /// patch moves a file that it made itself, its first file patch has all of its changes
  /// instead.
  private func replacements(
    _ content: PatchContent, _ adapted: [AdaptedFile], namesBlobs: Bool
  ) throws -> [[UInt8]] {
    guard content.isChained else {
      return try content.patch.replacements(adapted, namesBlobs: namesBlobs)
    }
    var all = content.patch.files.map { _ in [UInt8]() }
    all[0] = try PatchRefresh.diff(of: content.changes)
    return all
  }

  /// The diff of the patch as it applies to this tree, without its message; nil where it does not
  /// apply.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  package func adaptedDiff() throws -> [UInt8]? {
    guard let content, let adapted = content.adapted else { return nil }
    return try replacements(content, adapted, namesBlobs: true).flatMap(\.self)
  }

  /// The patch as it applies to this tree, with as little of its text changed as can be; nil where
  /// it does not apply.
  ///
  /// A patch that was reverse-applied is written as one to reverse-apply.
  ///
  /// - Parameter options: those that it was tried with.
  /// - Throws: what `PatchRefresh.text(of:options:versions:noting:)` throws.
  package func refreshedPatch(_ options: ApplyOptions) throws -> [UInt8]? {
    guard applies, let patch else { return nil }
    // The source of a copy does not change, so the copy's content is written as it was applied.
    if isUnchanged || content?.isChained == true
      || patch.files.contains(where: { $0.change == .copy })
    {
      return try adaptedPatch()
    }
    var versions: [TreePath: PatchRefresh.Versions] = [:]
    for change in changes {
      let pair = PatchRefresh.Versions(before: change.before, after: change.after)
      versions[change.path] = options.isReversed ? pair.swapped : pair
    }
    return try PatchRefresh.text(
      of: patch, options: options, versions: versions, noting: omissionNote)
  }
}
