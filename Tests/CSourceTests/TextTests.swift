// SPDX-License-Identifier: GPL-2.0-only

import CSource
import TestSupport
import Testing

/// Which names a C text declares, which of its words are code, and what it includes.
@Suite struct TextTests {
  private func text(_ text: String) -> CText { CText(Array(text.utf8)) }

  private func declared(_ content: String) -> [String] {
    let text = text(content)
    return text.declared(in: text.words.indices).sorted()
  }

  @Test func declarationsDeclareAndStatementsDoNot() {
    #expect(declared("int a, *b = f(c), d[4];\nu8 e; struct s *g;\n") == ["a", "b", "d", "e", "g"])
    #expect(declared("return a; else b(); goto out; sizeof(c); x = y * 2;\n") == [])
    #expect(declared("int (*call)(int first, struct s *second);\n") == ["call", "first", "second"])
    #expect(declared("union { int low; } word;\nunsigned bit:1;\n") == ["bit", "low", "word"])
    #expect(
      declared("static LIST_HEAD(all);\nSHASH_DESC_ON_STACK(desc, tfm);\nBUG_ON(wrong);\n")
        == ["LIST_HEAD", "all", "desc", "tfm"])
  }

  /// The last word of a directive is not the type of what follows it.
  @Test func aDirectiveIsNotTheTypeOfTheNextStatement() {
    #expect(declared("{\n#endif\n\tcount = 3;\n#else\n\tcall(1);\n") == [])
    #expect(declared("#ifdef CONFIG_A\nint a;\n#endif\nint b;\n") == ["a", "b"])
  }

  @Test func onlyTheBodiesOfMacrosAreCode() {
    let text = text(
      "#include <linux/fs.h>\n#define TWICE(v, w) \\\n\t((v) + own(w))\n#define PLAIN (first)\n"
        + "#if defined(CONFIG_A) && LIMIT\nint used;\n#endif\n#define NAME(x) #x tail\n")
    let isCode = text.isCode
    let code = text.words.indices.filter { text.isName($0) && isCode[$0] }
      .map { text.text($0) }
    #expect(code == ["own", "first", "int", "used", "tail"])
  }

  @Test func theTagsOfVariables() {
    let tags = text(
      "struct inode *inode, copy; const struct super_block *sb; int count;\n"
        + "void f(struct file *file, struct file **list)\n{\n\tstruct other *inode;\n}\n"
    ).tags()
    #expect(tags["copy"] == "inode" && tags["sb"] == "super_block" && tags["file"] == "file")
    #expect(tags["count"] == "" && tags["list"] == "", "another type, and a pointer to a pointer")
    #expect(tags["inode"] == "", "two types")
  }

  @Test func includes() {
    func include(_ line: String) -> CInclude? { CInclude(Array(line.utf8)[...]) }
    #expect(include("  #  include <a/b.h> /* x */") == include("#include <a/b.h>"))
    #expect(include("#include \"a.h\"")?.isQuoted == true)
    #expect(include("#include \"a.h\"")?.name == "a.h")
    #expect(include("#include MACRO") == nil && include("int include;") == nil)
  }
}
