// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import CSource
internal import KernelTree
internal import TextAlign

/// The touched lines of a file of C, with markers that show whether a compiler reads them.
///
/// A marker is a `#warning` of its own text before the first touched line of each part of the file
/// that conditionals such as `#if` include or leave out as a whole. A preprocessor that reaches it prints the
/// text, whatever program runs the compiler and with whichever options: no compiler, build system or
/// configuration has to be known. Where warnings are switched off, the same as an `#error` shows.
struct BuildProbe {
  /// Touched lines that are compiled together, or left out together.
  private struct Segment {
    /// The touched lines, from 1.
    var lines: [Int] = []
    /// The line before which its marker is, from 1; nil where there can be none.
    var anchor: Int?
  }

  /// The file.
  let path: TreePath
  /// The file after the patch.
  private let table: LineTable
  private var segments: [Segment] = []
  /// The first line of the file before which a marker can be: shows whether the file is read at all.
  private var top: Int?
  /// What the markers of the file begin with: random, so that no patch can print it.
  private let word: String

  /// Finds the touched lines of a file; nil where it is not C, or none of them holds code.
  ///
  /// - Parameter word: what the markers begin with, as no other file's do.
  init?(_ change: TreeChange, word: String) {
    guard let after = change.after, after.mode != .symlink, Self.hasPreprocessor(change.path) else {
      return nil
    }
    path = change.path
    self.word = word
    table = LineTable(after.content)
    let touched = Self.touched(LineTable(change.before?.content ?? []), table)
    if touched.isEmpty { return nil }
    findSegments(touched)
    if segments.isEmpty { return nil }
  }

  /// Whether the C preprocessor reads files of this name.
  private static func hasPreprocessor(_ path: TreePath) -> Bool {
    let name = path.description
    return [".c", ".h", ".S", ".cc", ".cpp", ".cxx", ".hpp"].contains { name.hasSuffix($0) }
  }

  /// The lines of a version that the version before does not have, and those before which it has lost some; from 1.
  private static func touched(_ old: LineTable, _ new: LineTable) -> Set<Int> {
    let partners = SequenceDiff().partners(old, new)
    var kept = Set<Int>()
    var touched = Set<Int>()
    var next = 0
    for (line, partner) in partners.enumerated() {
      if let partner {
        kept.insert(partner)
        next = partner + 1
      } else if old.content(of: line).contains(where: { $0 > 0x20 }), next < new.count {
        touched.insert(next + 1)
      }
    }
    for line in 0..<new.count where !kept.contains(line) { touched.insert(line + 1) }
    return touched
  }

  // MARK: Segments

  private static let conditionals: Set<String> = [
    "if", "ifdef", "ifndef", "elif", "else", "endif", "elifdef", "elifndef",
  ]

  private mutating func findSegments(_ touched: Set<Int>) {
    let tokens = Lexer().tokens(of: table.bytes)
    var segment = Segment()
    var lastAnchor: Int?
    var lastEnd = 0
    func close(_ segments: inout [Segment]) {
      if !segment.lines.isEmpty { segments.append(segment) }
      segment = Segment()
      lastAnchor = nil
    }
    var lastLineWithToken = 0
    for token in tokens {
      let line = Int(token.line)
      let lastLine = line + table.bytes[token.range].count { $0 == 0x0A }
      if token.kind == .directive, isConditional(token) {
        close(&segments)
        lastEnd = Int(token.end)
        lastLineWithToken = lastLine
        continue
      }
      if line != lastLineWithToken, canPrecede(token, after: lastEnd) {
        lastAnchor = line
        top = top ?? line
      }
      lastLineWithToken = lastLine
      lastEnd = Int(token.end)
      for own in line...lastLine where touched.contains(own) && segment.lines.last != own {
        segment.lines.append(own)
      }
      if !segment.lines.isEmpty, segment.anchor == nil { segment.anchor = lastAnchor }
    }
    close(&segments)
    segments.removeAll { $0.anchor == nil }
  }

