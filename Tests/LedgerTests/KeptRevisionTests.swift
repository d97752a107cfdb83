// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import Ledger
import TestSupport
import Testing

/// Results that `verify` keeps of revisions, and of names: what they depend on apart from the files of the tree.
@Suite struct KeptRevisionTests {
  private static func text(_ name: String) -> String {
    (1...30).map { "\tstatement_\(name)(\($0));\n" }.joined()
  }

  private static func patch(_ path: String, _ name: String) -> String {
    func line(_ number: Int) -> String { "\tstatement_\(name)(\(number));\n" }
    let hunk =
      (12...14).map { " " + line($0) }.joined() + "-" + line(15) + "+\tchanged();\n"
      + (16...18).map { " " + line($0) }.joined()
    return "Subject: \(name)\n\nWhy.\n---\n--- a/\(path)\n+++ b/\(path)\n@@ -12,7 +12,7 @@\n\(hunk)"
  }

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
    var reports: [String] = []
    var result: (verdicts: [String: String], missing: [String], revisions: [String: String]) =
      ([:], [], [:])
    for usesCache in [false, true] {
      var options = VerifyOptions()
      options.usesCache = usesCache
      options.symbols = names
      let found = try await Verifier(options, cacheFolder: scratch.file("cache"))
        .run(try PatchFolder.all(in: [scratch.file("Patches")]))
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      reports.append(String(decoding: try encoder.encode(found), as: UTF8.self))
      result = ([:], [], [:])
      for cell in found.folders.flatMap(\.patches).flatMap(\.cells) {
        result.verdicts[cell.tree] = cell.outcome?.verdict.rawValue ?? "none"
        result.revisions[cell.tree] = cell.revision
        result.missing += cell.names?.missing.map(\.name) ?? []
      }
    }
    #expect(reports[0] == reports[1])
    return result
  }

  private func empty() throws -> Scratch {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.file("cache"), withIntermediateDirectories: true)
    return scratch
  }

  private func commit(_ scratch: Scratch, _ message: String) async throws {
    _ = try await git("add", "-A", in: scratch.file("tree"))
    let made = try await git("commit", "-qm", message, in: scratch.file("tree"))
    try #require(made.code == 0, "\(made.errors)")
  }

  /// A repository whose branch `with` renamed the patched file, and whose branch `without` has the same tree and no
  /// history.
  private func repository() async throws -> Scratch {
    let scratch = try empty()
    try scratch.write("Patches/a.patch", Self.patch("fs/old.c", "moved"))
    try scratch.write("tree/fs/old.c", Self.text("moved"))
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
    try scratch.write("Patches/a.patch", Self.patch("lib/new_name.c", "moved"))
    #expect(try await verify(scratch, "t=tree@with").verdicts == ["t": "exact"])
    try scratch.write("other", Self.text("unlike"))
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
    let scratch = try empty()
    let (composed, decomposed) = ("fs/\u{E9}.c", "fs/e\u{301}.c")
    try scratch.write("tree/" + decomposed, Self.text("name"))
    try scratch.write("Patches/a.patch", Self.patch(composed, "name"))
    try await Task.sleep(for: .seconds(3.2))
    #expect(try await verify(scratch, "t=tree").verdicts == ["t": "missing-path"])
    try scratch.write("Patches/a.patch", Self.patch(decomposed, "name"))
    #expect(try await verify(scratch, "t=tree").verdicts == ["t": "exact"])
    try scratch.write("Patches/a.patch", Self.patch(composed, "name"))
    #expect(try await verify(scratch, "t=tree").verdicts == ["t": "missing-path"])
  }

  /// A tree, and a patch that includes files in one of its files.
  private func including(_ patch: String, _ names: [String]) throws -> Scratch {
    let scratch = try empty()
    try scratch.write("tree/fs/a.c", "#include <linux/kernel.h>\n" + Self.text("a"))
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
}
