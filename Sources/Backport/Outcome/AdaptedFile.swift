// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import KernelTree
internal import PatchFormat

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

  /// The file patch in git's form, with the ids of the target's own blobs, as long as the
  /// original's were.
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
