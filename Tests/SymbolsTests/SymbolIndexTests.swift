// SPDX-License-Identifier: GPL-2.0-only

import CSource
import Host
import KernelTree
import Symbols
import TestSupport
import Testing

/// The index of a tree's names: what the whole tree defines, and what one file can use.
@Suite struct SymbolIndexTests {
  private func tree(_ files: [String: String]) throws -> (Scratch, DirectoryTree) {
    let scratch = try Scratch()
    for (name, text) in files { try scratch.write(name, text) }
    return (scratch, try DirectoryTree(path: scratch.path))
  }

  @Test func theTableHasKindsLinesAndOwners() throws {
    let (scratch, tree) = try tree([
      "a.h": "struct point {\n\tint x;\n\tstruct { int deep; };\n};\n#define TWICE(v) ((v) * 2)\n",
      "sub/b.c": "enum color { RED };\nint f(void)\n{\n\treturn RED;\n}\ntypedef int mine_t;\n",
      "c.txt": "int not_c(void) { }\n",
    ])
    defer { withExtendedLifetime(scratch) {} }
    let (table, building) = try DefinitionTable.of(tree, key: nil)
    #expect(building.read == 2 && table.fileCount == 2)
    func found(_ name: String) -> [String] {
      table.symbols(named: name).map { "\($0.kind) \($0.path):\($0.line) \($0.owner)" }
    }
    #expect(found("x") == ["member a.h:2 point"])
    #expect(found("deep") == ["member a.h:3 "])
    #expect(found("TWICE") == ["macro a.h:5 "])
    #expect(found("RED") == ["enumerator sub/b.c:1 color"])
    #expect(found("f") == ["function sub/b.c:2 "])
    #expect(found("mine_t") == ["typedef sub/b.c:6 "])
    #expect(found("not_c") == [] && !table.has("nothing"))
    #expect(table.nearest(to: "point_", count: 2) { $0 == .structure }.map(\.name) == ["point"])
  }

  private static let kernel = [
    "include/linux/kernel.h": "int printk(const char *format, ...);\n",
    "include/linux/lamp.h": """
    #include <linux/bulb.h>
    struct lamp { int level; };
    #define lamp_max(a, b) ((a) > (b) ? (a) : (b))
    #define LAMP_FLAG(name) LAMP_FL_##name
    #define LAMP_SET(name) LAMP_FLAG(name)
    #define LAMP_ACCESSORS(name) int lamp_get_##name(struct lamp *lamp)
    LAMP_ACCESSORS(level);

    """,
    "include/linux/bulb.h": "int bulb_heat(int watts, int seconds);\n",
    "include/linux/noon.h": "int lamp_noon(void);\n/* lamp_dusk */\n",
    "mm/own.h": "int mm_only(void);\n",
    "drivers/lamp.c": "#include <linux/kernel.h>\n#include <linux/lamp.h>\n",
  ]

  /// Asks about `drivers/lamp.c` twice: without the table of the tree, and with it.
  private func ask<Answer: Equatable>(
    _ question: (FileScope) throws(PatchkitError) -> Answer,
    changed: [String] = []
  ) throws -> Answer {
    let (scratch, tree) = try tree(Self.kernel)
    defer { withExtendedLifetime(scratch) {} }
    let path = try TreePath(Array("drivers/lamp.c".utf8))
    let source = CSourceFile(Array((Self.kernel["drivers/lamp.c"] ?? "").utf8))
    let texts = changed.map { ChangedText(Array($0.utf8)) }
    func answer(_ index: SymbolIndex) throws -> Answer {
      try question(FileScope(of: path, source, in: index, changed: { texts }))
    }
    let alone = try answer(SymbolIndex(tree))
    let table = try SymbolIndex(tree).definitions()
    #expect(try answer(SymbolIndex(tree, table: table)) == alone)
    return alone
  }

  @Test(arguments: [
    ("lamp_max", true), ("bulb_heat", true), ("lamp_noon", true), ("lamp_get_level", true),
    ("lamp_dusk", false), ("lamp_get_heat", false), ("mm_only", false), ("lamp_dawn", false),
  ])
  func aNameIsKnownWhereAHeaderHasIt(_ name: String, _ isKnown: Bool) throws {
    #expect(try ask { (scope) throws(PatchkitError) in try scope.knows(name, with: []) } == isKnown)
  }

