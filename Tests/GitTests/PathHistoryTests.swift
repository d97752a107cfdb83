// SPDX-License-Identifier: GPL-2.0-only

import Git
import TestSupport
import Testing

/// Where paths come and go in a history.
@Suite struct PathHistoryTests {
  /// Objects in memory, which counts how often each is read.
  private final class Objects {
    var objects: [ObjectID: ObjectReader.Object] = [:]
    var reads: [ObjectKind: Int] = [:]

    func add(_ kind: ObjectKind, _ content: [UInt8]) -> ObjectID {
      let id = ObjectID.hash(of: [kind.rawValue] + content)
      objects[id] = ObjectReader.Object(kind: kind, content: content)
      return id
    }

    func folder(_ entries: [(name: String, id: ObjectID, isFolder: Bool)]) -> ObjectID {
      add(
        .tree,
        entries.flatMap { entry in
          Array("\(entry.isFolder ? "40000" : "100644") \(entry.name)".utf8) + [0] + entry.id.bytes
        })
    }

    func commit(_ tree: ObjectID, after parent: ObjectID?) -> ObjectID {
      let parents = parent.map { "parent \($0)\n" } ?? ""
      return add(.commit, Array("tree \(tree)\n\(parents)author A <a@b> 1 +0000\n\nm\n".utf8))
    }

    func read(_ id: ObjectID) -> ObjectReader.Object? {
      guard let object = objects[id] else { return nil }
      reads[object.kind, default: 0] += 1
      return object
    }
  }

  /// A thousand commits that change a file of `busy`; `calm` has `moved` to `later` in the middle one.
  private func history(_ objects: Objects) throws -> ObjectID {
    var last: ObjectID?
    for number in 0..<1000 {
      let blob = objects.add(.blob, Array("\(number)".utf8))
      let other = objects.add(.blob, [])
      let busy = objects.folder([("a.c", blob, false)])
      let calm = objects.folder([(number < 500 ? "moved.c" : "later.c", other, false)])
      let deep = objects.folder([("calm", calm, true)])
      let root = objects.folder([("busy", busy, true), ("deep", deep, true)])
      last = objects.commit(root, after: last)
    }
    return try #require(last)
  }

  private func path(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// The history is read once for any number of paths, and a folder that does not change is searched
  /// once.
  @Test func everyObjectIsReadOnce() throws {
    let objects = Objects()
    let tip = try history(objects)
    let history = PathHistory(from: tip, limit: 20_000) { objects.read($0) }
    #expect(try history.change(of: path("deep/calm/no.c"), isPresent: false) == nil)
    // Every commit and its root; `deep` and `calm` have two states each.
    #expect(objects.reads == [.commit: 1000, .tree: 1000 + 2 + 2])
    for number in 0..<50 {
      #expect(try history.change(of: path("deep/calm/no\(number).c"), isPresent: false) == nil)
    }
    #expect(objects.reads == [.commit: 1000, .tree: 1004 + 50 * 2])
  }

  /// Nothing is read past the commit in which the path comes or goes.
  @Test func theHistoryIsReadNoFurtherThanNeeded() throws {
    let objects = Objects()
    let tip = try history(objects)
    let history = PathHistory(from: tip, limit: 20_000) { objects.read($0) }
    let gone = try #require(
      try history.change(of: path("deep/calm/moved.c"), isPresent: false))
    #expect(objects.reads[.commit] == 501)
    #expect(try history.change(of: path("deep/calm/later.c"), isPresent: true) == gone)
    #expect(objects.reads[.commit] == 501)
    #expect(try #require(objects.objects[gone.old]).kind == .tree && gone.old != gone.new)
  }

  /// The parents that are looked at are counted as git counts them.
  @Test(arguments: [499, 500])
  func theLimitCounts(_ limit: Int) throws {
    let objects = Objects()
    let tip = try history(objects)
    let history = PathHistory(from: tip, limit: limit) { objects.read($0) }
    let found = try history.change(of: path("deep/calm/moved.c"), isPresent: false)
    #expect((found != nil) == (limit == 500))
  }

  /// A path whose presence is not as expected has no other name, nor has one that never changed.
  @Test func presenceIsCheckedFirst() throws {
    let objects = Objects()
    let history = PathHistory(from: try history(objects), limit: 20_000) { objects.read($0) }
    #expect(try history.change(of: path("busy/a.c"), isPresent: false) == nil)
    #expect(objects.reads[.commit] == 1)
    #expect(try history.change(of: path("busy/a.c"), isPresent: true) == nil)
    #expect(try history.change(of: path("busy/a.c/b"), isPresent: false) == nil)
    #expect(try history.change(of: path("busy"), isPresent: false) == nil)
  }

