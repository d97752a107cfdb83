// SPDX-License-Identifier: GPL-2.0-only

import Git
import TestSupport
import Testing

/// Trees that are made of others, compared with those that git makes of an index.
@Suite struct TreeUpdateTests {
  private let scratch: Scratch
  private var folder: String { scratch.file("r.git") }
  private let identity = Signature(name: "A", email: "a@b", seconds: 1, zoneMinutes: 0)

  init() throws { scratch = try Scratch() }

  private func start() async throws -> (Repository, tree: ObjectID) {
    _ = try await git("init", "-q", "--bare", "r.git", in: scratch.path)
    let empty = try #require(ObjectID(try await git("mktree", in: folder).line))
    return (try Repository(openingAt: folder), empty)
  }

  private func file(_ text: String, _ mode: FileMode = .regular) -> GitFile {
    GitFile(mode: mode, content: Array(text.utf8))
  }

  private func change(_ path: String, _ file: GitFile?) -> GitChange {
    GitChange(path: Array(path.utf8), after: file)
  }

  private func draft(_ changes: [GitChange]) -> CommitDraft {
    CommitDraft(changes: changes, message: "x\n", author: identity)
  }

  /// The tree that git makes of files.
  private func tree(of files: [String: GitFile]) async throws -> String {
    var lines: [UInt8] = []
    for (path, file) in files {
      let id = try await git("hash-object", "-w", "--stdin", in: folder, input: file.content).line
      lines += "\(String(file.mode.rawValue, radix: 8)) \(id)\t\(path)\n".utf8
    }
    let words = ["-c", "rm -f index && git update-index --index-info && git write-tree"]
    return try await run("sh", words, in: folder, input: lines).line
  }

  /// Names that a folder sorts differently from a file: git puts a slash after a folder's.
  private static let names = ["a", "a.c", "a-b", "a0", "b", "A", "a\u{e9}", "z"]

  @Test(arguments: 1...4)
  func treesAreThoseOfGit(_ seed: UInt64) async throws {
    let (repository, empty) = try await start()
    var random = SeededRandom(seed: seed)
    func name() -> String { Self.names.randomElement(using: &random) ?? "a" }
    var files: [String: GitFile] = [:]
    var drafts: [CommitDraft] = []
    var states: [[String: GitFile]] = []
    for number in 0..<12 {
      let before = files
      for index in 0..<Int.random(in: 1...40, using: &random) {
        let depth = Int.random(in: 1...4, using: &random)
        let path = (0..<depth).map { _ in name() }.joined(separator: "/")
        if Bool.random(using: &random), let gone = files.keys.randomElement(using: &random) {
          files[gone] = nil
          continue
        }
        // A file goes where a folder takes its name, and a folder where a file does.
        let ends = path.indices.filter { path[$0] == "/" }
        for end in ends { files[String(path[..<end])] = nil }
        files = files.filter { !$0.key.hasPrefix(path + "/") }
        let mode: FileMode = [.regular, .executable, .symlink][index % 3]
        files[path] = file("\(number % 5) \(index % 7)", mode)
      }
      let paths = Set(before.keys).union(files.keys).filter { before[$0] != files[$0] }
      drafts.append(draft(paths.map { change($0, files[$0]) }))
      states.append(files)
    }
    let made = try repository.commit(drafts, onto: nil, tree: empty, committer: identity)
    for (commit, state) in zip(made.commits, states) {
      let own = try await git("rev-parse", "\(commit)^{tree}", in: folder).line
      #expect(try await own == tree(of: state))
    }
    _ = try await git(
      "update-ref", "refs/heads/main", made.commits.last?.description ?? "", in: folder)
    let check = try await git("fsck", "--full", "--strict", in: folder)
    #expect(check.code == 0, "\(check.errors)")
  }

  /// The tree of a commit whose last file is removed is the empty one.
  @Test func nothingIsLeftOfAnEmptiedTree() async throws {
    let (repository, empty) = try await start()
    let made = try repository.commit(
      [draft([change("d/e/f", file("x"))]), draft([change("d/e/f", nil)])], onto: nil, tree: empty,
      committer: identity)
    #expect(made.tree == empty)
  }

  /// Trees of the first years have a zero before a folder's mode; git writes none.
  @Test(arguments: ["040000", "0040000", "000040000"])
  func zerosBeforeAModeAreNotWrittenAgain(_ mode: String) async throws {
    let (repository, empty) = try await start()
    let inner = try repository.commit(
      [draft([change("f", file("x"))])], onto: nil, tree: empty, committer: identity
    ).tree
    let bytes = Array("\(mode) d\0".utf8) + inner.bytes
    let words = ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    let old = try await run("git", words, in: folder, input: bytes).line
    let base = try #require(ObjectID(old))
    let made = try Repository(openingAt: folder).commit(
      [draft([change("d-e", file("y"))])], onto: nil, tree: base, committer: identity)
    #expect(try await made.tree.description == tree(of: ["d/f": file("x"), "d-e": file("y")]))
  }

  /// Nothing that comes after a damaged entry is lost without an error.
  @Test(arguments: ["100644 b", "10064x b\0", "b\0", " b\0", "100644 \0"])
  func aDamagedTreeIsAnError(_ entry: String) async throws {
    let (repository, empty) = try await start()
    let inner = try repository.commit(
      [draft([change("a", file("x"))])], onto: nil, tree: empty, committer: identity
    ).tree
    let tree = try await run(
      "git", ["cat-file", "tree", inner.description], in: folder
    ).output
    let words = ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"]
    let id = entry.contains("\0") ? inner.bytes : []
    let old = try await run(
      "git", words, in: folder, input: Array(tree) + Array(entry.utf8) + id
    ).line
    let base = try #require(ObjectID(old))
    #expect(throws: GitError.self) {
      try Repository(openingAt: folder).commit(
        [draft([change("a", file("y"))])], onto: nil, tree: base, committer: identity)
    }
  }

  @Test(arguments: ["f/g", "d", "gone", "d/..", "d//x", "d/.git", "d/.GIT/x"])
  func whatAnIndexCouldNotHoldIsAnError(_ path: String) async throws {
    let (repository, empty) = try await start()
    let base = try repository.commit(
      [draft([change("f", file("x")), change("d/g", file("y"))])], onto: nil, tree: empty,
      committer: identity)
    let after = path == "gone" ? nil : file("z")
    #expect(throws: GitError.self) {
      try Repository(openingAt: folder).commit(
        [draft([change(path, after)])], onto: nil, tree: base.tree, committer: identity)
    }
  }
}
