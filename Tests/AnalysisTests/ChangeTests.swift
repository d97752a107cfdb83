// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import KernelTree
import TestSupport
import Testing

/// What changes apart from the bodies of functions, and whom it reaches.
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

  /// Of several with a name the first counts, wherever the text differs, and a field has the name of its
  /// type.
  @Test func namesThatOccurTwice() throws {
    let arms = "#ifdef Y\n#define X 1\n#else\n#define X 2\n#endif\nint after;\n"
    #expect(try items("a.h", arms, arms.replacing("X 2", with: "X 3")) == [])
    #expect(
      try items("a.h", arms, arms.replacing("#define X 1\n", with: "")) == ["changed macro X"])
    let fields = "struct a {\n\tint x;\n\tint y;\n};\nint after;\n"
    #expect(
      try items("a.h", fields, fields.replacing("struct a", with: "struct b")) == [
        "added struct b", "added field b.x", "added field b.y", "removed struct a",
        "removed field a.x", "removed field a.y",
      ])
  }

  /// Only items between what two files share at both ends are compared.
  ///
  /// Where comments differ at both ends, nothing is shared, and the result is the same.
  @Test(arguments: 0..<300)
  func sharedEndsDoNotMatter(_ seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed) + 77)
    func part() -> String {
      let (a, b) = (Int.random(in: 0..<4, using: &random), Int.random(in: 0..<3, using: &random))
      switch Int.random(in: 0..<9, using: &random) {
      case 0: return "#define M\(a) \(b)\n"
      case 1: return "struct s\(a) {\n\tint f\(b);\n\tlong g;\n};\n"
      case 2: return "enum e\(a) { E\(a), F\(b) };\n"
      case 3: return "int v\(a) = \(b);\n"
      case 4: return "int f\(a)(int a\(b))\n{\n\treturn \(b);\n}\n"
      case 5: return "typedef int t\(a);\nint f\(a)(long);\n"
      case 6: return "#if A\(a)\n"
      case 7: return ["#endif\n", "#else\n", "}\n", "{\n"][a]
      default: return "DEFINE_X(m\(a), \(b));\n"
      }
    }
    let before = (0..<Int.random(in: 1...14, using: &random)).map { _ in part() }
    var after = before
    for _ in 0..<Int.random(in: 1...2, using: &random) {
      let index = Int.random(in: 0...after.count, using: &random)
      if index < after.count, Bool.random(using: &random) { after.remove(at: index) }
      if Bool.random(using: &random) { after.insert(part(), at: min(index, after.count)) }
    }
    let (old, new) = (before.joined(), after.joined())
    #expect(
      try items("a.h", old, new)
        == items("a.h", "/* 1 */\n\(old)/* 1 */", "/* 2 */\n\(new)/* 2 */"), "\(old)\n---\n\(new)")
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
