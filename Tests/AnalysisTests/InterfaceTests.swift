// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import KernelTree
import Testing

/// What modules that are built elsewhere rely on.
@Suite struct InterfaceTests {
  private func changes(
    _ path: String, _ before: String?, _ after: String?
  ) throws -> [String] {
    func file(_ text: String?) -> TreeFile? {
      text.map { TreeFile(mode: .regular, content: Array($0.utf8)) }
    }
    return InterfaceChange.among([
      TreeChange(path: try TreePath(Array(path.utf8)), before: file(before), after: file(after))
    ]).map { "\($0.kind.rawValue) \($0.name): \($0.detail)" }
  }

  @Test(arguments: [
    ("int a; int b;", "int a; int c; int b;", "layout struct s: adds c"),
    ("int a; int b;", "int a; int b; int c;", "layout struct s: adds c at its end"),
    ("int a; int b;", "int a;", "layout struct s: removes b"),
    ("int a; int b;", "int b; int a;", "layout struct s: changes the order"),
    ("int a; int b;", "long a; int b;", "layout struct s: changes a"),
    ("int a; int b;", "int a; /* text */ int b;", ""),
  ])
  func theLayoutOfAType(_ before: String, _ after: String, _ expected: String) throws {
    let found = try changes("a.h", "struct s { \(before) };\n", "struct s { \(after) };\n")
    #expect(found == (expected.isEmpty ? [] : [expected]))
    // A type of a C file is shared with no other.
    #expect(try changes("a.c", "struct s { \(before) };\n", "struct s { \(after) };\n").isEmpty)
  }

  @Test func enumsGrowAtTheirEnds() throws {
    #expect(try changes("a.h", "enum e { A, B };\n", "enum e { A, B, C };\n").isEmpty)
    #expect(
      try changes("a.h", "enum e { A, B };\n", "enum e { A, C, B };\n") == ["values enum e: adds C"]
    )
    #expect(try changes("a.h", "enum e { A };\n", "\n") == ["values enum e: it is removed"])
  }

  @Test func valuesAndAttributesCount() throws {
    #expect(
      try changes("a.h", "enum e { A = 1, B };\n", "enum e { A = 2, B };\n")
        == ["values enum e: changes A"])
    #expect(
      try changes(
        "a.h", "enum e {\n\tA,\n\tB = 1 << 2,\n};\n", "enum e {\n\tA,\n\tB = 1 << 3,\n};\n")
        == ["values enum e: changes B"])
    #expect(try changes("a.h", "enum e { A, B, };\n", "enum e { A, B };\n").isEmpty)
    #expect(
      try changes(
        "a.h", "struct s { char a; int b; };\n", "struct s { char a; int b; } __packed;\n")
        == ["layout struct s: changes its attributes to __packed"])
  }

  @Test func aHeaderIsRenamed() throws {
    func file(_ text: String) -> TreeFile { TreeFile(mode: .regular, content: Array(text.utf8)) }
    func renamed(to text: String) throws -> [String] {
      InterfaceChange.among([
        TreeChange(
          path: try TreePath(Array("a.h".utf8)), before: file("struct s { int a; };\n"), after: nil),
        TreeChange(path: try TreePath(Array("b.h".utf8)), before: nil, after: file(text)),
      ]).map { "\($0.kind.rawValue) \($0.name): \($0.detail)" }
    }
    #expect(try renamed(to: "struct s { int a; };\n").isEmpty)
    #expect(try renamed(to: "struct s { long a; };\n") == ["layout struct s: changes a"])
    #expect(try renamed(to: "\n") == ["layout struct s: it is removed"])
  }

  @Test func exportedSymbols() throws {
    let f = "int f(int a)\n{\n\treturn a;\n}\n"
    let g = "int f(long a)\n{\n\treturn a;\n}\n"
    #expect(try changes("a.c", f, g).isEmpty)
    #expect(
      try changes("a.c", f + "EXPORT_SYMBOL(f);\n", g + "EXPORT_SYMBOL(f);\n")
        == ["signature f: its declaration changes: int f ( long a )"])
    #expect(
      try changes("a.c", f + "EXPORT_SYMBOL_GPL(f);\n", f) == ["removed f: it is exported no more"])
    #expect(
      try changes("a.c", f, f + "EXPORT_SYMBOL_GPL(f);\n") == ["exported f: it is exported now"])
    #expect(
      try changes(
        "a.c", f + "EXPORT_SYMBOL(f);\n", "int f(int a)\n{\n\treturn a + 1;\n}\nEXPORT_SYMBOL(f);\n"
      ).isEmpty)
  }

  @Test func aSymbolThatMovesToAnotherFileStays() throws {
    let f = Array("int f(int a)\n{\n\treturn a;\n}\nEXPORT_SYMBOL(f);\n".utf8)
    let file = TreeFile(mode: .regular, content: f)
    let moved = InterfaceChange.among([
      TreeChange(path: try TreePath(Array("a.c".utf8)), before: file, after: nil),
      TreeChange(path: try TreePath(Array("b.c".utf8)), before: nil, after: file),
    ])
    #expect(moved.isEmpty)
  }
}
