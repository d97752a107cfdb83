// SPDX-License-Identifier: GPL-2.0-only

import Git
import PatchFormat
import TestSupport
import TextAlign
import Testing

/// libgit2's apply, each of its peculiarities worked around.
@Suite struct StrictApplierTests {
  private func apply(
    _ text: String, to content: String?, mode: FileMode = .regular
  ) throws -> StrictApplier.Result {
    let document = PatchDocument(parsing: Array(text.utf8), name: "test.patch")
    var file = try #require(document.files.first)
    let before = content.map { GitFile(mode: mode, content: Array($0.utf8)) }
    if let before {
      // A caller states the modes of the file that it has.
      if file.newMode == nil, file.change != .delete { file.newMode = before.mode.rawValue }
      file.oldMode = before.mode.rawValue
    }
    return try StrictApplier().apply(
      file, to: before,
      lines: LineTable(before?.content ?? []))
  }

  private func file(
    _ content: String, _ mode: FileMode = .regular
  ) -> StrictApplier.Result {
    .file(GitFile(mode: mode, content: Array(content.utf8)))
  }

  private let header = "--- a/f\n+++ b/f\n"

  @Test func onlyTheLinesOfTheHunksAreLookedAt() throws {
    let whole = (1...900).map { "\($0)\n" }.joined()
    let patch = header + "@@ -800,3 +800,3 @@\n 800\n-801\n+eight hundred and one\n 802\n"
    let expected = whole.replacing("\n801\n", with: "\neight hundred and one\n")
    #expect(try apply(patch, to: whole) == file(expected))
    // One line off is refused, as on the whole file.
    let off = header + "@@ -801,3 +801,3 @@\n 800\n-801\n+x\n 802\n"
    #expect(throws: GitError.self) { try apply(off, to: whole) }
  }

  /// What is between hunks is one empty line to libgit2: a number that is wrong by one still fails, in each hunk.
  @Test(arguments: 0..<4, [-1, 1]) func aLineNumberThatIsOffFails(_ hunk: Int, _ shift: Int) throws
  {
    let whole = (1...900).map { "\($0)\n" }.joined()
    func patch(_ shifts: [Int]) -> String {
      header
        + [10, 14, 400, 890].enumerated().map { index, line in
          "@@ -\(line + shifts[index]),3 +\(line + index + shifts[index]),4 @@\n"
            + " \(line)\n-\(line + 1)\n+x\n+y\n \(line + 2)\n"
        }.joined()
    }
    var expected = whole
    for line in [11, 15, 401, 891] {
      expected = expected.replacing("\n\(line)\n", with: "\nx\ny\n")
    }
    #expect(try apply(patch([0, 0, 0, 0]), to: whole) == file(expected))
    var shifts = [0, 0, 0, 0]
    shifts[hunk] = shift
    #expect(throws: GitError.self) { try apply(patch(shifts), to: whole) }
  }

