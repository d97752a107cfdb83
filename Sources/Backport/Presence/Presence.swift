// SPDX-License-Identifier: GPL-2.0-only

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
    self.init(state: .none, there: 0, hunks: 0, evidence: [])
    let isPlain = outcome.verdict == .exact || outcome.verdict == .offset
    for (file, result) in zip(outcome.patch?.files ?? [], outcome.files) {
      try add(file, result, isPlain: isPlain, in: target, stopsAtFirst: stopsAtFirst)
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
    if stopsAtFirst {
      // A file patch of which a hunk is not there decides, whatever is there of the others.
      session.endsTrial = { result in
        let index = result.index
        guard content.patch.files.indices.contains(index), !result.isSettledLast else {
          return false
        }
        var own = Presence(state: .none, there: 0, hunks: 0, evidence: [])
        try own.add(
          content.patch.files[index], result, isPlain: false, in: target, stopsAtFirst: true)
        return own.there < own.hunks
      }
    }
    let queue = PatchQueue(content.patch, options: options)
    guard let tolerant = try session.apply(queue).patches.first else {
      throw Defect("a patch was not tried")
    }
    self = try Presence(of: tolerant, in: target, stopsAtFirst: stopsAtFirst)
  }

  /// Counts the hunks of a file patch, and those that are there.
  private mutating func add(
    _ file: FilePatch, _ result: FileOutcome, isPlain: Bool, in target: any KernelTree,
    stopsAtFirst: Bool
  ) throws {
    if file.hunks.isEmpty {
      hunks += 1
      if result.verdict == .alreadyApplied {
        there += 1
        evidence.append("\(result.path): it is there, and says what the patch makes")
      }
      return
    }
    let content: [UInt8]? =
      if let path = try? TreePath(Array(result.path.utf8)) {
        try target.file(at: path)?.content
      } else { nil }
    var test: HunkPresence?
    for (hunk, outcome) in zip(file.hunks, result.hunks) {
      if stopsAtFirst, there < hunks { break }
      hunks += 1
      if outcome.verdict == .alreadyApplied {
        there += 1
        let line = outcome.line.map { " at line \($0)" } ?? ""
        evidence.append("\(result.path): the result of hunk \(outcome.number) is there\(line)")
      } else if !isPlain, outcome.verdict != .exact, outcome.verdict != .offset, let content {
        let known = test ?? HunkPresence(file.hunks, in: LineTable(content))
        test = known
        if let sentence = known.evidence(for: hunk, orAt: outcome.proposal) {
          there += 1
          evidence.append("\(result.path): hunk \(outcome.number): \(sentence)")
        }
      }
    }
  }
}

extension FileOutcome {
  /// Whether the verdict may change once all file patches were tried: a deletion of what is not there counts as applied
  /// where everything else is.
  fileprivate var isSettledLast: Bool {
    change == FilePatch.Change.delete.rawValue && verdict == .missingPath
  }
}
