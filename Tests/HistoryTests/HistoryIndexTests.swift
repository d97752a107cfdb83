// SPDX-License-Identifier: GPL-2.0-only

import Git
import History
import Host
import TestSupport
import Testing

/// The index of a repository's commits.
@Suite struct HistoryIndexTests {
  private func ask<Result>(
    _ made: MadeHistory, _ revision: String, at path: String? = nil, keeps: Bool = true,
    _ body: (RevisionHistory) throws -> Result
  ) throws -> Result {
    _ = CacheFolder.made(made.cache)
    let index = try HistoryIndex(
      ofRepositoryAt: path ?? made.path, cache: keeps ? made.cache : nil)
    return try index.withHistory(at: revision, body)
  }

  private func file(_ made: MadeHistory) throws -> String {
    let names = try InputFile.names(in: made.cache).filter { $0.hasSuffix(".sqlite") }
    #expect(names.count == 1)
    return made.cache + "/" + (names.first ?? "")
  }

  /// Every commit with its changed paths, as git and as the index have them.
  private func compare(_ made: MadeHistory, _ ids: [String]) async throws {
    let log = try await git(
      "log", "-c", "--raw", "--no-renames", "--no-abbrev", "--format=%x00%H%n%s", "main",
      in: made.path)
    var expected: [String: [String]] = [:]
    for entry in log.text.split(separator: "\0") {
      let lines = entry.split(separator: "\n")
      expected[String(lines[0])] = lines.dropFirst().filter { $0.first == ":" }.map {
        String($0.split(separator: "\t").last ?? "")
      }
    }
    #expect(expected.count > 60)
    let found = try ask(made, "main") { history throws in
      var found: [String: [String]] = [:]
      for id in expected.keys {
        let number = try #require(try history.commits(withID: id).first)
        found[id] = try history.paths(of: number)?.map { String(decoding: $0.path, as: UTF8.self) }
        for path in try history.paths(of: number) ?? [] {
          #expect(try history.commits(changing: path.path).contains(number))
        }
        let parents = try history.parents(of: number).map { try history.commit($0).id.description }
        #expect(parents.allSatisfy { expected[$0] != nil })
      }
      #expect(history.count == expected.count)
      return found
    }
    for (id, paths) in expected { #expect(found[id] == paths, "\(id)") }
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func pathsAreGits(_ seed: UInt64) async throws {
    let made = try await MadeHistory()
    let ids = try await made.make(MadeHistory.random(200, seed: seed))
    try await compare(made, ids)
    // The same in one pack of deltas.
    _ = try await git("repack", "-q", "-a", "-d", "-f", in: made.path)
    try NamedFile.remove(try file(made))
    try await compare(made, ids)
  }

  @Test(arguments: [4, 5] as [UInt64])
  func blameIsGits(_ seed: UInt64) async throws {
    let made = try await MadeHistory()
    _ = try await made.make(MadeHistory.random(120, seed: seed))
    var count = 0
    for path in ["a.c", "fs/ext4/file.c", "fs/x/y/z.h"] {
      let blame = try await git("blame", "-l", "-s", "--root", "main", "--", path, in: made.path)
      guard blame.code == 0 else { continue }
      let expected = blame.text.split(separator: "\n").map { String($0.prefix(40)) }
      let found = try ask(made, "main") { history throws in
        try history.blame(Array(path.utf8), lines: 1...10_000, at: history.tip).map {
          try history.commit($0).id.description
        }
      }
      #expect(found == expected, "\(path)")
      count += found.count
    }
    #expect(count > 20)
  }

  @Test func newCommitsAreAdded() async throws {
    let made = try await MadeHistory()
    var commits = MadeHistory.chain(["one\n", "two\n"])
    let old = try await made.make(commits)
    #expect(try ask(made, "main") { $0.count } == 2)
    let before = try file(made)
    commits += MadeHistory.chain(["one", "two", "three\n\nFixes: \(old[1].prefix(12)) (\"two\")\n"])
      .suffix(1)
    let ids = try await made.make(commits)
    #expect(ids[0..<2] == old[0..<2])
    try ask(made, "main") { history throws in
      #expect(history.count == 3)
      let found = try history.mentions(of: old[1])
      #expect(try found.map { try history.commit($0.commit).id.description } == [ids[2]])
      #expect(found.map(\.mention.role) == [.fixes])
      #expect(try history.commits(changing: Array("a.c".utf8)) == [1, 2, 3])
      #expect(try history.commit(3).author == "A U Thor <a@example.org>")
      #expect(try history.commit(3).zoneMinutes == 60)
    }
    #expect(try file(made) == before)
    // An older revision does not see the newer commit.
    try ask(made, "main~1") { history throws in
      #expect(history.count == 2)
      #expect(try history.mentions(of: old[1]).isEmpty)
      #expect(try history.commits(changing: Array("a.c".utf8)) == [1, 2])
    }
  }

  @Test func rewrittenCommitsAreNotReported() async throws {
    let made = try await MadeHistory()
    let first = try await made.make(
      MadeHistory.chain(["one thing\n", "two\n", "Revert \"one thing\"\n\nThis reverts it.\n"]))
    try ask(made, "main") { history throws in
      #expect(try history.revert(of: 1) == 3)
    }
    let second = try await made.make(MadeHistory.chain(["one thing\n", "other\n"]))
    try ask(made, "main") { history throws in
      #expect(history.count == 2)
      #expect(try history.revert(of: 1) == nil)
      #expect(try history.commits(withID: first[1]).isEmpty)
      #expect(try history.commits(titled: "two").isEmpty)
      #expect(try history.commits(titled: "Other").count == 1)
      #expect(try history.commits(changing: Array("a.c".utf8)).count == 2)
      #expect(try history.commits(withID: String(second[1].prefix(8))).count == 1)
    }
    // The same where the old commits are gone from the repository.
    _ = try await git("reflog", "expire", "--expire=now", "--all", in: made.path)
    _ = try await git("gc", "-q", "--prune=now", in: made.path)
    #expect(try ask(made, "main") { $0.count } == 2)
  }

  @Test func revertsOfRevertsCount() async throws {
    let made = try await MadeHistory()
    let ids = try await made.make(
      MadeHistory.chain([
        "ext4: a title\n", "Revert \"ext4: a title\"\n", "Revert \"Revert \"ext4: a title\"\"\n",
        "ext4: other\n", "ext4: undo other\n\nBack out \"ext4: other\" again.\n",
      ]))
    let back = "commit \(ids[3]) upstream, undone\n\nThis reverts commit\n\(ids[3]).\n"
    _ = try await made.make(
      MadeHistory.chain([
        "ext4: a title\n", "Revert \"ext4: a title\"\n", "Revert \"Revert \"ext4: a title\"\"\n",
        "ext4: other\n", "ext4: undo other\n\nBack out \"ext4: other\" again.\n", back,
      ]))
    try ask(made, "main") { history throws in
      #expect(try history.revert(of: 1) == nil, "its revert is reverted")
      #expect(try history.revert(of: 2) == 3)
      #expect(try history.revert(of: 4) == 6)
      #expect(try history.reverts(of: 1) == [2])
    }
  }

  // MARK: The file

  @Test(arguments: ["truncated", "garbage", "empty", "header", "graph", "version"])
  func aDamagedFileIsBuiltAnew(_ damage: String) async throws {
    let made = try await MadeHistory()
    _ = try await made.make(MadeHistory.random(150, seed: 9))
    func answer() throws -> [String] {
      try ask(made, "main") { history throws in
        try history.commits(changing: Array("a.c".utf8)).map {
          try history.commit($0).id.description
        }
      }
    }
    let sound = try answer()
    #expect(sound.count > 10)
    let path = try file(made)
    var bytes = try Files.read(path)
    switch damage {
    case "truncated": bytes = Array(bytes.prefix(bytes.count / 2))
    case "garbage": bytes = Array("not a database at all".utf8)
    case "empty": bytes = []
    case "header": for index in 20..<60 { bytes[index] ^= 0x5A }
    case "version": bytes[63] = 99
    default: break
    }
    if damage == "graph" {
      // A bit of the parents of the first commits, which SQLite itself does not check.
      let start: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
      let at = try #require(
        (0..<(bytes.count - 16)).first { bytes[$0] == 0 && Array(bytes[$0..<($0 + 16)]) == start })
      bytes[at + 16] ^= 1
    }
    try OutputFile.write(bytes, to: path, refusing: { _ in })
    #expect(try answer() == sound)
    #expect(try answer() == sound)
    #expect(try Files.read(try file(made)).count > 10_000)
  }

  /// What an index says in answer to all kinds of questions, as text.
  private func answers(_ made: MadeHistory) throws -> [String] {
    try ask(made, "main") { history throws in
      var answers = ["\(history.count)"]
      for number in 1...history.count {
        let commit = try history.commit(number)
        answers += ["\(commit)", "\(try history.commits(withID: commit.id.description))"]
        answers.append("\(try history.commits(titled: commit.subject))")
        answers += try history.trailers(of: number).map { "\($0)" }
        answers += try history.paths(of: number)?.map { "\($0)" } ?? ["unknown"]
        answers += try history.mentions(of: commit.id.description).map { "\($0)" }
        answers += try history.mentions(by: number).map { "\($0)" }
        answers.append("\(try history.identity(of: number)?.text ?? "")")
        answers.append("\(try history.renames(of: number)) \(history.parents(of: number))")
      }
      for path in ["a.c", "fs/a.c", "fs/x/y/z.h"] {
        answers.append("\(try history.commits(changing: Array(path.utf8)))")
      }
      return answers
    }
  }

  /// Bytes that are wrong anywhere in the file, which SQLite reads all the same, never give another answer.
  @Test func aByteThatIsWrongAnywhereIsFound() async throws {
    let made = try await MadeHistory()
    var commits = MadeHistory.random(60, seed: 21)
    let ids = try await made.make(commits)
    for index in commits.indices where index > 4 {
      let named = ids[index - 4]
      commits[index].message =
        "change \(index) again\n\nFixes: \(named.prefix(12)) (\"change \(index - 4)\")\n"
        + "Reported-by: A U Thor <a@example.org>\n"
    }
    _ = try await made.make(commits)
    let sound = try answers(made)
    #expect(try answers(made) == sound)
    let path = try file(made)
    let bytes = try Files.read(path)
    #expect(bytes.count > 60_000)
    // Each page of 4,096 bytes is hit several times, at other offsets each time.
    for offset in stride(from: 17, to: bytes.count, by: 1361) {
      var damaged = try Files.read(path)
      guard offset < damaged.count else { break }
      damaged[offset] ^= UInt8(1 << (offset % 8))
      try OutputFile.write(damaged, to: path, refusing: { _ in })
      #expect(try answers(made) == sound, "byte \(offset)")
      #expect(try Files.read(path) != damaged, "byte \(offset) is still wrong")
    }
    // The digest alone lost: nothing is known of the file.
    try NamedFile.remove(path + ".sum")
    #expect(try answers(made) == sound)
    #expect(InputFile.exists(path + ".sum"))
  }

  /// A question to one history within a question to another: the damaged one is made again, not the other.
  @Test(arguments: [true, false])
  func theDamagedOneOfTwoIsMadeAgain(_ isOuter: Bool) async throws {
    let outer = try await MadeHistory()
    let inner = try await MadeHistory()
    for made in [outer, inner] {
      _ = try await made.make(MadeHistory.random(60, seed: isOuter ? 3 : 4))
    }
    func count(damaging damaged: MadeHistory? = nil) throws -> [Int] {
      var isDamaged = damaged == nil
      return try ask(outer, "main") { first throws in
        try ask(inner, "main") { second throws in
          if let damaged, !isDamaged {
            // While it is open, and after its check: SQLite itself finds the pages that are gone.
            isDamaged = true
            let path = try file(damaged)
            let bytes = try Files.read(path)
            try Files.overwrite(
              path, at: 4096, with: [UInt8](repeating: 0xFF, count: bytes.count - 4096))
          }
          return try [first, second].map { history in
            try (1...history.count).map { try history.commits(titled: "change \($0)").count }
              .reduce(0, +)
          }
        }
      }
    }
    let sound = try count()
    let (broken, other) = isOuter ? (outer, inner) : (inner, outer)
    let untouched = try Files.read(try file(other))
    #expect(try count(damaging: broken) == sound)
    #expect(try Files.read(try file(other)) == untouched)
    #expect(try count() == sound)
  }

  @Test func severalProcessesAtOnce() async throws {
    let made = try await MadeHistory()
    let ids = try await made.make(MadeHistory.random(300, seed: 11))
    _ = CacheFolder.made(made.cache)
    let counts = try await withThrowingTaskGroup(of: [Int].self) { group in
      for task in 0..<6 {
        group.addTask {
          // Each has a connection and a lock of its own, as another process would.
          try (0..<4).map { round in
            let index = try HistoryIndex(ofRepositoryAt: made.path, cache: made.cache)
            return try index.withHistory(at: ids[(task * 4 + round) * 12 + 11]) { history throws in
              for commit in 1...history.count where commit % 16 == 0 && history.contains(commit) {
                _ = try history.identity(of: commit)
              }
              return history.count
            }
          }
        }
      }
      var counts: [Int] = []
      for try await own in group { counts += own }
      return counts
    }
    #expect(counts.count == 24)
    let names = try InputFile.names(in: made.cache)
    #expect(names.filter { !$0.hasSuffix(".lock") }.count == 2, "\(names)")
    #expect(names.count { $0.hasSuffix(".sqlite.sum") } == 1, "\(names)")
    for number in [11, 100, 299] {
      let expected = try await git("rev-list", "--count", ids[number], in: made.path)
      #expect(try ask(made, ids[number]) { $0.count } == Int(expected.line))
    }
  }

  @Test func repositoriesThatShareObjectsShareTheIndex() async throws {
    let made = try await MadeHistory()
    _ = try await made.make(MadeHistory.chain(["one\n", "two\n"]))
    #expect(try ask(made, "main") { $0.count } == 2)
    let clone = made.scratch.file("clone")
    _ = try await git("clone", "-q", "--shared", made.path, clone, in: made.scratch.path)
    _ = try await git("commit", "-q", "--allow-empty", "-m", "three", in: clone)
    #expect(try ask(made, "HEAD", at: clone) { $0.count } == 3)
    _ = try file(made)
    #expect(try ask(made, "main") { $0.count } == 2)
  }

  @Test func aShallowCloneIsCutOffUntilItIsDeepened() async throws {
    let made = try await MadeHistory()
    _ = try await made.make(MadeHistory.chain(["one\n", "two\n", "three\n"]))
    let clone = made.scratch.file("clone")
    _ = try await git(
      "clone", "-q", "--depth=2", "file://\(made.path)", clone, in: made.scratch.path)
    try ask(made, "HEAD", at: clone) { history throws in
      #expect(history.count == 2)
      #expect(try history.paths(of: 1) == nil)
      #expect(try history.paths(of: 2)?.count == 1)
    }
    _ = try await git("fetch", "-q", "--unshallow", in: clone)
    #expect(try ask(made, "HEAD", at: clone) { $0.count } == 3)
  }

  @Test func nothingIsKeptWithoutAFolder() async throws {
    let made = try await MadeHistory()
    _ = try await made.make(MadeHistory.chain(["one\n", "two\n"]))
    #expect(try ask(made, "main", keeps: false) { $0.count } == 2)
    #expect(try InputFile.names(in: made.cache).isEmpty)
  }

  @Test func aMissingCommitIsSaid() async throws {
    let made = try await MadeHistory()
    let ids = try await made.make(MadeHistory.chain(["one\n", "two\n"]))
    #expect(throws: PatchkitError.self) { try ask(made, "nowhere") { $0.count } }
    // fast-import leaves a pack; its objects are made loose and one of them is removed.
    let packs = try InputFile.names(in: made.path + "/objects/pack").filter {
      $0.hasSuffix(".pack")
    }
    for name in packs {
      let pack = try Files.read(made.path + "/objects/pack/" + name)
      try NamedFile.remove(made.path + "/objects/pack/" + name)
      try NamedFile.remove(made.path + "/objects/pack/" + name.dropLast(5) + ".idx")
      _ = try await git("unpack-objects", "-q", in: made.path, input: pack)
    }
    #expect(try ask(made, "main", keeps: false) { $0.count } == 2)
    try NamedFile.remove("\(made.path)/objects/\(ids[0].prefix(2))/\(ids[0].dropFirst(2))")
    let error = #expect(throws: PatchkitError.self) { try ask(made, "main") { $0.count } }
    #expect(error?.description.contains(ids[0]) == true)
    #expect(try InputFile.names(in: made.cache).filter { !$0.hasSuffix(".lock") }.isEmpty)
  }

  @Test func renamesAreFoundAndFollowed() async throws {
    let made = try await MadeHistory()
    let text = (0..<40).map { "line \($0)\n" }.joined()
    let ids = try await made.make([
      .init(message: "one\n", parents: [], files: [("old.c", text)]),
      .init(message: "two\n", parents: [0], files: [("old.c", nil), ("fs/new.c", text + "x\n")]),
    ])
    for _ in 0..<2 {
      try ask(made, "main") { history throws in
        #expect(try history.renames(of: 2).map(\.old) == [Array("old.c".utf8)])
        #expect(
          try history.rename(of: Array("fs/new.c".utf8), isOrigin: true) == Array("old.c".utf8))
        #expect(
          try history.rename(of: Array("old.c".utf8), isOrigin: false) == Array("fs/new.c".utf8))
        let blame = try history.blame(Array("fs/new.c".utf8), lines: 1...41, at: 2)
        #expect(blame == [Int](repeating: 1, count: 40) + [2])
        #expect(try history.commit(2).id.description == ids[1])
      }
    }
  }

  /// The whole of a large history, named by an environment variable.
  @Test(
    .enabled(
      if: Machine.variable("PATCHKIT_TEST_HISTORY") != nil,
      "PATCHKIT_TEST_HISTORY names no repository with a long history"))
  func aLargeHistory() async throws {
    let path = try #require(Machine.variable("PATCHKIT_TEST_HISTORY"))
    let made = try await MadeHistory()
    _ = CacheFolder.made(made.cache)
    let index = try HistoryIndex(ofRepositoryAt: path, cache: made.cache)
    let expected = try await git("rev-list", "--count", "HEAD", in: path)
    let (count, paths) = try index.withHistory(at: "HEAD") { history throws in
      var paths = 0
      for commit in 1...history.count where history.parents(of: commit).count < 2 {
        paths += try history.paths(of: commit)?.count ?? 0
      }
      return (history.count, paths)
    }
    #expect(count == Int(expected.line))
    let log = try await git(
      "-c", "core.quotePath=false", "log", "--format=", "--name-only", "--no-renames", "HEAD",
      in: path)
    #expect(paths == log.text.split(separator: "\n").count)
  }
}
