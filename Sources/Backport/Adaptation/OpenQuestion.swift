// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import TextAlign

/// A question about a hunk or a file that the strategies cannot answer, and the user can.
public final class OpenQuestion: Sendable, Hashable {
  /// What it is about.
  package enum Subject: Sendable, Hashable {
    /// Whether a hunk is used that has a position, and whose result is doubtful: what it makes of the
    /// tree's lines, and why that is doubtful.
    case doubt(ConflictRegion, [String])
    /// Which of several candidate positions is correct; their lines count from 1.
    case position([Candidate])
    /// The lines to use where both sides changed the same lines.
    case conflict(ConflictRegion)
    /// What becomes of a hunk whose lines are nowhere in the file.
    case nowhere
    /// The file to use instead of a missing one: the paths that may be meant.
    case file([String])
  }

  /// What it is about.
  package let subject: Subject
  /// The file of the target as the hunk met it; empty where there is none.
  package let file: [UInt8]
  /// The line, from 0, near which the hunk should be.
  package let expectedLine: Int
  /// The lines that are in conflict; those of a hunk that is nowhere, at the line where it should be.
  let region: ConflictRegion?
  /// Exactly the texts that the user sees to answer: the same texts are the same question.
  private let parts: [[UInt8]]

  /// Asks about a hunk.
  init(_ subject: Subject, _ hunk: HunkText, on target: TargetText, expectedLine: Int) {
    self.subject = subject
    file = target.table.bytes
    self.expectedLine = expectedLine
    let own = [hunk.base, hunk.result].map { $0.flatMap(\.bytes) } + [hunk.section]
    switch subject {
    case .position(let candidates):
      parts = own + candidates.flatMap { Self.surroundings(of: $0, hunk.base.count, target) }
    case .conflict, .file: parts = []
    case .doubt(let region, let doubts):
      parts =
        [region.ours, region.base, region.theirs].map { $0.flatMap(\.bytes) }
        + doubts.map { Array($0.utf8) }
    case .nowhere: parts = own + [target.table.bytes]
    }
    switch subject {
    case .conflict(let region), .doubt(let region, _): self.region = region
    case .nowhere:
      region = ConflictRegion(hunk, at: min(max(expectedLine, 0), target.table.count))
    case .position, .file: region = nil
    }
  }

  /// Asks about a file patch whose file is not there.
  init(_ path: String, _ candidates: [String], hunks: [HunkText]) {
    subject = .file(candidates)
    file = []
    expectedLine = 0
    region = nil
    parts =
      [Array(path.utf8)] + candidates.map { Array($0.utf8) }
      + hunks.flatMap { [$0.base, $0.result].map { $0.flatMap(\.bytes) } }
  }

  /// Questions are the same where they are one object; `key()` finds the same question again.
  public static func == (a: OpenQuestion, b: OpenQuestion) -> Bool { a === b }
  /// Hashes the identity of the object.
  public func hash(into hasher: inout Hasher) { ObjectIdentifier(self).hash(into: &hasher) }

  /// What distinguishes a position: its line, the function, and three lines on both sides.
  private static func surroundings(
    of candidate: Candidate, _ count: Int, _ target: TargetText
  ) -> [[UInt8]] {
    let lines = target.index.lines
    let start = min(max(candidate.line - 1, 0), lines.count)
    let end = min(start + count, lines.count)
    return [
      Array(candidate.image.rawValue.utf8), candidate.heading,
      lines[max(0, start - 3)..<start].flatMap(\.bytes),
      lines[end..<min(end + 3, lines.count)].flatMap(\.bytes),
    ]
  }

  /// A name for the question: 40 hex digits, the same wherever the same texts meet.
  ///
  /// - Throws: `Defect` where libgit2 cannot hash.
  public func key() throws(Defect) -> String {
    let kind: String
    switch subject {
    case .conflict(let region): return try region.key()
    case .position: kind = "position"
    case .doubt: kind = "doubt"
    case .nowhere: kind = "nowhere"
    case .file: kind = "file"
    }
    return try Self.key(kind, parts)
  }

  /// The hash of some texts, each with its length before it.
  static func key(_ kind: String, _ parts: [[UInt8]]) throws(Defect) -> String {
    var text = Array("\(kind)\n".utf8)
    for part in parts {
      text += "\(part.count)\n".utf8
      text += part
    }
    do { return try ObjectID.ofBlob(text).description } catch {
      throw Defect("libgit2 cannot hash: \(error.message)")
    }
  }
}

/// What the user decided about an open question.
public enum Decision: Sendable, Hashable {
  /// The candidate with this number, from 0.
  case position(Int)
  /// None of the candidates.
  case noPosition
  /// These lines, in place of those in conflict.
  case lines([UInt8])
  /// These lines, in place of a range of the file's, from 0.
  case edit(Range<Int>, [UInt8])
  /// The file with this path.
  case file(String)
  /// The tree does not need the hunk, or the file's part of the patch.
  case leaveOut

  /// The decision as it is kept: one line that says what it is, and the text below it.
  public var bytes: [UInt8] {
    switch self {
    case .position(let number): Array("position \(number)\n".utf8)
    case .noPosition: Array("no-position\n".utf8)
    case .lines(let text): Array("lines\n".utf8) + text
    case .edit(let range, let text):
      Array("edit \(range.lowerBound) \(range.upperBound)\n".utf8) + text
    case .file(let path): Array("file\n".utf8) + Array(path.utf8)
    case .leaveOut: Array("leave-out\n".utf8)
    }
  }

  /// Reads a decision that was kept; nil for what is none.
  public init?(_ bytes: [UInt8]) {
    guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
    let words = String(decoding: bytes[..<end], as: UTF8.self).split(separator: " ")
    let numbers = words.dropFirst().compactMap { Int($0) }.filter { $0 >= 0 }
    let text = Array(bytes[(end + 1)...])
    switch (words.first, numbers.count) {
    case ("position", 1): self = .position(numbers[0])
    case ("no-position", 0): self = .noPosition
    case ("lines", 0): self = .lines(text)
    case ("edit", 2) where numbers[0] <= numbers[1]: self = .edit(numbers[0]..<numbers[1], text)
    case ("file", 0): self = .file(String(decoding: text, as: UTF8.self))
    case ("leave-out", 0): self = .leaveOut
    default: return nil
    }
  }
}

/// What people decided about open questions before, in the manner of git's rerere.
public struct ResolutionMemory: Sendable {
  private let recall: @Sendable (String) -> Decision?

  /// Makes a memory from a function that gives what was decided about the question of a key.
  public init(_ recall: @escaping @Sendable (String) -> Decision?) { self.recall = recall }

  func decision(on question: OpenQuestion) -> Decision? {
    guard let key = try? question.key() else { return nil }
    return recall(key)
  }
}