  @Test func aMissingObjectIsAnError() throws {
    let objects = Objects()
    let tip = try history(objects)
    let parent = try #require(
      objects.objects.first { $0.value.kind == .commit && $0.value.content.count < 90 })
    objects.objects[parent.key] = nil
    let history = PathHistory(from: tip, limit: 20_000) { objects.read($0) }
    #expect(throws: GitError.self) { try history.change(of: path("no.c"), isPresent: false) }
  }

  /// A folder that moved, in a repository with packs: both directions, and git's own view of it.
  @Test(arguments: [false, true])
  func renamesOfARepository(_ isReplaced: Bool) async throws {
    let scratch = try Scratch()
    let folder = scratch.file("r")
    _ = try await git("init", "-q", "r", in: scratch.path)
    func commit(_ message: String) async throws {
      _ = try await git("add", "-A", in: folder)
      _ = try await git(
        "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", message, in: folder)
    }
    for name in ["one.c", "two.c"] {
      try scratch.write(
        "r/old/\(name)", (0..<40).map { "int \(name.prefix(3))_\($0);\n" }.joined())
    }
    try await commit("one")
    _ = try await git("mv", "old", "new", in: folder)
    try await commit("two")
    for number in 0..<5 {
      try scratch.write("r/other.c", "int other\(number);\n")
      try await commit("further \(number)")
    }
    _ = try await git("gc", "-q", in: folder)
    if isReplaced {
      // The history ends before the move, as in a shallow clone.
      _ = try await git("replace", "--graft", "HEAD~2", in: folder)
    }
    let repository = try Repository(openingAt: folder)
    let head = try #require(try repository.head())
    for name in ["one.c", "two.c"] {
      let later = try repository.rename(
        of: path("old/\(name)"), from: head.commit, isOrigin: false, limit: 100)
      let former = try repository.rename(
        of: path("new/\(name)"), from: head.commit, isOrigin: true, limit: 100)
      #expect(later == (isReplaced ? nil : path("new/\(name)")))
      #expect(former == (isReplaced ? nil : path("old/\(name)")))
    }
  }

  /// The differences of two trees, and their patch, are those that git shows, whatever is read to find
  /// them: files that become folders, names that look like patterns.
  @Test(arguments: 0..<4)
  func differencesAreThoseOfGit(_ seed: Int) async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    var random = SeededRandom(seed: UInt64(seed) + 900)
    var files = RandomFiles()
    var stream: [UInt8] = []
    for number in 0...60 {
      files.step(&random)
      stream += files.commit(number)
    }
    #expect(try await git("fast-import", "--quiet", in: scratch.path, input: stream).code == 0)
    let log = try await git(
      "log", "--first-parent", "--raw", "--no-abbrev", "--no-renames", "-z", "--format=%H %P",
      "main", in: scratch.path)
    let repository = try Repository(openingAt: scratch.path)
    var (count, wanted, ids): (Int, Set<String>, [String]) = (0, [], [])
    func check() throws {
      guard ids.count == 2 else { return }
      let (after, before) = (try repository.resolve(ids[0]), try repository.resolve(ids[1]))
      let found = try repository.differences(
        from: before.tree, to: after.tree, findsRenames: false)
      let names = found.flatMap { [$0.oldPath, $0.newPath].compactMap(\.self) }
        .map { String(decoding: $0, as: UTF8.self) }
      #expect(Set(names) == wanted, "\(ids)")
      count += names.count
    }
    var takesName = false
    for part in log.text.split(whereSeparator: { $0 == "\0" || $0 == "\n" }).map(String.init) {
      if takesName {
        wanted.insert(part)
        takesName = false
      } else if part.hasPrefix(":") {
        takesName = true
      } else {
        try check()
        (wanted, ids) = ([], part.split(separator: " ").map(String.init))
      }
    }
    #expect(count > 100)
  }

  /// Every file and link of a tree, with what git has of it.
  @Test func filesOfATree() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    var random = SeededRandom(seed: 77)
    var files = RandomFiles()
    for _ in 0..<40 { files.step(&random) }
    _ = try await git("fast-import", "--quiet", in: scratch.path, input: files.commit(0))
    let repository = try Repository(openingAt: scratch.path)
    let tree = try repository.resolve("main").tree
    var found: Set<String> = []
    unsafe try repository.forEachFile(inTree: tree) { folder, name, entry in
      let path = unsafe String(decoding: folder + name, as: UTF8.self)
      found.insert("\(String(entry.mode?.rawValue ?? 0, radix: 8)) blob \(entry.id)\t\(path)")
    }
    let listed = try await git("ls-tree", "-r", "-z", "main", in: scratch.path)
    #expect(found == Set(listed.text.split(separator: "\0" as Character).map(String.init)))
  }

  /// The packs of a repository are mapped once, however often it is opened, and anew once there is one more
  /// pack.
  @Test func packsAreOpenedOnce() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "-b", "main", in: scratch.path)
    var random = SeededRandom(seed: 5)
    var files = RandomFiles()
    for number in 0..<2 {
      files.step(&random)
      _ = try await git(
        "fast-import", "--quiet", "--force", in: scratch.path, input: files.commit(number))
      _ = try await git("repack", "-q", "-d", in: scratch.path)
    }
    let first = ObjectStore.shared(of: try Repository(openingAt: scratch.path))
    #expect(first === ObjectStore.shared(of: try Repository(openingAt: scratch.path)))
    let count = first.packedCount
    #expect(count > 0)
    files.step(&random)
    _ = try await git("fast-import", "--quiet", "--force", in: scratch.path, input: files.commit(2))
    _ = try await git("repack", "-q", "-a", "-d", in: scratch.path)
    let other = ObjectStore.shared(of: try Repository(openingAt: scratch.path))
    #expect(first !== other && other.packedCount > 0)
  }
}
