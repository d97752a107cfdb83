// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

/// Puts an index together: of what was read, and of what is kept of an older one.
struct DefinitionTableWriter {
  /// Where a file's entries come from.
  private enum Source {
    case segment(Int, DefinitionSegment.File)
    case kept(DefinitionTable.FileEntry)
    case none
  }

  private let files: [ListedFile]
  private let sources: [Source]
  private let old: DefinitionTable?
  private let segments: [DefinitionSegment]
  private let header: DefinitionTable.Header
  /// Where the names of each segment begin among all.
  private let nameStarts: [UInt32]

  init(
    _ files: [ListedFile], old: DefinitionTable?, kept: [Int: Int], segments: [DefinitionSegment]
  ) {
    self.files = files
    self.old = old
    self.segments = segments
    var sources = [Source](repeating: .none, count: files.count)
    var entryCount = 0
    var nameBytes = old.map { $0.layout.texts - $0.layout.names } ?? 0
    var nameStarts: [UInt32] = []
    for (number, segment) in segments.enumerated() {
      nameStarts.append(UInt32(truncatingIfNeeded: nameBytes))
      nameBytes += segment.names.count
      for file in segment.files {
        sources[file.file] = .segment(number, file)
        entryCount += file.entryCount
      }
    }
    if let old {
      unsafe old.withBytes { bytes in
        for (slot, index) in kept {
          let file = unsafe old.file(index, bytes)
          sources[slot] = .kept(file)
          entryCount += Int(file.entryCount)
        }
      }
    }
    self.sources = sources
    self.nameStarts = nameStarts
    header = DefinitionTable.Header(
      entryCount: UInt64(entryCount), fileCount: UInt64(files.count), nameBytes: UInt64(nameBytes),
      textBytes: UInt64(files.reduce(0) { $0 + $1.path.bytes.count + $1.stamp.count }))
  }

  /// The whole index as bytes.
  var bytes: [UInt8] {
    var all: [UInt8] = []
    unsafe put { unsafe all.append(contentsOf: $0) }
    return all
  }

  /// Writes the index to a file, which is there as a whole or not at all.
  func write(to path: String) -> Bool {
    guard let file = try? AtomicFile(path) else { return false }
    unsafe put { unsafe file.append($0) }
    // The index can be made again at any time.
    return (try? file.finish(flushes: false)) != nil
  }

  private typealias Sink = (UnsafeRawBufferPointer) -> Void

  private func put(_ sink: Sink) {
    let layout = DefinitionTable.Layout(header)
    unsafe withUnsafeBytes(of: header) { unsafe sink($0) }
    let order = unsafe putEntries(layout, sink)
    unsafe order.order.withUnsafeBytes { unsafe sink($0) }
    unsafe order.starts.withUnsafeBytes { unsafe sink($0) }
    let padding = layout.files - layout.buckets - (DefinitionTable.bucketCount + 1) * 4
    unsafe [UInt8](repeating: 0, count: padding).withUnsafeBytes { unsafe sink($0) }
    unsafe putFiles(sink)
    if let old {
      unsafe old.withBytes { bytes in
        unsafe sink(
          UnsafeRawBufferPointer(rebasing: bytes[old.layout.names..<old.layout.texts]))
      }
    }
    for segment in segments { unsafe segment.names.withUnsafeBytes { unsafe sink($0) } }
    for file in files {
      unsafe (file.path.bytes + file.stamp).withUnsafeBytes { unsafe sink($0) }
    }
  }

  /// The entries in the order of the files.
  ///
  /// - Returns: the same in the order of their hashes' buckets, and where each bucket begins.
  private func putEntries(
    _ layout: DefinitionTable.Layout, _ sink: Sink
  ) -> (order: [UInt32], starts: [UInt32]) {
    var buckets = [UInt16](repeating: 0, count: layout.entryCount)
    var starts = [UInt32](repeating: 0, count: DefinitionTable.bucketCount + 1)
    var position = 0
    var row: [DefinitionTable.Entry] = []
    for source in sources {
      row.removeAll(keepingCapacity: true)
      switch source {
      case .segment(let number, let file):
        let shift = nameStarts[number]
        let range = file.firstEntry..<(file.firstEntry + file.entryCount)
        for var entry in segments[number].chunks[file.chunk][range] {
          entry.nameOffset &+= shift
          row.append(entry)
        }
      case .kept(let file):
        if let old {
          unsafe old.withBytes { bytes in
            for index in 0..<Int(file.entryCount) {
              unsafe row.append(old.entry(Int(file.firstEntry) + index, bytes))
            }
          }
        }
      case .none: continue
      }
      for entry in row {
        let bucket = UInt16(truncatingIfNeeded: entry.hash >> 48)
        buckets[position] = bucket
        starts[Int(bucket) + 1] += 1
        position += 1
      }
      unsafe row.withUnsafeBytes { unsafe sink($0) }
    }
    for number in 1..<starts.count { starts[number] += starts[number - 1] }
    var next = starts
    var order = [UInt32](repeating: 0, count: layout.entryCount)
    for (index, bucket) in buckets.enumerated() {
      order[Int(next[Int(bucket)])] = UInt32(index)
      next[Int(bucket)] += 1
    }
    return (order, starts)
  }

  private func putFiles(_ sink: Sink) {
    var table: [DefinitionTable.FileEntry] = []
    table.reserveCapacity(files.count)
    var text = 0
    var entry = 0
    for (file, source) in zip(files, sources) {
      let count =
        switch source {
        case .segment(_, let own): own.entryCount
        case .kept(let own): Int(own.entryCount)
        case .none: 0
        }
      table.append(
        DefinitionTable.FileEntry(
          textOffset: UInt32(text), pathLength: UInt16(clamping: file.path.bytes.count),
          stampLength: UInt16(clamping: file.stamp.count), firstEntry: UInt32(entry),
          entryCount: UInt32(count)))
      text += file.path.bytes.count + file.stamp.count
      entry += count
    }
    unsafe table.withUnsafeBytes { unsafe sink($0) }
  }
}
