// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// What git reads in the place of some objects of a repository, and libgit2 1.5 does not know of:
/// replacements (`refs/replace`), grafts, and the commits without parents of a shallow clone.
@safe final class ObjectSubstitutes {
  private let replaced: [ObjectID: ObjectID]
  private let parents: [ObjectID: [ObjectID]]
  private let folder: String
  private var reader: ObjectReader?

  /// The C structure that libgit2 calls through; its first field is libgit2's own.
  @unsafe private struct Backend {
    var parent: git_odb_backend
    var owner: Unmanaged<ObjectSubstitutes>
  }

  /// Reads what a repository replaces; nil where that is nothing.
  ///
  /// - Parameter commonFolder: the folder that linked work trees share, ended by a slash.
  init?(commonFolder: String) {
    replaced =
      Machine.variable("GIT_NO_REPLACE_OBJECTS") == nil ? Self.replacements(commonFolder) : [:]
    var parents: [ObjectID: [ObjectID]] = [:]
    for name in ["shallow", "info/grafts"] {
      for line in Self.lines(commonFolder + name) {
        let ids = line.split(separator: 0x20).compactMap { ObjectID(hexDigits: $0) }
        if let first = ids.first { parents[first] = Array(ids.dropFirst()) }
      }
    }
    self.parents = parents
    folder = commonFolder + "objects"
    if replaced.isEmpty, parents.isEmpty { return nil }
  }

  private static func lines(_ path: String) -> [ArraySlice<UInt8>] {
    guard let file = MappedFile(path) else { return [] }
    return unsafe file.withBytes { unsafe Array($0).split(separator: 0x0A) }
  }

  private static func replacements(_ commonFolder: String) -> [ObjectID: ObjectID] {
    var found: [ObjectID: ObjectID] = [:]
    let mark = Array(" refs/replace/".utf8)
    for line in lines(commonFolder + "packed-refs")
    where line.count == 40 + mark.count + 40 && line.dropFirst(40).starts(with: mark) {
      guard let old = ObjectID(hexDigits: line.suffix(40)) else { continue }
      found[old] = ObjectID(hexDigits: line.prefix(40))
    }
    // A reference in a file of its own is newer.
    for name in (try? InputFile.names(in: commonFolder + "refs/replace")) ?? [] {
      guard let old = ObjectID(name),
        let line = lines(commonFolder + "refs/replace/" + name).first
      else { continue }
      found[old] = ObjectID(hexDigits: line)
    }
    return found
  }

  /// Puts the substitutes before the stores of an object database, which they have to outlive.
  func install(in database: OpaquePointer) throws(GitError) {
    let backend = UnsafeMutablePointer<Backend>.allocate(capacity: 1)
    var parent = unsafe git_odb_backend()
    unsafe parent.version = UInt32(GIT_ODB_BACKEND_VERSION)
    unsafe parent.read = { data, length, type, backend, id in
      unsafe ObjectSubstitutes.read(data, length, type, backend, id)
    }
    unsafe parent.read_header = { length, type, backend, id in
      unsafe ObjectSubstitutes.read(nil, length, type, backend, id)
    }
    unsafe parent.exists = { _, _ in 0 }
    unsafe parent.free = { backend in
      guard let backend = unsafe backend else { return }
      unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: Backend.self).deallocate()
    }
    unsafe backend.initialize(to: Backend(parent: parent, owner: Unmanaged.passUnretained(self)))
    let plain = unsafe UnsafeMutableRawPointer(backend)
      .assumingMemoryBound(to: git_odb_backend.self)
    try check(unsafe git_odb_add_backend(database, plain, 1000), "use the replaced objects")
  }

  @unsafe private static func read(
    _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ length: UnsafeMutablePointer<Int>?,
    _ type: UnsafeMutablePointer<git_object_t>?, _ backend: UnsafeMutablePointer<git_odb_backend>?,
    _ id: UnsafePointer<git_oid>?
  ) -> Int32 {
    guard let backend = unsafe backend, let id = unsafe id else { return -1 }
    let owner = unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: Backend.self)
      .pointee.owner.takeUnretainedValue()
    do throws(GitError) {
      guard let object = try owner.object(unsafe ObjectID(id.pointee)) else {
        return GIT_ENOTFOUND.rawValue
      }
      if let data = unsafe data {
        let size = max(object.content.count, 1)
        guard let copy = unsafe git_odb_backend_data_alloc(backend, size) else { return -1 }
        unsafe copy.copyMemory(from: object.content, byteCount: object.content.count)
        unsafe data.pointee = copy
      }
      unsafe length?.pointee = object.content.count
      unsafe type?.pointee = git_object_t(Int32(object.kind.rawValue))
      return 0
    } catch {
      unsafe _ = git_error_set_str(Int32(GIT_ERROR_ODB.rawValue), error.message)
      return -1
    }
  }

  /// What is read in the place of an object; nil where it is the object itself.
  func object(_ id: ObjectID) throws(GitError) -> ObjectReader.Object? {
    let parents = parents[id]
    guard replaced[id] != nil || parents != nil else { return nil }
    let reader: ObjectReader
    if let known = self.reader {
      reader = known
    } else {
      reader = try ObjectReader(ObjectStore(folder: folder), room: 1 << 20)
      self.reader = reader
    }
    guard var object = try reader.read(replaced[id] ?? id) else { return nil }
    if let parents, object.kind == .commit {
      object.content = Self.commit(object.content, with: parents)
    }
    return object
  }

  /// A commit with other parents.
  private static func commit(_ content: [UInt8], with parents: [ObjectID]) -> [UInt8] {
    var output: [UInt8] = []
    var rest = content[...]
    // The tree comes first, then the parents.
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[...end]
      let isTree = line.starts(with: "tree ".utf8)
      guard isTree || line.starts(with: "parent ".utf8) else { break }
      if isTree {
        output += line
        for parent in parents { output += "parent \(parent)\n".utf8 }
      }
      rest = rest[(end + 1)...]
    }
    return output + rest
  }
}