  @Test func aNameOfAnEarlierPatchIsKnown() throws {
    #expect(
      try ask(
        { (scope) throws(PatchkitError) in try scope.knows("lamp_dawn", with: []) },
        changed: ["int lamp_dawn(void);\n"]))
  }

  @Test(arguments: [
    ("bulb_heat", 2, []), ("bulb_heat", 3, [2]), ("lamp_max", 1, [2]), ("lamp_noon", 4, []),
    ("printk", 5, []),
  ])
  func callsThatNoDeclarationTakes(_ name: String, _ count: Int, _ takes: [Int]) throws {
    #expect(
      try ask { (scope) throws(PatchkitError) in
        try scope.refusals(of: count, by: name).map(\.fixed)
      } == takes)
  }

  /// A tree that counts the files that are read.
  private final class CountingTree: KernelTree {
    let base: DirectoryTree
    private(set) var read: [String] = []
    init(_ base: DirectoryTree) { self.base = base }
    var name: String { base.name }
    func file(at path: TreePath) throws(PatchkitError) -> TreeFile? {
      read.append(path.description)
      return try base.file(at: path)
    }
    func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp? { try base.stamp(at: path) }
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

  /// The first definition with the field ends the search for it: the headers after it are not read.
  @Test func aFieldIsSearchedForUntilADefinitionHasIt() throws {
    var files = Self.kernel
    let source = "#include <linux/lamp.h>\n#include <linux/noon.h>\n"
    files["drivers/lamp.c"] = source
    let (scratch, tree) = try tree(files)
    defer { withExtendedLifetime(scratch) {} }
    let counting = CountingTree(tree)
    let path = try TreePath(Array("drivers/lamp.c".utf8))
    let scope = FileScope(
      of: path, CSourceFile(Array(source.utf8)), in: SymbolIndex(counting), changed: { [] })
    #expect(try !scope.structure("lamp", lacks: "level"))
    #expect(Set(counting.read) == ["include/linux/lamp.h"])
    // What no definition has needs all of them; what is nowhere is not known to lack anything.
    #expect(try scope.structure("lamp", lacks: "glow"))
    #expect(try !scope.structure("torch", lacks: "glow"))
    #expect(
      Set(counting.read) == [
        "include/linux/lamp.h", "include/linux/noon.h", "include/linux/bulb.h",
      ])
  }

  @Test func whatTheIncludedHeadersDefine() throws {
    func defines(_ name: String) throws -> Bool {
      try ask { (scope) throws(PatchkitError) in try scope.defines(name) }
    }
    #expect(try defines("bulb_heat") && defines("lamp_get_level"))
    // A field, and a name of a header that is not included.
    #expect(try !defines("level_of") && !defines("lamp_noon"))
  }

  @Test func macrosThatPutNamesTogether() throws {
    func pastes(_ name: String) throws -> Bool {
      try ask { (scope) throws(PatchkitError) in try scope.pastes(name) }
    }
    #expect(try pastes("LAMP_FLAG") && pastes("LAMP_SET"))
    #expect(try !pastes("lamp_max"))
  }

  @Test func headersThatTheTreeHas() throws {
    func has(_ name: String) throws -> Bool {
      let include = try #require(CInclude(Array("#include <\(name)>".utf8)[...]))
      return try ask { (scope) throws(PatchkitError) in try scope.hasHeader(include) }
    }
    #expect(try has("linux/bulb.h") && has("asm/anything.h") && !has("linux/dusk.h"))
    #expect(try ask { (scope) throws(PatchkitError) in try scope.hasAllHeaders() })
  }

  /// The tree is listed for a question about all of it, and for no other.
  @Test func onlyWhatAQuestionNeedsIsRead() throws {
    let (scratch, tree) = try tree(Self.kernel)
    defer { withExtendedLifetime(scratch) {} }
    let path = try TreePath(Array("drivers/lamp.c".utf8))
    let source = CSourceFile(Array((Self.kernel["drivers/lamp.c"] ?? "").utf8))
    let index = SymbolIndex(tree)
    let scope = FileScope(of: path, source, in: index, changed: { [] })
    #expect(try scope.knows("bulb_heat", with: []))
    // What the index read of a header it does not read again.
    try scratch.write("include/linux/bulb.h", "int bulb_cool(void);\n")
    #expect(try scope.knows("bulb_heat", with: []))
    #expect(try !index.definitions().has("bulb_heat") && index.definitions().has("bulb_cool"))
  }
}
