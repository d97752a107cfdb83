// SPDX-License-Identifier: GPL-2.0-only

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
    guard again >= 0, let stream = unsafe fdopendir(again) else {
      throw PatchkitError.system(errno, "list the folder \(name)")
    }
    defer { unsafe _ = closedir(stream) }
    var entries: [Entry] = []
    while let entry = unsafe readdir(stream) {
      let length = Int(unsafe _D_EXACT_NAMLEN(entry))
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
        unsafe Array($0.prefix(length))
      }
      if name == [0x2E] || name == [0x2E, 0x2E] { continue }
      // The kinds of a directory's entries are those of a mode, shifted (IFTODT in dirent.h).
      var kind = unsafe mode_t(entry.pointee.d_type) << 12
      if kind == 0 { kind = try status(of: name)?.kind ?? 0 }
      entries.append(Entry(name, kind))
    }
    return entries
  }

  private func _D_EXACT_NAMLEN(_ entry: UnsafeMutablePointer<dirent>) -> Int {
    unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe $0.firstIndex(of: 0) ?? $0.count }
  }
}
