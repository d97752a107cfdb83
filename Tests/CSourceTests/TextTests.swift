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

  /// Directives have more words than one, or none of their own: the words of a function begin at its type.
  @Test(arguments: ["", "#include <linux/fs.h>\n#define A(x) ((x) + 1)\n", "#\n#endif\n"])
  func theWordsOfAFunctionAreItsOwn(_ directives: String) throws {
    let text = text(
      directives + "static int first(void)\n{\n#ifdef CONFIG_A\n\tcall(1);\n#endif\n}\n"
        + directives + "int last(int n)\n{\n\treturn n;\n}\n")
    #expect(text.functions.map { text.name(of: $0) } == ["first", "last"])
    for (function, ends) in zip(text.functions, [("static", "}"), ("int", "}")]) {
      #expect(text.text(function.words.lowerBound) == ends.0)
      #expect(text.text(function.words.upperBound - 1) == ends.1)
    }
    #expect(text.functions.last?.words.upperBound == text.words.count)
  }

  @Test func aTextWithoutDirectivesHasItsTokensAsWords() {
    let text = text("int a;\nint f(void)\n{\n\treturn a;\n}\n")
    #expect(text.words == text.source.tokens)
    #expect(text.functions.first?.words == 3..<text.words.count)
  }
}
