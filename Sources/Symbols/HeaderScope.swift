// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
internal import TextAlign

/// Which headers of a kernel tree a file may see, whatever the includes between them: those of the kernel and
/// of architectures, and those of the file's own part of the tree.
///
/// A part is a folder such as `mm`, and in the wide folders each folder inside, such as `fs/ext4`: drivers and
/// file systems have headers of their own. Trees of programs in the kernel's tree, such as `tools`, have
/// copies of its headers, which the kernel does not see.
package enum HeaderScope {
  private static let wide = ["drivers", "fs", "net", "sound", "arch"].map { Array($0.utf8) }
  private static let includeFolder = Array("/include/".utf8)

  /// Whether a header is one of the kernel or of an architecture.
  static func isShared(_ header: [UInt8]) -> Bool {
    if header.starts(with: "include/".utf8) { return true }
    return header.starts(with: "arch/".utf8) && header.firstIndex(of: includeFolder) != nil
  }

  /// The folders that hold the headers of a file's part of the tree: all that are below the first, and those
  /// that are directly in the others; none for a file at the top.
  static func part(of path: TreePath) -> (below: [UInt8], directlyIn: [[UInt8]])? {
    let folders = path.folders
    guard let top = folders.first else { return nil }
    guard wide.contains(top), folders.count > 1 else { return (top, []) }
    return (folders[1], [top])
  }

  /// Whether a file may see a header.
  package static func sees(_ path: TreePath, _ header: TreePath) -> Bool {
    if isShared(header.bytes) { return true }
    guard let folder = header.folders.last else { return true }
    guard let part = part(of: path) else { return false }
    return folder == part.below || folder.starts(with: part.below + [0x2F])
      || part.directlyIn.contains(folder)
  }
}
