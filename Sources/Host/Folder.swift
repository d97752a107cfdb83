// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
package import Glibc

/// An open folder, and the only way from trees and caches to the file system below it.
///
/// Every path is walked component by component from the descriptor, and no symbolic link on the way
/// is followed: a link that is swapped in between two steps makes the step fail.
package struct Folder: ~Copyable {
  package let descriptor: Int32
  /// The folder's name as the user gave it, for messages.
  package let name: String

  private init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  deinit { close(descriptor) }

  /// Opens a folder that the user named; links in that name are the user's own and followed.
  package static func open(_ path: String) throws(PatchkitError) -> Folder {
    let descriptor = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if descriptor < 0 { throw PatchkitError.system(errno, "open the folder \(path)") }
    return Folder(descriptor: descriptor, name: path)
  }

  /// Opens the folder once more, by its descriptor.
  package func again() throws(PatchkitError) -> Folder {
    let found = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if found < 0 { throw PatchkitError.system(errno, "open the folder \(name)") }
    return Folder(descriptor: found, name: name)
  }

  /// Flushes a file that is known by its path, and the folder it is in, to disk; one that does not
  /// exist has nothing to flush.
  package static func flush(file path: String) throws(PatchkitError) {
    let file = unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    if file < 0 {
      if errno == ENOENT { return }
      throw PatchkitError.system(errno, "flush \(path)")
    }
    defer { close(file) }
    if fsync(file) != 0 { throw PatchkitError.system(errno, "flush \(path)") }
    try open(AtomicFile.parts(of: path).folder).flush()
  }

  /// How long ago a file was changed, such as `2 hours`; nil where there is none.
  package static func age(ofFile path: String) -> String? {
    var info = stat()
    guard unsafe lstat(path, &info) == 0 else { return nil }
    let seconds = max(0, time(nil) - info.st_mtim.tv_sec)
    func text(_ count: Int, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
    return switch seconds {
    case ..<120: text(seconds, "second")
    case ..<7200: text(seconds / 60, "minute")
    case ..<172_800: text(seconds / 3600, "hour")
    default: text(seconds / 86_400, "day")
    }
  }

  /// What a link points at; nil where it cannot be read.
  static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4097)
    let length = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
      guard let base = bytes.baseAddress else { return -1 }
      return unsafe readlink(path, base.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return length < 0 ? nil : String(decoding: buffer.prefix(length), as: UTF8.self)
  }

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

  /// The status of a child, links not followed; nil where there is none.
  package func status(of child: [UInt8]) throws(PatchkitError) -> Status? {
    var info = stat()
    let result = child.withCString {
      unsafe fstatat(descriptor, $0, &info, AT_SYMLINK_NOFOLLOW)
    }
    if result != 0 {
      if errno == ENOENT { return nil }
      throw PatchkitError.system(errno, "read the state of '\(text(child))'")
    }
    return Status(info)
  }

  /// The status of what is at a path below the folder, the last component not followed; nil where there is nothing, or
  /// where it cannot be read.
  package func status(at path: UnsafePointer<CChar>) -> Status? {
    var info = stat()
    guard unsafe fstatat(descriptor, path, &info, AT_SYMLINK_NOFOLLOW) == 0 else { return nil }
    return Status(info)
  }

  /// The status of the folder itself.
  package func ownStatus() throws(PatchkitError) -> Status {
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else {
      throw PatchkitError.system(errno, "read the state of the folder \(name)")
    }
    return Status(info)
  }

  /// Opens a child folder; nil where there is none, and where a file or a link has the name.
  package func folderIfAny(_ child: [UInt8]) throws(PatchkitError) -> Folder? {
    guard let status = try status(of: child), status.isFolder else { return nil }
    return try folder(child, path: text(child))
  }

  /// Copies the access control list of a child to a file elsewhere, where there is one and the file
  /// system has such.
  package func copyAccessList(of child: [UInt8], to file: [UInt8], in other: borrowing Folder) {
    let source = openForReading(child)
    let target = other.openForReading(file)
    defer {
      if source >= 0 { close(source) }
      if target >= 0 { close(target) }
    }
    guard source >= 0, target >= 0 else { return }
    let name = "system.posix_acl_access"
    var list = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fgetxattr(source, name, &list, list.count)
    if count > 0 { unsafe _ = fsetxattr(target, name, list, count, 0) }
  }

  /// Gives a new file elsewhere the access control list that a file created in this folder gets, where
  /// the folder has a default one.
  package func copyDefaultAccessList(
    to file: [UInt8], in other: borrowing Folder, isExecutable: Bool
  ) {
    var list = [UInt8](repeating: 0, count: 4096)
    let count = unsafe fgetxattr(descriptor, Self.defaultList, &list, list.count)
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
    unsafe _ = fsetxattr(target, "system.posix_acl_access", list, list.count, 0)
  }

  /// Removes the list that files created in this folder would get.
  package func removeDefaultAccessList() {
    unsafe _ = fremovexattr(descriptor, Self.defaultList)
  }

  private static let defaultList = "system.posix_acl_default"

  /// The number of the mount that the folder is in; nil where the system does not show it.
  package var mount: Int? {
    guard let bytes = try? InputFile.read("/proc/self/fdinfo/\(descriptor)") else { return nil }
    for line in bytes.split(separator: 0x0A) where line.starts(with: "mnt_id:".utf8) {
      return Int(String(decoding: line.dropFirst(7), as: UTF8.self).filter(\.isNumber))
    }
    return nil
  }

  /// Whether the user may make files in the folder.
  package var isWritable: Bool { unsafe faccessat(descriptor, ".", W_OK, 0) == 0 }

  /// Not to wait for a pipe that was swapped in: opening does not block, and the kind is checked.
  private func openForReading(_ child: [UInt8]) -> Int32 {
    child.withCString {
      unsafe openat(descriptor, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    }
  }

  /// Opens a child folder; nil where there is none.
  package func folder(_ child: [UInt8], path: some CustomStringConvertible) throws(PatchkitError)
    -> Folder?
  {
    let found = child.withCString {
      unsafe openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }
    if found >= 0 { return Folder(descriptor: found, name: name + "/" + text(child)) }
    let code = errno
    if code == ENOENT { return nil }
    if code == ENOTDIR || code == ELOOP, let status = try status(of: child) {
      if status.isLink {
        throw PatchkitError(
          .symlinkInTheWay, path: path.description,
          "'\(text(child))' is a symbolic link and is not followed")
      }
      throw PatchkitError(.wrongKind, path: path.description, "'\(text(child))' is not a folder")
    }
    throw PatchkitError.system(code, "open the folder '\(text(child))'", path: path.description)
  }

  /// Opens a child folder, and makes it where there is none.
  package func makeFolder(_ child: [UInt8], path: some CustomStringConvertible)
    throws(PatchkitError) -> Folder
  {
    let made = child.withCString { unsafe mkdirat(descriptor, $0, 0o777) }
    if made != 0, errno != EEXIST {
      throw PatchkitError.system(errno, "make the folder '\(text(child))'", path: path.description)
    }
    guard let folder = try folder(child, path: path) else {
      throw PatchkitError(.changedMeanwhile, path: path.description, "the folder was removed again")
    }
    return folder
  }

  /// Reads a child that is a file or a link.
  package func read(_ child: [UInt8], _ status: Status, path: some CustomStringConvertible)
    throws(PatchkitError) -> [UInt8]
  {
    if status.isLink {
      var buffer = [UInt8](repeating: 0, count: 4097)
      let length = child.withCString { name in
        unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
          guard let base = bytes.baseAddress else { return -1 }
          return unsafe readlinkat(
            descriptor, name, base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
      }
      if length < 0 { throw PatchkitError.system(errno, "read the link", path: path.description) }
      return Array(buffer.prefix(length))
    }
    let file = openForReading(child)
    if file < 0 { throw PatchkitError.system(errno, "read", path: path.description) }
    defer { close(file) }
    return try readAll(file, expecting: status.size, path: path)
  }

  /// Whether a file has exactly these bytes; it is read in pieces.
  package func holds(
    _ content: [UInt8], _ child: [UInt8], path: some CustomStringConvertible
  ) throws(PatchkitError) -> Bool {
    var position = 0
    let isSame = try unsafe readPieces(of: child, path: path) { piece in
      let end = position + piece.count
      guard end <= content.count else { return false }
      let isSame = unsafe content.withUnsafeBytes { whole in
        unsafe UnsafeRawBufferPointer(rebasing: whole[position..<end]).elementsEqual(piece)
      }
      position = end
      return isSame
    }
    return isSame && position == content.count
  }

  /// The SHA-1 of some bytes with a file's after them; it is read in pieces.
  package func sha1(
    of child: [UInt8], after head: [UInt8], path: some CustomStringConvertible
  ) throws(PatchkitError) -> [UInt8] {
    let digest = StreamedSHA1()
    unsafe head.withUnsafeBytes { unsafe digest.add($0) }
    _ = try unsafe readPieces(of: child, path: path) { piece in
      unsafe digest.add(piece)
      return true
    }
    return digest.finish()
  }

  /// Lets a body see a regular file in pieces until it returns false; returns whether it never did.
  private func readPieces(
    of child: [UInt8], path: some CustomStringConvertible, _ body: (UnsafeRawBufferPointer) -> Bool
  ) throws(PatchkitError) -> Bool {
    let file = openForReading(child)
    if file < 0 { throw PatchkitError.system(errno, "read", path: path.description) }
    defer { close(file) }
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw PatchkitError(.notAFile, path: path.description, "is not a regular file")
    }
    var buffer = [UInt8](repeating: 0, count: min(1 << 20, max(1, Int(info.st_size))))
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe Glibc.read(file, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw PatchkitError.system(errno, "read", path: path.description) }
      if count == 0 { return true }
      let goesOn = unsafe buffer.withUnsafeBytes {
        unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<count]))
      }
      if !goesOn { return false }
    }
  }

  private func readAll(
    _ file: Int32, expecting size: Int, path: some CustomStringConvertible
  ) throws(PatchkitError) -> [UInt8] {
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw PatchkitError(.notAFile, path: path.description, "is not a regular file")
    }
    let size = Int(info.st_size)
    var filled = 0
    var failure: Int32 = 0
    let content = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while filled < size {
        guard let base = buffer.baseAddress else { break }
        let got = unsafe Glibc.read(file, base + filled, size - filled)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
      count = filled
    }
    if failure != 0 { throw PatchkitError.system(failure, "read", path: path.description) }
    return content
  }

  /// Creates a file that must not exist yet: the only call in the program that does.
  ///
  /// - Returns: its descriptor, open for writing.
  func createFile(
    _ child: [UInt8], _ permissions: FilePermissions
  ) throws(PatchkitError) -> Int32 {
    let file = child.withCString {
      unsafe openat(
        descriptor, $0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
        permissions.atCreation)
    }
    if file < 0 { throw PatchkitError.system(errno, "make the file '\(text(child))'") }
    return file
  }

  /// Makes a new file of these bytes and flushes it to disk.
  ///
  /// - Parameters:
  ///   - owner: the owner and the group to set where the system permits it.
  ///   - flushes: false leaves the flush to `flushFileSystem`.
  package func create(
    _ child: [UInt8], content: [UInt8], permissions: FilePermissions,
    owner: (user: uid_t, group: gid_t)? = nil, flushes: Bool = true
  ) throws(PatchkitError) {
    let file = try createFile(child, permissions)
    defer { close(file) }
    do throws(PatchkitError) {
      let failure = Descriptor.writeAll(content, to: file)
      if failure != 0 { throw PatchkitError.system(failure, "write the file '\(text(child))'") }
      // A change of the owner clears setuid and setgid, so the permissions come after it.
      if let owner { _ = fchown(file, owner.user, owner.group) }
      if let mode = permissions.afterwards, fchmod(file, mode) != 0 {
        throw PatchkitError.system(errno, "set the permissions of '\(text(child))'")
      }
      if flushes, fsync(file) != 0 {
        throw PatchkitError.system(errno, "flush the file '\(text(child))'")
      }
    } catch {
      // An incomplete file is removed.
      _ = child.withCString { unsafe unlinkat(descriptor, $0, 0) }
      throw error
    }
  }

  /// Makes a symbolic link.
  package func link(_ child: [UInt8], to target: [UInt8]) throws(PatchkitError) {
    let made = child.withCString { name in
      target.withCString { unsafe symlinkat($0, descriptor, name) }
    }
    if made != 0 { throw PatchkitError.system(errno, "make the link '\(text(child))'") }
  }

  /// Gives a child a second name elsewhere; false where the file system cannot.
  package func hardLink(_ child: [UInt8], to other: borrowing Folder, as name: [UInt8]) -> Bool {
    child.withCString { from in
      name.withCString { unsafe linkat(descriptor, from, other.descriptor, $0, 0) == 0 }
    }
  }

  /// Renames a child to a name in another folder, replacing what is there.
  package func rename(
    _ child: [UInt8], to other: borrowing Folder, as name: [UInt8]
  ) throws(PatchkitError) {
    let moved = child.withCString { from in
      name.withCString { unsafe renameat(descriptor, from, other.descriptor, $0) }
    }
    if moved != 0 { throw PatchkitError.system(errno, "rename to '\(text(name))'") }
  }

  /// Sets the permissions of a child that is a regular file; a link is not followed.
  package func setPermissions(of child: [UInt8], to permissions: mode_t) throws(PatchkitError) {
    let file = openForReading(child)
    defer { if file >= 0 { close(file) } }
    guard file >= 0, fchmod(file, permissions) == 0 else {
      throw PatchkitError.system(errno, "set the permissions of '\(text(child))'")
    }
  }

  /// Removes a child file; one that is gone already is fine.
  package func remove(_ child: [UInt8]) throws(PatchkitError) {
    let removed = child.withCString { unsafe unlinkat(descriptor, $0, 0) }
    if removed != 0, errno != ENOENT {
      throw PatchkitError.system(errno, "remove '\(text(child))'")
    }
  }

  /// Removes a child folder if it is empty; returns whether it is gone.
  package func removeIfEmpty(_ child: [UInt8]) throws(PatchkitError) -> Bool {
    let removed = child.withCString { unsafe unlinkat(descriptor, $0, AT_REMOVEDIR) }
    if removed == 0 || errno == ENOENT { return true }
    if errno == ENOTEMPTY || errno == EEXIST { return false }
    throw PatchkitError.system(errno, "remove the folder '\(text(child))'")
  }

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

  /// Flushes the folder's own entries to disk.
  package func flush() throws(PatchkitError) {
    if fsync(descriptor) != 0 { throw PatchkitError.system(errno, "flush the folder \(name)") }
  }

  /// Flushes all files of the file system that the folder is on.
  package func flushFileSystem() throws(PatchkitError) {
    if syncfs(descriptor) != 0 {
      throw PatchkitError.system(errno, "flush the file system of \(name)")
    }
  }

  private func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }

  private func _D_EXACT_NAMLEN(_ entry: UnsafeMutablePointer<dirent>) -> Int {
    unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe $0.firstIndex(of: 0) ?? $0.count }
  }
}

extension [UInt8] {
  /// Calls `body` with the bytes as a C string.
  @safe package func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    unsafe (self + [0]).withUnsafeBytes { bytes in
      // The array has its closing zero, so it has a base address.
      unsafe body(bytes.bindMemory(to: CChar.self).baseAddress.unsafelyUnwrapped)
    }
  }
}
