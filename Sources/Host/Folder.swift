// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
package import Glibc

/// An open folder, and the only way from trees and caches to the file system below it.
///
/// Every path is walked component by component from the descriptor, and no symbolic link on the way
/// is followed: a link that is swapped in between two steps makes the step fail.
package struct Folder: ~Copyable {
  let descriptor: Int32
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

  /// Opens a child folder; below zero where that fails.
  private func openFolder(_ child: [UInt8]) -> Int32 {
    let flags = O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    let found = child.withCString { unsafe openat(descriptor, $0, O_RDONLY | flags) }
    if found >= 0 || errno != EACCES { return found }
    // A folder that may be entered and not listed is enough to reach what is below it.
    return child.withCString { unsafe openat(descriptor, $0, Int32(PATCHKIT_O_PATH) | flags) }
  }

  /// Opens a child folder; nil where there is none, and where a file or a link has the name.
  package func folderIfAny(_ child: [UInt8]) throws(PatchkitError) -> Folder? {
    let found = openFolder(child)
    if found >= 0 { return Folder(descriptor: found, name: name + "/" + text(child)) }
    if [ENOENT, ENOTDIR, ELOOP].contains(errno) { return nil }
    throw PatchkitError.system(errno, "open the folder '\(text(child))'")
  }

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
  func openForReading(_ child: [UInt8]) -> Int32 {
    child.withCString {
      unsafe openat(descriptor, $0, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    }
  }

  /// Opens a child folder; nil where there is none.
  package func folder(_ child: [UInt8], path: some CustomStringConvertible) throws(PatchkitError)
    -> Folder?
  {
    let found = openFolder(child)
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

  /// Opens a folder at a path below this one, in one step; nil where that fails.
  ///
  /// The caller then opens the folders one by one, which shows the reason.
  package func folderBelow(_ path: [UInt8]) -> Folder? {
    let found = path.withCString {
      unsafe patchkit_open_below(descriptor, $0, UInt(O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    }
    return found < 0 ? nil : Folder(descriptor: found, name: name + "/" + text(path))
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

  /// Makes a child folder that must not exist yet, and opens it; nil where something has its name.
  ///
  /// - Parameter permissions: those of the folder, as far as the user's mask permits them.
  package func makeNewFolder(
    _ child: [UInt8], permissions: mode_t, path: some CustomStringConvertible
  ) throws(PatchkitError) -> Folder? {
    let made = child.withCString { unsafe mkdirat(descriptor, $0, permissions) }
    if made != 0 {
      if errno == EEXIST { return nil }
      throw PatchkitError.system(errno, "make the folder '\(text(child))'", path: path.description)
    }
    guard let folder = try folder(child, path: path) else {
      throw PatchkitError(.changedMeanwhile, path: path.description, "the folder was removed again")
    }
    return folder
  }

  /// Whether the folder's entries can be flushed by themselves: not those of a folder that may only be entered.
  package var canBeFlushed: Bool {
    fcntl(descriptor, F_GETFL) & Int32(PATCHKIT_O_PATH) == 0
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

  func text(_ name: [UInt8]) -> String { String(decoding: name, as: UTF8.self) }
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
