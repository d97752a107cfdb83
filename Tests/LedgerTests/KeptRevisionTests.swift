// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import Ledger
import TestSupport
import Testing

/// Results that `verify` keeps of revisions, and of names: what they depend on apart from the files of the tree.
@Suite struct KeptRevisionTests {
  /// Verifies the folder `Patches`, with the cache and without: both have to say the same.
  ///
  /// - Parameter adapts: whether the strategies may adapt the patches, and so search.
  /// - Returns: each verdict by its tree, and the names that are missing.
  private func verify(
    _ scratch: Scratch, _ trees: String..., names: VerifyOptions.Symbols = .none,
    adapts: Bool = false
  ) async throws -> (verdicts: [String: String], missing: [String], revisions: [String: String]) {
    try scratch.write(
      "Patches/patch.yaml",
      "trees:\n"
        + trees.map { tree in
          let parts = tree.split(separator: "=")
          return
            "  - {name: \(parts[0]), at: ../\(parts[1])\(adapts ? ", expect: relocated" : "")}\n"
        }.joined())
    let fresh = try await KeptCollection.verify(scratch, usesCache: false, names: names)
    let run = try await KeptCollection.verify(scratch, names: names)
    #expect(fresh.report == run.report)
    let cells = run.cells.map(\.cell)
    return (
      run.verdicts, cells.flatMap { $0.names?.missing.map(\.name) ?? [] },
      Dictionary(
        cells.compactMap { cell in cell.revision.map { (cell.tree, $0) } },
        uniquingKeysWith: { $1 })
    )
  }

  private func commit(_ scratch: Scratch, _ message: String) async throws {
    _ = try await git("add", "-A", in: scratch.file("tree"))
    let made = try await git("commit", "-qm", message, in: scratch.file("tree"))
    try #require(made.code == 0, "\(made.errors)")
  }

  /// A repository whose branch `with` renamed the patched file, and whose branch `without` has the same tree and no
  /// history.
  private func repository() async throws -> Scratch {
    let scratch = try KeptCollection.empty()
    try scratch.write("Patches/a.patch", KeptCollection.patch("fs/old.c", "moved"))
    try scratch.write("tree/fs/old.c", KeptCollection.text("moved"))
    try scratch.write("tree/other.c", "int other;\n")
    let tree = scratch.file("tree")
    _ = try await git("init", "-q", "-b", "with", in: tree)
    try await setCommitter(ofRepository: tree)
    try await commit(scratch, "one")
    try FileManager.default.createDirectory(
      atPath: scratch.file("tree/lib"), withIntermediateDirectories: true)
    _ = try await git("mv", "fs/old.c", "lib/new_name.c", in: tree)
    try await commit(scratch, "two")
    _ = try await git("checkout", "-q", "--orphan", "without", in: tree)
    try await commit(scratch, "all at once")
    return scratch
  }

  /// Where a file went depends on the commits: an equal tree without them has another result, in one run and in the next.
  @Test func equalTreesMayHaveDifferentHistories() async throws {
    let scratch = try await repository()
    let without = try await verify(scratch, "t=tree@without", adapts: true).verdicts["t"]
    let with = try await verify(scratch, "t=tree@with", adapts: true).verdicts["t"]
    #expect(without != with)
    let both = try await verify(scratch, "a=tree@without", "b=tree@with", adapts: true).verdicts
    #expect(both == ["a": without ?? "", "b": with ?? ""])
  }

  /// A tree without a commit: the blobs that a patch names may be in one of two repositories alone.
  @Test func equalTreesMayBeInDifferentRepositories() async throws {
    let scratch = try await repository()
    let id = try await git("rev-parse", "with^{tree}", in: scratch.file("tree")).text.dropLast()
    let cloned = try await git("clone", "-q", "--bare", "tree", "other", in: scratch.path)
    try #require(cloned.code == 0, "\(cloned.errors)")
    let both = try await verify(scratch, "a=tree@\(id)", "b=other@\(id)", adapts: true).verdicts
    #expect(both.count == 2 && both["a"] == both["b"])
    // The report has git's own id, also of a clone that is shallow.
    let shallow = try await git(
      "clone", "-q", "--depth", "1", "-b", "with", "file://" + scratch.file("tree"), "shallow",
      in: scratch.path)
    try #require(shallow.code == 0, "\(shallow.errors)")
    #expect(try await verify(scratch, "t=shallow@HEAD").revisions == ["t": String(id)])
  }

