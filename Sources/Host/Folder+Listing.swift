// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
internal import Glibc

extension Folder {
  /// The names of the children, sorted, `.` and `..` left out.
  package func children() throws(PatchkitError) -> [[UInt8]] {
    try entries().map(\.name).sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// A child of a folder, with what the folder says of its kind.
  package struct Entry {
    package var name: [UInt8]
    private var kind: mode_t

    init(_ name: [UInt8], _ kind: mode_t) {
      self.name = name
      self.kind = kind
    }

    package var isFolder: Bool { kind == S_IFDIR }
    package var isLink: Bool { kind == S_IFLNK }
    /// Whether it is a pipe or a device, which a program may read from for ever.
    package var isEndless: Bool { kind == S_IFIFO || kind == S_IFCHR || kind == S_IFBLK }
  }

  /// The children in no special order, `.` and `..` left out.
  package func entries() throws(PatchkitError) -> [Entry] {
    let again = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard again >= 0 else { throw PatchkitError.system(errno, "list the folder \(name)") }
    defer { close(again) }
    return try entries(from: again) ?? []
  }

  /// The children of a folder that was just opened and is listed once, by its own descriptor.
  package func ownEntries() throws(PatchkitError) -> [Entry] {
    // The descriptor of a folder that may be entered but not listed cannot be read; the error is that of opening it.
    if let entries = try entries(from: descriptor) { return entries }
    return try entries()
  }

  /// The children by a descriptor; nil where it is not one to read from.
  private func entries(from open: Int32) throws(PatchkitError) -> [Entry]? {
    var entries: [Entry] = []
    let size = 32 << 10
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 8)
    defer { unsafe buffer.deallocate() }
    while true {
      let count = unsafe getdents64(open, buffer.baseAddress, UInt(size))
      if count == 0 { return entries }
      if count < 0 {
        // A folder that was removed while it is open has no entries.
        if errno == ENOENT { return entries }
        if errno == EBADF { return nil }
        throw PatchkitError.system(errno, "list the folder \(name)")
      }
      var position = 0
      while position < count {
        // The kernel's linux_dirent64: inode, offset, length of the entry, kind, name and a zero.
        let length = unsafe Int(buffer.load(fromByteOffset: position + 16, as: UInt16.self))
        let kind = unsafe buffer[position + 18]
        let name = unsafe Array(buffer[(position + 19)..<(position + length)].prefix { $0 != 0 })
        position += length
        if name == [0x2E] || name == [0x2E, 0x2E] { continue }
        // The kinds of a directory's entries are those of a mode, shifted (IFTODT in dirent.h).
        var mode = mode_t(kind) << 12
        if mode == 0 { mode = try status(of: name)?.kind ?? 0 }
        entries.append(Entry(name, mode))
      }
    }
  }
}
