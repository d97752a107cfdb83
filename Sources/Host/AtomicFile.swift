// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Synchronization

/// A new version of a file that takes its name in one step: others see the old version or the new
/// one, and an attempt that ends before leaves the old one.
///
/// A link at the name is replaced, never followed.
package final class AtomicFile {
  private let folder: Folder
  private let name: [UInt8]
  private let draft: [UInt8]
  private let path: String
  private let permissions: FilePermissions
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private var failure: Int32 = 0

  private let number: Int

  private static let capacity = 1 << 20
  private static let number = Atomic(0)

  /// A file that is not finished.
  ///
  /// Another thread uses only its folder and the draft's name, which never change.
  private struct Unfinished: @unchecked Sendable {
    weak var file: AtomicFile?
  }
  private static let unfinished = Mutex<[Int: Unfinished]>([:])

  /// Removes the drafts of all files that are not finished: the process is about to end.
  static func removeDrafts() {
    let files = unfinished.withLock { $0.values.compactMap(\.file) }
    for file in files { try? file.folder.remove(file.draft) }
  }

  /// Makes an empty draft in the file's folder.
  ///
  /// - Throws: `PatchkitError` of kind `system` where there can be none.
  package convenience init(
    _ path: String, permissions: FilePermissions = .usual
  ) throws(PatchkitError) {
    let (folderPath, name) = NamedFile.parts(of: path)
    try self.init(name, in: try Folder.open(folderPath), path: path, permissions: permissions)
  }

  /// Makes an empty draft in an open folder.
  ///
  /// - Parameter path: the file's path, for messages.
  init(
    _ name: String, in folder: consuming Folder, path: String, permissions: FilePermissions
  ) throws(PatchkitError) {
    self.path = path
    self.permissions = permissions
    self.name = Array(name.utf8)
    number = Self.number.add(1, ordering: .relaxed).newValue
    // A name may be as long as the file system takes, and the draft's is longer.
    draft = Array(".".utf8) + self.name.prefix(200) + Array(".\(getpid()).\(number).new".utf8)
    self.folder = folder
    descriptor = -1
    do throws(PatchkitError) {
      descriptor = try self.folder.createFile(draft, permissions)
    } catch {
      // A process of the same number that was killed may have left one.
      guard try self.folder.status(of: draft)?.isRegular == true else { throw error }
      try self.folder.remove(draft)
      descriptor = try self.folder.createFile(draft, permissions)
    }
    Self.unfinished.withLock { [number] in $0[number] = Unfinished(file: self) }
  }

  deinit {
    Self.unfinished.withLock { [number] in $0[number] = nil }
    guard descriptor >= 0 else { return }
    close(descriptor)
    try? folder.remove(draft)
  }

  /// Writes a file as a whole.
  ///
  /// - Parameter owner: the owner and the group to set where the system permits it.
  package static func write(
    _ content: [UInt8], to path: String, permissions: FilePermissions = .usual,
    owner: (user: UInt32, group: UInt32)? = nil
  ) throws(PatchkitError) {
    let file = try AtomicFile(path, permissions: permissions)
    unsafe content.withUnsafeBytes { unsafe file.append($0) }
    try file.finish(owner: owner)
  }

  /// Appends bytes; a failure is reported by `finish`.
  package func append(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count >= Self.capacity {
      writeBuffer()
      if failure == 0 { failure = unsafe Descriptor.writeAll(bytes, to: descriptor) }
      return
    }
    unsafe buffer.append(contentsOf: bytes)
    if buffer.count >= Self.capacity { writeBuffer() }
  }

  private func writeBuffer() {
    if failure == 0 { failure = Descriptor.writeAll(buffer, to: descriptor) }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Flushes the content to disk and gives the file its name.
  ///
  /// - Parameters:
  ///   - flushes: false for a file that can be made again at any time.
  ///   - owner: the owner and the group to set where the system permits it.
  /// - Throws: `PatchkitError` of kind `system`; the old version is still there.
  package func finish(
    flushes: Bool = true, owner: (user: UInt32, group: UInt32)? = nil
  ) throws(PatchkitError) {
    writeBuffer()
    if failure != 0 { throw PatchkitError.system(failure, "write \(path)") }
    // A change of the owner clears setuid and setgid, so the permissions come after it.
    if let owner { _ = fchown(descriptor, owner.user, owner.group) }
    if let mode = permissions.afterwards, fchmod(descriptor, mode) != 0 {
      throw PatchkitError.system(errno, "set the permissions of \(path)")
    }
    if flushes, fsync(descriptor) != 0 { throw PatchkitError.system(errno, "flush \(path)") }
    try folder.rename(draft, to: folder, as: name)
    Self.unfinished.withLock { [number] in $0[number] = nil }
    close(descriptor)
    descriptor = -1
    if flushes { try folder.flush() }
  }
}
