// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
internal import Glibc

extension Folder {
  /// Copies the access control list of a child to a file elsewhere, where there is one and the file
  /// system has such.
  package func copyAccessList(of child: [UInt8], to file: [UInt8], in other: borrowing Folder) {
    let source = openForReading(child)
    guard source >= 0 else { return }
    defer { close(source) }
    let name = "system.posix_acl_access"
    var list = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fgetxattr(source, name, &list, UInt(list.count))
    guard count > 0 else { return }
    let target = other.openForReading(file)
    guard target >= 0 else { return }
    defer { close(target) }
    unsafe _ = fsetxattr(target, name, list, UInt(count), 0)
  }

  /// Gives a new file elsewhere the access control list that a file created in this folder gets, where
  /// the folder has a default one.
  package func copyDefaultAccessList(
    to file: [UInt8], in other: borrowing Folder, isExecutable: Bool
  ) {
    var list = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fgetxattr(descriptor, Self.defaultList, &list, UInt(list.count))
    guard count > 4 else { return }
    list = Array(list.prefix(count))
    let mode: UInt8 = isExecutable ? 7 : 6
    // Four bytes of version, then eight for each entry: tag, permissions, id. The entries of the owner, of
    // the mask (or the group where there is none) and of the others are limited as the system does it.
    let entries = Array(stride(from: 4, to: count - 7, by: 8))
    let hasMask = entries.contains { list[$0] == 0x10 }
    for start in entries {
      let tag = list[start]
      if tag == 0x01 || tag == 0x20 || tag == (hasMask ? 0x10 : 0x04) { list[start + 2] &= mode }
    }
    let target = other.openForReading(file)
    guard target >= 0 else { return }
    defer { close(target) }
    unsafe _ = fsetxattr(target, "system.posix_acl_access", list, UInt(list.count), 0)
  }

  /// Removes the list that files created in this folder would get.
  package func removeDefaultAccessList() {
    unsafe _ = fremovexattr(descriptor, Self.defaultList)
  }

  private static let defaultList = "system.posix_acl_default"
}
