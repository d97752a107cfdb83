// SPDX-License-Identifier: GPL-2.0-only

package import Glibc

extension Folder {
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

  /// Makes a file of these bytes, instead of one that is there; it is not flushed.
  package func replace(_ child: [UInt8], content: [UInt8]) throws(PatchkitError) {
    try remove(child)
    try create(child, content: content, permissions: .usual, flushes: false)
  }

  /// Sets the permissions of the folder itself.
  func setOwnPermissions(to permissions: mode_t) throws(PatchkitError) {
    guard fchmod(descriptor, permissions) == 0 else {
      throw PatchkitError.system(errno, "set the permissions of '\(name)'")
    }
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
  ///
  /// A file of the name stays.
  package func removeIfEmpty(_ child: [UInt8]) throws(PatchkitError) -> Bool {
    let removed = child.withCString { unsafe unlinkat(descriptor, $0, AT_REMOVEDIR) }
    if removed == 0 || errno == ENOENT { return true }
    if errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR { return false }
    throw PatchkitError.system(errno, "remove the folder '\(text(child))'")
  }

  /// Removes a child folder with all that is in it, or a child file; what cannot be removed stays.
  ///
  /// Foreign code may have nested folders deeper than descriptors or a stack would last, so each is brought to the top
  /// before it is emptied.
  func removeTree(_ child: [UInt8]) throws(PatchkitError) {
    guard let top = try folderIfAny(child) else { return try remove(child) }
    var open: [[UInt8]] = []
    // Where one entry cannot be removed, the others are.
    func empty(_ folder: borrowing Folder, isTop: Bool) {
      for entry in (try? folder.entries()) ?? [] {
        if !entry.isFolder {
          try? folder.remove(entry.name)
        } else if (try? folder.removeIfEmpty(entry.name)) != true {
          if isTop {
            open.append(entry.name)
          } else {
            // Random: foreign code could make a folder of a name that it knows, and this one would stay.
            let random = UInt64.random(in: 0...UInt64.max)
            let name = Array(".patchkit-removed-\(String(random, radix: 36))".utf8)
            if (try? folder.rename(entry.name, to: top, as: name)) != nil { open.append(name) }
          }
        }
      }
    }
    empty(top, isTop: true)
    while let name = open.popLast() {
      if let folder = try? top.folderIfAny(name) { empty(folder, isTop: false) }
      _ = try? top.removeIfEmpty(name)
    }
    _ = try removeIfEmpty(child)
  }
}