  /// A folder and a revision with the same files need one trial, whichever comes first, though a folder's files are
  /// known by another digest than those of a revision; and not where a file differs.
  @Test func aFolderIsComparedWithARevision() async throws {
    let scratch = try await repository()
    let copied = try await git(
      "worktree", "add", "-q", "--detach", "../copy", in: scratch.file("tree"))
    try #require(copied.code == 0, "\(copied.errors)")
    // A work tree has a history, which may say where files went.
    try removeFile(scratch.file("copy/.git"))
    try scratch.write("Patches/a.patch", KeptCollection.patch("lib/new_name.c", "moved"))
    try await Task.sleep(for: .seconds(3.2))
    let trees = ["{name: f, at: ../copy}", "{name: r, at: ../tree@without}"]
    func run(_ trees: [String]) async throws -> KeptCollection.Run {
      for name in try FileManager.default.contentsOfDirectory(atPath: scratch.file("cache")) {
        try removeFile(scratch.file("cache/\(name)"))
      }
      try scratch.write(
        "Patches/patch.yaml", "trees:\n" + trees.map { "  - \($0)\n" }.joined())
      return try await KeptCollection.verify(scratch)
    }
    for trees in [trees, trees.reversed()] {
      let found = try await run(trees)
      #expect(found.verdicts == ["f": "exact", "r": "exact"])
      #expect(found.trials == 1)
      #expect(try await KeptCollection.verify(scratch).isKept)
    }
    try scratch.write("copy/lib/new_name.c", KeptCollection.text("unlike"))
    for trees in [trees, trees.reversed()] {
      let found = try await run(trees)
      #expect(found.verdicts == ["f": "conflict", "r": "exact"])
      #expect(found.trials == 2)
    }
  }

  /// The rest of a shallow clone's history arrives: the commit is the same, the result differs.
  @Test func aShallowCloneIsCompleted() async throws {
    let scratch = try await repository()
    let cloned = try await git(
      "clone", "-q", "--depth", "1", "-b", "with", "file://" + scratch.file("tree"), "shallow",
      in: scratch.path)
    try #require(cloned.code == 0, "\(cloned.errors)")
    let shallow = try await verify(scratch, "t=shallow@HEAD", adapts: true).verdicts
    let fetched = try await git("fetch", "-q", "--unshallow", in: scratch.file("shallow"))
    try #require(fetched.code == 0, "\(fetched.errors)")
    let whole = try await verify(scratch, "t=shallow@HEAD", adapts: true).verdicts
    #expect(shallow != whole)
  }

  /// An object that git reads in the place of another one changes the files of a tree with the same id.
  @Test func aReplacedBlobIsSeen() async throws {
    let scratch = try await repository()
    try scratch.write("Patches/a.patch", KeptCollection.patch("lib/new_name.c", "moved"))
    #expect(try await verify(scratch, "t=tree@with").verdicts == ["t": "exact"])
    try scratch.write("other", KeptCollection.text("unlike"))
    let tree = scratch.file("tree")
    let old = try await git("rev-parse", "with:lib/new_name.c", in: tree).text
    let new = try await git("hash-object", "-w", scratch.file("other"), in: tree).text
    let replaced = try await git(
      "replace", String(old.dropLast()), String(new.dropLast()), in: tree)
    try #require(replaced.code == 0, "\(replaced.errors)")
    #expect(try await verify(scratch, "t=tree@with").verdicts == ["t": "conflict"])
    _ = try await git("replace", "-d", String(old.dropLast()), in: tree)
    #expect(try await verify(scratch, "t=tree@with").verdicts == ["t": "exact"])
  }

  /// Paths that look the same and have different bytes are two files.
  @Test func namesOfOtherBytesAreOtherNames() async throws {
    let scratch = try KeptCollection.empty()
    let (composed, decomposed) = ("fs/\u{E9}.c", "fs/e\u{301}.c")
    try scratch.write("tree/" + decomposed, KeptCollection.text("name"))
    try scratch.write("Patches/a.patch", KeptCollection.patch(composed, "name"))
    try await Task.sleep(for: .seconds(3.2))
    #expect(try await verify(scratch, "t=tree").verdicts == ["t": "missing-path"])
    try scratch.write("Patches/a.patch", KeptCollection.patch(decomposed, "name"))
    #expect(try await verify(scratch, "t=tree").verdicts == ["t": "exact"])
    try scratch.write("Patches/a.patch", KeptCollection.patch(composed, "name"))
    #expect(try await verify(scratch, "t=tree").verdicts == ["t": "missing-path"])
  }

