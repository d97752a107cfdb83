// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

extension KernelTree {
  /// The file at a path; nil also where a folder is at the path, or a file or a link on the way to it:
  /// a patch can put the one in place of the other.
  func state(at path: TreePath) throws -> TreeFile? {
    do { return try file(at: path) } catch {
      guard error.kind == .wrongKind || error.kind == .symlinkInTheWay else { throw error }
      return nil
    }
  }
}
