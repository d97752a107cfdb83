// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
internal import PatchFormat

/// What is there of a patch in a target, by its text alone.
public struct Presence: Sendable {
  /// How much of it is there.
  public enum State: String, Sendable, Hashable, Codable {
    /// Everything.
    case all
    /// A part.
    case part
    /// Nothing that is known.
    case none
  }

  /// How much of it is there.
  public var state: State
  /// How many of the hunks the target has already.
  public var there: Int
  /// How many hunks the patch has in all.
  public var hunks: Int
  /// What speaks for it: a sentence a hunk that is there.
  public var evidence: [String]
}

extension Presence {
  /// Finds what the target already has of a patch, tolerant of context that drifted.
  ///
  /// Each hunk is asked about with `HunkPresence`, as the strategies ask before they apply it, in the function
  /// that its header names. A patch that applies as it is counts as not there.
  ///
  /// - Parameter stopsAtFirst: whether the first hunk that is not there ends it: enough to know whether
  ///   all is.
  /// - Throws: `PatchkitError` where the target cannot be read.
  package init(
    of outcome: PatchOutcome, in target: any KernelTree, stopsAtFirst: Bool = false
  ) throws {
    try self.init(
      of: outcome, PresenceTests(outcome.triedFiles, in: target), in: target,
      stopsAtFirst: stopsAtFirst)
  }

  /// Nothing of a patch of which nothing is counted yet.
  init() { self.init(state: .none, there: 0, hunks: 0, evidence: []) }

  private init(
    of outcome: PatchOutcome, and settled: [FileOutcome] = [], _ tests: PresenceTests,
    in target: any KernelTree, stopsAtFirst: Bool
  ) throws {
    self.init()
    let isPlain = outcome.verdict == .exact || outcome.verdict == .offset
    let files = outcome.triedFiles
    let results = settled + outcome.files
    // A file patch whose functions moved to other files has several results.
    let withHunks = Set(results.filter { !$0.hunks.isEmpty }.map(\.index))
    for result in results where files.indices.contains(result.index) {
      if result.hunks.isEmpty, withHunks.contains(result.index) { continue }
      try add(files[result.index], result, isPlain: isPlain, tests, stopsAtFirst: stopsAtFirst)
    }
    state = there == 0 ? .none : there == hunks ? .all : .part
    // A hunk that is placed is not there, whatever the strategies find for the others.
    let isPlaced = outcome.files.contains {
      $0.hunks.contains { $0.verdict == .exact || $0.verdict == .offset }
    }
    if stopsAtFirst, isPlaced { return }
    // What only the position shows that a strategy finds.
    guard state != .all, outcome.verdict == .conflict, let content = outcome.content,
      content.options.accept == nil
    else { return }
    var options = content.options
    options.accept = .likely
    let session = SeriesSession(on: target)
    // A file patch of which a hunk is not there decides, whatever is there of the others.
    let absence = AbsenceTest(outcome.triedFiles, outcome.files, tests)
    if stopsAtFirst { session.absence = absence }
    let queue = PatchQueue(content.patch, options: options)
    guard let tolerant = try session.apply(queue).patches.first else {
      throw Defect("a patch was not tried")
    }
    self = try Presence(
      of: tolerant, and: stopsAtFirst ? absence.settled : [], tests, in: target,
      stopsAtFirst: stopsAtFirst)
  }

  /// What shows that a whole file is as the patch makes it.
  private static func whole(_ result: FileOutcome) -> String {
    result.change == FilePatch.Change.delete.rawValue
      ? "\(result.path): it is deleted already"
      : "\(result.path): it is there, and says what the patch makes"
  }

  /// Counts the hunks of a file patch, and those that are there.
  mutating func add(
    _ file: FilePatch, _ result: FileOutcome, isPlain: Bool, _ tests: PresenceTests,
    stopsAtFirst: Bool
  ) throws {
    if file.hunks.isEmpty {
      hunks += 1
      if result.verdict == .alreadyApplied {
        there += 1
        evidence.append(Self.whole(result))
      }
      return
    }
    // The trial looked at no hunk: the whole file is done, or it is refused as a whole.
    if result.hunks.isEmpty, !result.isSettledLast {
      hunks += file.hunks.count
      if result.verdict == .alreadyApplied {
        there += file.hunks.count
        evidence.append(Self.whole(result))
      } else if result.change != FilePatch.Change.modify.rawValue,
        let test = try tests.test(at: result.path, of: result.index)?.test
      {
        // A file that the patch makes may be there and have changed since.
        for (index, hunk) in file.hunks.enumerated() {
          guard let sentence = test.evidence(for: hunk, orAt: nil) else { continue }
          there += 1
          evidence.append("\(result.path): hunk \(index + 1): \(sentence)")
        }
      }
      return
    }
    for outcome in result.hunks where file.hunks.indices.contains(outcome.number - 1) {
      if stopsAtFirst, there < hunks { break }
      hunks += 1
      if outcome.verdict == .alreadyApplied {
        there += 1
        let line = outcome.line.map { " at line \($0)" } ?? ""
        evidence.append("\(result.path): the result of hunk \(outcome.number) is there\(line)")
      } else if !isPlain, outcome.verdict != .exact, outcome.verdict != .offset,
        let test = try tests.test(at: result.path, of: result.index)?.test,
        let sentence = test.evidence(
          for: file.hunks[outcome.number - 1], orAt: outcome.proposal)
      {
        there += 1
        evidence.append("\(result.path): hunk \(outcome.number): \(sentence)")
      }
    }
    // The text is there, and the path or the mode is not.
    if result.verdict == .partlyApplied,
      result.hunks.allSatisfy({ $0.verdict == .alreadyApplied })
    {
      hunks += 1
    }
  }
}

extension PatchOutcome {
  /// The file patches as they were tried: reversed where the patch is applied in reverse.
  fileprivate var triedFiles: [FilePatch] {
    guard let content else { return [] }
    return content.options.isReversed ? content.patch.files.map(\.reversed) : content.patch.files
  }
}
