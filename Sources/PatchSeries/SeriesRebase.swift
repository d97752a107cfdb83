// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Host
package import KernelTree
internal import PatchFormat

/// Carries a whole series to another tree: each patch through the strategies, on the result of those before
/// it.
///
/// The tree is only read. The result is the series as it applies there: patches that the tree already has are
/// left out, those that need no change stay byte for byte.
package struct SeriesRebase {
  /// What became of a patch.
  package enum Fate: String, Sendable, Hashable, Codable {
    /// Its text stays byte for byte.
    case unchanged
    /// Its hunks apply at other lines, and nothing else changed.
    case moved
    /// It was written anew.
    case adapted
    /// The tree has all of it, so it is left out.
    case alreadyApplied = "already-applied"
    /// It was left out, as the user asked.
    case dropped
    /// It does not apply: the user has to decide.
    case refused
  }

  /// A patch and what became of it.
  package struct Step: Sendable {
    /// The name in the series.
    package var name: String
    /// What became of it.
    package var fate: Fate
    /// The outcomes of the patches of its file; empty for one that was dropped or holds none.
    package var outcomes: [PatchOutcome]
    /// The text to be; nil where the patch is left out or refused.
    package var text: [UInt8]?
  }

  /// The patches in order, up to the first that is refused, or all of them.
  package private(set) var steps: [Step] = []
  /// How many patches were not tried.
  package private(set) var untried = 0
  /// The conflicts of the first refused patch that have a position.
  package private(set) var conflicts: [SeriesOutcome.ConflictFile] = []

  private let folder: PatchesFolder

  /// Whether every patch applies or is left out.
  package var isComplete: Bool { untried == 0 && steps.allSatisfy { $0.fate != .refused } }

  /// Tries all patches of a folder on a tree.
  ///
  /// - Parameters:
  ///   - folder: the patches.
  ///   - tree: the tree that they are to apply to.
  ///   - options: how sure a strategy has to be.
  ///   - markers: how the conflicts of a refused patch are written.
  ///   - base: the tree that the patches are for now, where it is at hand: each patch's pre-image is
  ///     found in it then, as the patches before leave it.
  ///   - memory: what people decided about conflicts before.
  ///   - dropping: the names of patches to leave out.
  ///   - keepsGoing: whether the patches after a refused one are tried, too, as if it were not there.
  /// - Throws: `PatchkitError` where a name is in no series, and what reading and applying throw.
  package init(
    of folder: PatchesFolder, onto tree: any KernelTree, options: ApplyOptions,
    markers: ConflictRegion.Markers, base: (any KernelTree)?, memory: ResolutionMemory?,
    dropping: Set<String> = [], keepsGoing: Bool = false
  ) throws {
    self.folder = folder
    let entries = folder.entries
    for name in dropping.sorted() where !entries.contains(where: { $0.name == name }) {
      throw PatchkitError.series(
        .badInput, "'\(name)' is not in the series",
        hint: "'patchkit series list' lists the patches")
    }
    let documents = try folder.documents(entries, options, requiresDiffs: true)
    let items = zip(documents, entries).map { document, entry in
      dropping.contains(entry.name)
        ? [] : PatchQueue.items(of: document, options: options, entry: entry)
    }
    try PatchQueue(items.flatMap(\.self)).requireOmittedFiles()
    let session = SeriesSession(
      on: tree, base: base, memory: memory,
      policy: SeriesPolicy(refusal: .markConflicts(markers), accepts: [.alreadyApplied, .leftOut]))
    // A patch that does not apply to its own base leaves it as it is.
    let origin = base.map {
      SeriesSession(on: $0, policy: SeriesPolicy(refusal: .leaveOut, keeps: []))
    }
    for (index, entry) in entries.enumerated() {
      if dropping.contains(entry.name) {
        steps.append(Step(name: entry.name, fate: .dropped, outcomes: [], text: nil))
        continue
      }
      let outcome = try session.apply(PatchQueue(items[index]))
      steps.append(try Self.step(entry, documents[index], items[index], outcome))
      if !outcome.applies {
        // Those of later patches may be there because this one is missing.
        if conflicts.isEmpty { conflicts = try outcome.conflicts() }
        if !keepsGoing {
          untried = entries.count - index - 1
          return
        }
      }
      if let origin {
        _ = try origin.apply(PatchQueue(items[index].map(\.whole)))
        session.base = origin.tree
      }
    }
  }

  private static func step(
    _ entry: Series.Entry, _ document: PatchDocument, _ items: [PatchQueue.Item],
    _ outcome: SeriesOutcome
  ) throws -> Step {
    let outcomes = outcome.patches
    var step = Step(name: entry.name, fate: .unchanged, outcomes: outcomes, text: nil)
    if items.isEmpty {
      step.text = document.source
    } else if !outcome.applies {
      step.fate = .refused
    } else if outcomes.allSatisfy({ $0.verdict == .alreadyApplied }) {
      step.fate = .alreadyApplied
    } else if outcomes.allSatisfy({ !$0.applies }) {
      // The user decided to leave all of it out.
      step.fate = .dropped
    } else if outcomes.allSatisfy({ $0.applies && $0.verdict == .exact }) {
      step.text = document.source
    } else if items.count == 1, let item = items.first {
      step.text = try outcomes[0].refreshedPatch(item.options)
      let isMoved = outcomes[0].verdict == .offset
      step.fate = step.text == document.source ? .unchanged : isMoved ? .moved : .adapted
    } else {
      // Each mail of a mailbox in its own form; mails that are already applied are removed.
      step.text = try zip(items, outcomes).compactMap { try $1.refreshedPatch($0.options) }
        .flatMap(\.self)
      step.fate = .adapted
    }
    return step
  }

  /// Writes the series as it is now: into its own folder, or into another.
  ///
  /// - Parameter other: a folder that holds no series yet; nil writes in place, where patches that are
  ///   left out are removed.
  /// - Throws: `PatchkitError` where the other folder holds a series; `PatchkitError`.
  package func write(to other: String?) throws {
    var series = folder.series
    var files: [[UInt8]: [UInt8]?] = [:]
    for step in steps {
      let name = Array(step.name.utf8)
      guard let number = series.entries.firstIndex(where: { $0.path == name }) else { continue }
      let entry = series.entries[number]
      if step.text == nil {
        series.remove(at: number)
      } else if step.fate == .adapted, entry.strip != 1, Self.isGitForm(step) {
        series.setOptions(entry.isReversed ? ["-R"] : [], at: number)
      }
      if other != nil {
        if let text = step.text { files[name] = .some(text) }
      } else if step.fate != .unchanged {
        files[name] = .some(step.text)
      }
    }
    guard let other else { return try folder.write(files, series: series) }
    let target = try PatchesFolder(at: other, seriesName: folder.seriesName, makes: true)
    guard target.series.entries.isEmpty else {
      throw PatchkitError.series(
        .refused, "'\(other)' already has a series", hint: "choose another folder")
    }
    // What guards keep out goes along as it is.
    for entry in folder.series.entries
    where !steps.contains(where: { Array($0.name.utf8) == entry.path }) {
      files[entry.path] = .some(try PatchQueue.read(folder.file(of: entry)))
    }
    let copies = files.keys.map { ($0, folder.path + "/" + String(decoding: $0, as: UTF8.self)) }
    try target.write(files, series: series, copies: Dictionary(copies, uniquingKeysWith: { $1 }))
  }

  /// Whether an adapted patch's names are for -p1 now.
  private static func isGitForm(_ step: Step) -> Bool {
    guard let text = step.text, let outcome = step.outcomes.first else { return false }
    let paths = Set(outcome.changes.map(\.path.bytes))
    let written = PatchDocument(parsing: text).files.compactMap { $0.paths(strip: 1)?.shown }
    return written.allSatisfy { paths.contains($0) }
  }
}

extension PatchQueue.Item {
  /// The whole patch at the stated lines, or where its text is nowhere else, without the tolerant
  /// strategies: the tree that it is for now has all of its files.
  fileprivate var whole: PatchQueue.Item {
    var item = self
    item.options.accept = nil
    item.options.omitted = []
    return item
  }
}
