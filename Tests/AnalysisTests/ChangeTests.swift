// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import KernelTree
import TestSupport
import Testing

/// What changes beside the bodies of functions, and whom it reaches.
@Suite struct ChangeTests {
  private func items(_ path: String, _ before: String, _ after: String) throws -> [String] {
    ChangedItem.among([
      TreeChange(
        path: try TreePath(Array(path.utf8)),
        before: TreeFile(mode: .regular, content: Array(before.utf8)),
        after: TreeFile(mode: .regular, content: Array(after.utf8)))
    ]).map { "\($0.change.rawValue) \($0.kind) \($0.name)" }
  }

  @Test func typesFieldsMacrosAndSignatures() throws {
    #expect(
      try items(
        "a.h", "struct p { int x; };\n#define A 1\nenum e { ONE };\nint f(int a);\n",
        "struct p { long x; int y; };\n#define A 2\nenum e { ONE, TWO };\nint f(int a, int b);\n")
        == [
          "changed field p.x", "added field p.y", "changed macro A", "added enumerator TWO",
          "changed signature f",
        ])
    #expect(try items("a.c", "int f(void) { return 1; }\n", "int f(void) { return 2; }\n") == [])
    #expect(try items("a.c", "static int v;\n", "\n") == ["removed variable v"])
  }

  @Test func kconfigAndMakeFiles() throws {
    #expect(
      try items("fs/x/Kconfig", "config OLD\n\tbool\n", "config NEW\n\tbool\nmenuconfig M\n")
        == ["added Kconfig NEW", "added Kconfig M", "removed Kconfig OLD"])
    #expect(
      try items("fs/x/Makefile", "obj-y := a.o\n", "obj-y := a.o\nobj-$(CONFIG_X)\t+= b.o\n")
        == ["added Makefile obj-$(CONFIG_X) += b.o"])
  }

  @Test func everyCallerOfASignatureIsFound() throws {
    let scratch = try Scratch()
    try scratch.write("a.c", "int f(int a)\n{\n\treturn g(a);\n}\n")
    try scratch.write(
      "sub/b.c", "int f2(void) { return 0; }\nint h(void)\n{\n\treturn f(1) + f2();\n}\n")
    let calls = try Callers.find(["f"], in: try DirectoryTree(path: scratch.path))
    #expect(calls.map { "\($0.path):\($0.line) \($0.caller)" } == ["sub/b.c:4 h"])
  }
}
