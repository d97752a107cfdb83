// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat

/// A file patch with its checked paths, on its way through the stages: paths and modes, placement,
/// adaptation, strict apply.
struct FileTask {
  /// The number of the file patch in its patch, from 0.
  var index: Int
  /// The file patch, in the direction in which it is applied.
  var file: FilePatch
  /// The path before; nil where the file is created.
  var old: TreePath?
  /// The path after; nil where the file is deleted.
  var new: TreePath?
  /// The path that the patch names, where some or all of its hunks apply elsewhere.
  var named: TreePath?
  /// The numbers of its hunks in the file patch, where only some of them are left.
  var numbers: [Int]?

  /// The paths as bytes.
  var paths: FilePatch.Paths { FilePatch.Paths(old: old?.bytes, new: new?.bytes) }
}