  /// A tree, and a patch that includes files in one of its files.
  private func including(_ patch: String, _ names: [String]) throws -> Scratch {
    let scratch = try KeptCollection.empty()
    try scratch.write("tree/fs/a.c", "#include <linux/kernel.h>\n" + KeptCollection.text("a"))
    try scratch.write("tree/include/linux/kernel.h", "void statement_a(int);\n")
    try scratch.write(
      patch,
      "Subject: a\n\nWhy.\n---\n--- a/fs/a.c\n+++ b/fs/a.c\n@@ -1,3 +1,\(3 + names.count) @@\n"
        + " #include <linux/kernel.h>\n" + names.map { "+#include \"\($0)\"\n" }.joined()
        + " \tstatement_a(1);\n \tstatement_a(2);\n")
    return scratch
  }

  /// A patch may include a file of any name, and a link.
  @Test func anIncludedFileOfAnyNameCounts() async throws {
    let scratch = try including("Patches/a.patch", ["table.inc", "linked.h"])
    try await Task.sleep(for: .seconds(3.2))
    func missing() async throws -> [String] {
      try await verify(scratch, "t=tree", names: .all).missing.sorted()
    }
    #expect(try await missing() == ["linked.h", "table.inc"])
    try scratch.write("tree/fs/table.inc", "int x;\n")
    #expect(try await missing() == ["linked.h"])
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("tree/fs/linked.h"),
      withDestinationPath: "../include/linux/kernel.h")
    #expect(try await missing() == [])
    try removeFile(scratch.file("tree/fs/table.inc"))
    #expect(try await missing() == ["table.inc"])
  }

  /// How many folders are taken off an earlier patch's paths decides which names it brings.
  @Test func anOptionOfAnEarlierPatchCounts() async throws {
    let scratch = try including("Patches/2.patch", ["gen/made.h"])
    try scratch.write(
      "Patches/1.patch",
      "Subject: 1\n\nWhy.\n---\n--- /dev/null\n+++ b/fs/gen/made.h\n@@ -0,0 +1 @@\n+int made(int);\n"
    )
    for (option, missing) in [
      ("", []), (" -p3", ["gen/made.h"]), ("", []), (" -p3", ["gen/made.h"]),
    ] {
      try scratch.write("Patches/series", "1.patch\(option)\n2.patch\n")
      #expect(try await verify(scratch, "t=tree", names: .all).missing == missing, "\(option)")
    }
  }

  /// The machine fails once, at any object of a repository: what was found without it is not used once it is there
  /// again, be it an error or a search that took the object for a file without the text.
  @Test func aFailureOfTheMachineIsNotKept() async throws {
    let scratch = try await repository()
    try scratch.write("tree/lib/first.c", "int first;\n")
    try scratch.write("tree/lib/second.c", "int before;\n" + KeptCollection.text("function"))
    try await commit(scratch, "a function in another file")
    try removeFile(scratch.file("Patches/a.patch"))
    try scratch.write("Patches/b.patch", KeptCollection.patch("lib/first.c", "function"))
    try scratch.write(
      "Patches/patch.yaml",
      "trees:\n  - {name: t, at: ../tree@without, expect: relocated}\n")
    let whole = try await KeptCollection.verify(scratch, usesCache: false)
    #expect(whole.verdicts == ["t": "relocated"])
    let found = try FileManager.default.subpathsOfDirectory(
      atPath: scratch.file("tree/.git/objects"))
    let objects = found.filter { $0.utf8.count == 41 }.sorted()
    #expect(objects.count > 8)
    var failures: Set<String> = []
    for object in objects {
      let path = scratch.file("tree/.git/objects/" + object)
      let bytes = try Files.read(path)
      for isMissing in [true, false] {
        try removeFile(scratch.file("cache"))
        try FileManager.default.createDirectory(
          atPath: scratch.file("cache"), withIntermediateDirectories: true)
        try removeFile(path)
        if !isMissing { try Data(bytes.prefix(bytes.count / 2)).write(to: URL(filePath: path)) }
        let failed = try? await KeptCollection.verify(scratch)
        try? removeFile(path)
        try Data(bytes).write(to: URL(filePath: path))
        failures.insert(failed?.verdicts["t"] ?? "error")
        let again = try await KeptCollection.verify(scratch)
        #expect(again.report == whole.report, "\(object), missing: \(isMissing)")
      }
    }
    // A tree that cannot be read, and a search that misses the file.
    #expect(failures.isSuperset(of: ["none", "conflict"]), "\(failures)")
  }
}
