// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import Synchronization

/// The digest of an index's file, kept in a file of its own.
///
/// SQLite does not notice a changed bit in a row, and a page that is lost from an index is an answer without
/// rows. So the whole file is read before the first question of a process: 56 MB take 18 ms of a processor.
struct IndexDigest: Sendable, Hashable {
  /// The size of the file, in bytes.
  private let size: Int
  /// A hash of its bytes.
  private let hash: UInt64

  /// The files that this process read, by their identities: a command asks several questions.
  private static let known = Mutex<[String: IndexDigest]>([:])

  /// Reads a file; one that this process read before and that did not change is not read again.
  ///
  /// - Throws: `PatchkitError` where it cannot be read.
  init(of path: String) throws(PatchkitError) {
    let identity = InputFile.settledIdentity(of: path)
    if let identity, let known = Self.known.withLock({ $0[identity] }) {
      self = known
      return
    }
    var hash = Lanes()
    size = try unsafe InputFile.read(path, inPiecesOf: 1 << 20) { unsafe hash.add($0) }
    self.hash = hash.sum
    if let identity { Self.known.withLock { [self] in $0[identity] = self } }
  }

  /// Reads the digest that is kept for a file; nil where there is none.
  init?(keptFor path: String) {
    guard let bytes = try? InputFile.read(Self.path(for: path), largest: 256) else { return nil }
    let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, let size = Int(words[0]), let hash = UInt64(words[1], radix: 16) else {
      return nil
    }
    self.size = size
    self.hash = hash
  }

  /// Keeps the digest for a file.
  ///
  /// - Throws: `PatchkitError` where it cannot be written.
  func keep(for path: String) throws(PatchkitError) {
    let file = try AtomicFile(Self.path(for: path))
    let text = Array("\(size) \(String(hash, radix: 16))\n".utf8)
    unsafe text.withUnsafeBytes { unsafe file.append($0) }
    // The index is made again where this is lost.
    try file.finish(flushes: false)
  }

  /// The file that keeps the digest of a file.
  static func path(for path: String) -> String { "\(path).sum" }

  /// Four hashes that advance independently of each other, which a processor computes at the same time: FNV-1a
  /// (Fowler, Noll and Vo) over eight bytes at a time.
  private struct Lanes {
    private var lanes = SIMD4<UInt64>(
      0xCBF2_9CE4_8422_2325, 0x8422_2325_CBF2_9CE4, 0x9CE4_8422_2325_CBF2, 0x2325_CBF2_9CE4_8422)
    private static let prime: UInt64 = 0x100_0000_01B3

    /// Takes the next bytes; only the last ones may be of a number that 32 does not divide.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
      var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
      func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let next = (hash ^ word) &* Self.prime
        return next ^ next >> 32
      }
      func word(_ offset: Int) -> UInt64 {
        unsafe UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      var position = 0
      while position + 32 <= bytes.count {
        a = mixed(a, word(position))
        b = mixed(b, word(position + 8))
        c = mixed(c, word(position + 16))
        d = mixed(d, word(position + 24))
        position += 32
      }
      while position < bytes.count {
        a = unsafe mixed(a, UInt64(bytes[position]))
        position += 1
      }
      lanes = SIMD4(a, b, c, d)
    }

    /// The hash of all bytes.
    var sum: UInt64 {
      (0..<4).reduce(0) { sum, lane in
        let next = (sum ^ lanes[lane]) &* Self.prime
        return next ^ next >> 29
      }
    }
  }
}
