// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import Synchronization

/// A pack of a repository with its index, both read where they lie on disk.
///
/// libgit2 guards every read of a pack with locks and looks up each object several times; a pass over a
/// whole history reads a million objects on all cores. Nothing in a pack is trusted: what does not fit
/// reads as missing.
///
/// Source: git's Documentation/gitformat-pack.
@safe final class PackFile: @unchecked Sendable {
  /// What a pack says about an object before its data.
  struct Entry {
    /// What the object is stored as.
    enum Form: Equatable {
      /// The object itself.
      case whole(ObjectKind)
      /// A difference from the object at an offset of the same pack.
      case delta(base: Int)
      /// A difference from an object of any pack.
      case deltaOfID(ObjectID)
    }

    var form: Form
    /// The number of bytes that the data inflates to.
    var size: Int
    /// Where the deflated data starts.
    var start: Int
  }

  private let packFile: MappedFile
  private let indexFile: MappedFile
  // The memory of the two files above, which live as long as this object and are never written.
  private let pack: UnsafeRawBufferPointer
  private let index: UnsafeRawBufferPointer
  /// Where the pack's objects end: a checksum of twenty bytes follows.
  private let end: Int
  /// The number of objects.
  let count: Int
  /// What was read of the pack and of its index since their pages were last released.
  private let touched: Mutex<TouchedPages>
  private let touchedIndex: Mutex<TouchedPages>

  private static let fanout = 8
  private static let ids = 8 + 1024

  /// Maps a pack by the path of its index; nil where either is missing, damaged or of an old version.
  init?(index path: String) {
    guard path.hasSuffix(".idx"), let index = MappedFile(path),
      let pack = MappedFile(path.dropLast(4) + ".pack")
    else { return nil }
    packFile = pack
    indexFile = index
    unsafe self.pack = pack.withBytes { unsafe $0 }
    unsafe self.index = index.withBytes { unsafe $0 }
    end = pack.count - 20
    count = unsafe Self.count(self.index, self.pack) ?? 0
    if count == 0 { return nil }
    touched = Mutex(TouchedPages(count: pack.count))
    touchedIndex = Mutex(TouchedPages(count: index.count))
  }

