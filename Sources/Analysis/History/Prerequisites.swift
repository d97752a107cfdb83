// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Git
internal import History
package import Host
internal import KernelTree
internal import PatchFormat
package import Symbols

/// A commit that would bring what a target lacks.
package struct Prerequisite: Sendable, Hashable {
  /// The commit.
  package var commit: FoundCommit
  /// What it brings: the missing names, or the lines that are a hunk's context.
  package var brings: [String]
  /// Whether it is the commit that the patch itself is of: the patch is only a part of it.
  package var isItself: Bool
  /// The verdict of its whole patch on the target; nil where it could not be tried.
  package var verdict: Verdict?
  /// The ids of the prerequisites that this one needs in turn.
  package var needs: [String] = []
  /// The number in the upstream history: parents have lower ones.
  package var number = 0
}

/// Finds the commits of an upstream history that bring what a patch lacks on a target.
///
/// Each missing name is looked up where the patch's own commit, or the newest one, has it, and the
/// commit that last changed those lines brings it; so no commit is named that is not needed for a name
/// or for a hunk's lines. The index of the repository's commits names the commits that can have changed
/// them. It belongs to one thread.
package final class PrerequisiteSearch {
  private let history: HistoryIndex
  private var repository: Repository { history.repository }
  private let path: String
  private let newest: HistoryCommit
  private let target: SymbolIndex
  /// The target's own history; nil where it has none.
  private let own: (repository: String, revision: String)?
  private let indexes: String?

  /// The most commits that are named.
  private static let limit = 20
  /// The most lines of a hunk that are looked up.
  private static let mostLines = 60

  /// Opens an upstream history.
  ///
  /// - Parameters:
  ///   - path: the repository.
  ///   - revision: where the history is read from.
  ///   - patch: the commit that the patch is of, where it is known: names are looked up there.
  ///   - target: the names of the target.
  ///   - own: the target's own history, whose commits are never named; nil where it has none.
  ///   - indexes: the folder that keeps indexes of histories; nil keeps none.
  package init(
    repository path: String, revision: String, patch: String?, target: SymbolIndex,
    own: (repository: String, revision: String)? = nil,
    indexes: String? = CacheFolder.ofUser("history")
  ) throws(PatchkitError) {
    self.path = path
    self.own = own
    self.indexes = indexes
    self.target = target
    history = try HistoryIndex(ofRepositoryAt: path, cache: indexes)
    let found = history.repository
    do {
      var start: HistoryCommit?
      if let patch { start = try found.commit(abbreviated: patch) }
      if start == nil {
        guard let head = try found.resolve(revision).commit else {
          throw PatchkitError(
            .badInput, path: path, "'\(revision)' is not a commit",
            hint: "'git -C \(path) log --oneline -1 \(revision)' shows what git finds")
        }
        start = try found.commit(head)
      }
      guard let start else { throw PatchkitError(.badInput, path: path, "there is no commit") }
      newest = start
    } catch let error as PatchkitError {
      throw error
    } catch {
      throw PatchkitError(.badInput, path: path, "\(error)")
    }
  }

  /// The commits that bring missing names, and that made the lines of hunks' context.
  ///
  /// - Parameters:
  ///   - missing: the names.
  ///   - conflicts: paths with the lines of the patch's pre-image whose hunks have no position.
  ///   - patch: the commit that the patch is of, where it is known.
  /// - Throws: `PatchkitError` where the history cannot be read.
  package func find(
    missing: [MissingSymbol], conflicts: [(path: String, lines: ClosedRange<Int>)], patch: String?
  ) throws(PatchkitError) -> [Prerequisite] {
    if missing.isEmpty, conflicts.isEmpty { return [] }
    do {
      return try history.withHistory(at: newest.id.description) { history in
        guard let own else {
          return try find(missing, conflicts, patch, history, TargetHistory(nil))
        }
        return try HistoryIndex(ofRepositoryAt: own.repository, cache: indexes)
          .withHistory(at: own.revision) {
            try find(missing, conflicts, patch, history, TargetHistory($0))
          }
      }
    } catch let error as PatchkitError {
      throw error
    } catch {
      throw PatchkitError(.git, "\(error)")
    }
  }

  private func find(
    _ missing: [MissingSymbol], _ conflicts: [(path: String, lines: ClosedRange<Int>)],
    _ patch: String?, _ history: RevisionHistory, _ ownHistory: TargetHistory
  ) throws -> [Prerequisite] {
    let tree = try RevisionTree(
      repositoryPath: path, revision: newest.id.description)
    let upstream = try SymbolIndex(tree, key: "\(path)@\(newest.id)").definitions()
    var found: [ObjectID: Prerequisite] = [:]
    var order: [ObjectID] = []
    func note(_ id: ObjectID, _ brings: String, _ by: ObjectID?) throws -> Bool {
      let isNew = found[id] == nil
      if isNew {
        if order.count >= Self.limit { return false }
        var new = try prerequisite(id, patch)
        new.number = try history.commits(withID: id.description).first ?? 0
        // What the target took already does not bring anything.
        if !new.isItself, case .present = try ownHistory.presence(of: id.description, "") {
          return false
        }
        order.append(id)
        found[id] = new
      }
      if found[id]?.brings.contains(brings) == false { found[id]?.brings.append(brings) }
      if let by, by != id, found[by]?.needs.contains(id.description) == false {
        found[by]?.needs.append(id.description)
      }
      return isNew
    }
    var open: [(ObjectID?, MissingSymbol)] = missing.map { (nil, $0) }
    var asked = Set(missing.map(\.name))
    while let (by, symbol) = open.popLast() {
      guard let id = try commit(thatBrings: symbol, upstream, history) else { continue }
      guard try note(id, symbol.name, by), id.description != patch else { continue }
      // What that commit depends on in turn.
      for next in try lacks(id) where asked.insert(next.name).inserted { open.append((id, next)) }
    }
    for conflict in conflicts {
      let isItself = newest.id.description == patch
      let base = isItself ? history.parents(of: history.tip).first ?? history.tip : history.tip
      let end = min(conflict.lines.upperBound, conflict.lines.lowerBound + Self.mostLines)
      let lines = conflict.lines.lowerBound...end
      let commits = try history.blame(Array(conflict.path.utf8), lines: lines, at: base)
      for id in try Set(commits).sorted().map({ try history.commit($0).id })
      where try !isInTarget(id) {
        _ = try note(
          id, "lines \(lines.lowerBound) to \(lines.upperBound) of \(conflict.path)", nil)
      }
    }
    return order.compactMap { found[$0] }
  }

  private func commit(
    thatBrings symbol: MissingSymbol, _ table: DefinitionTable, _ history: RevisionHistory
  ) throws -> ObjectID? {
    let symbols = table.symbols(named: symbol.name).filter {
      symbol.role == .field
        ? $0.kind == .member
          && (symbol.owner == nil || $0.owner == symbol.owner || $0.owner.isEmpty)
        : $0.kind != .member
    }
    // A definition says more than a prototype.
    let best = symbols.first { $0.kind != .prototype && $0.kind != .macroCall } ?? symbols.first
    guard let best else { return nil }
    let line = best.line...best.line
    return try history.blame(Array(best.path.utf8), lines: line, at: history.tip).first.map {
      try history.commit($0).id
    }
  }

  private func files(of id: ObjectID) throws -> [FilePatch] {
    let commit = try repository.commit(id)
    guard let parent = try commit.parent.map({ try repository.commit($0) }) else { return [] }
    let patch = try repository.patch(from: parent.tree, to: commit.tree)
    return PatchDocument(parsing: patch).patches.flatMap(\.files)
  }

  private func lacks(_ id: ObjectID) throws -> [MissingSymbol] {
    let files = try files(of: id).compactMap { file -> (file: FilePatch, path: String)? in
      guard let path = file.paths(strip: 1)?.new else { return nil }
      return (file, String(decoding: path, as: UTF8.self))
    }
    var search = try MissingSymbols(target)
    return try search.find(in: files)
  }

  private func prerequisite(_ id: ObjectID, _ patch: String?) throws -> Prerequisite {
    let commit = try repository.commit(id)
    let subject = String(decoding: commit.message.prefix { $0 != 0x0A }, as: UTF8.self)
    var verdict: Verdict?
    if let parent = try commit.parent.map({ try repository.commit($0) }) {
      let text = try repository.patch(from: parent.tree, to: commit.tree)
      let document = PatchDocument(parsing: text, name: id.description)
      verdict = try? self.verdict(on: document)
    }
    return Prerequisite(
      commit: FoundCommit(id: id.description, subject: subject), brings: [],
      isItself: patch.map { id.description.hasPrefix($0) } ?? false, verdict: verdict)
  }

  /// Whether what a commit makes is in the target already.
  private func isInTarget(_ id: ObjectID) throws -> Bool {
    let commit = try repository.commit(id)
    guard let parent = try commit.parent.map({ try repository.commit($0) }) else { return true }
    let text = try repository.patch(from: parent.tree, to: commit.tree)
    let document = PatchDocument(parsing: text, name: id.description)
    guard (try? PatchQueue(document, options: ApplyOptions())) != nil else { return true }
    return try verdict(on: document) == .alreadyApplied
  }

  /// The verdict of a commit's patch on the target; nil where it holds none.
  private func verdict(on document: PatchDocument) throws -> Verdict? {
    let queue = try PatchQueue(document, options: ApplyOptions())
    return try SeriesSession(on: target.tree, policy: SeriesPolicy(keeps: [])).apply(queue)
      .patches.first?.verdict
  }
}
