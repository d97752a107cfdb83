// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// How much of a patch is in a tree, by its text.
@Suite struct PresenceTests {
  private let before = """
    int lamp_read(struct lamp *lamp)
    {
    	int level = lamp->level;

    	if (lamp->is_off)
    		return 0;
    	return level;
    }

    int lamp_write(struct lamp *lamp, int level)
    {
    	lamp_lock(lamp);
    	lamp->level = level;
    	lamp_unlock(lamp);
    	return 0;
    }

    """

  private var after: String {
    before.replacing("\treturn level;", with: "\ttrace_lamp_read(lamp, level);\n\treturn level;")
      .replacing("\tlamp->level = level;", with: "\tlamp->level = clamp_level(lamp, level);")
  }

  /// What a tree with one file has of the patch between two versions of it.
  private func presence(
    in target: String, of old: String, _ new: String, stopsAtFirst: Bool = false
  ) async throws -> Presence {
    let scratch = try Scratch()
    try scratch.write("a/lamp.c", old)
    try scratch.write("b/lamp.c", new)
    let patch = try await git(
      "diff", "-U2", "--no-index", "--no-prefix", "a", "b", in: scratch.path)
    try scratch.write("t/lamp.c", target)
    let tree = try DirectoryTree(path: scratch.file("t"))
    let document = PatchDocument(parsing: patch.output, name: "lamp.patch")
    let outcome = try SeriesSession(on: tree).apply(
      try PatchQueue(document, options: ApplyOptions()))
    let patchOutcome = try #require(outcome.patches.first)
    return try Presence(of: patchOutcome, in: tree, stopsAtFirst: stopsAtFirst)
  }

  @Test func theResultIsAllThere() async throws {
    let found = try await presence(in: after, of: before, after)
    #expect(found.state == .all && found.there == 2 && found.hunks == 2)
    #expect(found.evidence.count == 2)
  }

  @Test func whatAppliesIsNotThere() async throws {
    let found = try await presence(in: before, of: before, after)
    #expect(found.state == .none && found.there == 0 && found.hunks == 2)
    #expect(found.evidence.isEmpty)
  }

  @Test func oneHunkOfTwoIsAPart() async throws {
    let half = before.replacing(
      "\treturn level;", with: "\ttrace_lamp_read(lamp, level);\n\treturn level;")
    let found = try await presence(in: half, of: before, after)
    #expect(found.state == .part && found.there == 1)
    let early = try await presence(in: half, of: before, after, stopsAtFirst: true)
    #expect(early.state == .part)
  }

  /// Context that changed since does not hide it.
  @Test func driftedContextDoesNotHideIt() async throws {
    let drifted = after.replacing("\tif (lamp->is_off)", with: "\tif (lamp_is_dark(lamp))")
      .replacing("\tlamp_lock(lamp);", with: "\tguard(lamp)(lamp);")
    let found = try await presence(in: drifted, of: before, after)
    #expect(found.state == .all, "\(found)")
  }

  /// An added line that is elsewhere, next to the line that it replaces, is not the result.
  @Test func aRemovedLineThatIsStillThereSpeaksAgainstIt() async throws {
    let both = before.replacing(
      "\tlamp->level = level;",
      with: "\tlamp->level = level;\n\tprepare();\n\tlamp->level = clamp_level(lamp, level);")
    let found = try await presence(in: both, of: before, after)
    #expect(found.state != .all, "\(found)")
  }

  @Test func aRemovalIsThereWhereItsNeighborsAreAndItIsNot() async throws {
    let removed = before.replacing("\tif (lamp->is_off)\n\t\treturn 0;\n", with: "")
    let found = try await presence(in: removed, of: before, removed)
    #expect(found.state == .all)
    let still = try await presence(
      in: before.replacing("return level", with: "return level + 1"), of: before, removed)
    #expect(still.state == .none, "\(still)")
  }

