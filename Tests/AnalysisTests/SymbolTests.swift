// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import KernelTree
import PatchFormat
import Symbols
import TestSupport
import Testing

/// What a patch misses in a tree.
@Suite struct SymbolTests {
  private func tree(_ files: [String: String]) throws -> (Scratch, DirectoryTree) {
    let scratch = try Scratch()
    for (name, text) in files { try scratch.write(name, text) }
    return (scratch, try DirectoryTree(path: scratch.path))
  }

  @Test func aKeptIndexIsReadAgainWhereFilesChanged() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("half"), to: "t")
    func analyze() async throws -> ProcessResult {
      try await run(
        Project.program,
        ["analyze", "--json", "--quiet", "--onto", "t", Project.seed], in: scratch.path,
        environment: ["XDG_CACHE_HOME": scratch.file("cache")])
    }
    let first = try await analyze()
    #expect(first.code == 1 && first.text.contains("\"name\" : \"ext4_aio_mutex\""))
    let kept = try scratch.snapshot("cache")
    #expect(kept.count == 1)
    // The same again: nothing is written.
    let again = try await analyze()
    #expect(again.text == first.text)
    #expect(try scratch.snapshot("cache") == kept)
    // A header brings the name: it is found, whatever the cache says.
    try scratch.write(
      "t/include/lab/more.h", "struct mutex *ext4_aio_mutex(struct inode *inode);\n")
    let third = try await analyze()
    #expect(!third.text.contains("\"name\" : \"ext4_aio_mutex\""))
    #expect(third.text.contains("\"name\" : \"ext4_ioend_wq\""))
    // A damaged cache does no harm: it is made anew.
    let name = "cache/" + (kept.keys.first ?? "")
    try scratch.write(name, "no index")
    #expect(try await analyze().text == third.text)
  }

  /// The names that a patch misses, as `role name`.
  private func missing(_ patch: String, in files: [String: String]) throws -> [String] {
    let (scratch, tree) = try tree(files)
    defer { withExtendedLifetime(scratch) {} }
    let index = SymbolIndex(tree)
    var search = try MissingSymbols(index)
    let document = PatchDocument(parsing: Array(patch.utf8))
    let files = document.files.map {
      ($0, String(decoding: $0.paths(strip: 1)?.shown ?? [], as: UTF8.self))
    }
    let found = try search.find(in: files)
    // A patch of very many hunks is read twice.
    var other = try MissingSymbols(index)
    #expect(try other.find(in: files, holding: 0) == found)
    return found.map {
      "\($0.role.rawValue) \($0.owner.map { $0 + "." } ?? "")\($0.name)"
    }
  }

  private func adding(_ lines: String, to path: String = "a.c") -> String {
    let added = lines.split(separator: "\n", omittingEmptySubsequences: false)
    return
      "--- a/\(path)\n+++ b/\(path)\n@@ -1,2 +1,\(added.count + 2) @@\n int f(struct point *p)\n {\n"
      + added.map { "+\($0)\n" }.joined()
  }

  private let files = [
    "a.c": "int f(struct point *p)\n{\n\treturn p->x;\n}\n",
    "a.h": """
    struct point { int x; long y; };
    struct other { int z; };
    int known(int a);
    #define KNOWN 1
    #define MAKE(name) static int make_##name(int a) { return a; }
    MAKE(this)

    """,
  ]

  @Test func namesThatAreThereAreNotMissing() throws {
    #expect(
      try missing(
        adding(
          "\tint local = known(KNOWN), second;\n\tstruct other *o = NULL;\n\tp->y = o->z + local;\n"
            + "\tsecond = make_this(1);\n\tif (p->x)\n\t\tgoto out;\nout:\n\treturn __func__[0];"),
        in: files) == [])
  }

  @Test func namesThatAreNotThereAre() throws {
    #expect(try missing(adding("\tabsent(1);"), in: files) == ["call absent"])
    #expect(try missing(adding("\tp->x = ABSENT;"), in: files) == ["name ABSENT"])
    #expect(try missing(adding("\tstruct absent *a;"), in: files) == ["type absent"])
    #expect(try missing(adding("\tp->absent = 1;"), in: files) == ["field point.absent"])
    // The tree has such a field, but not in that type.
    #expect(try missing(adding("\tp->z = 1;"), in: files) == ["field point.z"])
    #expect(try missing(adding("\tmake_that(1);"), in: files) == ["call make_that"])
    #expect(
      try missing(adding("#include \"absent.h\"\n#include \"a.h\""), in: files) == [
        "header absent.h"
      ])
    // Names in comments and strings are not uses.
    #expect(
      try missing(adding("\t/* absent(1) */ known(\"absent\"[0]); // absent"), in: files) == [])
  }

  /// Any name may be declared in a file that is too large to be read as C; what the patch adds to it is known.
  @Test func nothingIsMissingInAFileThatIsNotRead() throws {
    let (scratch, tree) = try tree(files.merging(["b.c": files["a.c"] ?? ""]) { $1 })
    defer { withExtendedLifetime(scratch) {} }
    let patch =
      adding("\tabsent(1);\n\tint made;") + adding("\tgone(made);", to: "b.c")
    let changes = PatchDocument(parsing: Array(patch.utf8)).files.map {
      ($0, String(decoding: $0.paths(strip: 1)?.shown ?? [], as: UTF8.self))
    }
    func missing(unread: Set<String>) throws -> [String] {
      var search = try MissingSymbols(SymbolIndex(tree))
      return try search.find(in: changes, unread: unread).map(\.name)
    }
    #expect(try missing(unread: []) == ["absent", "gone"])
    #expect(try missing(unread: ["a.c"]) == ["gone"])
    #expect(try missing(unread: ["b.c"]) == ["absent"])
    #expect(try missing(unread: ["a.c", "b.c"]) == [])
  }

  @Test func whatThePatchBringsIsNotMissing() throws {
    let patch =
      adding("\tmine(1);\n\tp->w = MINE;") + """
        --- a/a.h
        +++ b/a.h
        @@ -1,1 +1,4 @@
        -struct point { int x; long y; };
        +struct point { int x; long y; int w; };
        +#define MINE(a) (a)
        +int mine(int a);

        """
    #expect(try missing(patch, in: files) == [])
  }

  /// A hunk that shows the middle of a struct brings fields; one in a function brings none.
  @Test func fieldsOfAHunkInTheMiddleOfAStruct() throws {
    func patch(_ section: String) -> String {
      adding("\tp->w = 1;")
        + "--- a/a.h\n+++ b/a.h\n@@ -1,1 +1,2 @@ \(section)\n \tint x;\n+\tint w;\n"
    }
    #expect(try missing(patch("struct point {"), in: files) == [])
    #expect(try missing(patch("int f(void)"), in: files) == ["field point.w"])
  }

  @Test func theSeedMissesItsOtherHalf() throws {
    let tree = try DirectoryTree(path: Project.lab("half"))
    let index = SymbolIndex(tree)
    var search = try MissingSymbols(index)
    let file = PatchDocument(parsing: try Files.read(Project.seed)).files[0]
    let found = try search.find(in: [(file, "fs/ext4/file.c")])
    #expect(
      found.map { "\($0.role.rawValue) \($0.name)" } == [
        "call ext4_ioend_wq", "field i_aiodio_unwritten", "call ext4_aio_mutex",
      ])
    #expect(found.map(\.line) == [60, 62, 132])
  }

  @Test func aFunctionThatLivesOnUnderAnotherName() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.lab("applied"), to: "t")
    let path = "t/fs/ext4/file.c"
    let text = String(decoding: try scratch.read(path), as: UTF8.self)
    try scratch.write(
      path, text.replacing("ext4_unaligned_aio", with: "ext4_unaligned_io"))
    let result = try await run(
      Project.program, ["analyze", "--quiet", "--no-index", "--onto", "t", Project.seed],
      in: scratch.path)
    #expect(
      result.text.contains(
        "ext4_unaligned_aio may now be called ext4_unaligned_io (fs/ext4/file.c:75, in the same file,"
      ),
      "\(result.text)")
  }
}
