// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Glibc

/// New objects of a repository that stay in memory until they land on disk together.
///
/// Objects of the repository can be read through it. `land` writes what was made as loose objects
/// when there are few, else as one pack; nothing refers to them until a reference is moved, so a
/// process that dies half way leaves a repository as it was.
@safe final class ObjectStaging {
  /// The repository whose writes go to memory.
  let repository: Repository
  private let path: String
  private let memory: UnsafeMutablePointer<git_odb_backend>
  private var ids: Set<ObjectID> = []
  private(set) var bytes = 0
  /// A configuration of its own, gone with the staging.
  private let configuration: String?

  /// From this many objects on they land as a pack, as in git's `fetch.unpackLimit`.
  static let packLimit = 100

  /// Starts with nothing made.
  ///
  /// - Parameter looksForDeltas: whether a pack is made small by keeping objects as differences of
  ///   others; for a whole tree of different files that takes minutes and saves little.
  init(of original: Repository, looksForDeltas: Bool = true) throws(GitError) {
    path = original.gitFolder
    repository = try Repository(openingAt: path)
    // libgit2 1.5 reads the size from which on it looks for no deltas from this key, not from git's
    // core.bigFileThreshold.
    configuration =
      looksForDeltas ? nil : try repository.useConfiguration(["pack.deltaCacheSize": "1"])
    var backend: UnsafeMutablePointer<git_odb_backend>?
    try check(unsafe git_mempack_new(&backend), "make an object store in memory")
    guard let memory = unsafe backend else {
      throw GitError("make an object store in memory", "libgit2 made none")
    }
    unsafe self.memory = memory
    let store = try repository.objectStore()
    try check(unsafe git_odb_add_backend(store.pointer, memory, 999), "use the store in memory")
  }

  deinit {
    if let configuration { unsafe _ = unlink(configuration) }
  }

  /// Makes a blob.
  func addBlob(_ content: [UInt8]) throws(GitError) -> ObjectID {
    var oid = git_oid()
    let code = unsafe content.withUnsafeBytes {
      unsafe git_blob_create_from_buffer(
        &oid, repository.handle.pointer, $0.baseAddress, $0.count)
    }
    try check(code, "write a blob")
    bytes += content.count
    return note(ObjectID(oid))
  }

  /// Remembers an object that was made, so that it lands.
  @discardableResult
  func note(_ id: ObjectID) -> ObjectID {
    ids.insert(id)
    return id
  }

  /// Writes what was made to disk and starts anew.
  func land() throws(GitError) {
    guard !ids.isEmpty else { return }
    let ordered = ids.sorted()
    if ordered.count < Self.packLimit {
      let target = try Repository(openingAt: path).objectStore()
      let source = try repository.objectStore()
      for id in ordered {
        var oid = id.raw
        let object = try Handle.make(
          "read a new object", free: { unsafe git_odb_object_free($0) },
          { unsafe git_odb_read(&$0, source.pointer, &oid) })
        var written = git_oid()
        try check(
          unsafe git_odb_write(
            &written, target.pointer, git_odb_object_data(object.pointer),
            git_odb_object_size(object.pointer), git_odb_object_type(object.pointer)),
          "write a new object")
      }
    } else {
      let builder = try Handle.make(
        "make a pack", free: { unsafe git_packbuilder_free($0) },
        { unsafe git_packbuilder_new(&$0, self.repository.handle.pointer) })
      unsafe _ = git_packbuilder_set_threads(builder.pointer, 0)
      for id in ordered {
        var oid = id.raw
        try check(unsafe git_packbuilder_insert(builder.pointer, &oid, nil), "fill a pack")
      }
      let folder = repository.commonFolder + "objects/pack"
      try check(
        unsafe git_packbuilder_write(builder.pointer, folder, 0, nil, nil), "write a pack")
    }
    ids = []
    bytes = 0
    unsafe _ = git_mempack_reset(memory)
  }
}

extension Repository {
  func objectStore() throws(GitError) -> Handle {
    try Handle.make(
      "open the object store", free: { unsafe git_odb_free($0) },
      { unsafe git_repository_odb(&$0, self.handle.pointer) })
  }
}