  @Test func hunksThatOverlapAreRefused() throws {
    let whole = (1...20).map { "\($0)\n" }.joined()
    let patch =
      header + "@@ -4,3 +4,3 @@\n 4\n-5\n+x\n 6\n" + "@@ -6,3 +6,3 @@\n 6\n-7\n+y\n 8\n"
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    var file = try #require(document.files.first)
    (file.oldMode, file.newMode) = (0o100644, 0o100644)
    let before = GitFile(mode: .regular, content: Array(whole.utf8))
    // In one batch, and in two.
    for most in [4096, 1] {
      let error = #expect(throws: GitError.self) {
        try StrictApplier().apply(
          file, to: before, lines: LineTable(before.content), hunksAtOnce: most)
      }
      #expect(error?.message == "its hunks overlap")
    }
  }

  /// A large file is read once, and its hunks may be next to one long line: the caller's bytes stay.
  @Test(arguments: [FilePatch.Change.modify, .rename, .copy])
  func aLargeLineIsChangedAndTheFileBeforeStays(_ change: FilePatch.Change) throws {
    let line = String(repeating: "x", count: 3 << 20)
    let before = "a\n\(line)\nb\n"
    let names =
      change == .modify
      ? "diff --git a/f b/f\n"
      : "diff --git a/f b/g\nsimilarity index 90%\n\(change.rawValue) from f\n\(change.rawValue) to g\n"
    let name = change == .modify ? "f" : "g"
    let text =
      "\(names)--- a/f\n+++ b/\(name)\n@@ -1,3 +1,4 @@\n a\n-\(line)\n+\(line)y\n+more\n b\n"
    let content = Array(before.utf8)
    let document = PatchDocument(parsing: Array(text.utf8), name: "test.patch")
    var patch = try #require(document.files.first)
    (patch.oldMode, patch.newMode) = (0o100644, 0o100644)
    #expect(patch.change == change)
    let applier = try StrictApplier()
    let file = GitFile(mode: .regular, content: content)
    for _ in 0..<2 {
      let made = try applier.apply(patch, to: file, lines: LineTable(content))
      #expect(made == self.file("a\n\(line)y\nmore\nb\n"))
    }
  }

  /// Hunks that are given to libgit2 some at a time make the same file: insertions, removals and changes
  /// at the file's ends, next to each other, and without context.
  @Test(arguments: 0..<40)
  func hunksInBatchesMakeTheSameFile(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed) + 31)
    let lines = (0..<60).map { "line \($0)" }
    var (text, after) = (header, [String]())
    var (line, growth) = (0, 0)
    while line < lines.count {
      let gap = Int.random(in: (seed % 2)...4, using: &random)
      after += lines[line..<min(lines.count, line + gap)]
      line += gap
      guard line < lines.count else { break }
      let gone = Int.random(in: 0...min(3, lines.count - line), using: &random)
      let new = (0..<Int.random(in: gone == 0 ? 1...2 : 0...2, using: &random)).map { "new \($0)" }
      let start = line + (gone == 0 ? 0 : 1)
      let newStart = line + growth + (new.isEmpty ? 0 : 1)
      text += "@@ -\(start),\(gone) +\(newStart),\(new.count) @@\n"
      text += lines[line..<(line + gone)].map { "-\($0)\n" }.joined()
      text += new.map { "+\($0)\n" }.joined()
      after += new
      line += gone
      growth += new.count - gone
      // Two hunks in a row have a line between them, as every diff has.
      if line < lines.count {
        after.append(lines[line])
        line += 1
      }
    }
    let content = lines.map { "\($0)\n" }.joined()
    let document = PatchDocument(parsing: Array(text.utf8), name: "test.patch")
    var patch = try #require(document.files.first)
    (patch.oldMode, patch.newMode) = (0o100644, 0o100644)
    let before = GitFile(mode: .regular, content: Array(content.utf8))
    let wanted = file(after.map { "\($0)\n" }.joined())
    #expect(patch.hunks.count > 4)
    for most in [1, 2, 3, patch.hunks.count] {
      let made = try StrictApplier().apply(
        patch, to: before,
        lines: LineTable(before.content), hunksAtOnce: most)
      #expect(made == wanted, "\(most) at once")
    }
    // A line that is not there is refused in a later batch, too.
    var wrong = before
    wrong.content = Array(content.replacing("line 5", with: "line five").utf8)
    #expect(throws: GitError.self) {
      let made = try StrictApplier().apply(
        patch, to: wrong,
        lines: LineTable(wrong.content), hunksAtOnce: 2)
      // Where no hunk has one of those lines, the file is the other one.
      if made != wanted { throw GitError("apply", "another file") }
    }
  }

  /// A long hunk is given to libgit2 in parts: changes all over it, a long insertion, and whole files.
  @Test(
    arguments: ["change", "insert", "insert first", "create", "delete", "remove"], [true, false])
  func aLongHunkMakesTheSameFile(_ way: String, endsWithNewline: Bool) throws {
    let count = 50_000
    var lines = (0..<count).map { "line \($0)" }
    let marker = endsWithNewline ? "" : "\\ No newline at end of file\n"
    func text(_ lines: [String]) -> String {
      let text = lines.map { "\($0)\n" }.joined()
      return endsWithNewline ? text : String(text.dropLast())
    }
    func hunk(_ old: Int, _ new: Int, _ lines: [String]) -> String {
      "@@ -\(old == 0 ? 0 : 1),\(old) +\(new == 0 ? 0 : 1),\(new) @@\n"
        + lines.map { "\($0)\n" }.joined() + marker
    }
    let patch: String
    var after = lines
    var before: [String]? = lines
    switch way {
    case "change":
      for index in stride(from: 3, to: count - 1, by: 7) { after[index] = "new \(index)" }
      patch =
        header
        + hunk(
          count, count,
          zip(lines, after).flatMap { old, new in
            old == new ? [" \(old)"] : ["-\(old)", "+\(new)"]
          })
    case "insert":
      let added = (0..<count).map { "new \($0)" }
      lines = ["a", "b"]
      (before, after) = (lines, ["a"] + added + ["b"])
      patch = header + hunk(2, count + 2, [" a"] + added.map { "+" + $0 } + [" b"])
    case "insert first":
      let added = (0..<count).map { "new \($0)" }
      lines = ["a", "b"]
      (before, after) = (lines, added + ["a", "b"])
      patch = header + hunk(2, count + 2, added.map { "+" + $0 } + [" a", " b"])
    case "create":
      before = nil
      patch = "--- /dev/null\n+++ b/f\n" + hunk(0, count, lines.map { "+" + $0 })
    case "delete":
      after = []
      patch = "--- a/f\n+++ /dev/null\n" + hunk(count, 0, lines.map { "-" + $0 })
    default:
      after = ["line 0", "line \(count - 1)"]
      patch =
        header
        + hunk(
          count, 2, lines.enumerated().map { (1..<(count - 1)).contains($0) ? "-" + $1 : " " + $1 })
    }
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    var file = try #require(document.files.first)
    file.oldMode = before == nil ? nil : 0o100644
    if way != "delete" { file.newMode = 0o100644 }
    let old = before.map { GitFile(mode: .regular, content: Array(text($0).utf8)) }
    let result = after.isEmpty ? "" : text(after)
    let made = try StrictApplier().apply(
      file, to: old, lines: LineTable(old?.content ?? []))
    #expect(made == self.file(result))
    let checked = try StrictApplier().apply(
      file, to: old, lines: LineTable(old?.content ?? []), keepsContent: false)
    #expect(checked == self.file(""))
    // A line far down that is not there is refused, whatever is kept.
    guard var wrong = old, before == lines, lines.count > 2 else { return }
    wrong.content = Array(text(lines).replacing("line 40000", with: "line x0000").utf8)
    for keeps in [true, false] {
      #expect(throws: GitError.self) {
        try StrictApplier().apply(
          file, to: wrong, lines: LineTable(wrong.content), keepsContent: keeps)
      }
    }
  }

  /// What a deletion leaves is noticed in whatever batch it is.
  @Test func aLongDeletionThatLeavesALineIsRefused() throws {
    let lines = (0..<40_000).map { "line \($0)\n" }
    let patch =
      "--- a/f\n+++ /dev/null\n@@ -1,39999 +0,0 @@\n" + lines.dropFirst().map { "-" + $0 }.joined()
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    var file = try #require(document.files.first)
    file.oldMode = 0o100644
    (file.hunks[0].oldStart, file.hunks[0].newStart) = (2, 1)
    let old = GitFile(mode: .regular, content: Array(lines.joined().utf8))
    for keeps in [true, false] {
      let made = try StrictApplier().apply(
        file, to: old, lines: LineTable(old.content),
        keepsContent: keeps)
      #expect(made == .refused(.linesRemain))
    }
  }

  /// libgit2 gets no line before the first hunk but one, and none between hunks that are far apart.
  @Test(arguments: [(0, 0), (0, 1), (1, 0), (3, 0), (3, 1), (500, 0), (500, 1), (500, 3)])
  func hunksFarDownTheFileAndFarApart(first: Int, gone: Int) throws {
    var lines = (0..<250_000).map { "line \($0)" }
    let content = lines.map { "\($0)\n" }.joined()
    var text = header
    for (number, line) in [first, first + 8, 240_000].enumerated() {
      let start = line + (gone == 0 ? 0 : 1)
      text += "@@ -\(start),\(gone) +\(line + 1 + number * (1 - gone)) @@\n"
      text += lines[line..<(line + gone)].map { "-\($0)\n" }.joined() + "+new \(number)\n"
    }
    for (number, line) in [first, first + 8, 240_000].enumerated().reversed() {
      lines.replaceSubrange(line..<(line + gone), with: ["new \(number)"])
    }
    #expect(try apply(text, to: content) == file(lines.map { "\($0)\n" }.joined()))
    if gone > 0 {
      let wrong = content.replacing("line 240000\n", with: "line x\n")
      #expect(throws: GitError.self) { try apply(text, to: wrong) }
    }
  }

  @Test func aLineWithNULIsRefused() throws {
    let patch = header + "@@ -1 +1 @@\n-a\n+b\0c\n"
    #expect(try apply(patch, to: "a\n") == .refused(.lineWithNUL))
  }

  @Test func anEmptyFileIsCreatedAndDeleted() throws {
    let create = "diff --git a/f b/f\nnew file mode 100755\nindex 0000000..e69de29\n"
    #expect(try apply(create, to: nil) == file("", .executable))
    let delete = "diff --git a/f b/f\ndeleted file mode 100644\nindex e69de29..0000000\n"
    #expect(try apply(delete, to: "") == file(""))
    #expect(try apply(delete, to: "a\n") == .refused(.linesRemain))
  }

  @Test func aDeletionComparesWhatItDeletes() throws {
    let patch =
      "diff --git a/f b/f\ndeleted file mode 100644\n--- a/f\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    #expect(try apply(patch, to: "a\n") == file(""))
    #expect(try apply(patch, to: "a\nb\n") == .refused(.linesRemain))
    #expect(throws: GitError.self) { try apply(patch, to: "b\n") }
  }

  @Test func aModeAloneIsSet() throws {
    let patch = "diff --git a/f b/f\nold mode 100644\nnew mode 100755\n"
    #expect(try apply(patch, to: "a\n") == file("a\n", .executable))
    #expect(try apply(patch, to: "a\n", mode: .executable) == file("a\n", .executable))
  }

  @Test(arguments: [FileMode.regular, .executable, .symlink])
  func aModeIsKept(mode: FileMode) throws {
    let pure = "diff --git a/f b/g\nsimilarity index 100%\nrename from f\nrename to g\n"
    #expect(try apply(pure, to: "a", mode: mode) == file("a", mode))
    let copy = pure.replacing("rename", with: "copy")
    #expect(try apply(copy, to: "a", mode: mode) == file("a", mode))
    let noEnd = "\\ No newline at end of file\n"
    let edit = header + "@@ -1 +1 @@\n-a\n\(noEnd)+b\n\(noEnd)"
    #expect(try apply(edit, to: "a", mode: mode) == file("b", mode))
  }

  /// git takes added lines before removed ones; both can be the last of a file without a newline.
  @Test func addedLinesMayComeFirst() throws {
    let noEnd = "\\ No newline at end of file\n"
    for (lines, before, after) in [
      (" a\n+c\n\(noEnd)-b\n\(noEnd)", "a\nb", "a\nc"), (" a\n+c\n\(noEnd)-b\n", "a\nb\n", "a\nc"),
      (" a\n+c\n-b\n\(noEnd)", "a\nb", "a\nc\n"), ("-a\n+c\n\(noEnd)-b\n\(noEnd)", "a\nb", "c"),
    ] {
      let count = after.split(separator: "\n").count
      let patch = header + "@@ -1,2 +1,\(count) @@\n" + lines
      #expect(try apply(patch, to: before) == file(after), "\(lines)")
    }
    // A long hunk, reverse-applied: its lines are marked otherwise in the text that they are in.
    let removed = (0..<9_000).map { "-old \($0)\n" }.joined()
    let added = (0..<9_000).map { "+new \($0)\n" }.joined()
    let change = header + "@@ -1,9000 +1,9000 @@\n" + removed + added
    let reversed = PatchDocument(parsing: Array(change.utf8)).files[0].reversed
    let after = added.replacing("+", with: "")
    let before = GitFile(mode: .regular, content: Array(after.utf8))
    #expect(
      try StrictApplier().apply(reversed, to: before, lines: LineTable(before.content))
        == file(removed.replacing("-", with: "")))
    let many = (0..<20_000).map { "line \($0)\n" }.joined()
    let all = many.split(separator: "\n").map { "-\($0)\n" }.joined()
    let long = header + "@@ -1,20001 +1 @@\n+c\n\(noEnd)\(all)-b\n\(noEnd)"
    #expect(try apply(long, to: many + "b") == file("c"))
  }

  @Test func aRenameNeedsNoSimilarity() throws {
    let patch =
      "diff --git a/f b/g\nrename from f\nrename to g\n--- a/f\n+++ b/g\n@@ -1 +1 @@\n-a\n+b\n"
    #expect(try apply(patch, to: "a\n") == file("b\n"))
  }

  @Test func whatFollowsTheNumbersOfAHunkIsDropped() throws {
    let section = String(repeating: "@@ -1 +1 @@ ", count: 40)
    let patch = header + "@@ -2 +2 @@ \(section)\n-b\n+c\n"
    #expect(try apply(patch, to: "a\nb\n") == file("a\nc\n"))
  }

  @Test func aHunkMayLeaveNoLine() throws {
    let patch = header + "@@ -1,2 +0,0 @@\n-a\n-b\n"
    #expect(try apply(patch, to: "a\nb\n") == file(""))
    let inside = header + "@@ -2 +1,0 @@\n-b\n"
    #expect(try apply(inside, to: "a\nb\nc\n") == file("a\nc\n"))
  }

  @Test func aBinaryPatchIsForItsOwnPreImage() throws {
    let patch = """
      diff --git a/f b/f
      index 1a23e4be731d2f539deeea324686d000ccdfbfcd..659b72404b70ab54da8f878f31930baac622ca49 100644
      GIT binary patch
      literal 4
      LcmYdfNag|n0$2dg

      literal 4
      LcmYdfNa6wj0#*Rd


      """
    #expect(try apply(patch, to: "a\0b\n") == file("a\0c\n"))
    #expect(try apply(patch, to: "another\n") == .refused(.otherBinary))
  }
}