  /// A tree that counts how often each file is read.
  private final class ReadTree: KernelTree {
    let base: DirectoryTree
    var reads: [String: Int] = [:]
    init(_ base: DirectoryTree) { self.base = base }
    var name: String { base.name }
    func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
      reads[path.description, default: 0] += 1
      return try base.file(at: path)
    }
    func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
      try base.paths(named: name)
    }
    func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
      try base.files(in: folder)
    }
    func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
      try base.allFiles(below: folder)
    }
  }

  /// A file that the patch makes may be there and have changed since.
  @Test func aFileThatIsMadeMayHaveChangedSince() async throws {
    let scratch = try Scratch()
    try scratch.write("a/x.c", before)
    try scratch.write("b/x.c", after)
    try scratch.write("b/new.c", after)
    let patch = try await git(
      "diff", "-U2", "--no-index", "--no-prefix", "a", "b", in: scratch.path)
    let document = PatchDocument(parsing: patch.output, name: "lamp.patch")
    let later = after.replacing("\treturn level;", with: "\treturn level_of(lamp);")
    for (name, text, isThere) in [
      ("later", later, true), ("other", "int unrelated;\n", false), ("none", nil, false),
    ] as [(String, String?, Bool)] {
      try scratch.write("\(name)/x.c", after)
      if let text { try scratch.write("\(name)/new.c", text) }
      let directory = try DirectoryTree(path: scratch.file(name))
      let outcome = try SeriesSession(on: directory).apply(
        try PatchQueue(document, options: ApplyOptions()))
      let tried = try #require(outcome.patches.first)
      for stopsAtFirst in [false, true] {
        let found = try Presence(of: tried, in: directory, stopsAtFirst: stopsAtFirst)
        #expect((found.state == .all) == isThere, "\(name): \(tried.verdict) \(found)")
      }
    }
  }

  /// Of a patch that is applied in reverse, the lines that it removes are there where it is undone.
  @Test func aReversedPatchIsThereWhereItIsUndone() async throws {
    let scratch = try Scratch()
    try scratch.write("a/x.c", before)
    try scratch.write("b/x.c", after)
    let patch = try await git(
      "diff", "-U2", "--no-index", "--no-prefix", "a", "b", in: scratch.path)
    let document = PatchDocument(parsing: patch.output, name: "lamp.patch")
    var options = ApplyOptions()
    options.isReversed = true
    let drifts = [
      ("\tif (lamp->is_off)", "\tif (lamp_is_dark(lamp))"),
      ("\tlamp_lock(lamp);", "\tguard(lamp)(lamp);"),
    ]
    for (name, text, isUndone) in [("undone", before, true), ("applied", after, false)] {
      let drifted = drifts.reduce(text) { $0.replacing($1.0, with: $1.1) }
      try scratch.write("\(name)/x.c", drifted)
      let directory = try DirectoryTree(path: scratch.file(name))
      let outcome = try SeriesSession(on: directory).apply(
        try PatchQueue(document, options: options))
      let tried = try #require(outcome.patches.first)
      for stopsAtFirst in [false, true] {
        let found = try Presence(of: tried, in: directory, stopsAtFirst: stopsAtFirst)
        #expect((found.state == .all) == isUndone, "\(name): \(tried.verdict) \(found)")
      }
    }
  }

  /// Whether all is there is the same answer, wherever the search for it ends.
  @Test func theFirstFileThatIsNotThereDecides() async throws {
    let drifted = after.replacing("\tif (lamp->is_off)", with: "\tif (lamp_is_dark(lamp))")
      .replacing("\tlamp_lock(lamp);", with: "\tguard(lamp)(lamp);")
    let conflicting = before.replacing("lamp->level", with: "lamp->brightness")
      .replacing("\treturn level;", with: "\treturn clamp(level);")
    let half = after.replacing("clamp_level(lamp, level)", with: "limit(level) + 1")
    let contents: [String?] = [before, after, drifted, conflicting, half, nil]
    let scratch = try Scratch()
    for name in ["a/one/x.c", "a/two/y.c"] { try scratch.write(name, before) }
    for name in ["b/one/x.c", "b/two/y.c"] { try scratch.write(name, after) }
    try scratch.write("a/gone/z.c", "int z;\n")
    let patch = try await git(
      "diff", "-U2", "--no-index", "--no-prefix", "a", "b", in: scratch.path)
    let document = PatchDocument(parsing: patch.output, name: "lamp.patch")
    var (all, early) = (0, 0)
    for (first, one) in contents.enumerated() {
      for (second, two) in contents.enumerated() {
        for isGone in [false, true] {
          let folder = "t\(first)\(second)\(isGone)"
          try scratch.write("\(folder)/gone/rest.c", "int rest;\n")
          if !isGone { try scratch.write("\(folder)/gone/z.c", "int z;\n") }
          if let one { try scratch.write("\(folder)/one/x.c", one) }
          if let two { try scratch.write("\(folder)/two/y.c", two) }
          let directory = try DirectoryTree(path: scratch.file(folder))
          let outcome = try SeriesSession(on: directory).apply(
            try PatchQueue(document, options: ApplyOptions()))
          let tried = try #require(outcome.patches.first)
          let (whole, short) = (ReadTree(directory), ReadTree(directory))
          let found = try Presence(of: tried, in: whole)
          let known = try Presence(of: tried, in: short, stopsAtFirst: true)
          #expect((found.state == .all) == (known.state == .all), "\(folder): \(found) \(known)")
          if found.state == .all { all += 1 }
          // A file that is missing has nothing of the patch.
          if one == nil || two == nil { #expect(found.state != .all, "\(folder): \(found)") }
          if isGone, one == conflicting, two == after {
            #expect(short.reads["two/y.c"] == nil && whole.reads["two/y.c"] != nil)
            early += 1
          }
        }
      }
    }
    #expect(all >= 4, "the files that are there in other words are among them")
    #expect(early == 1)
  }

  /// A hunk whose function is in another file of the folder is looked for there, wherever the search ends.
  @Test func aHunkIsLookedForWhereItsFunctionIs() async throws {
    let scratch = try Scratch()
    try scratch.write("a/lamp.c", before)
    try scratch.write("b/lamp.c", after)
    let patch = try await git(
      "diff", "-U2", "--no-index", "--no-prefix", "a", "b", in: scratch.path)
    let document = PatchDocument(parsing: patch.output, name: "lamp.patch")
    let own = "int other_lamp(void)\n{\n\treturn 0;\n}\n"
    let reworded = after.replacing("\tlamp_lock(lamp);", with: "\tguard(lamp)(lamp);")
    let contents = [own, before, after, reworded, before + own, after + own]
    var counts: [Presence.State: Int] = [:]
    for (first, one) in contents.enumerated() {
      for (second, two) in contents.enumerated() {
        let folder = "t\(first)\(second)"
        try scratch.write("\(folder)/lamp.c", one)
        try scratch.write("\(folder)/light.c", two)
        let tree = try DirectoryTree(path: scratch.file(folder))
        let outcome = try SeriesSession(on: tree).apply(
          try PatchQueue(document, options: ApplyOptions()))
        let tried = try #require(outcome.patches.first)
        let found = try Presence(of: tried, in: tree)
        let known = try Presence(of: tried, in: tree, stopsAtFirst: true)
        #expect((found.state == .all) == (known.state == .all), "\(folder): \(found) \(known)")
        counts[found.state, default: 0] += 1
      }
    }
    #expect(counts[.all] ?? 0 > 0 && counts[Presence.State.none] ?? 0 > 0, "\(counts)")
  }
}
