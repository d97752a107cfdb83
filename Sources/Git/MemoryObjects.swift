// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// An object store in memory that libgit2 reads from and writes to, also for files that need no id of their
/// own.
///
/// Hashing is most of what a strict apply costs: libgit2's SHA-1 looks for collisions. A file put
/// here gets a made-up id and is not hashed; only what libgit2 itself writes is, once.
@safe final class MemoryObjects {
  /// An object: its kind and bytes.
  struct Object: Sendable {
    var type: git_object_t
    var content: [UInt8]
  }

  /// The C structure that libgit2 calls through; its first field is libgit2's own.
  @unsafe private struct Backend {
    var parent: git_odb_backend
    var owner: Unmanaged<MemoryObjects>
  }

  fileprivate var objects: [ObjectID: Object] = [:]
  /// The objects that libgit2 wrote, as they came.
  fileprivate var written: [ObjectID] = []
  private var made: UInt64 = 0
  /// Whether large blobs that were added are read once, and forgotten then.
  var readsLargeOnce = false
  /// Receives each object that libgit2 writes, once.
  var whenWritten: ((ObjectID, Object) -> Void)?

  /// Makes the structure for one object database, which frees it.
  func makeBackend() -> UnsafeMutablePointer<git_odb_backend> {
    let backend = UnsafeMutablePointer<Backend>.allocate(capacity: 1)
    var parent = unsafe git_odb_backend()
    unsafe parent.version = UInt32(GIT_ODB_BACKEND_VERSION)
    unsafe parent.read = { data, length, type, backend, id in
      guard let object = unsafe MemoryObjects.object(backend, id), let backend = unsafe backend,
        let copy = unsafe git_odb_backend_data_alloc(backend, max(object.content.count, 1))
      else { return GIT_ENOTFOUND.rawValue }
      unsafe copy.copyMemory(from: object.content, byteCount: object.content.count)
      unsafe data?.pointee = copy
      unsafe length?.pointee = object.content.count
      unsafe type?.pointee = object.type
      unsafe MemoryObjects.owner(backend)?.forgetLarge(object, id)
      return 0
    }
    unsafe parent.read_header = { length, type, backend, id in
      guard let object = unsafe MemoryObjects.object(backend, id) else {
        return GIT_ENOTFOUND.rawValue
      }
      unsafe length?.pointee = object.content.count
      unsafe type?.pointee = object.type
      return 0
    }
    unsafe parent.exists = { backend, id in
      unsafe MemoryObjects.object(backend, id) == nil ? 0 : 1
    }
    unsafe parent.write = { backend, id, data, length, type in
      guard let owner = unsafe MemoryObjects.owner(backend), let id = unsafe id else { return -1 }
      let content = unsafe Array(UnsafeRawBufferPointer(start: data, count: length))
      owner.put(content, type, as: unsafe ObjectID(id.pointee))
      return 0
    }
    unsafe parent.writestream = { stream, backend, size, type in
      guard let owner = unsafe MemoryObjects.owner(backend) else { return -1 }
      unsafe stream?.pointee = owner.makeStream(backend, size: size, type)
      return 0
    }
    unsafe parent.free = { backend in
      guard let backend = unsafe backend else { return }
      unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: Backend.self).deallocate()
    }
    // Not retained: the store lives as long as the applier that holds both.
    unsafe backend.initialize(to: Backend(parent: parent, owner: Unmanaged.passUnretained(self)))
    return unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: git_odb_backend.self)
  }

  private static func owner(
    _ backend: UnsafeMutablePointer<git_odb_backend>?
  ) -> MemoryObjects? {
    guard let backend = unsafe backend else { return nil }
    return unsafe UnsafeMutableRawPointer(backend).assumingMemoryBound(to: Backend.self)
      .pointee.owner.takeUnretainedValue()
  }

  private static func object(
    _ backend: UnsafeMutablePointer<git_odb_backend>?, _ id: UnsafePointer<git_oid>?
  ) -> Object? {
    guard let owner = unsafe owner(backend), let id = unsafe id else { return nil }
    return owner.objects[unsafe ObjectID(id.pointee)]
  }

  /// Keeps an object under its own id, as if libgit2 had written it.
  func put(_ content: [UInt8], _ type: git_object_t, as id: ObjectID) {
    let object = Object(type: type, content: content)
    if objects.updateValue(object, forKey: id) == nil {
      written.append(id)
      whenWritten?(id, object)
    }
  }

  /// Whether there is an object of that id.
  func has(_ id: ObjectID) -> Bool { objects[id] != nil }

  /// Keeps a blob under an id that no other object has or had here.
  func add(_ content: [UInt8]) -> ObjectID {
    made += 1
    // Twenty bytes that no hash will be: the number, then the name of what made it.
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: made >> ($0 * 8)) } + Self.mark
    let id = unsafe bytes.withUnsafeBytes { unsafe ObjectID($0) }
    objects[id] = Object(type: GIT_OBJECT_BLOB, content: content)
    return id
  }

  /// Forgets a blob that libgit2 has its own copy of now: a large one would be in memory twice.
  private func forgetLarge(_ object: Object, _ id: UnsafePointer<git_oid>?) {
    guard readsLargeOnce, object.content.count >= 1 << 20, object.type == GIT_OBJECT_BLOB,
      let id = unsafe id
    else { return }
    objects[unsafe ObjectID(id.pointee)] = nil
  }

  private static let mark = Array("patchkit-blob".utf8.prefix(12))

  /// The bytes of an object.
  func content(_ id: ObjectID) -> [UInt8]? { objects[id]?.content }

  /// The objects that libgit2 wrote, as they came.
  var inOrder: [(id: ObjectID, object: Object)] {
    written.compactMap { id in objects[id].map { (id, $0) } }
  }

  /// Forgets every object.
  func removeAll() {
    objects.removeAll(keepingCapacity: true)
    written.removeAll(keepingCapacity: true)
  }
}
