// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import Backport
internal import Host
internal import KernelTree
internal import PatchFormat

/// A patch of a folder, ready to be tried.
struct LedgerItem: Sendable {
  /// The place in its folder, from 0.
  var index: Int
  /// The file, with the number of the mail where there are several.
  var label: String
  /// The patch and its options.
  var item: PatchQueue.Item
  /// What stays the same about it wherever it is applied; nil where it changes no line.
  var identity: String?
  /// Whether it only stands before the folder's own patches: what came of it is told elsewhere.
  var isPrerequisite = false
}

/// Patches that see each other, tried on one tree in their order.
///
/// Unlike `patchkit apply`, it goes on behind a patch that is refused, so that one run tells everything:
/// the rest is tried as if the patch were not there.
struct PatchRun {
  /// What came of them.
  struct Result {
    /// What came of each patch, by its place in its folder; those of prerequisites left out.
    var outcomes: [Int: Verification.Outcome] = [:]
    /// What all that apply change together.
    var changes: [TreeChange] = []
    /// The prerequisites that did not apply, by their labels.
    var refusedPrerequisites: [String] = []
  }

  let items: [LedgerItem]
  /// Whether what the tolerant strategies find is taken.
  let usesStrategies: Bool
  /// Whether the blobs before and after are named.
  let namesBlobs: Bool

  /// A refused patch is tried again behind this many later ones that touch its files, at most.
  private static let retries = 25

  private struct Refused {
    var item: LedgerItem
    var paths: Set<[UInt8]>
    var retries = 0
  }

  /// Tries the patches.
  ///
  /// - Throws: `Defect`; everything else is told in the outcomes.
  func run(on tree: any KernelTree, _ applier: PatchApplier) throws -> Result {
    var overlay = Overlay(tree)
    var result = Result()
    var refused: [Refused] = []
    for item in items {
      let paths = Set(item.item.paths ?? [])
      var outcome = Verification.Outcome(
        verdict: .conflict, applies: false, files: [], behindRefused: [], isThere: false)
      do {
        let found = try applier.apply(item.item.patch, to: overlay, options: options(item))
        outcome = try described(found)
        if found.applies {
          var after = overlay
          after.stage(found.changes)
          if !item.isPrerequisite {
            outcome.reverseProblem = try reverseProblem(found, before: overlay, after, applier)
          }
          overlay = after
          try retry(&refused, behind: item, paths, on: overlay, applier, &result)
        } else {
          outcome.isThere =
            try found.verdict == .alreadyApplied
            || Presence(of: found, in: overlay, stopsAtFirst: true).state == .all
        }
      } catch let error as PatchkitError {
        outcome.problem = error.line == nil ? error.description : error.message
      }
      if !outcome.applies {
        outcome.behindRefused =
          refused.filter { !$0.paths.isDisjoint(with: paths) }.map(\.item.label)
        refused.append(Refused(item: item, paths: paths))
        if item.isPrerequisite { result.refusedPrerequisites.append(item.label) }
      }
      if !item.isPrerequisite { result.outcomes[item.index] = outcome }
    }
    result.changes = overlay.changes
    return result
  }

  private func options(_ item: LedgerItem) -> ApplyOptions {
    var options = item.item.options
    options.accept = usesStrategies ? .likely : nil
    return options
  }

  /// Tries refused patches again behind one that touches their files.
  private func retry(
    _ refused: inout [Refused], behind item: LedgerItem, _ paths: Set<[UInt8]>,
    on overlay: Overlay, _ applier: PatchApplier, _ result: inout Result
  ) throws {
    for index in refused.indices {
      let own = refused[index].item
      guard refused[index].retries < Self.retries, !refused[index].paths.isDisjoint(with: paths),
        result.outcomes[own.index]?.appliesAfter == nil, !own.isPrerequisite
      else { continue }
      refused[index].retries += 1
      let again = try? applier.apply(own.item.patch, to: overlay, options: options(own))
      if again?.applies == true { result.outcomes[own.index]?.appliesAfter = item.label }
    }
  }

  /// Takes the adapted patch, as it is written out, back from its own result.
  private func reverseProblem(
    _ outcome: PatchOutcome, before: Overlay, _ after: Overlay, _ applier: PatchApplier
  ) throws -> String? {
    guard let patch = try adapted(outcome) else {
      return outcome.changes.isEmpty ? nil : "the adapted patch cannot be read again"
    }
    let back = try applier.apply(
      patch, to: after, options: ApplyOptions(strip: 1, isReversed: true))
    guard back.applies else {
      return "the adapted patch cannot be taken back: \(back.verdict.rawValue)"
    }
    var undone = after
    undone.stage(back.changes)
    for change in outcome.changes where try undone.file(at: change.path) != change.before {
      return "taking it back leaves '\(change.path)' other than it was"
    }
    return nil
  }

  /// The adapted patch as it is read again from what is written out; the patch itself, where nothing of it
  /// was adapted.
  private func adapted(_ outcome: PatchOutcome) throws -> Patch? {
    if outcome.isUnchanged { return outcome.patch }
    guard let text = try outcome.adaptedPatch(namesBlobs: false) else { return nil }
    return PatchDocument(parsing: text, name: "the adapted patch").patches.first
  }

  // MARK: Describing

  private func described(_ outcome: PatchOutcome) throws -> Verification.Outcome {
    let changed = Dictionary(
      outcome.changes.map { ($0.path.description, $0) }, uniquingKeysWith: { $1 })
    return Verification.Outcome(
      verdict: outcome.verdict, applies: outcome.applies,
      files: try outcome.files.map { file in
        var entry = Verification.File(
          index: file.index, path: file.path, change: file.change, verdict: file.verdict,
          reason: file.reason, hunks: file.hunks.map(Self.described))
        if namesBlobs {
          let old = changed[file.oldPath ?? file.path]
          let new = changed[file.newPath ?? file.path]
          entry.before = try (old ?? new)?.before?.blobID
          entry.after = try new?.after?.blobID
        }
        return entry
      }, behindRefused: [], isThere: false)
  }

  private static func described(_ hunk: HunkOutcome) -> Verification.Hunk {
    let isOther = hunk.strategy != .placement && !hunk.adapted.isEmpty
    return Verification.Hunk(
      number: hunk.number, verdict: hunk.verdict, stated: hunk.statedLine, line: hunk.line,
      reason: hunk.reason,
      candidates: hunk.candidates.map { place in
        let function = String(decoding: place.heading, as: UTF8.self)
        return "line \(place.line)"
          + (place.image == .postImage ? ", where the result stands already" : "")
          + (function.isEmpty ? "" : ", below '\(function)'")
      }, adapted: isOther ? hunk.adapted.map(Verification.HunkText.init) : nil)
  }
}

extension Verification.HunkText {
  /// The text of a hunk; what is no UTF-8 is replaced, as it is only shown.
  init(_ hunk: PatchFormat.Hunk) {
    self.init(
      oldStart: hunk.oldStart, newStart: hunk.newStart,
      heading: String(decoding: hunk.section, as: UTF8.self),
      lines: hunk.lines.compactMap { line in
        let kind: String
        switch line.kind {
        case .context: kind = " "
        case .removed: kind = "-"
        case .added: kind = "+"
        case .noNewlineMarker: return nil
        }
        return Verification.Line(
          kind: kind, text: String(decoding: hunk.content(of: line), as: UTF8.self))
      })
  }
}
