// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import Host
package import KernelTree
internal import Synchronization

extension DefinitionTable {
  /// How a table came to be.
  package struct Building: Sendable, Hashable {
    /// How many files were read.
    package var read: Int
    /// How many were taken from an index that was kept.
    package var kept: Int
  }

  /// The table of a tree's .c and .h files, read by as many threads as there are cores.
  ///
  /// An index that was kept is taken where its stamps are the tree's; only files with other stamps are
  /// read again. What cannot be kept is made anew each time.
  ///
  /// - Parameters:
  ///   - tree: the tree.
  ///   - key: what the tree is called among those that are kept; nil keeps nothing.
  ///   - progress: receives how many files were read, and of how many.
  /// - Throws: `PatchkitError` where the tree cannot be listed or read.
  package static func of(
    _ tree: any KernelTree, key: String?, progress: WorkProgress? = nil
  ) throws(PatchkitError) -> (table: DefinitionTable, building: Building) {
    let files = try tree.listing { path in
      path.count > 2 && path[path.count - 2] == UInt8(ascii: ".")
        && (path.last == UInt8(ascii: "c") || path.last == UInt8(ascii: "h"))
    }.sorted { $0.path < $1.path }
    let cache = key.flatMap { key in
      CacheFolder.ofUser("index").map { "\($0)/\(name(ofKey: key)).symbols" }
    }
    let old = cache.flatMap { MappedFile($0) }.flatMap { DefinitionTable(.mapped($0)) }
    if let old, old.holds(files) { return (old, Building(read: 0, kept: files.count)) }
    let kept = old?.sections(of: files) ?? [:]
    let segments = try read(files.indices.filter { kept[$0] == nil }, files, tree, progress)
    // All names of an old index are kept; it is dropped once few of them are used.
    let base = kept.count * 2 > files.count ? old : nil
    var all = segments
    if base == nil, !kept.isEmpty {
      all += try read(Array(kept.keys), files, tree, progress)
    }
    let used = base == nil ? [:] : kept
    let writer = DefinitionTableWriter(files, old: base, kept: used, segments: all)
    let building = Building(read: files.count - used.count, kept: used.count)
    defer { old?.releasePages() }
    if let cache, writer.write(to: cache), let file = MappedFile(cache),
      let table = DefinitionTable(.mapped(file))
    {
      return (table, building)
    }
    guard let table = DefinitionTable(.bytes(writer.bytes)) else {
      throw PatchkitError(.system, "the index of \(tree.name) is too large")
    }
    return (table, building)
  }

  /// A file's name for a key of any letters.
  private static func name(ofKey key: String) -> String {
    let digits = String(hash(key.utf8), radix: 16)
    let readable = key.split(separator: "/" as Character).last.map(String.init) ?? ""
    let plain = readable.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
    return plain.isEmpty ? digits : "\(plain.prefix(40))-\(digits)"
  }

  /// Whether the files of an index are these, with the same stamps.
  private func holds(_ files: [ListedFile]) -> Bool {
    guard files.count == layout.fileCount else { return false }
    return unsafe withBytes { bytes in
      for (index, file) in files.enumerated() {
        let entry = unsafe self.file(index, bytes)
        let own = unsafe texts(entry, bytes)
        guard unsafe own.path.elementsEqual(file.path.bytes),
          unsafe own.stamp.elementsEqual(file.stamp)
        else { return false }
      }
      return true
    }
  }

  /// Which files of the index can be reused, by the index of the listed file.
  private func sections(of files: [ListedFile]) -> [Int: Int] {
    var indices: [[UInt8]: Int] = [:]
    for (index, file) in files.enumerated() { indices[file.path.bytes + [0] + file.stamp] = index }
    return unsafe withBytes { bytes in
      var sections: [Int: Int] = [:]
      for index in 0..<layout.fileCount {
        let entry = unsafe self.file(index, bytes)
        let own = unsafe texts(entry, bytes)
        let key = unsafe Array(own.path) + [0] + Array(own.stamp)
        if let known = indices[key] { sections[known] = index }
      }
      return sections
    }
  }

  private static func read(
    _ wanted: [Int], _ files: [ListedFile], _ tree: any KernelTree, _ progress: WorkProgress?
  ) throws(PatchkitError) -> [DefinitionSegment] {
    let opener = tree.opener
    let workers = opener == nil || wanted.count < 32 ? 1 : 0
    if workers == 1 {
      var segment = DefinitionSegment()
      for (done, index) in wanted.enumerated() {
        progress?(done, wanted.count)
        if let content = try tree.content(of: files[index]) { segment.add(content, file: index) }
      }
      return [segment]
    }
    let segments = Mutex<[DefinitionSegment]>([])
    _ = try WorkerPool.map(
      count: wanted.count,
      worker: { () throws(PatchkitError) -> (tree: any KernelTree, segment: DefinitionSegment) in
        guard let own = try opener?() else {
          throw PatchkitError(.git, "the tree cannot be opened once more")
        }
        return (tree: own, segment: DefinitionSegment())
      },
      { worker, position throws(PatchkitError) in
        progress?(position, wanted.count)
        let index = wanted[position]
        if let content = try worker.tree.content(of: files[index]) {
          worker.segment.add(content, file: index)
        }
      },
      finish: { worker in
        let segment = worker.segment
        segments.withLock { $0.append(segment) }
      })
    return segments.withLock(\.self)
  }
}

