// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// A tree and a quilt folder with what such folders hold in life: headers in every style, options,
/// comments, a folder in a name, Latin-1, a file without a newline at its end.
struct SeriesFixture {
  let scratch: Scratch
  /// The patches' names, in order.
  static let names = [
    "plain.patch", "sub/mail.patch", "dep3.patch", "reverse.patch", "zero.patch", "create.patch",
    "delete.patch", "latin1.patch", "last.patch",
  ]

  init() throws {
    scratch = try Scratch()
    try scratch.write("t/a.c", Self.lines("a").joined())
    try scratch.write("t/dir/b.c", Self.lines("b").joined())
    try scratch.write("t/gone.txt", "to be\ndeleted\n")
    try scratch.write("t/empty", "")
    try scratch.write(
      "t/c.c", Self.lines("c").joined().replacing("int c_7", with: "int taken_back"))
    try scratch.write("t/patches/plain.patch", Self.change("a.c", "a", 10))
    try scratch.write(
      "t/patches/sub/mail.patch",
      "From: =?UTF-8?q?J=C3=B6rn?= <j@example.org>\nDate: Mon, 7 Feb 2011 10:20:30 -0500\n"
        + "Subject: [PATCH 2/9] b: change\n the twentieth\n\nSome text.\n\n"
        + "Signed-off-by: J <j@example.org>\n---\n dir/b.c | 2 +-\n\n"
        + Self.change("dir/b.c", "b", 20, git: true) + "-- \n2.39.5\n\n")
    try scratch.write(
      "t/patches/dep3.patch",
      "Description: change two lines\n More about it.\n .\n And more.\nAuthor: D <d@example.org>\n"
        + "Forwarded: no\n\n" + Self.change("a.c", "a", 30) + Self.change("dir/b.c", "b", 40))
    try scratch.write(
      "t/patches/reverse.patch",
      "reverted\n\n"
        + Self.change("c.c", "c", 7).replacing("-int c_7", with: "-int xx")
        .replacing("+int changed_c_7", with: "+int taken_back").replacing(
          "-int xx", with: "-int c_7"))
    try scratch.write(
      "t/patches/zero.patch",
      Self.change("c.c", "c", 40).replacing("--- a/", with: "--- ").replacing(
        "+++ b/", with: "+++ "))
    try scratch.write(
      "t/patches/create.patch",
      "diff --git a/new/x b/new/x\nnew file mode 100755\nindex 0000000..1111111\n--- /dev/null\n"
        + "+++ b/new/x\n@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n")
    try scratch.write(
      "t/patches/delete.patch",
      "diff --git a/gone.txt b/gone.txt\ndeleted file mode 100644\n--- a/gone.txt\n+++ /dev/null\n"
        + "@@ -1,2 +0,0 @@\n-to be\n-deleted\n"
        + "diff --git a/empty b/empty\nindex e69de29..2222222 100644\n--- a/empty\n+++ b/empty\n"
        + "@@ -0,0 +1 @@\n+filled\n")
    try scratch.write(
      "t/patches/latin1.patch",
      Array("Text with From lines:\nFrom nobody Mon Sep 17 00:00:00 2001\nand J\u{F6}rn: ".utf8)
        + [0xF6] + Array("\n\n\(Self.change("a.c", "a", 50))".utf8).dropLast())
    try scratch.write("t/patches/last.patch", Self.change("a.c", "a", 51, before: "changed_a_50"))
    try scratch.write(
      "t/patches/series",
      "# the queue\n\nplain.patch\nsub/mail.patch # by mail\n# two at once\ndep3.patch\n"
        + "reverse.patch -R\nzero.patch   -p0  # no folder\n\ncreate.patch\ndelete.patch\n"
        + "latin1.patch\nlast.patch\n# unfinished.patch\n\n")
  }

  static func lines(_ stem: String) -> [String] {
    (1...60).map { "int \(stem)_\($0)(void);\n" }
  }

  /// A change of one line, with three lines of context.
  static func change(
    _ path: String, _ stem: String, _ line: Int, git: Bool = false, before: String? = nil
  ) -> String {
    var lines = lines(stem)
    if let before { lines[line - 2] = "int \(before)(void);\n" }
    let first = line - 3
    var text = git ? "diff --git a/\(path) b/\(path)\nindex 1234567..89abcde 100644\n" : ""
    text += "--- a/\(path)\n+++ b/\(path)\n@@ -\(first),7 +\(first),7 @@ section\n"
    for number in first...(first + 6) {
      let content = lines[number - 1]
      text += number == line ? "-\(content)+int changed_\(stem)_\(line)(void);\n" : " \(content)"
    }
    return text
  }

  func patchkit(_ arguments: String...) async throws -> ProcessResult {
    try await run(Project.program, arguments, in: scratch.path)
  }

  /// Runs a subcommand of `series` on the tree.
  func series(_ arguments: String...) async throws -> ProcessResult {
    try await run(Project.program, ["series"] + arguments + ["--onto", "t"], in: scratch.path)
  }

  func quilt(_ arguments: String...) async throws -> ProcessResult {
    try await run(
      "quilt", ["--quiltrc=-"] + arguments, in: scratch.file("t"),
      environment: ["QUILT_PATCHES": "patches", "LC_ALL": "C"])
  }

  /// The tree without the patches and without what is kept about them.
  func tree() throws -> [String: String] {
    try scratch.snapshot("t").filter { !$0.key.hasPrefix("patches/") && !$0.key.hasPrefix(".pc") }
  }

  func patches() throws -> [String: String] { try scratch.snapshot("t/patches") }

  func text(_ name: String) throws -> String {
    String(decoding: try scratch.read(name), as: UTF8.self)
  }

  /// Replaces a text of a file of the tree.
  func edit(_ name: String, _ old: String, _ new: String) throws {
    let before = try text("t/" + name)
    #expect(before.contains(old))
    try scratch.write("t/" + name, before.replacing(old, with: new))
  }

  /// Puts a line in place of the one conflict in a file.
  func decide(_ name: String, _ line: String) throws {
    let marked = try text(name)
    let start = try #require(marked.firstRange(of: "<<<<<<<"))
    let end = try #require(marked.firstRange(of: ">>>>>>>"))
    let rest = marked[end.upperBound...].drop { $0 != "\n" }.dropFirst()
    try scratch.write(name, marked[..<start.lowerBound] + line + "\n" + rest)
  }
}
