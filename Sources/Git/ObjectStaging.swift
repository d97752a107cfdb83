// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// New objects of a repository that stay in memory until they are written to disk together.
///
/// Objects of the repository can be read through it. `land` writes what was made as loose objects
/// when there are few, else as one pack; nothing refers to them until a reference is moved, so a
/// process that dies half way leaves a repository as it was.
final class ObjectStaging {
  /// The repository whose writes go to memory.
  let repository: Repository
  private let path: String
  private let objects = MemoryObjects()
  private let store: Handle
  /// The bytes of the objects that wait.
  private(set) var bytes = 0
  /// The packs that were written, without the ends of their names.
  private var packs: [String] = []
  /// The pack that is being made, once there are enough objects for one.
  private var pack: PackWriter?
  /// The paths of the blob that is being made, and of those before it.
  private var pathOfNext: [UInt8]?
  private var paths: [ObjectID: [UInt8]] = [:]

  /// From this many objects on they are written as a pack, as in git's `fetch.unpackLimit`.
  static let packLimit = 100

  /// Starts with nothing made.
  init(of original: Repository) throws(GitError) {
    path = original.gitFolder
    repository = try Repository(openingAt: path)
    store = try repository.objectStore()
    try check(
      unsafe git_odb_add_backend(store.pointer, objects.makeBackend(), 999),
      "use the store in memory")
    // Without a cycle: the objects go with the staging.
    objects.whenWritten = { [unowned self] in take($0, $1) }
  }

  private func take(_ id: ObjectID, _ object: MemoryObjects.Object) {
    bytes += object.content.count
    if let path = pathOfNext, object.type == GIT_OBJECT_BLOB { paths[id] = path }
    if let pack { return pack.add(id, object, name: paths[id]) }
    let made = objects.inOrder
    guard made.count >= Self.packLimit else { return }
    let pack = PackWriter()
    for (id, object) in made { pack.add(id, object, name: paths[id]) }
    self.pack = pack
  }

  /// Makes a blob.
  ///
  /// - Parameters:
  ///   - path: its path, as its next version is stored as a difference from it; nil if there is no next one.
  ///   - known: its id, where it was hashed already.
  func addBlob(
    _ content: [UInt8], at path: [UInt8]?, known: ObjectID? = nil
  ) throws(GitError) -> ObjectID {
    pathOfNext = path
    defer { pathOfNext = nil }
    return try put(content, GIT_OBJECT_BLOB, known: known)
  }

  /// Makes an object, unless there is one of its id.
  func put(
    _ content: [UInt8], _ type: git_object_t, known: ObjectID? = nil
  ) throws(GitError) -> ObjectID {
    let id = if let known { known } else { try ObjectID.of(content, type) }
    if objects.has(id) { return id }
    if try repository.objects.reader().has(id) {
      // libgit2 gives its file the time of now, so that no 'git gc' at this moment removes it.
      var oid = git_oid()
      let code = unsafe content.withUnsafeBytes {
        unsafe git_odb_write(&oid, store.pointer, $0.baseAddress, $0.count, type)
      }
      try check(code, "write an object")
    } else {
      objects.put(content, type, as: id)
    }
    return id
  }

  /// The bytes of a tree, made here or in the repository.
  func treeBytes(_ id: ObjectID) throws(GitError) -> [UInt8] {
    if let content = objects.content(id) { return content }
    return try repository.treeBytes(id)
  }

  /// Writes what was made to disk, flushed, and starts anew.
  func land() throws(GitError) {
    let made = objects.inOrder
    guard !made.isEmpty else { return }
    if let pack {
      packs.append(try pack.write(into: repository.commonFolder + "objects/pack"))
    } else {
      let repository = try Repository(openingAt: path)
      // The store asks the repository's own objects first, which live as long as the repository.
      defer { withExtendedLifetime(repository) {} }
      let target = try repository.objectStore()
      for (_, object) in made {
        var written = git_oid()
        let code = unsafe object.content.withUnsafeBytes {
          unsafe git_odb_write(&written, target.pointer, $0.baseAddress, $0.count, object.type)
        }
        try check(code, "write a new object")
      }
      // One flush for all: nothing may refer to an object that a power cut could still empty.
      let folder = repository.commonFolder + "objects"
      do { try Folder.open(folder).flushFileSystem() } catch {
        throw GitError("flush \(folder)", error.message)
      }
    }
    bytes = 0
    pack = nil
    paths = [:]
    objects.removeAll()
  }
}

extension ObjectStaging {
  /// Removes the packs that were written, the index first, so that no process uses a missing pack.
  func discard() {
    for pack in packs { for end in [".idx", ".pack"] { try? NamedFile.remove(pack + end) } }
    packs = []
  }
}

extension Repository {
  func objectStore() throws(GitError) -> Handle {
    try Handle.make(
      "open the object store", free: { unsafe git_odb_free($0) },
      { unsafe git_repository_odb(&$0, self.handle.pointer) })
  }
}
