// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import KernelTree
internal import PatchFormat

/// What became of a patch on a tree: the verdicts, and where all apply, the adapted patch and what
/// it changes.
package struct PatchOutcome: Sendable {
  /// The patch that was tried.
  package let patch: Patch
  /// The verdict on the whole.
  package let verdict: Verdict
  /// The verdicts on its files.
  package let files: [FileOutcome]
  /// How many file patches the filter left out.
  package let excluded: Int
  let adapted: [AdaptedFile]?
  /// The changes of the tree; empty where the patch does not apply.
  package let changes: [TreeChange]

  /// The changes of the files that apply, whether or not the whole patch does.
  let partialChanges: [TreeChange]

  /// Whether the whole patch applies.
  package var applies: Bool { adapted != nil }

  /// Whether a person could say what becomes of some part of the patch that has no place.
  package var hasQuestions: Bool {
    files.contains { file in
      !file.isSettled && (file.question != nil || file.hunks.contains { $0.question != nil })
    }
  }

  /// Whether the patch applies as it was written, byte for byte, in git's form.
  package var isUnchanged: Bool {
    adapted.map { $0.count == patch.files.count && $0.allSatisfy(\.isUnchanged) } ?? false
  }

  /// The patch as it applies to this tree without any tolerance, with its message around it; nil
  /// where it does not apply.
  ///
  /// A file patch that needed no change stays byte for byte. Text in a transfer encoding is given
  /// decoded.
  ///
  /// - Parameter namesBlobs: whether changed file patches name the target's own blobs, which are hashed
  ///   for it; else theirs have no `index` line, where git needs none.
  /// - Throws: `Defect` where libgit2 cannot hash.
  package func adaptedPatch(namesBlobs: Bool = true) throws(Defect) -> [UInt8]? {
    guard let adapted else { return nil }
    return try patch.printed(with: adapted, namesBlobs: namesBlobs)
  }

  /// The diff of the patch as it applies to this tree, without its message; nil where it does not apply.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  package func adaptedDiff() throws(Defect) -> [UInt8]? {
    guard let adapted else { return nil }
    return try patch.replacements(adapted, namesBlobs: true).flatMap(\.self)
  }

  /// The patch as it applies to this tree, with as little of its text changed as can be; nil where it
  /// does not apply.
  ///
  /// One that was taken back is still one to take back.
  ///
  /// - Parameter options: those that it was tried with.
  /// - Throws: what `PatchRefresh.text(of:options:versions:)` throws.
  package func refreshedPatch(_ options: ApplyOptions) throws -> [UInt8]? {
    guard applies else { return nil }
    // The source of a copy is no change, so what is made of it is written as it was placed.
    if isUnchanged || patch.files.contains(where: { $0.change == .copy }) {
      return try adaptedPatch()
    }
    var versions: [TreePath: PatchRefresh.Versions] = [:]
    for change in changes {
      let pair = PatchRefresh.Versions(before: change.before, after: change.after)
      versions[change.path] = options.isReversed ? pair.swapped : pair
    }
    return try PatchRefresh.text(of: patch, options: options, versions: versions)
  }
}

/// One file patch as it applies to the target.
struct AdaptedFile: Sendable {
  /// Its number among the patch's file patches.
  var index: Int
  private var file: FilePatch
  private var paths: FilePatch.Paths
  private var before: [UInt8]
  private var after: [UInt8]
  private var original: FilePatch

  init(
    _ index: Int, original: FilePatch, _ file: FilePatch, _ paths: FilePatch.Paths,
    before: TreeFile?, after: TreeFile
  ) {
    self.index = index
    self.file = file
    self.paths = paths
    self.before = before?.content ?? []
    self.after = after.content
    self.original = original
  }

  /// Whether the original says the same, so that it can stay as it was written.
  var isUnchanged: Bool {
    original.hunks == file.hunks && original.dialect == .git && original.change == file.change
      && original.paths(strip: 1) == paths && !original.hasTransportCR
  }

  /// The file patch in git's form, with the ids of the target's own blobs, as long as the original's
  /// were.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  func printed(namesBlobs: Bool) throws(Defect) -> [UInt8] {
    var written = file
    written.dialect = .git
    let length = min(40, max(7, file.oldID?.count ?? 12))
    let zeros = [UInt8](repeating: 0x30, count: length)
    func id(_ content: [UInt8]) throws(Defect) -> [UInt8] {
      do { return Array(try ObjectID.ofBlob(content).description.utf8.prefix(length)) } catch {
        throw Defect("libgit2 cannot hash: \(error.message)")
      }
    }
    let changesContent =
      !file.hunks.isEmpty || file.binary != nil || file.change == .create || file.change == .delete
    // A binary patch is for the blobs that it names.
    if changesContent, namesBlobs || file.binary != nil {
      written.oldID = file.change == .create ? zeros : try id(before)
      written.newID = file.change == .delete ? zeros : try id(after)
    } else {
      (written.oldID, written.newID) = (nil, nil)
    }
    return written.printedAsGit(paths: paths)
  }
}
