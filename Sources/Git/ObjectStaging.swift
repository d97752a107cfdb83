// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// New objects of a repository that stay in memory until they land on disk together.
///
/// Objects of the repository can be read through it. `land` writes what was made as loose objects
/// when there are few, else as one pack; nothing refers to them until a reference is moved, so a
/// process that dies half way leaves a repository as it was.
final class ObjectStaging {
  /// The repository whose writes go to memory.
  let repository: Repository
  private let path: String
  private let objects = MemoryObjects()
  private(set) var bytes = 0

  /// From this many objects on they land as a pack, as in git's `fetch.unpackLimit`.
  static let packLimit = 100

  /// Starts with nothing made.
  init(of original: Repository) throws(GitError) {
    path = original.gitFolder
    repository = try Repository(openingAt: path)
    let store = try repository.objectStore()
    try check(
      unsafe git_odb_add_backend(store.pointer, objects.makeBackend(), 999),
      "use the store in memory")
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
    return ObjectID(oid)
  }

  /// Writes what was made to disk and starts anew.
  func land() throws(GitError) {
    let made = objects.inOrder
    guard !made.isEmpty else { return }
    if made.count < Self.packLimit {
      let target = try Repository(openingAt: path).objectStore()
      for (_, object) in made {
        var written = git_oid()
        let code = unsafe object.content.withUnsafeBytes {
          unsafe git_odb_write(&written, target.pointer, $0.baseAddress, $0.count, object.type)
        }
        try check(code, "write a new object")
      }
    } else {
      try PackWriter.write(made, into: repository.commonFolder + "objects/pack")
    }
    bytes = 0
    objects.removeAll()
  }
}

extension Repository {
  func objectStore() throws(GitError) -> Handle {
    try Handle.make(
      "open the object store", free: { unsafe git_odb_free($0) },
      { unsafe git_repository_odb(&$0, self.handle.pointer) })
  }
}
