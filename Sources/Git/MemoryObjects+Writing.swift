// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// An object that libgit2 writes piece by piece.
///
/// Where a store has no function for that, libgit2 collects the pieces itself and hands over the whole, so that
/// each file that it makes is in memory twice.
private final class WrittenObject {
  let owner: MemoryObjects
  let type: git_object_t
  var content: [UInt8] = []

  init(_ owner: MemoryObjects, _ type: git_object_t, size: Int) {
    (self.owner, self.type) = (owner, type)
    content.reserveCapacity(size)
  }
}

/// The C structure that libgit2 writes through; its first field is libgit2's own.
@unsafe private struct WritingStream {
  var parent: git_odb_stream
  var object: Unmanaged<WrittenObject>
}

extension MemoryObjects {
  /// Makes the structure that libgit2 writes one object through, and frees.
  func makeStream(
    _ backend: UnsafeMutablePointer<git_odb_backend>?, size: git_object_size_t, _ type: git_object_t
  ) -> UnsafeMutablePointer<git_odb_stream> {
    var parent = unsafe git_odb_stream()
    unsafe parent.backend = backend
    unsafe parent.mode = GIT_STREAM_WRONLY.rawValue
    unsafe parent.write = { stream, data, length in
      guard let object = unsafe MemoryObjects.object(stream) else { return -1 }
      unsafe object.content.append(
        contentsOf: UnsafeRawBufferPointer(start: data, count: length))
      return 0
    }
    unsafe parent.finalize_write = { stream, id in
      guard let object = unsafe MemoryObjects.object(stream), let id = unsafe id else { return -1 }
      object.owner.put(object.content, object.type, as: unsafe ObjectID(id.pointee))
      return 0
    }
    unsafe parent.free = { stream in
      guard let stream = unsafe stream else { return }
      let own = unsafe UnsafeMutableRawPointer(stream).assumingMemoryBound(to: WritingStream.self)
      unsafe own.pointee.object.release()
      unsafe own.deallocate()
    }
    let object = WrittenObject(self, type, size: Int(clamping: size))
    let stream = UnsafeMutablePointer<WritingStream>.allocate(capacity: 1)
    unsafe stream.initialize(
      to: WritingStream(parent: parent, object: Unmanaged.passRetained(object)))
    return unsafe UnsafeMutableRawPointer(stream).assumingMemoryBound(to: git_odb_stream.self)
  }

  private static func object(
    _ stream: UnsafeMutablePointer<git_odb_stream>?
  ) -> WrittenObject? {
    guard let stream = unsafe stream else { return nil }
    return unsafe UnsafeMutableRawPointer(stream).assumingMemoryBound(to: WritingStream.self)
      .pointee.object.takeUnretainedValue()
  }
}