  private func isConditional(_ token: CToken) -> Bool {
    let text = table.bytes[token.range].dropFirst().drop { $0 == 0x20 || $0 == 0x09 }
    let name = text.prefix { Words.isNameStart($0) }
    return Self.conditionals.contains(String(decoding: name, as: UTF8.self))
  }

  /// Whether a directive can be put on a line of its own before a token: the token is the first on its
  /// line, and neither a comment nor a continued line goes over the line's start.
  private func canPrecede(_ token: CToken, after end: Int) -> Bool {
    let start = table.start(of: Int(token.line) - 1)
    guard end <= start, table.bytes[start..<Int(token.start)].allSatisfy({ $0 <= 0x20 }) else {
      return false
    }
    // A comment that ends on this line would be in between; one that ends above does no harm.
    var before = start
    guard before > 0 else { return true }
    before -= 1
    if before > 0, table.bytes[before - 1] == 0x0D { before -= 1 }
    return before == 0 || table.bytes[before - 1] != UInt8(ascii: "\\")
  }

  // MARK: Markers

  /// The markers that a build has to print to show that the file and all of its segments are read.
  private var markers: [(number: Int, line: Int)] {
    (top.map { [(0, $0)] } ?? [])
      + segments.enumerated().compactMap { index, segment in
        segment.anchor.map { (index + 1, $0) }
      }
  }

  /// The text of a marker, whose last sign ends the number.
  private func text(_ number: Int) -> String { "\(word)\(number)_" }

  /// The file with its markers.
  ///
  /// - Parameter isError: whether they are errors, which no option switches off.
  func marked(asErrors isError: Bool) -> [UInt8] {
    var after: [Int: [Int]] = [:]
    for (number, line) in markers { after[line, default: []].append(number) }
    var bytes: [UInt8] = []
    for line in 0..<table.count {
      for number in after[line + 1] ?? [] {
        bytes += Array("#\(isError ? "error" : "warning") \(text(number))\n".utf8)
      }
      bytes += table.bytes[table.range(of: line)]
    }
    return bytes
  }

  /// Whether builds that printed these words read every touched line.
  func isSeen(in words: Set<String>) -> Bool {
    markers.allSatisfy { words.contains(text($0.number)) }
  }

  /// Whether a build that printed these words reads the file.
  func isRead(in words: Set<String>) -> Bool {
    words.contains { $0.hasPrefix(word) }
  }

  /// The touched lines that no build read, in runs.
  ///
  /// - Parameter isBuilt: whether the object of the file was built.
  func unseen(in words: Set<String>, isBuilt: Bool) -> [BuildOutcome.Region] {
    let cause: BuildOutcome.Region.Cause =
      isRead(in: words) ? .conditional : isBuilt ? .unread : .unbuilt
    var regions: [BuildOutcome.Region] = []
    let lines = segments.enumerated().filter { !words.contains(text($0.offset + 1)) }
      .flatMap(\.element.lines)
    for line in Set(lines).sorted() {
      if let last = regions.indices.last, regions[last].last == line - 1 {
        regions[last].last = line
      } else {
        regions.append(.init(path: path.description, first: line, last: line, cause: cause))
      }
    }
    return regions
  }

  /// The words of a log that begin as markers do.
  static func words(in log: [UInt8], beginning prefix: String) -> Set<String> {
    var words: Set<String> = []
    let prefix = Array(prefix.utf8)
    guard let first = prefix.first else { return [] }
    var position = 0
    while position + prefix.count < log.count {
      guard log[position] == first, log[position...].starts(with: prefix) else {
        position += 1
        continue
      }
      var end = position + prefix.count
      while end < log.count, log[end] == UInt8(ascii: "_") || (0x30...0x39).contains(log[end]) {
        end += 1
      }
      words.insert(String(decoding: log[position..<end], as: UTF8.self))
      position = end
    }
    return words
  }
}
