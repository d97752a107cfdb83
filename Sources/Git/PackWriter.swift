// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import CDeflate
internal import Host

/// Writes objects as a pack with its index: git's pack format 2 and index format 2
/// (Documentation/gitformat-pack.txt).
///
/// No deltas are searched for: that is what takes the time in git's and libgit2's own packing. An object whose
/// earlier version is in the pack is kept as its difference from that.
///
/// It is here because libgit2's own pack builder takes 59 s for the 78,659 files of a kernel tree, and this one
/// 9.2 to 11.5 s (Documentation/Performance.md).
///
/// An object is compressed on another thread as soon as it is added, while the next ones are
/// made.
final class PackWriter {
  /// As fast as can be, which is git's own choice for loose objects.
  private static let level: Int32 = 1

  /// An object as in the pack, except for data that depends on its offset.
  private struct Packed: Sendable {
    /// The kind of the object; of a delta there is one of its own.
    var type: UInt8
    /// The size of what is compressed.
    var size: Int
    /// The index of the object that it is stored as a difference from.
    var base: Int?
    var body: [UInt8]
  }

  /// An object that waits to be compressed.
  private struct Waiting: Sendable {
    var type: UInt8
    var base: Int?
    var content: [UInt8]
  }

  /// The last version of an object, from which the next one is stored as a difference.
  private struct Version {
    var position: Int
    var content: [UInt8]
    var depth: Int
  }

  private var ids: [ObjectID] = []
  /// The objects that are compressed, in the order in which they were added.
  private let packed = BackgroundWork<[Packed]>()
  /// Objects that wait to be handed over: a thread takes several at a time.
  private var waiting: [Waiting] = []
  private var waitingBytes = 0
  private var versions: [[UInt8]: Version] = [:]
  private var versionBytes = 0

  /// So many bytes are worth a hand over.
  private static let batch = 128 << 10

  /// As many differences as git makes one of another by itself.
  private static let deepest = 50
  /// More bytes of versions than this are not remembered.
  private static let versionRoom = 16 << 20
  /// The kind of an object that is stored as a difference from one at an offset.
  private static let offsetDelta: UInt8 = 6

  /// Adds an object.
  ///
  /// - Parameter name: what it is a version of, such as its path; nil where that is not known.
  func add(_ id: ObjectID, _ object: MemoryObjects.Object, name: [UInt8]?) {
    let position = ids.count
    ids.append(id)
    var entry = Waiting(type: UInt8(object.type.rawValue), content: object.content)
    if let name = name ?? Self.name(of: object) {
      var depth = 0
      if let old = versions[name], old.depth < Self.deepest,
        let delta = PackDelta.between(old.content, object.content)
      {
        entry.type = Self.offsetDelta
        entry.base = old.position
        entry.content = delta
        depth = old.depth + 1
      }
      versionBytes += object.content.count
      if versionBytes > Self.versionRoom {
        versions = [:]
        versionBytes = object.content.count
      }
      versions[name] = Version(position: position, content: object.content, depth: depth)
    }
    waiting.append(entry)
    waitingBytes += entry.content.count
    if waitingBytes >= Self.batch { handOver() }
  }

  /// Two lists of folders of the same length that begin with the same entry are likely versions of one.
  private static func name(of object: MemoryObjects.Object) -> [UInt8]? {
    guard object.type == GIT_OBJECT_TREE else { return nil }
    return Array("tree \(object.content.count) ".utf8) + object.content.prefix { $0 != 0 }
  }

  private func handOver() {
    if waiting.isEmpty { return }
    let batch = waiting
    waiting = []
    waitingBytes = 0
    packed.add {
      let compressor = Compressor(level: Self.level)
      return batch.map { Self.pack($0, compressor) }
    }
  }

