// SPDX-License-Identifier: GPL-2.0-only

import Testing

import Evaluation

/// When two versions of a C file count as the same, as reordered, or as different.
@Suite struct CodeLikenessTests {
  private static let text = """
    #include <linux/fs.h>
    #include <linux/mm.h>

    #define LIMIT 4
    static int one(int a)
    {
    	int b = a;
    	struct page *page;

    	lock(a);
    	b = call(b, LIMIT); /* why */
    	unlock(a);
    	return b;
    }

    static int two(int a)
    {
    	return one(a);
    }

    """

  private func likeness(_ changes: [(String, String)]) -> CodeLikeness {
    let other = changes.reduce(Self.text) { text, change in
      precondition(text.contains(change.0))
      return text.replacing(change.0, with: change.1)
    }
    return CodeLikeness(Array(Self.text.utf8), Array(other.utf8))
  }

  @Test func commentsAndWhiteSpaceDoNotCount() {
    #expect(likeness([("/* why */", "/* because */")]) == .same)
    #expect(likeness([("call(b, LIMIT)", "call(b,\n\t\t LIMIT)")]) == .same)
    #expect(likeness([("#define LIMIT 4", "#define  LIMIT\t4 /* four */")]) == .same)
    #expect(likeness([("\n\n#define", "\n\n\n#define")]) == .same)
  }

  @Test func theOrderOfIncludesDeclarationsAndDefinitionsDoesNotCount() {
    #expect(
      likeness([
        (
          "#include <linux/fs.h>\n#include <linux/mm.h>",
          "#include <linux/mm.h>\n#include <linux/fs.h>"
        )
      ]) == .same)
    #expect(
      likeness([
        ("\tint b = a;\n\tstruct page *page;\n", "\tstruct page *page;\n\tint b = a;\n")
      ]) == .same)
    let two = "static int two(int a)\n{\n\treturn one(a);\n}\n"
    #expect(
      likeness([("\n" + two, ""), ("static int one", two + "static int one")]) == .same)
  }

  @Test func anOrderThatMayMatterIsReordered() {
    #expect(
      likeness([("\tlock(a);\n", ""), ("\tunlock(a);\n", "\tunlock(a);\n\tlock(a);\n")])
        == .reordered)
    // Across a condition, an include has another meaning.
    let condition = "#ifdef CONFIG_A\n#endif\n"
    let a = Self.text.replacing(
      "#include <linux/mm.h>\n", with: "#include <linux/mm.h>\n" + condition)
    let b = Self.text.replacing(
      "#include <linux/mm.h>\n", with: "#ifdef CONFIG_A\n#include <linux/mm.h>\n#endif\n")
    #expect(CodeLikeness(Array(a.utf8), Array(b.utf8)) == .reordered)
  }

  @Test func anythingElseIsDifferent() {
    #expect(likeness([("LIMIT 4", "LIMIT 5")]) == .different)
    #expect(likeness([("\tunlock(a);\n", "")]) == .different)
    #expect(likeness([("call(b, LIMIT)", "call(LIMIT, b)")]) == .different)
    #expect(CodeLikeness([], Array(Self.text.utf8)) == .different)
    #expect(CodeLikeness([], []) == .same)
  }

  @Test func casesThatAreNotFairAreToldByTheCommitsAlone() {
    func diff(_ path: String, _ removed: String, _ added: String) -> [UInt8] {
      Array(
        "diff --git a/\(path) b/\(path)\n--- a/\(path)\n+++ b/\(path)\n@@ -1,2 +1,2 @@\n c\n-\(removed)\n+\(added)\n"
          .utf8)
    }
    let upstream = diff("fs/a.c", "old line", "new line")
    #expect(
      CaseFlaw(upstream: upstream, backport: diff("fs/a.c", "new line", "old line")) == .revert)
    #expect(CaseFlaw(upstream: upstream, backport: diff("fs/b.c", "this", "that")) == .wrongID)
    #expect(CaseFlaw(upstream: upstream, backport: diff("fs/a.c", "this", "that")) == nil)
    #expect(CaseFlaw(upstream: upstream, backport: diff("fs/b.c", "older line", "new line")) == nil)
  }
}
