// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import KernelTree
import Symbols
import TestSupport
import Testing

/// What is noted of a change, and what is not.
@Suite struct RiskTests {
  /// The notes on a file that changes, in a tree with a header next to it.
  private func notes(before: String = "", after: String, header: String = "") throws -> [String] {
    let scratch = try Scratch()
    try scratch.write("a.h", header)
    try scratch.write("a.c", before)
    let tree = try DirectoryTree(path: scratch.path)
    let index = SymbolIndex(tree)
    var search = try RiskSearch(index)
    let change = TreeChange(
      path: try TreePath(Array("a.c".utf8)),
      before: TreeFile(mode: .regular, content: Array(before.utf8)),
      after: TreeFile(mode: .regular, content: Array(after.utf8)))
    return search.notes(on: [change]).map { "\($0.line) \($0.kind.rawValue): \($0.reason)" }
  }

  private let wide = "ssize_t write_it(int fd);\nint status_of(int fd);\n"

  @Test func aNarrowVariableThatTakesAWideResult() throws {
    #expect(
      try notes(
        after: "int f(void)\n{\n\tint ret;\n\n\tret = write_it(1);\n\treturn ret;\n}\n",
        header: wide)
        == ["5 narrowing: 'int ret' gets the ssize_t that write_it returns"])
    #expect(
      try notes(
        after: "int f(int a, int b)\n{\n\tint x = 0, ret = write_it(1);\n\treturn ret;\n}\n",
        header: wide)
        == ["3 narrowing: 'int ret' gets the ssize_t that write_it returns"])
  }

  @Test func whatFitsIsNotNoted() throws {
    for body in [
      "int ret;\n\tret = status_of(1);", "ssize_t ret;\n\tret = write_it(1);",
      "int ret;\n\tret = write_it(1) > 0;", "int *p;\n\t*p = write_it(1);",
      "int ret;\n\tx->ret = write_it(1);", "int ret;\n\tret = unknown(1);",
    ] {
      #expect(try notes(after: "int f(void)\n{\n\t\(body)\n}\n", header: wide) == [], "\(body)")
    }
    // It was there before.
    let text = "int f(void)\n{\n\tint ret = write_it(1);\n\treturn ret;\n}\n"
    #expect(try notes(before: text, after: text + "\n/* more */\n", header: wide) == [])
  }

  private func body(_ lines: String) -> String { "int f(void)\n{\n\(lines)\n}\n" }

  @Test func aWayOutWithTheLockHeld() throws {
    #expect(
      try notes(
        after: body("\tmutex_lock(&m);\n\tif (a)\n\t\treturn 1;\n\tmutex_unlock(&m);\n\treturn 0;"))
        == ["5 lock: returns with &m held, taken by mutex_lock in line 3"])
    #expect(
      try notes(after: body("\tspin_lock(&m);\n\treturn 0;"))
        == ["3 lock: spin_lock(&m) has no release after it"])
  }

  @Test func locksThatAreGivenBackAreNotNoted() throws {
    for lines in [
      "\tmutex_lock(&m);\n\tif (a) {\n\t\tmutex_unlock(&m);\n\t\treturn 1;\n\t}\n\tmutex_unlock(&m);\n\treturn 0;",
      "\tif (a)\n\t\tmutex_lock(&m);\n\tr = g();\n\tif (a)\n\t\tmutex_unlock(&m);\n\treturn r;",
      "\tmutex_lock(&m);\n\tif (a)\n\t\tgoto out;\n\tg();\nout:\n\tmutex_unlock(&m);\n\treturn 0;",
      "\tif (a) {\n\t\tmutex_lock(&m);\n\t\tmutex_unlock(&m);\n\t}\n\tif (b)\n\t\treturn 1;\n\treturn 0;",
    ] {
      #expect(try notes(after: body(lines)) == [], "\(lines)")
    }
    #expect(
      try notes(after: "void take_lock(struct x *x)\n{\n\tspin_lock(&x->m);\n}\n") == [])
  }

  @Test func aSleepUnderASpinlock() throws {
    #expect(
      try notes(
        after: body("\tspin_lock(&l);\n\tmutex_lock(&m);\n\tmutex_unlock(&m);\n\tspin_unlock(&l);"))
        == ["4 sleep-under-spinlock: mutex_lock can sleep, and spin_lock(&l) of line 3 is held"])
    #expect(
      try notes(
        after: body(
          "\tspin_lock_irqsave(&l, f);\n\tp = kmalloc(8, GFP_KERNEL);\n\tspin_unlock_irqrestore(&l, f);"
        )
      ) == [
        "4 sleep-under-spinlock: kmalloc can sleep, and spin_lock_irqsave(&l) of line 3 is held"
      ])
  }

  @Test func sleepsElsewhereAreNotNoted() throws {
    for lines in [
      "\tspin_lock(&l);\n\tp = kmalloc(8, GFP_ATOMIC);\n\tspin_unlock(&l);",
      "\tspin_lock(&l);\n\tspin_unlock(&l);\n\tmsleep(1);",
      "\tspin_lock(&l);\n\tif (a) {\n\t\tspin_unlock(&l);\n\t\tmsleep(1);\n\t\treturn 0;\n\t}\n\tspin_unlock(&l);",
      "\tmutex_lock(&m);\n\tmsleep(1);\n\tmutex_unlock(&m);",
    ] {
      #expect(try notes(after: body(lines)) == [], "\(lines)")
    }
  }

  /// The seed narrows a ssize_t: the one thing to look at in it.
  @Test func theSeedHasItsNarrowing() throws {
    let tree = try DirectoryTree(path: Project.lab("base"))
    let index = SymbolIndex(tree)
    var search = try RiskSearch(index)
    let change = TreeChange(
      path: try TreePath(Array("fs/ext4/file.c".utf8)),
      before: TreeFile(
        mode: .regular, content: try Files.read(Project.lab("base") + "/fs/ext4/file.c")),
      after: TreeFile(
        mode: .regular, content: try Files.read(Project.lab("applied") + "/fs/ext4/file.c")))
    #expect(
      search.notes(on: [change]).map { "\($0.function) \($0.line) \($0.reason)" } == [
        "ext4_file_write 136 'int ret' gets the ssize_t that generic_file_aio_write returns"
      ])
  }
}
