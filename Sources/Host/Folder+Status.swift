// SPDX-License-Identifier: GPL-2.0-only

package import Glibc

extension Folder {
  /// What a child is, and whom it belongs to.
  package struct Status {
    package var kind: mode_t
    package var permissions: mode_t
    /// The owner.
    package var user: uid_t
    /// The group.
    package var group: gid_t
    package var size: Int
    package var device: dev_t
    package var changed: timespec
    package var inode: ino_t

    init(_ info: stat) {
      kind = info.st_mode & S_IFMT
      permissions = info.st_mode & 0o7777
      user = info.st_uid
      group = info.st_gid
      size = Int(info.st_size)
      device = info.st_dev
      changed = info.st_ctim
      inode = info.st_ino
    }

    /// Differs where the content may differ.
    package var stamp: [UInt8] {
      var stamp: [UInt8] = []
      stamp.reserveCapacity(40)
      for word in [
        size, changed.tv_sec, changed.tv_nsec, Int(bitPattern: UInt(inode)),
        Int(bitPattern: UInt(device)),
      ] {
        unsafe withUnsafeBytes(of: word.littleEndian) { unsafe stamp.append(contentsOf: $0) }
      }
      return stamp
    }

    package var isRegular: Bool { kind == S_IFREG }
    package var isLink: Bool { kind == S_IFLNK }
    package var isFolder: Bool { kind == S_IFDIR }
  }
}