  /// Writes the added objects into a folder of packs; the index comes last, so that no process sees an
  /// incomplete pack.
  ///
  /// - Returns: the path of both files without the ends of their names.
  /// - Throws: `GitError` where a file cannot be written.
  func write(into folder: String) throws(GitError) -> String {
    handOver()
    let entries = packed.finish().flatMap(\.self)
    precondition(entries.count == ids.count, "every object that was added is compressed")
    var pack: [UInt8] = []
    pack.reserveCapacity(entries.reduce(32) { $0 + $1.body.count + 16 })
    pack += Array("PACK".utf8) + Self.bigEndian(2) + Self.bigEndian(UInt32(ids.count))
    var offsets: [Int] = []
    var checksums: [UInt32] = []
    for entry in entries {
      let offset = pack.count
      offsets.append(offset)
      pack += Self.head(entry, distance: entry.base.map { offset - offsets[$0] })
      pack += entry.body
      checksums.append(Self.crc(pack[offset...]))
    }
    let checksum = ObjectID.hash(of: pack)
    pack += checksum.bytes
    let name = "pack-\(checksum)"
    try Self.put(pack, "\(name).pack", in: folder)
    try Self.put(index(checksums, offsets, checksum.bytes), "\(name).idx", in: folder)
    return "\(folder)/\(name)"
  }

  private func index(_ checksums: [UInt32], _ offsets: [Int], _ checksum: [UInt8]) -> [UInt8] {
    let order = ids.indices.sorted { ids[$0] < ids[$1] }
    var index: [UInt8] = [0xFF] + Array("tOc".utf8) + Self.bigEndian(2)
    var next = 0
    for first in 0..<256 {
      while next < order.count, Int(ids[order[next]].bytes[0]) <= first { next += 1 }
      index += Self.bigEndian(UInt32(next))
    }
    for position in order { index += ids[position].bytes }
    for position in order { index += Self.bigEndian(checksums[position]) }
    // From 2 GiB on an offset is in a table of its own.
    var large: [UInt8] = []
    for position in order {
      let offset = offsets[position]
      if offset < 1 << 31 {
        index += Self.bigEndian(UInt32(offset))
      } else {
        index += Self.bigEndian(1 << 31 | UInt32(large.count / 8))
        large += Self.bigEndian(UInt32(offset >> 32))
        large += Self.bigEndian(UInt32(offset & 0xFFFF_FFFF))
      }
    }
    index += large + checksum
    return index + ObjectID.hash(of: index).bytes
  }

  private static func pack(_ object: Waiting, _ compressor: borrowing Compressor) -> Packed {
    Packed(
      type: object.type, size: object.content.count, base: object.base,
      body: compressor.zlib(object.content))
  }

  /// The kind and the size, seven bits a byte after the first four; then the distance back to the base.
  private static func head(_ entry: Packed, distance: Int?) -> [UInt8] {
    var size = entry.size
    var bytes = [entry.type << 4 | UInt8(size & 15)]
    size >>= 4
    while size > 0 {
      bytes[bytes.count - 1] |= 0x80
      bytes.append(UInt8(size & 0x7F))
      size >>= 7
    }
    guard var left = distance else { return bytes }
    var tail = [UInt8(left & 0x7F)]
    left >>= 7
    while left > 0 {
      left -= 1
      tail.append(UInt8(left & 0x7F) | 0x80)
      left >>= 7
    }
    return bytes + tail.reversed()
  }

  private static func crc(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe libdeflate_crc32(0, $0.baseAddress, $0.count) }
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> UInt32($0)) }
  }

  /// Writes a file of a pack: on disk as a whole before it has its name.
  private static func put(
    _ content: [UInt8], _ name: String, in folder: String
  ) throws(GitError) {
    do {
      try AtomicFile.write(content, to: "\(folder)/\(name)", permissions: .exactly(0o444))
    } catch {
      throw GitError("write \(folder)/\(name)", error.message)
    }
  }
}

/// libdeflate's compressor, of one thread at a time.
@safe private struct Compressor: ~Copyable {
  private let pointer: OpaquePointer

  init(level: Int32) {
    guard let made = unsafe libdeflate_alloc_compressor(level) else {
      preconditionFailure("there is no memory for a compressor")
    }
    unsafe pointer = made
  }

  deinit { unsafe libdeflate_free_compressor(pointer) }

  /// Bytes in zlib's format.
  borrowing func zlib(_ content: [UInt8]) -> [UInt8] {
    let room = unsafe libdeflate_zlib_compress_bound(pointer, content.count)
    let body = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      unsafe content.withUnsafeBytes {
        unsafe filled = libdeflate_zlib_compress(
          pointer, $0.baseAddress, $0.count, buffer.baseAddress, room)
      }
    }
    precondition(!body.isEmpty, "there is room for the worst case")
    // Copied, so that no room for the worst case is kept.
    return unsafe body.withUnsafeBufferPointer { unsafe Array($0) }
  }
}
