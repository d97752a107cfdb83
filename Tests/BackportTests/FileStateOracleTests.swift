// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// git as the oracle of file states.
///
/// Random histories of modes, links, empty and binary files, renames, copies, and files that become
/// folders: each commit's diff makes its tree, and reverse-applied its parent's.
@Suite struct FileStateOracleTests {
  @Test(arguments: 0..<12)
  func everyCommitMakesItsTreeAndGoesBack(seed: Int) async throws {
    var random = SeededRandom(seed: UInt64(seed) + 4100)
    let steps = 40
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    try await setCommitter(ofRepository: scratch.path)
    var files = RandomFiles()
    var stream: [UInt8] = []
    for number in 0...steps {
      files.step(&random)
      stream += files.commit(number)
    }
    let made = try await git("fast-import", "--quiet", in: scratch.path, input: stream)
    #expect(made.code == 0, "\(made.errors)")
    for number in 0..<steps {
      let (old, new) = ("main~\(steps - number)", "main~\(steps - number - 1)")
      let similar = seed % 3 == 0 ? [] : ["-M30%", "-C", "--find-copies-harder"]
      let diff = try await run(
        "git", ["diff", "--binary", "-U\([0, 1, 3][seed % 3])"] + similar + [old, new],
        in: scratch.path)
      if diff.output.isEmpty { continue }
      for isReversed in [false, true] {
        let (from, to) = isReversed ? (new, old) : (old, new)
        let tree = try RevisionTree(repositoryPath: scratch.path, revision: from)
        let wanted = try RevisionTree(repositoryPath: scratch.path, revision: to)
        var options = ApplyOptions(isReversed: isReversed)
        options.trustsLineNumbers = true
        let outcome = try apply(diff.output, to: tree, options)
        #expect(
          outcome.applies,
          "\(seed), \(from) to \(to): \(outcome.patches.flatMap(\.details)) \(diff.text)")
        if !outcome.applies { return }
        let author = CommitRequest.Author(name: "x", email: "x@example.org", date: nil)
        let result = try tree.commit(
          [CommitRequest(changes: outcome.changes, message: "m\n", author: author)], branch: nil,
          isForced: false)
        if result.tree == wanted.treeID { continue }
        // Without context nothing shows that a line with LF belongs into a file all in CR LF: it gets
        // the file's line ends, with a note. Nothing else may differ.
        let noted = outcome.patches.flatMap(\.files)
          .filter { $0.reason?.contains("its lines are written with") ?? false }.map(\.path)
        #expect(seed % 3 == 0 && !noted.isEmpty, "\(seed), \(from) to \(to): \(diff.text)")
        let ours = try await contents(of: try #require(result.commits.last), in: scratch.path)
        let theirs = try await contents(of: to, in: scratch.path)
        #expect(ours.keys.sorted() == theirs.keys.sorted())
        for (path, file) in ours where file != theirs[path] {
          #expect(noted.contains(path), "\(path) differs without a note")
          #expect(file.mode == theirs[path]?.mode)
          let (own, other) = (file.content.filter { $0 != 0x0D }, theirs[path]?.content)
          #expect(own == other?.filter { $0 != 0x0D })
        }
      }
    }
  }

  /// The files of a commit by path.
  private func contents(of commit: String, in folder: String) async throws -> [String: TreeFile] {
    let revision = try RevisionTree(repositoryPath: folder, revision: commit)
    let names = try await run("git", ["ls-tree", "-r", "-z", "--name-only", commit], in: folder)
    var files: [String: TreeFile] = [:]
    for name in names.output.split(separator: 0) {
      files[String(decoding: name, as: UTF8.self)] = try revision.file(
        at: try TreePath(Array(name)))
    }
    return files
  }
}
