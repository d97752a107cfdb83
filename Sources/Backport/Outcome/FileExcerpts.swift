// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// The lines that a file has where refused hunks were expected; they become text when they are shown.
///
/// A patch may have a million refused hunks. Their lines are recorded once for all hunks of a file, and as bytes.
final class FileExcerpts: Sendable {
  /// The lines of the file, or those that are shown.
  private let table: LineTable
  /// Where each run of lines that are shown starts, in the file and in the table.
  private let runs: [(inFile: Int, inTable: Int)]
  /// The number of lines of the file.
  private let count: Int

  /// Takes what hunks need of a file, each expected around a line from 0.
  init(of file: LineTable, around hunks: some Sequence<(line: Int, length: Int)>) {
    count = file.count
    var ranges: [Range<Int>] = []
    for hunk in hunks {
      let range = Self.range(
        around: hunk.line, length: Self.length(for: hunk.length), of: file.count)
      // As a rule hunks are in order: their lines are one range where they meet.
      if let last = ranges.last, last.lowerBound <= range.lowerBound,
        range.lowerBound <= last.upperBound
      {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
    let merged = Self.merged(ranges)
    let size = merged.reduce(0) {
      $0 + file.start(of: $1.upperBound) - file.start(of: $1.lowerBound)
    }
    // A copy of most of the file would need more memory than the file itself, which is held as long as the excerpts.
    if size > file.bytes.count / 2 {
      (table, runs) = (file, [(0, 0)])
      return
    }
    var bytes: [UInt8] = []
    var runs: [(inFile: Int, inTable: Int)] = []
    var line = 0
    bytes.reserveCapacity(size)
    runs.reserveCapacity(merged.count)
    for range in merged {
      runs.append((range.lowerBound, line))
      line += range.count
      bytes += file.bytes[file.start(of: range.lowerBound)..<file.start(of: range.upperBound)]
    }
    (table, self.runs) = (LineTable(bytes), runs)
  }

  /// Ranges in their order, those that meet in one.
  private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
    if zip(ranges, ranges.dropFirst()).allSatisfy({ $0.upperBound < $1.lowerBound }) {
      return ranges
    }
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    return merged
  }

  /// How many lines are shown of a file for a hunk of so many lines: the hunk with three lines on each side, but
  /// not the whole of a file that the hunk replaces.
  static func length(for hunk: Int) -> Int { max(16, min(hunk, 80) + 6) }

  private static func range(around line: Int, length: Int, of count: Int) -> Range<Int> {
    let start = min(max(0, line - 3), max(0, count - 8))
    return start..<min(start + length, count)
  }

  /// The lines around a line from 0 that a hunk was recorded for; nil where the file has no lines.
  func text(around line: Int, length: Int) -> ShownHunk? {
    let range = Self.range(around: line, length: length, of: count)
    if range.isEmpty { return nil }
    var (low, high) = (0, runs.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if runs[middle].inFile <= range.lowerBound { low = middle } else { high = middle }
    }
    let shift = runs[low].inTable - runs[low].inFile
    return ShownHunk(range.lazy.map { self.table.content(of: $0 + shift) }, from: range.lowerBound)
  }
}

extension FileExcerpts: Hashable {
  /// Excerpts are equal if they are the same object.
  static func == (a: FileExcerpts, b: FileExcerpts) -> Bool { a === b }
  func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
