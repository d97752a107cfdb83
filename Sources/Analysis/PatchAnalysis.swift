// SPDX-License-Identifier: GPL-2.0-only

public import Backport
public import CSource
internal import History
package import Host
public import KernelTree
internal import PatchFormat
internal import Symbols

/// Everything that can be found about a patch on a target without a build.
public struct PatchAnalysis: Sendable {
  /// How the analysis is made.
  public struct Options: Sendable {
    /// The repository of the upstream history, with the revision; nil where there is none.
    package var upstream: (repository: String, revision: String)?
    /// The repository of the target's own history, with the revision; nil where there is none.
    package var history: (repository: String, revision: String)?
    /// What the target is called among the indexes that are kept; nil keeps none.
    package var indexKey: String?
    /// Whether names are looked up at all: without, only the patch's files are read of the tree,
    /// and neither missing names nor risks nor callers are reported.
    package var usesSymbols: Bool
    /// Which risks are looked for.
    package var risks: Set<RiskNote.Kind>
    /// Other trees in which a missing name may be: the oldest first.
    package var siblings: [String]
    /// Receives the progress of reading the target's names.
    package var indexing: WorkProgress?
    /// The folder that keeps the indexes of histories; nil keeps none.
    package var historyIndexes: String? = CacheFolder.ofUser("history")
    /// Receives how far the reading of a history into its index is.
    package var readingHistory: WorkProgress?

    /// Makes options; by default no history is read, and names and all risks are looked for.
    public init(
      upstream: (repository: String, revision: String)? = nil,
      history: (repository: String, revision: String)? = nil, indexKey: String? = nil,
      usesSymbols: Bool = true,
      risks: Set<RiskNote.Kind> = Set(RiskNote.Kind.allCases), siblings: [String] = []
    ) {
      self.upstream = upstream
      self.history = history
      self.indexKey = indexKey
      self.usesSymbols = usesSymbols
      self.risks = risks
      self.siblings = siblings
    }
  }

  /// The subject of the patch's message.
  public private(set) var subject: String
  /// What became of it on the target.
  public private(set) var outcome: PatchOutcome
  /// The functions that it changes.
  public private(set) var functions: [ChangedFunction] = []
  /// The changed C files that are too large to be read: their functions are read from the hunks only.
  package private(set) var unread: [String] = []
  /// What else it changes.
  package private(set) var items: [ChangedItem] = []
  /// What it changes that modules built elsewhere rely on; empty where it does not apply.
  package private(set) var interface: [InterfaceChange] = []
  /// Who calls functions whose signature it changes.
  package private(set) var callers: [Callers.Call] = []
  /// The functions that live on in the target under another name.
  package private(set) var successors: [SuccessorFunction] = []
  /// Whether names were looked up: without, nothing is known of `missing`, `callers` and `risks`.
  package let looksUpNames: Bool
  /// What it depends on that the target does not have.
  public private(set) var missing: [MissingSymbol] = []
  /// For a missing name, the first sibling tree that has it.
  package private(set) var firstSeen: [String: String] = [:]
  /// The commits that would bring it; nil where no history was given.
  package private(set) var prerequisites: [Prerequisite]?
  /// What is already applied, by the text.
  public private(set) var presence: Presence
  /// What the target's own history says; nil where there is none.
  package private(set) var history: HistorySearch.Findings?
  /// What the upstream history says; nil where there is none.
  package private(set) var upstream: HistorySearch.Findings?
  /// What the patch was made on; nil where its text does not give a base commit.
  package private(set) var base: PatchBase?
  /// What the user should check.
  public private(set) var risks: [RiskNote] = []

  /// Whether the patch is already applied: the target has its whole text, or its history has the
  /// patch and no revert of it.
  public var isThere: Bool {
    if presence.state == .all { return true }
    // Where the text before the patch is in the tree, a commit with the same changes was undone.
    let isBefore = outcome.verdict == .exact || outcome.verdict == .offset
    return history?.evidence.contains { $0.isSure && !($0.kind == .patchID && isBefore) } ?? false
  }

