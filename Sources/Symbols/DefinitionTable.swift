// SPDX-License-Identifier: GPL-2.0-only

package import CSource
internal import Host
internal import KernelTree
internal import Synchronization
internal import TextAlign

/// What all C files of a tree define: every function, macro, type, field, enumerator and variable, by
/// name.
///
/// It is one row of bytes, in memory or mapped from a file: entries in the order of their files, the
/// same entries in the order of their names' hashes, the files with their stamps, and the names.
package final class DefinitionTable: Sendable {
  /// An entry as it lies in the bytes.
  struct Entry {
    var hash: UInt64
    var nameOffset: UInt32
    var line: UInt32
    /// The entry that it belongs to, counted from the file's first; `UInt32.max` for none.
    var parent: UInt32
    var kind: UInt8
    var nameLength: UInt8
    var padding: UInt16 = 0
  }

  /// A file as it lies in the bytes.
  struct FileEntry {
    var textOffset: UInt32
    var pathLength: UInt16
    var stampLength: UInt16
    var firstEntry: UInt32
    var entryCount: UInt32
  }

  struct Header {
    var magic: UInt64 = DefinitionTable.magic
    var entryCount: UInt64
    var fileCount: UInt64
    var nameBytes: UInt64
    var textBytes: UInt64
  }

  /// `PKINDEX` and the version of the data after it.
  static let magic: UInt64 = 0x0958_4544_4E49_4B50
  /// Entries of this kind are not symbols but names that macros form: `trace_*`.
  static let pasteKind: UInt8 = 200
  /// Entries of this kind are not symbols but words that a macro outside of functions is called with.
  static let argumentKind: UInt8 = 201
  /// The buckets of hashes: by their upper sixteen bits.
  static let bucketCount = 1 << 16

  let storage: Storage
  let layout: Layout

  /// What needs a pass over all entries.
  private struct Passes {
    var pasted: [(name: PastedName, path: String)]?
    var pasting: Set<String>?
  }
  private let passes = Mutex(Passes())

  enum Storage: Sendable {
    case mapped(MappedFile)
    case bytes([UInt8])
  }

  /// Where the parts begin, in bytes.
  struct Layout: Sendable {
    var entryCount: Int
    var fileCount: Int
    var entries: Int
    var order: Int
    var buckets: Int
    var files: Int
    var names: Int
    var texts: Int
    var end: Int

    init(_ header: Header) {
      entryCount = Int(header.entryCount)
      fileCount = Int(header.fileCount)
      entries = MemoryLayout<Header>.stride
      order = entries + entryCount * MemoryLayout<Entry>.stride
      buckets = order + entryCount * 4
      files = buckets + (DefinitionTable.bucketCount + 1) * 4
      names = files + fileCount * MemoryLayout<FileEntry>.stride
      texts = names + Int(header.nameBytes)
      end = texts + Int(header.textBytes)
      // Entries are read where they lie: each part begins at a multiple of eight.
      files = (files + 7) & ~7
      names += files - (buckets + (DefinitionTable.bucketCount + 1) * 4)
      texts = names + Int(header.nameBytes)
      end = texts + Int(header.textBytes)
    }
  }

  /// Takes bytes that `DefinitionTableWriter` made; nil where they are something else.
  init?(_ storage: Storage) {
    self.storage = storage
    let header: Header? = unsafe Self.with(storage) { bytes in
      guard bytes.count >= MemoryLayout<Header>.stride else { return nil }
      return unsafe bytes.loadUnaligned(as: Header.self)
    }
    guard let header, header.magic == Self.magic, header.entryCount < 1 << 32,
      header.fileCount < 1 << 32, header.nameBytes < 1 << 32, header.textBytes < 1 << 32
    else { return nil }
    layout = Layout(header)
    let end = layout.end
    guard unsafe Self.with(storage, { $0.count == end }) else { return nil }
  }

  private static func with<Result>(
    _ storage: Storage, _ body: (UnsafeRawBufferPointer) -> Result
  ) -> Result {
    switch storage {
    case .mapped(let file): unsafe file.withBytes(body)
    case .bytes(let bytes): unsafe bytes.withUnsafeBytes(body)
    }
  }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe Self.with(storage, body)
  }

  /// How many names are in it, declarations included.
  package var count: Int { layout.entryCount }

  /// In a pass over all entries the pages are released after so many, less one.
  private static let passMask = (1 << 18) - 1

  /// Gives the pages of the file back to the system, after a part of it was read that is not soon needed.
  func releasePages() {
    if case .mapped(let file) = storage { file.releasePages() }
  }
  /// How many files are in it.
  package var fileCount: Int { layout.fileCount }

  /// A number for a name (FNV-1a, its bits mixed).
  static func hash(_ name: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    hash ^= hash >> 32
    return hash &* 0x9E37_79B9_7F4A_7C15
  }

  // A file may be damaged, or made by another program: no number in it leads out of it.

  func entry(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> Entry {
    guard index >= 0, index < layout.entryCount else {
      return Entry(
        hash: 0, nameOffset: 0, line: 0, parent: .max, kind: Self.pasteKind, nameLength: 0)
    }
    return unsafe bytes.loadUnaligned(
      fromByteOffset: layout.entries + index * MemoryLayout<Entry>.stride, as: Entry.self)
  }

  func file(_ index: Int, _ bytes: UnsafeRawBufferPointer) -> FileEntry {
    guard index >= 0, index < layout.fileCount else {
      return FileEntry(
        textOffset: 0, pathLength: 0, stampLength: 0, firstEntry: 0, entryCount: 0)
    }
    return unsafe bytes.loadUnaligned(
      fromByteOffset: layout.files + index * MemoryLayout<FileEntry>.stride, as: FileEntry.self)
  }

  private func word(_ offset: Int, _ index: Int, _ bytes: UnsafeRawBufferPointer) -> Int {
    Int(unsafe bytes.loadUnaligned(fromByteOffset: offset + index * 4, as: UInt32.self))
  }

  /// The positions in the order of hashes that a bucket has.
  private func bucket(_ hash: UInt64, _ bytes: UnsafeRawBufferPointer) -> Range<Int> {
    let number = Int(hash >> 48)
    let first = unsafe min(word(layout.buckets, number, bytes), layout.entryCount)
    let end = unsafe min(word(layout.buckets, number + 1, bytes), layout.entryCount)
    return first..<max(first, end)
  }

  /// A part of the names or of the texts, cut where its part of the file ends.
  func text(
    _ start: Int, _ count: Int, from first: Int, to end: Int, _ bytes: UnsafeRawBufferPointer
  ) -> Slice<UnsafeRawBufferPointer> {
    let low = min(first + start, end)
    return unsafe bytes[low..<min(low + count, end)]
  }

  /// The path and the stamp of a file.
  func texts(
    _ file: FileEntry, _ bytes: UnsafeRawBufferPointer
  ) -> (path: Slice<UnsafeRawBufferPointer>, stamp: Slice<UnsafeRawBufferPointer>) {
    let start = Int(file.textOffset)
    let length = Int(file.pathLength)
    return unsafe (
      text(start, length, from: layout.texts, to: layout.end, bytes),
      text(start + length, Int(file.stampLength), from: layout.texts, to: layout.end, bytes)
    )
  }

  private func name(_ entry: Entry, _ bytes: UnsafeRawBufferPointer) -> Slice<
    UnsafeRawBufferPointer
  > {
    unsafe text(
      Int(entry.nameOffset), Int(entry.nameLength), from: layout.names, to: layout.texts, bytes)
  }

  /// Everything that has a name.
  package func symbols(named name: String) -> [Symbol] {
    let wanted = Array(name.utf8)
    let hash = Self.hash(wanted)
    return unsafe withBytes { bytes in
      var symbols: [Symbol] = []
      for position in unsafe bucket(hash, bytes) {
        let index = unsafe word(layout.order, position, bytes)
        let entry = unsafe entry(index, bytes)
        if entry.hash == hash, entry.kind < Self.pasteKind,
          unsafe self.name(entry, bytes).elementsEqual(wanted.prefix(255))
        {
          unsafe symbols.append(symbol(index, entry, bytes))
        }
      }
      return symbols
    }
  }

  /// Whether anything has a name.
  package func has(_ name: String) -> Bool { !symbols(named: name).isEmpty }

  private func symbol(_ index: Int, _ entry: Entry, _ bytes: UnsafeRawBufferPointer) -> Symbol {
    // The file whose entries these are: the last that begins no later.
    var low = 0
    var high = layout.fileCount
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(unsafe file(middle, bytes).firstEntry) <= index { low = middle } else { high = middle }
    }
    // Files without entries begin where the next one does: the last of them has these.
    let file = unsafe file(low, bytes)
    let path = unsafe texts(file, bytes).path
    var owner = ""
    if entry.parent != .max {
      let parent = unsafe self.entry(Int(file.firstEntry) + Int(entry.parent), bytes)
      owner = unsafe String(decoding: name(parent, bytes), as: UTF8.self)
    }
    return unsafe Symbol(
      name: String(decoding: name(entry, bytes), as: UTF8.self),
      kind: CItem.Kind(rawValue: entry.kind) ?? .variable,
      path: String(decoding: path, as: UTF8.self), line: Int(entry.line), owner: owner)
  }

  /// The files in which a macro outside of functions is called with a word.
  package func filesCallingMacros(with name: String) -> [String] {
    let wanted = Array(name.utf8)
    let hash = Self.hash(wanted)
    return unsafe withBytes { bytes in
      var paths: [String] = []
      for position in unsafe bucket(hash, bytes) {
        let index = unsafe word(layout.order, position, bytes)
        let entry = unsafe entry(index, bytes)
        if entry.hash == hash,
          entry.kind == Self.argumentKind || entry.kind == CItem.Kind.macroCall.rawValue
        {
          unsafe paths.append(symbol(index, entry, bytes).path)
        }
      }
      return paths
    }
  }

  /// Whether a header calls a macro with a word after its first argument, as in
  /// `DECLARE_PER_CPU(int, x);`.
  package func isDeclaredByMacro(_ name: String) -> Bool {
    let wanted = Array(name.utf8)
    let hash = Self.hash(wanted)
    return unsafe withBytes { bytes in
      for position in unsafe bucket(hash, bytes) {
        let index = unsafe word(layout.order, position, bytes)
        let entry = unsafe entry(index, bytes)
        if entry.hash == hash, entry.kind == Self.argumentKind,
          unsafe symbol(index, entry, bytes).path.hasSuffix(".h")
        {
          return true
        }
      }
      return false
    }
  }

  /// The macros that put names together from what they are called with, or make texts of it; looked up once.
  package var pastingMacros: Set<String> {
    passes.withLock { passes in
      if let known = passes.pasting { return known }
      let made = allPastingMacros
      passes.pasting = made
      return made
    }
  }

  /// What macros of the tree put names together from, each with the file that defines it; looked up once.
  package var pastedNames: [(name: PastedName, path: String)] {
    passes.withLock { passes in
      if let known = passes.pasted { return known }
      let made = allPastedNames
      passes.pasted = made
      return made
    }
  }

  private var allPastingMacros: Set<String> {
    defer { releasePages() }
    return unsafe withBytes { bytes in
      var names: Set<String> = []
      var file = -1
      for index in 0..<layout.entryCount {
        if index & Self.passMask == 0 { releasePages() }
        let entry = unsafe entry(index, bytes)
        guard entry.kind == Self.pasteKind else { continue }
        // Files are in the order of their entries.
        while file + 1 < layout.fileCount,
          Int(unsafe self.file(file + 1, bytes).firstEntry) <= index
        {
          file += 1
        }
        let parent = unsafe self.entry(
          Int(self.file(max(0, file), bytes).firstEntry) + Int(entry.parent), bytes)
        unsafe names.insert(String(decoding: name(parent, bytes), as: UTF8.self))
      }
      return names
    }
  }

  private var allPastedNames: [(name: PastedName, path: String)] {
    defer { releasePages() }
    return unsafe withBytes { bytes in
      var names: [(name: PastedName, path: String)] = []
      for index in 0..<layout.entryCount {
        if index & Self.passMask == 0 { releasePages() }
        let entry = unsafe entry(index, bytes)
        guard entry.kind == Self.pasteKind, entry.nameLength > 3 else { continue }
        let own = unsafe symbol(index, entry, bytes)
        if let name = PastedName(own.name) { names.append((name, own.path)) }
      }
      return names
    }
  }

  /// The names that are nearest to one, of a kind that is wanted: few letters apart, or the same words
  /// in part.
  package func nearest(
    to name: String, count: Int, where isWanted: (CItem.Kind) -> Bool
  ) -> [Symbol] {
    let wanted = Array(name.utf8)
    let most = max(1, wanted.count / 5)
    defer { releasePages() }
    return unsafe withBytes { bytes in
      var best: [(distance: Int, index: Int, name: [UInt8])] = []
      for index in 0..<layout.entryCount {
        if index & Self.passMask == 0 { releasePages() }
        let entry = unsafe entry(index, bytes)
        guard entry.kind < Self.pasteKind, abs(Int(entry.nameLength) - wanted.count) <= most,
          let kind = CItem.Kind(rawValue: entry.kind), isWanted(kind)
        else { continue }
        let other = unsafe self.name(entry, bytes)
        // Two names that are this near share their first letter, or their last.
        guard unsafe other.first == wanted.first || other.last == wanted.last else { continue }
        let candidate = unsafe Array(other)
        guard candidate != wanted,
          let distance = EditDistance.between(wanted, candidate, most: most),
          !best.contains(where: { $0.name == candidate })
        else { continue }
        best.append((distance, index, candidate))
        best.sort { ($0.distance, $0.index) < ($1.distance, $1.index) }
        if best.count > count { best.removeLast() }
      }
      return best.map { unsafe symbol($0.index, entry($0.index, bytes), bytes) }
    }
  }
}
