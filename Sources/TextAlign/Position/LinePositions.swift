// SPDX-License-Identifier: GPL-2.0-only

/// The lines of a file by their text, in less than five bytes for each line.
///
/// A file may have very many lines, and a patch as many hunks that are not at their stated lines.
///
/// Lines are sorted into buckets by a part of their hash. In a bucket, lines of the same text are one group.
struct LinePositions {
  private let table: LineTable
  /// The lines, bucket after bucket.
  ///
  /// In a bucket, the groups are in the order of their hashes, and the lines of a group rise. The first entry of a
  /// group is the complement of two parts: the line's number in the low `lineBits`, and a part of its hash above.
  private var order: [Int32]
  /// Where each bucket starts in `order`, and the end.
  private var buckets: [Int32]
  /// The number of lines in each group of many, by where it starts: such a group is not walked through.
  private var longGroups: [Int32: Int32] = [:]
  /// The bits of a hash that choose a bucket.
  private let mask: Int
  /// The bits that the numbers of the lines need.
  private let lineBits: Int

  /// Groups of fewer lines are walked through.
  private static let fewestOfLong = 16
  /// The number of lines of a bucket if all buckets were alike, as a power of two.
  private static let shift = 3

  /// Sorts lines of a file.
  init(_ table: LineTable, _ lines: Range<Int>) {
    self.table = table
    var bits = 0
    while 1 << (bits + Self.shift) < lines.count { bits += 1 }
    mask = 1 << bits - 1
    lineBits = Int.bitWidth - lines.upperBound.leadingZeroBitCount
    order = [Int32](repeating: 0, count: lines.count)
    buckets = [Int32](repeating: 0, count: mask + 2)
    // The count of a bucket is recorded with the next one, so that the sums are the starts.
    table.forEachLine(in: lines) { buckets[Self.hash(table, $1) & mask + 1] += 1 }
    for bucket in buckets.indices.dropFirst() { buckets[bucket] += buckets[bucket - 1] }
    // Each bucket is filled from its start, which becomes its end: the start of the next one.
    table.forEachLine(in: lines) { line, range in
      let bucket = Self.hash(table, range) & mask
      order[Int(buckets[bucket])] = Int32(truncatingIfNeeded: line)
      buckets[bucket] += 1
    }
    for bucket in buckets.indices.dropFirst().reversed() { buckets[bucket] = buckets[bucket - 1] }
    buckets[0] = 0
    var hashes: [(hash: Int, line: Int32)] = []
    for bucket in 0...mask {
      group(Int(buckets[bucket])..<Int(buckets[bucket + 1]), &hashes)
    }
  }

  /// Puts lines of the same text in a bucket next to each other, and marks where each group starts.
  private mutating func group(_ bucket: Range<Int>, _ hashes: inout [(hash: Int, line: Int32)]) {
    if bucket.isEmpty { return }
    hashes.removeAll(keepingCapacity: true)
    for index in bucket { hashes.append((Self.hash(table, Int(order[index])), order[index])) }
    hashes.sort { ($0.hash, $0.line) < ($1.hash, $1.line) }
    var start = bucket.lowerBound
    var last: (hash: Int, line: Int32)?
    for (index, entry) in zip(bucket, hashes) {
      // Two texts may have the same hash, so their bytes are compared. Lines of one text could then be in several
      // groups; the hashes are keyed and of 64 bits, so that this is too unlikely to handle.
      let isFirst =
        last.map {
          $0.hash != entry.hash || !table.isSame(Int($0.line), table, Int(entry.line))
        } ?? true
      last = entry
      order[index] = isFirst ? ~(entry.line | tag(entry.hash)) : entry.line
      if isFirst {
        record(start..<index)
        start = index
      }
    }
    record(start..<bucket.upperBound)
  }

  private mutating func record(_ group: Range<Int>) {
    guard group.count >= Self.fewestOfLong else { return }
    longGroups[Int32(truncatingIfNeeded: group.lowerBound)] = Int32(truncatingIfNeeded: group.count)
  }

