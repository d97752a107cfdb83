// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import Host
package import KernelTree
internal import PatchFormat
internal import TextAlign

/// What is there of a patch in a target, by its text alone.
public struct Presence: Sendable {
  /// How much of it is there.
  public enum State: String, Sendable, Hashable, Codable {
    /// Everything.
    case all
    /// A part.
    case part
    /// It could not be determined.
    case none
  }

  /// How much of it is there.
  public var state: State
  /// How many hunks are there.
  public var there: Int
  /// How many there are.
  public var hunks: Int
  /// What speaks for it: a sentence a hunk that is there.
  public var evidence: [String]
}

extension Presence {
  /// Fewer of the lines that a hunk adds than this share are not the hunk's result.
  private static let leastAdded = 0.75
  /// More of the lines that it removes than this share are not its result either.
  private static let mostRemoved = 0.34

  /// Finds which changes of a patch a target already has, even if their context changed.
  ///
  /// A hunk is present if the target has the added lines in their order, and not the removed ones;
  /// white space and other changes around it are ignored. It need not be possible to reverse-apply it:
  /// that would be possible for any hunk that only adds a line which occurs elsewhere. A patch that
  /// applies as it is counts as not present.
  ///
  /// - Parameter stopsAtFirst: whether the first hunk that is not there ends it: enough to know whether
  ///   all is.
  /// - Throws: `PatchkitError` where the target cannot be read.
  package init(
    of outcome: PatchOutcome, in target: any KernelTree, stopsAtFirst: Bool = false
  ) throws(PatchkitError) {
    self.init(state: .none, there: 0, hunks: 0, evidence: [])
    let isPlain = outcome.verdict == .exact || outcome.verdict == .offset
    for (file, result) in zip(outcome.patch?.files ?? [], outcome.files) {
      if file.hunks.isEmpty {
        hunks += 1
        if result.verdict == .alreadyApplied {
          there += 1
          evidence.append("\(result.path): the file exists, with the content of the patch")
        }
        continue
      }
      let content: [UInt8]? =
        if let path = try? TreePath(Array(result.path.utf8)) {
          try target.file(at: path)?.content
        } else { nil }
      var lines: SolidLines?
      // A line that the patch only moves is in the file before and after it.
      let moved = Set(
        file.hunks.flatMap { hunk in
          hunk.lines.filter { $0.kind == .added }.map { Self.solid($0, hunk) }
        })
      for (hunk, outcome) in zip(file.hunks, result.hunks) {
        if stopsAtFirst, there < hunks {
          state = there == 0 ? .none : .part
          return
        }
        hunks += 1
        if outcome.verdict == .alreadyApplied {
          there += 1
          let atLine = outcome.line.map { " at line \($0)" } ?? ""
          evidence.append("\(result.path): hunk \(outcome.number) is already applied\(atLine)")
        } else if !isPlain, outcome.verdict != .exact, outcome.verdict != .offset, let content {
          let known = lines ?? SolidLines(content, wanted: Self.lines(of: file))
          lines = known
          if let sentence = Self.sentence(hunk, in: known, moved) {
            there += 1
            evidence.append("\(result.path): hunk \(outcome.number): \(sentence)")
          }
        }
      }
    }
    state = there == 0 ? .none : there == hunks ? .all : .part
  }

  private static func lines(of file: FilePatch) -> [ArraySlice<UInt8>] {
    file.hunks.flatMap { hunk in hunk.lines.map { hunk.content(of: $0) } }
  }

  private static func solid(_ line: HunkLine, _ hunk: Hunk) -> Int {
    SolidLines.number(hunk.content(of: line))
  }

  /// Whether no removed line of a hunk is between the context lines around it.
  private static func isGone(_ hunk: Hunk, in target: SolidLines) -> Bool {
    let image = hunk.lines.filter { $0.kind != .noNewlineMarker }
    let context = image.filter { $0.kind == .context }
    let partners = target.partners(of: context.map { solid($0, hunk) })
    var cursor = 0
    var last: Int?
    var removed: Set<Int> = []
    for line in image {
      let number = solid(line, hunk)
      if line.kind == .removed, number != SolidLines.empty { removed.insert(number) }
      guard line.kind == .context else { continue }
      let partner = partners[cursor]
      cursor += 1
      guard let partner else { continue }
      if !removed.isEmpty {
        let start = last ?? max(0, partner - removed.count)
        if target.numbers[start..<partner].contains(where: removed.contains) { return false }
        removed = []
      }
      last = partner
    }
    guard let last, !removed.isEmpty else { return true }
    let end = min(target.numbers.count, last + 1 + removed.count)
    return !target.numbers[last..<end].contains(where: removed.contains)
  }

  /// What speaks for a hunk's result standing in a file; nil where not enough does.
  private static func sentence(
    _ hunk: Hunk, in target: SolidLines, _ moved: Set<Int>
  ) -> String? {
    func solid(_ line: HunkLine) -> Int { Self.solid(line, hunk) }
    func counts(_ line: HunkLine) -> Bool {
      LineText(Array(hunk.content(of: line))).saysSomething
    }
    func matched(_ side: HunkLine.Kind) -> (own: Double?, count: Int, all: Int) {
      // A brace occurs everywhere, and shows nothing about the other lines.
      let image = hunk.image(side).filter(counts)
      let partners = target.partners(of: image.map(solid))
      let own = image.indices.filter {
        image[$0].kind == side && (side == .added || !moved.contains(solid(image[$0])))
      }
      let found = own.count { partners[$0] != nil }
      let all = partners.count { $0 != nil }
      return (own.isEmpty ? nil : Double(found) / Double(own.count), found, all)
    }
    let added = matched(.added)
    let removed = matched(.removed)
    if let share = added.own {
      // A removed line that an added one repeats with other words is in both.
      guard share >= leastAdded, removed.own ?? 0 <= mostRemoved || removed.count < added.count / 3,
        added.all > removed.all || removed.own == nil
      else { return nil }
      return "\(Int(share * 100)) % of the added lines are in the file"
        + (removed.own.map { ", \(Int($0 * 100)) % of the removed ones" } ?? "")
    }
    // It only removes: nothing of that is there, and what was around it is. Lines that are moved are
    // looked for between their neighbours alone.
    guard removed.own.map({ $0 == 0 }) ?? isGone(hunk, in: target) else { return nil }
    let context = hunk.lines.filter { $0.kind == .context && counts($0) }
    let standing = target.partners(of: context.map(solid)).count { $0 != nil }
    guard context.count >= 2, standing * 3 >= context.count * 2 else { return nil }
    return "none of the removed lines is in the file, and the lines around them are"
  }
}