  /// Analyses a patch on a target, of which nothing is changed.
  ///
  /// - Throws: `PatchkitError` where the target or a history cannot be read, and what applying throws.
  public init(_ patch: Patch, on target: any KernelTree, _ options: Options) throws {
    let description = patch.message.description()
    subject = description.subject
    looksUpNames = options.usesSymbols
    let index =
      options.usesSymbols
      ? SymbolIndex(target, key: options.indexKey, progress: options.indexing) : nil
    outcome = try PatchOutcome(of: patch, on: target, ApplyOptions(accept: .likely), index: index)
    let files = patch.files.compactMap { file -> (file: FilePatch, path: String)? in
      guard let path = file.paths(strip: file.usualStrip)?.shown else { return nil }
      return (file, String(decoding: path, as: UTF8.self))
    }
    // Made even where nothing asks for it: the next patch finds it.
    _ = try index?.definitions()
    presence = try Presence(of: outcome, in: target)
    if outcome.applies {
      for change in outcome.changes {
        let path = change.path.description
        guard path.hasSuffix(".c") || path.hasSuffix(".h") else { continue }
        let size = max(change.before?.content.count ?? 0, change.after?.content.count ?? 0)
        guard size <= Lexer.mostBytes else {
          unread.append(path)
          functions += files.filter { $0.path == path }
            .flatMap { ChangedFunction.inHunks(of: $0.file, path: path) }
          continue
        }
        functions += ChangedFunction.between(
          change.before.map { CSourceFile($0.content) },
          change.after.map { CSourceFile($0.content) }, path: path)
      }
      items = ChangedItem.among(outcome.changes)
      interface = try InterfaceChange.among(outcome.changes, in: index)
      if let index {
        var search = try RiskSearch(index)
        risks = search.notes(on: outcome.changes).filter { options.risks.contains($0.kind) }
        let signatures = Set(
          items.filter { $0.kind == "signature" && $0.change == .changed }.map(\.name))
        callers = try Callers.find(signatures, in: target)
      }
    } else {
      functions = files.flatMap { ChangedFunction.inHunks(of: $0.file, path: $0.path) }
    }
    if let index { successors = try SuccessorFunction.find(for: functions, in: files, index) }
    // An applied patch depends on nothing.
    if let index, presence.state != .all {
      var search = try MissingSymbols(index)
      let large = outcome.changes.filter { ($0.before?.content.count ?? 0) > Lexer.mostBytes }
      missing = try search.find(in: files, unread: Set(large.map(\.path.description)))
    }
    let ids = ([description.commit].compactMap(\.self) + description.references.map(\.commit))
      .filter { !$0.allSatisfy { $0 == "0" } }
    let wanted = HistorySearch.Patch(
      ids: ids, subject: description.subject, paths: files.map(\.path),
      patch: patch)
    if let own = options.history {
      history = try HistorySearch(
        repository: own.repository, revision: own.revision, indexes: options.historyIndexes,
        progress: options.readingHistory
      ).search([wanted]).first
    }
    base = try Self.base(of: patch, options)
    var commit = ids.first
    if let source = options.upstream {
      upstream = try HistorySearch(
        repository: source.repository, revision: source.revision,
        indexes: options.historyIndexes, progress: options.readingHistory
      ).search([wanted]).first
      let own = upstream?.evidence.first { [.itself, .patchID, .subject].contains($0.kind) }
      commit = own?.commit.id ?? commit
      if let index {
        prerequisites = try PrerequisiteSearch(
          repository: source.repository, revision: source.revision, patch: commit,
          target: index, own: options.history, indexes: options.historyIndexes
        ).find(missing: missing, conflicts: conflicts, patch: commit)
      }
    }
    for sibling in options.siblings where firstSeen.count < missing.count {
      let other = try SymbolIndex(try OpenedTree.named(sibling).tree, key: sibling).definitions()
      for symbol in missing where firstSeen[symbol.name] == nil && other.has(symbol.name) {
        firstSeen[symbol.name] = sibling
      }
    }
  }

  private static func base(of patch: Patch, _ options: Options) throws -> PatchBase? {
    guard let commit = patch.document.baseCommit else { return nil }
    var base = PatchBase(
      commit: commit,
      earlier: patch.document.prerequisitePatchIDs.map { PatchBase.Earlier(patchID: $0) })
    func search(
      _ source: (repository: String, revision: String)?, _ ids: [String]
    ) throws -> (isThere: Bool, commits: [String: FoundCommit])? {
      try source.map { source in
        try HistorySearch(
          repository: source.repository, revision: source.revision,
          indexes: options.historyIndexes, progress: options.readingHistory
        ).base(commit, patchIDs: ids)
      }
    }
    let own = try search(options.history, base.earlier.map(\.patchID))
    base.isInHistory = own?.isThere
    for index in base.earlier.indices {
      base.earlier[index].applied = own?.commits[base.earlier[index].patchID]
    }
    let open = base.earlier.filter { $0.applied == nil }.map(\.patchID)
    guard !open.isEmpty, let upstream = try search(options.upstream, open) else { return base }
    for index in base.earlier.indices where base.earlier[index].applied == nil {
      base.earlier[index].upstream = upstream.commits[base.earlier[index].patchID]
    }
    return base
  }

  /// The lines of the pre-image whose hunks have no position.
  private var conflicts: [(path: String, lines: ClosedRange<Int>)] {
    zip(outcome.patch?.files ?? [], outcome.files).flatMap { file, result in
      zip(file.hunks, result.hunks).compactMap { hunk, outcome in
        guard outcome.verdict == .conflict, hunk.oldCount > 0 else { return nil }
        return (result.path, hunk.oldStart...(hunk.oldStart + hunk.oldCount - 1))
      }
    }
  }
}