  /// The highest bits of a hash, as many as are left of 31, above those of a number.
  private func tag(_ hash: Int) -> Int32 {
    Int32(truncatingIfNeeded: (UInt(bitPattern: hash) >> (33 + lineBits)) << lineBits)
  }

  /// The number of a line, from 0, in what `lines(like:_:)` gives.
  func line(_ entry: Int32) -> Int {
    Int(entry < 0 ? ~entry & (Int32.max >> (31 - lineBits)) : entry)
  }

  /// The lines that have the text of a line of another table; their numbers rise.
  func lines(like other: LineTable, _ line: Int) -> ArraySlice<Int32> {
    let text = other.range(of: line)
    let hash = Self.hash(other, text)
    let (bucket, tag) = (hash & mask, tag(hash))
    let end = Int(buckets[bucket + 1])
    var start = Int(buckets[bucket])
    while start < end {
      var next = start + 1
      if let count = longGroups.isEmpty ? nil : longGroups[Int32(truncatingIfNeeded: start)] {
        next = start + Int(count)
      } else {
        while next < end, order[next] >= 0 { next += 1 }
      }
      // Most groups of a bucket have another part of a hash, so that the file is not read for them.
      let first = self.line(order[start])
      if ~order[start] == Int32(truncatingIfNeeded: first) | tag, table.isSame(first, other, text) {
        return order[start..<next]
      }
      start = next
    }
    return []
  }

  /// Numbers for lines of two files: equal lines get equal numbers.
  ///
  /// - Returns: the numbers of the lines of `old`, from 0 and below their count, and those of `new`, where -1 is
  ///   a line that `old` does not have.
  static func numbers(
    of old: LineTable, _ oldLines: Range<Int>, _ new: LineTable, _ newLines: Range<Int>
  ) -> (old: [Int32], new: [Int32]) {
    if oldLines.isEmpty || newLines.isEmpty {
      return (
        (0..<oldLines.count).map { Int32(truncatingIfNeeded: $0) },
        [Int32](repeating: -1, count: newLines.count)
      )
    }
    let positions = LinePositions(old, oldLines)
    let start = Int32(truncatingIfNeeded: oldLines.lowerBound)
    var numbers = [Int32](repeating: 0, count: oldLines.count)
    func line(_ entry: Int32) -> Int32 {
      Int32(truncatingIfNeeded: positions.line(entry)) - start
    }
    var first: Int32 = 0
    for entry in positions.order {
      if entry < 0 { first = line(entry) }
      numbers[Int(line(entry))] = first
    }
    return (numbers, newLines.map { positions.lines(like: new, $0).first.map(line) ?? -1 })
  }

  /// The partner of each line that both files have once, from the first line of each range; -1 for any other line.
  ///
  /// - Returns: nil where there are none, and where they do not rise.
  static func risingPairs(
    of old: LineTable, _ oldLines: Range<Int>, _ new: LineTable, _ newLines: Range<Int>
  ) -> [Int32]? {
    let (none, several): (Int32, Int32) = (-1, -2)
    var partners = [Int32](repeating: none, count: oldLines.count)
    let positions = LinePositions(old, oldLines)
    for (index, line) in newLines.enumerated() {
      let same = positions.lines(like: new, line)
      guard same.count == 1, let first = same.first else { continue }
      let number = positions.line(first) - oldLines.lowerBound
      partners[number] = partners[number] == none ? Int32(truncatingIfNeeded: index) : several
    }
    var last = none
    for index in partners.indices {
      if partners[index] == several { partners[index] = none }
      if partners[index] == none { continue }
      if partners[index] < last { return nil }
      last = partners[index]
    }
    return last == none ? nil : partners
  }

  private static func hash(_ table: LineTable, _ line: Int) -> Int {
    hash(table, table.range(of: line))
  }

  private static func hash(_ table: LineTable, _ text: Range<Int>) -> Int {
    var hasher = Hasher()
    unsafe table.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: .init(rebasing: $0[text])) }
    return hasher.finalize()
  }
}