/// What a thread found in the files that it read.
struct DefinitionSegment: Sendable {
  struct File {
    var file: Int
    var chunk: Int
    var firstEntry: Int
    var entryCount: Int
  }

  /// Entries in rows of moderate length, so that none is moved when more come.
  private(set) var chunks: [[DefinitionTable.Entry]] = []
  /// Each name once.
  private(set) var names: [UInt8] = []
  private(set) var files: [File] = []
  /// Where a name lies in `names`: the upper half of its hash, then the offset, or `emptySlot`.
  ///
  /// A slot is found by the upper half, so that growing reads no name.
  private var table = [UInt64](repeating: Self.emptySlot, count: 1 << 16)
  private var tableCount = 0

  private static let emptySlot = UInt64.max
  private static let chunkSize = 1 << 16

  mutating func add(_ content: [UInt8], file: Int) {
    let source = CSourceFile(content)
    if chunks.last.map({ $0.count + source.items.count > Self.chunkSize }) ?? true {
      var chunk: [DefinitionTable.Entry] = []
      chunk.reserveCapacity(max(Self.chunkSize, source.items.count))
      chunks.append(chunk)
    }
    let chunk = chunks.count - 1
    let first = chunks[chunk].count
    // Where an item of the outline lies among the file's entries: items without a name have none.
    var slots: [UInt32] = []
    slots.reserveCapacity(source.items.count)
    for item in source.items {
      let start = Int(item.nameStart)
      let end = min(Int(item.nameEnd), start + 255)
      // A type without a name is still what its members belong to.
      guard
        end > start || item.kind == .structure || item.kind == .union
          || item.kind == .enumeration
      else {
        slots.append(.max)
        continue
      }
      slots.append(UInt32(chunks[chunk].count - first))
      let hash = DefinitionTable.hash(source.bytes[start..<end])
      let entry = DefinitionTable.Entry(
        hash: hash, nameOffset: offset(ofName: source.bytes, start, end, hash),
        line: item.nameLine, parent: item.parent < 0 ? .max : slots[Int(item.parent)],
        kind: item.kind.rawValue, nameLength: UInt8(end - start))
      chunks[chunk].append(entry)
    }
    // Each argument that a macro is called with may be a part of names that it forms.
    for item in source.items where item.kind == .macroCall {
      var depth = 0
      for index in item.tokens {
        let token = source.tokens[index]
        if token.first == UInt8(ascii: "(") { depth += 1 }
        if token.first == UInt8(ascii: ")") { depth -= 1 }
        // By itself, and an argument of this very macro.
        guard token.kind == .identifier, depth == 1, token.start != item.nameStart,
          token.range.count < 256, index + 1 < source.tokens.count,
          [UInt8(ascii: ","), UInt8(ascii: ")"), UInt8(ascii: "[")]
            .contains(source.tokens[index + 1].first)
        else { continue }
        let hash = DefinitionTable.hash(source.bytes[token.range])
        chunks[chunk].append(
          DefinitionTable.Entry(
            hash: hash,
            nameOffset: offset(
              ofName: source.bytes, token.range.lowerBound, token.range.upperBound, hash),
            line: token.line, parent: .max, kind: DefinitionTable.argumentKind,
            nameLength: UInt8(token.range.count)))
      }
    }
    for (item, slot) in zip(source.items, slots)
    where item.kind == .macro && slot != .max {
      for pattern in PastedName.patterns(of: source, item) {
        let text = Array(pattern.text.utf8.prefix(255))
        let hash = DefinitionTable.hash(text)
        chunks[chunk].append(
          DefinitionTable.Entry(
            hash: hash, nameOffset: offset(ofName: text, 0, text.count, hash),
            line: item.nameLine, parent: slot, kind: DefinitionTable.pasteKind,
            nameLength: UInt8(text.count)))
      }
    }
    files.append(
      File(
        file: file, chunk: chunk, firstEntry: first, entryCount: chunks[chunk].count - first))
  }

  private mutating func offset(
    ofName bytes: [UInt8], _ start: Int, _ end: Int, _ hash: UInt64
  ) -> UInt32 {
    let length = end - start
    if length == 0 { return 0 }
    let tag = hash >> 32
    let mask = table.count - 1
    var slot = Int(tag) & mask
    while table[slot] != Self.emptySlot {
      // A name is stored after its length.
      let offset = Int(UInt32(truncatingIfNeeded: table[slot]))
      if table[slot] >> 32 == tag, Int(names[offset - 1]) == length {
        var index = 0
        while index < length, names[offset + index] == bytes[start + index] { index += 1 }
        if index == length { return UInt32(offset) }
      }
      slot = (slot + 1) & mask
    }
    names.append(UInt8(length))
    let offset = UInt32(names.count)
    names += bytes[start..<end]
    table[slot] = tag << 32 | UInt64(offset)
    tableCount += 1
    if tableCount * 2 > table.count { grow() }
    return offset
  }

  private mutating func grow() {
    var larger = [UInt64](repeating: Self.emptySlot, count: table.count * 4)
    let mask = larger.count - 1
    for entry in table where entry != Self.emptySlot {
      var slot = Int(entry >> 32) & mask
      while larger[slot] != Self.emptySlot { slot = (slot + 1) & mask }
      larger[slot] = entry
    }
    table = larger
  }
}
