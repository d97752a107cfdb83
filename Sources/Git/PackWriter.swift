// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import CMbedcrypto
internal import CZlib
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Writes objects as a pack with its index: git's pack format 2 and index format 2
/// (Documentation/gitformat-pack.txt).
///
/// Objects are compressed side by side and no deltas are looked for: that is what takes the time in git's
/// and libgit2's own packing, and `git gc` finds them whenever a person wants a small repository.
struct PackWriter {
  /// An object: its id, its kind and its bytes.
  typealias Object = (id: ObjectID, object: MemoryObjects.Object)

  /// As fast as zlib can, which is git's own choice for loose objects.
  private static let level: Int32 = 1

  /// An object as it stands in the pack.
  private struct Packed: Sendable {
    var bytes: [UInt8]
    var checksum: UInt32
  }

  /// Writes a pack into a folder of packs; the index comes last, so that nobody sees half of it.
  ///
  /// - Throws: `GitError` where a file cannot be written.
  static func write(_ objects: [Object], into folder: String) throws(GitError) {
    let packed = compressed(objects)
    var pack: [UInt8] = Array("PACK".utf8) + bigEndian(2) + bigEndian(UInt32(objects.count))
    pack.reserveCapacity(packed.reduce(32) { $0 + $1.bytes.count })
    var offsets: [Int] = []
    for entry in packed {
      offsets.append(pack.count)
      pack += entry.bytes
    }
    let checksum = sha1(pack)
    pack += checksum
    let order = objects.indices.sorted { objects[$0].id < objects[$1].id }
    var index: [UInt8] = [0xFF] + Array("tOc".utf8) + bigEndian(2)
    var next = 0
    for first in 0..<256 {
      while next < order.count, Int(objects[order[next]].id.bytes[0]) <= first { next += 1 }
      index += bigEndian(UInt32(next))
    }
    for place in order { index += objects[place].id.bytes }
    for place in order { index += bigEndian(packed[place].checksum) }
    // From 2 GiB on an offset stands in a table of its own.
    var large: [UInt8] = []
    for place in order {
      let offset = offsets[place]
      if offset < 1 << 31 {
        index += bigEndian(UInt32(offset))
      } else {
        index += bigEndian(1 << 31 | UInt32(large.count / 8))
        large += bigEndian(UInt32(offset >> 32)) + bigEndian(UInt32(offset & 0xFFFF_FFFF))
      }
    }
    index += large + checksum
    index += sha1(index)
    let name = "pack-" + ObjectID(bytes: checksum).description
    try put(pack, "\(name).pack", in: folder)
    try put(index, "\(name).idx", in: folder)
  }

  private static func compressed(_ objects: [Object]) -> [Packed] {
    let done = Mutex([Packed?](repeating: nil, count: objects.count))
    // Some at a time: the lock is taken once for each lot.
    let lot = 16
    DispatchQueue.concurrentPerform(iterations: (objects.count + lot - 1) / lot) { number in
      let range = (number * lot)..<min(objects.count, (number + 1) * lot)
      let packed = range.map { pack(objects[$0].object) }
      done.withLock { done in
        for (place, entry) in zip(range, packed) { done[place] = entry }
      }
    }
    return done.withLock { $0.compactMap(\.self) }
  }

  private static func pack(_ object: MemoryObjects.Object) -> Packed {
    // The kind and the size, seven bits a byte behind the first four.
    var size = object.content.count
    var bytes = [UInt8(object.type.rawValue) << 4 | UInt8(size & 15)]
    size >>= 4
    while size > 0 {
      bytes[bytes.count - 1] |= 0x80
      bytes.append(UInt8(size & 0x7F))
      size >>= 7
    }
    var room = uLong(compressBound(uLong(object.content.count)))
    let body = unsafe [UInt8](unsafeUninitializedCapacity: Int(room)) { buffer, filled in
      let code = unsafe object.content.withUnsafeBufferPointer {
        unsafe compress2(
          buffer.baseAddress, &room, $0.baseAddress, uLong($0.count), level)
      }
      // There is room for the worst case, so only memory could be lacking.
      precondition(code == Z_OK, "zlib cannot compress")
      filled = Int(room)
    }
    bytes += body
    let checksum = unsafe bytes.withUnsafeBufferPointer {
      unsafe crc32(0, $0.baseAddress, uInt($0.count))
    }
    return Packed(bytes: bytes, checksum: UInt32(truncatingIfNeeded: checksum))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
  }

  private static func sha1(_ bytes: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    let code = unsafe mbedtls_sha1_ret(bytes, bytes.count, &digest)
    precondition(code == 0, "a hash of memory cannot fail")
    return digest
  }

  /// Writes a file of a pack: on disk as a whole before it has its name.
  private static func put(
    _ content: [UInt8], _ name: String, in folder: String
  ) throws(GitError) {
    func fail(_ what: String) -> GitError {
      GitError("write \(folder)/\(name)", "\(what): \(unsafe String(cString: strerror(errno)))")
    }
    let draft = "\(folder)/tmp_\(getpid())_\(name)"
    let descriptor = unsafe open(
      draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o444)
    if descriptor < 0 { throw fail("it cannot be made") }
    var isGood = true
    unsafe content.withUnsafeBytes { bytes in
      var written = 0
      while isGood, written < bytes.count {
        let count = unsafe Glibc.write(
          descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        if count <= 0 { isGood = false } else { written += count }
      }
    }
    if isGood { isGood = fsync(descriptor) == 0 }
    let code = errno
    close(descriptor)
    if isGood, unsafe rename(draft, "\(folder)/\(name)") == 0 { return }
    let last = isGood ? errno : code
    unsafe _ = unlink(draft)
    errno = last
    throw fail("it cannot be written")
  }
}