  private static func count(
    _ index: UnsafeRawBufferPointer, _ pack: UnsafeRawBufferPointer
  ) -> Int? {
    func word(_ offset: Int) -> UInt32 {
      unsafe UInt32(bigEndian: index.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
    guard index.count >= ids + 40, word(0) == 0xFF74_4F63, word(4) == 2, pack.count >= 32,
      unsafe pack.loadUnaligned(fromByteOffset: 0, as: UInt32.self).bigEndian == 0x5041_434B
    else { return nil }
    let count = Int(word(fanout + 255 * 4))
    var last: UInt32 = 0
    for byte in 0..<256 {
      guard word(fanout + byte * 4) >= last else { return nil }
      last = word(fanout + byte * 4)
    }
    // An id, a checksum and an offset for each object.
    return index.count >= ids + count * 28 + 40 ? count : nil
  }

  /// Lets the system reclaim the memory that the pack's pages use; they are read again on demand.
  func releasePages() {
    packFile.releasePages()
    indexFile.releasePages()
  }

  private func word(_ offset: Int) -> Int {
    unsafe Int(UInt32(bigEndian: index.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
  }

  private func id(_ position: Int) -> ObjectID {
    unsafe ObjectID(UnsafeRawBufferPointer(rebasing: index[(Self.ids + position * 20)...]))
  }

  private func prefix(_ position: Int) -> UInt64 {
    unsafe UInt64(
      bigEndian: index.loadUnaligned(
        fromByteOffset: Self.ids + position * 20, as: UInt64.self))
  }

  /// The ids whose first byte is that of some hex digits, two at least.
  func ids(startingWith digits: String) -> [ObjectID] {
    guard let first = Int(digits.prefix(2), radix: 16) else { return [] }
    let low = first == 0 ? 0 : word(Self.fanout + (first - 1) * 4)
    let high = min(count, word(Self.fanout + first * 4))
    return low < high ? (low..<high).map(id) : []
  }

  /// Where an object starts; nil where the pack does not have it.
  func offset(of id: ObjectID) -> Int? {
    let prefix = id.prefix
    let first = Int(prefix >> 56)
    var low = first == 0 ? 0 : word(Self.fanout + (first - 1) * 4)
    var high = word(Self.fanout + first * 4)
    // Ids are spread evenly: where one is can be reckoned from the ids around it.
    var below = UInt64(first) << 56
    var above = below | (1 << 56 - 1)
    var steps = 0
    while low < high {
      var middle = (low + high) / 2
      if steps < 4, prefix >= below, above > below {
        let share = Double(prefix - below) / Double(above - below)
        middle = min(high - 1, low + Int(share * Double(high - low)))
      }
      steps += 1
      let other = self.prefix(middle)
      if other < prefix {
        low = middle + 1
        below = other
      } else if other > prefix {
        high = middle
        above = other
      } else {
        let whole = self.id(middle)
        if whole == id { return offset(at: middle) }
        if whole < id { low = middle + 1 } else { high = middle }
      }
    }
    return nil
  }

  private func offset(at position: Int) -> Int? {
    // The id is read as well as its offset, which is in another part of the file.
    let isFull = touchedIndex.withLock {
      let isFull = $0.note(Self.ids + position * 20)
      return $0.note(Self.ids + count * 24 + position * 4) || isFull
    }
    if isFull { indexFile.releasePages() }
    let table = Self.ids + count * 24
    let short = word(table + position * 4)
    if short & 0x8000_0000 == 0 { return short < end ? short : nil }
    let slot = table + count * 4 + (short & 0x7FFF_FFFF) * 8
    guard slot + 8 <= indexFile.count - 40 else { return nil }
    let long = unsafe UInt64(
      bigEndian: index.loadUnaligned(fromByteOffset: slot, as: UInt64.self))
    return long < UInt64(end) ? Int(long) : nil
  }

  /// What the pack says of the object at an offset; nil where that is damaged.
  func entry(at offset: Int) -> Entry? {
    var cursor = offset
    func next() -> UInt8? {
      guard cursor >= 0, cursor < end else { return nil }
      defer { cursor += 1 }
      return unsafe pack[cursor]
    }
    guard var byte = next() else { return nil }
    let type = byte >> 4 & 7
    var size = Int(byte & 15)
    var shift = 4
    while byte & 0x80 != 0 {
      guard shift < 56, let more = next() else { return nil }
      byte = more
      size |= Int(byte & 0x7F) << shift
      shift += 7
    }
    switch type {
    case 6:
      guard var byte = next() else { return nil }
      var distance = Int(byte & 0x7F)
      while byte & 0x80 != 0 {
        guard distance < 1 << 48, let more = next() else { return nil }
        byte = more
        distance = (distance + 1) << 7 | Int(byte & 0x7F)
      }
      guard distance > 0, distance < offset else { return nil }
      return Entry(form: .delta(base: offset - distance), size: size, start: cursor)
    case 7:
      guard cursor + 20 <= end else { return nil }
      let id = unsafe ObjectID(UnsafeRawBufferPointer(rebasing: pack[cursor...]))
      return Entry(form: .deltaOfID(id), size: size, start: cursor + 20)
    default:
      guard let kind = ObjectKind(rawValue: type) else { return nil }
      return Entry(form: .whole(kind), size: size, start: cursor)
    }
  }

  /// The data of an entry, inflated; nil where it is damaged.
  func inflate(_ entry: Entry, with inflater: Inflater) -> [UInt8]? {
    if touched.withLock({ $0.note(entry.start) }) { releasePages() }
    return inflate(whole: entry, with: inflater)
  }

  private func inflate(whole entry: Entry, with inflater: Inflater) -> [UInt8]? {
    unsafe inflater.inflate(
      UnsafeRawBufferPointer(rebasing: pack[entry.start..<end]), size: entry.size)
  }
}

/// Counts the parts of a mapped file that were read, so that they can be given back to the system: it
/// maps whole parts of what it has in memory, and a history is spread over hundreds of megabytes.
package struct TouchedPages: Sendable {
  private var isTouched: [Bool]
  private var count = 0

  /// The system maps so many bytes around one that is read, as a power of two.
  private static let shift = 16
  /// So many parts, 16 MiB, are left mapped.
  package static let most = 256

  /// Starts with nothing read.
  package init(count: Int) { isTouched = [Bool](repeating: false, count: count >> Self.shift + 1) }

  /// Notes that something at an offset was read.
  ///
  /// - Returns: whether the pages are to be released now.
  package mutating func note(_ offset: Int) -> Bool {
    let part = offset >> Self.shift
    guard part < isTouched.count, !isTouched[part] else { return false }
    isTouched[part] = true
    count += 1
    if count < Self.most { return false }
    self = TouchedPages(count: (isTouched.count - 1) << Self.shift)
    return true
  }
}

/// The kinds of git's objects, with the numbers that packs give them.
package enum ObjectKind: UInt8, Sendable, Hashable {
  /// A commit.
  case commit = 1
  /// A folder.
  case tree = 2
  /// A file.
  case blob = 3
  /// An annotated tag.
  case tag = 4
}
