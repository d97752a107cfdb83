// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// The objects of a repository, read without libgit2, and given to libgit2 where it asks for them.
///
/// libgit2 would map every pack's index a second time, reads packed objects three times slower, and ignores
/// replacements. Objects that are not found here, such as those of newer packs, libgit2 looks up itself. It
/// belongs to the thread of its repository.
@safe final class OwnObjects {
  /// Replacements, grafts and shallow commits; nil if the repository has none.
  let substitutes: ObjectSubstitutes?
  private let folder: String
  private var knownReader: ObjectReader?
  /// The last object whose kind and size libgit2 asked for: it asks for the content next.
  private var last: (id: ObjectID, object: ObjectReader.Object)?

  /// The C structure that libgit2 calls through; its first field is libgit2's own.
  @unsafe private struct Backend {
    var parent: git_odb_backend
    var owner: Unmanaged<OwnObjects>
  }

  /// libgit2 asks stores with a higher number first: its own have 1 and 2, objects in memory have 999.
  private static let priority: Int32 = 998

  /// Opens the objects of a repository once they are asked for.
  ///
  /// - Parameter commonFolder: the folder that linked work trees share, ended by a slash.
  init(commonFolder: String) {
    folder = commonFolder + "objects"
    substitutes = ObjectSubstitutes(commonFolder: commonFolder)
  }

  /// An object, or what replaces it; nil where no pack and no file has it.
  ///
  /// - Throws: `GitError` where it is damaged.
  func read(_ id: ObjectID) throws(GitError) -> ObjectReader.Object? {
    let reader = try reader()
    if let other = try substitutes?.object(id, reader) { return other }
    return try reader.read(id)
  }

  /// What reads the objects as they are.
  func reader() throws(GitError) -> ObjectReader {
    if let knownReader { return knownReader }
    let made = try ObjectReader(ObjectStore.shared(folder: folder), room: 8 << 20)
    knownReader = made
    return made
  }

  // MARK: For libgit2

  /// Registers this reader ahead of libgit2's own stores; it must outlive the object database.
  func install(in database: OpaquePointer) throws(GitError) {
    let backend = UnsafeMutablePointer<Backend>.allocate(capacity: 1)
    var parent = unsafe git_odb_backend()
    unsafe parent.version = UInt32(GIT_ODB_BACKEND_VERSION)
    unsafe parent.read = { data, length, type, backend, id in
      unsafe OwnObjects.read(data, length, type, backend, id)
    }
    unsafe parent.read_header = { length, type, backend, id in
      unsafe OwnObjects.read(nil, length, type, backend, id)
    }
    unsafe parent.exists = { _, _ in 0 }
    unsafe parent.free = { backend in
      guard let backend = unsafe backend else { return }
      unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: Backend.self).deallocate()
    }
    unsafe backend.initialize(to: Backend(parent: parent, owner: Unmanaged.passUnretained(self)))
    let plain = unsafe UnsafeMutableRawPointer(backend)
      .assumingMemoryBound(to: git_odb_backend.self)
    try check(
      unsafe git_odb_add_backend(database, plain, Self.priority), "use the repository's objects")
  }

  /// Hands an object to libgit2; without `data` only its kind and size.
  @unsafe private static func read(
    _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ length: UnsafeMutablePointer<Int>?,
    _ type: UnsafeMutablePointer<git_object_t>?, _ backend: UnsafeMutablePointer<git_odb_backend>?,
    _ id: UnsafePointer<git_oid>?
  ) -> Int32 {
    guard let backend = unsafe backend, let id = unsafe id else { return -1 }
    let owner = unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: Backend.self)
      .pointee.owner.takeUnretainedValue()
    let found: ObjectReader.Object?
    do throws(GitError) {
      found = try owner.object(unsafe ObjectID(id.pointee), keepsForNext: unsafe data == nil)
    } catch {
      unsafe _ = git_error_set_str(Int32(GIT_ERROR_ODB.rawValue), error.message)
      return -1
    }
    guard let object = found else { return GIT_ENOTFOUND.rawValue }
    return unsafe LibgitObject.hand(
      object.content[...], object.kind, to: backend, data, length, type)
  }

  private func object(
    _ id: ObjectID, keepsForNext: Bool
  ) throws(GitError) -> ObjectReader.Object? {
    if let last, last.id == id {
      if !keepsForNext { self.last = nil }
      return last.object
    }
    let reader = try reader()
    var found = try substitutes?.object(id, reader)
    // Damaged packs are left to libgit2, which reports them.
    if found == nil { found = (try? reader.read(id)) ?? nil }
    last = keepsForNext ? found.map { (id, $0) } : nil
    return found
  }
}
