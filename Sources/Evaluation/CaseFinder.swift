// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import PatchFormat

/// Finds backports in a history, and reads them.
///
/// A backport is a commit whose message names the commit that it comes from: `commit SHA upstream.`,
/// `[ Upstream commit SHA ]`, `(cherry picked from commit SHA)` or `(backported from commit SHA)`.
/// Its repositories belong to the thread that made it.
final class CaseFinder {
  private let repository: Repository
  private let upstream: Repository

  init(repository: String, upstream: String) throws {
    func open(_ path: String) throws -> Repository {
      guard let found = try Repository.discover(from: path) else {
        throw PatchkitError.evaluation(
          message: "\(path): not a git repository",
          hint: "name a folder inside a repository, or REPO@RANGE")
      }
      return found
    }
    self.repository = try open(repository)
    self.upstream = repository == upstream ? self.repository : try open(upstream)
  }

  /// The backports of a range, oldest first, whose upstream commit is at hand.
  ///
  /// - Returns: the cases, and how many named a commit that is not in the upstream repository or that
  ///   is a merge.
  func cases(
    in range: String, half: CaseHalf
  ) throws -> (cases: [BackportCase], withoutUpstream: Int) {
    var cases: [BackportCase] = []
    var missing = 0
    try repository.walk(range) { commit in
      guard let parent = commit.parent, commit.parentCount == 1,
        case let ids = Self.upstreamIDs(in: commit.message), let id = ids.first
      else { return true }
      guard let source = try upstream.commit(abbreviated: id), let base = source.parent,
        source.parentCount == 1, source.id != commit.id
      else {
        missing += 1
        return true
      }
      guard half.holds(source.id.description) else { return true }
      let subject = String(decoding: commit.message.prefix { $0 != 0x0A }, as: UTF8.self)
      cases.append(
        BackportCase(
          backport: commit.id.description, target: parent.description,
          upstream: source.id.description, base: base.description, subject: subject,
          flaw: ids.count > 1 ? .several : subject.hasPrefix("Revert \"") ? .revert : nil))
      return true
    }
    cases.reverse()
    var seen: Set<String> = []
    for index in cases.indices where !seen.insert(cases[index].upstream).inserted {
      cases[index].flaw = cases[index].flaw ?? .repeated
    }
    return (cases, missing)
  }

  /// The upstream commits that a message names, each once.
  private static func upstreamIDs(in message: [UInt8]) -> [String] {
    var ids: [String] = []
    // A mainline commit has none of these words in most cases: no need to take it apart.
    for line in String(decoding: message, as: UTF8.self).split(separator: "\n") {
      guard line.utf8.count < 200, let reference = UpstreamReference(messageLine: line) else {
        continue
      }
      // The same id may be written in full and abbreviated.
      let isKnown = ids.contains {
        $0.hasPrefix(reference.commit) || reference.commit.hasPrefix($0)
      }
      if !isKnown { ids.append(reference.commit) }
    }
    return ids
  }

  /// Reads a case; nil where it touches no C file.
  func content(of item: BackportCase) throws -> CaseContent? {
    let target = try commit(item.target, in: repository)
    let backport = try commit(item.backport, in: repository)
    let base = try commit(item.base, in: upstream)
    let source = try commit(item.upstream, in: upstream)
    let made = try repository.differences(
      from: target.tree, to: backport.tree, findsRenames: false)
    let wanted = try upstream.differences(from: base.tree, to: source.tree, findsRenames: true)
    var paths = Set(made.flatMap { [$0.oldPath, $0.newPath].compactMap(\.self) })
    paths.formUnion(wanted.flatMap { [$0.oldPath, $0.newPath].compactMap(\.self) })
    let files = try paths.filter(Self.isC).sorted { $0.lexicographicallyPrecedes($1) }.map { path in
      CaseContent.File(
        path: String(decoding: path, as: UTF8.self),
        before: try Self.file(path, target.tree, repository),
        after: try Self.file(path, backport.tree, repository))
    }
    let upstreamFiles = try wanted.filter { Self.isC($0.newPath ?? $0.oldPath ?? []) }.map { file in
      CaseContent.UpstreamFile(
        oldPath: file.oldPath.map { String(decoding: $0, as: UTF8.self) },
        newPath: file.newPath.map { String(decoding: $0, as: UTF8.self) },
        before: try file.oldID.map { try upstream.blob($0) } ?? [],
        after: try file.newID.map { try upstream.blob($0) } ?? [])
    }
    guard !upstreamFiles.isEmpty, files.contains(where: { $0.before != $0.after }) else {
      return nil
    }
    let patch = Self.onlyC(try upstream.patch(from: base.tree, to: source.tree))
    let result = Self.onlyC(try repository.patch(from: target.tree, to: backport.tree))
    return CaseContent(
      item: item, patch: patch, files: files, upstream: upstreamFiles,
      kind: CaseKind(upstream: patch, backport: result),
      flaw: item.flaw ?? CaseFlaw(upstream: patch, backport: result))
  }

  private func commit(_ id: String, in repository: Repository) throws -> HistoryCommit {
    guard let found = try repository.commit(abbreviated: id) else {
      throw PatchkitError.evaluation(message: "the commit \(id) no longer exists", hint: nil)
    }
    return found
  }

  private static func file(
    _ path: [UInt8], _ tree: ObjectID, _ repository: Repository
  ) throws -> [UInt8]? {
    guard let entry = try repository.entry(at: path, inTree: tree), entry.mode != nil else {
      return nil
    }
    return try repository.blob(entry.id)
  }

  static func isC(_ path: [UInt8]) -> Bool {
    path.suffix(2) == Array(".c".utf8) || path.suffix(2) == Array(".h".utf8)
  }

  /// The file patches of a git patch that are about C files.
  private static func onlyC(_ patch: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    for file in PatchDocument(parsing: patch).patches.flatMap(\.files) {
      let paths = file.paths(strip: 1)
      if let path = paths?.new ?? paths?.old, isC(path) { output += patch[file.range] }
    }
    return output
  }
}
