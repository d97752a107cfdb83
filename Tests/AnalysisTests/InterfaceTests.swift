// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import KernelTree
import TestSupport
import Testing

/// What modules that are built elsewhere rely on.
@Suite struct InterfaceTests {
  private func changes(
    _ path: String, _ before: String?, _ after: String?
  ) throws -> [String] {
    func file(_ text: String?) -> TreeFile? {
      text.map { TreeFile(mode: .regular, content: Array($0.utf8)) }
    }
    return try InterfaceChange.among([
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
      try InterfaceChange.among([
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

  @Test(
    arguments: [
      // Fields of a union or a struct without a name are those of the outer one.
      (
        "struct s { union { int a; long b; }; int c; };",
        "struct s { union { int a; long b; int d; }; int c; };", "layout struct s: adds d"
      ),
      (
        "struct s { union { int a; long b; }; int c; };",
        "struct s { union { long a; long b; }; int c; };", "layout struct s: changes a"
      ),
      (
        "struct s { int a; struct { int b; int c; }; };",
        "struct s { int a; union { int b; int c; }; };",
        "layout struct s: changes what shares a struct or union"
      ),
      (
        "struct s { union { struct { int a; int b; }; int c; }; };",
        "struct s { union { struct { int a; }; int c; }; };", "layout struct s: removes b"
      ),
      (
        "struct s { union { int a; } u; };", "struct s { union { int a; int b; } u; };",
        "layout struct s: changes u"
      ),
      (
        "struct s { int a; };", "struct s { int a; union { int b; int c; }; };",
        "layout struct s: adds b, c at its end"
      ),
      // Typedefs.
      (
        "typedef struct { int a; } s_t;", "typedef struct { long a; } s_t;", "layout s_t: changes a"
      ),
      ("typedef int i_t;", "typedef long i_t;", "layout i_t: it is now long"),
      (
        "typedef int (*f_t)(int a);", "typedef int (*f_t)(long a);",
        "layout f_t: it is now int ( * ) ( long )"
      ),
      ("typedef int (*f_t)(int a);", "typedef int (*f_t)(int b);", ""),
      ("typedef struct t { int a; } t_t;", "typedef struct t { int a; } t_t, *t_p;", ""),
      // Conditions.
      (
        "struct s { int a; int b; };",
        "struct s { int a;\n#ifdef CONFIG_X\nint b;\n#endif\n};",
        "layout struct s: makes b conditional: #ifdef CONFIG_X"
      ),
      (
        "struct s {\n#ifdef CONFIG_X\nint a;\n#endif\nint b; };",
        "struct s {\n#ifdef CONFIG_X\nint a;\nint b;\n#endif\n};",
        "layout struct s: makes b conditional: #ifdef CONFIG_X"
      ),
      (
        "struct s {\n#ifdef X\nint a;\n#else\nlong a;\n#endif\n};",
        "struct s {\n#ifdef X\nint a;\n#else\nchar a;\n#endif\n};", "layout struct s: changes a"
      ),
      (
        "struct s {\n#ifdef X\nint a;\n#endif\n};", "struct s { int a; };",
        "layout struct s: removes the condition of a"
      ),
      (
        "#ifdef X\nstruct s { int a; };\n#else\nstruct s { int b; };\n#endif",
        "#ifdef X\nstruct s { int a; };\n#else\nstruct s { long b; };\n#endif",
        "layout struct s: changes b"
      ),
      // Enums without a name.
      ("enum { A, B };", "enum { A, C, B };", "values enum { A, … }: adds C"),
      ("enum { A, B };", "enum { A, B, C };", ""),
      ("enum { A, B };", "enum e { A, B };", ""),
      ("enum { A = 1, B };", "enum { A = 2, B };", "values enum { A, … }: changes A"),
      (
        "typedef enum { A, B } e_t;", "typedef enum { B, A } e_t;", "values e_t: changes the order"
      ),
      ("enum { A };", "int a;", "values enum { A }: it is removed"),
      // Values that a field depends on.
      (
        "#define N 16\nstruct s { int a[N]; };", "#define N 32\nstruct s { int a[N]; };",
        "layout struct s: changes a, which depends on N"
      ),
      (
        "#define N 16\n#define M (2 * N)\nstruct s { int a; DECLARE_BITMAP(b, M); };",
        "#define N 32\n#define M (2 * N)\nstruct s { int a; DECLARE_BITMAP(b, M); };",
        "layout struct s: changes b, which depends on M"
      ),
      (
        "#define N 16 /* so many */\nstruct s { int a[N]; };",
        "#define N 16\nstruct s { int a[N]; };", ""
      ),
      // What does not count as a change.
      (
        "struct s { int (*f)(int a, struct t *b); };",
        "struct s { int (*f)(int c, struct t *d); };",
        ""
      ),
      (
        "struct s { int (*f)(int a, struct t *b); };",
        "struct s { int (*f)(long a, struct t *b); };",
        "layout struct s: changes f"
      ),
      (
        "struct s { int a; } __attribute__((aligned(8)));",
        "struct s { int a; } __attribute__((aligned(16)));",
        "layout struct s: changes its attributes to __attribute__ aligned 16"
      ),
    ])
  func whatATypeIsMadeOf(_ before: String, _ after: String, _ expected: String) throws {
    let found = try changes("a.h", "\(before)\n", "\(after)\n")
    #expect(found == (expected.isEmpty ? [] : [expected]))
  }

  /// An array's size is an enumerator that moves.
  @Test func enumeratorsAreSizes() throws {
    #expect(
      try changes(
        "a.h", "enum e { A, B, NR };\nstruct s { int a[NR]; int b[A]; };\n",
        "enum e { A, C, B, NR };\nstruct s { int a[NR]; int b[A]; };\n")
        == ["values enum e: adds C", "layout struct s: changes a, which depends on NR"])
  }

  @Test(arguments: [
    ("int f(int a)", "int f(int b)", ""),
    ("int f(struct s *a, unsigned int n)", "int f(struct s *b, unsigned int count)", ""),
    ("int f(struct s *)", "int f(struct t *)", "int f ( struct t * )"),
    ("int f(size_t n)", "int f(ssize_t n)", "int f ( ssize_t n )"),
    ("int f(unsigned a)", "int f(unsigned b)", ""),
    ("int f(const char a[4])", "int f(const char b[4])", ""),
    ("int f(const char a[4])", "int f(const char a[8])", "int f ( const char a [ 8 ] )"),
    ("int f(int (*g)(int x), int y)", "int f(int (*h)(int z), int w)", ""),
    (
      "int f(int (*g)(int x))", "int f(int (*g)(long x))", "int f ( int ( * g ) ( long x ) )"
    ),
    ("int f(void)", "int f(int a)", "int f ( int a )"),
    ("int f(int a)", "int f(int a __maybe_unused)", ""),
    ("int f(int a)", "noinline int f(int a)", ""),
    ("int f(int a)", "int f(int a, int b)", "int f ( int a , int b )"),
    ("int f(u32 a)", "int f(u32)", ""),
  ])
  func namesOfParametersDoNotCount(
    _ before: String, _ after: String, _ expected: String
  ) throws {
    func text(_ head: String) -> String { "\(head)\n{\n\treturn 0;\n}\nEXPORT_SYMBOL(f);\n" }
    #expect(
      try changes("a.c", text(before), text(after))
        == (expected.isEmpty ? [] : ["signature f: its declaration changes: \(expected)"]))
  }

  @Test(arguments: [
    (
      "DEFINE_PER_CPU(int, x);\nEXPORT_PER_CPU_SYMBOL(x);",
      "DEFINE_PER_CPU(long, x);\nEXPORT_PER_CPU_SYMBOL(x);",
      "signature x: its declaration changes: DEFINE_PER_CPU ( long , x )"
    ),
    (
      "DEFINE_PER_CPU(int, x) = 1;\nEXPORT_PER_CPU_SYMBOL_GPL(x);",
      "DEFINE_PER_CPU(long, x) = 1;\nEXPORT_PER_CPU_SYMBOL_GPL(x);",
      "signature x: its declaration changes: DEFINE_PER_CPU ( long , x )"
    ),
    (
      "DEFINE_PER_CPU(int, x);\nEXPORT_PER_CPU_SYMBOL(x);", "DEFINE_PER_CPU(int, x);",
      "removed x: it is exported no more"
    ),
    (
      "int f(int a)\n{\n}\nEXPORT_SYMBOL_NS_GPL(f, A);",
      "int f(int a)\n{\n}\nEXPORT_SYMBOL_NS_GPL(f, B);",
      "signature f: it is exported by EXPORT_SYMBOL_NS_GPL with the namespace B now"
    ),
    (
      "int f(int a)\n{\n}\nEXPORT_SYMBOL_NS_GPL(f, A);",
      "int f(int a)\n{\n}\nEXPORT_SYMBOL_NS_GPL(f, \"A\");", ""
    ),
    (
      "int f(int a)\n{\n}\nEXPORT_SYMBOL_NS(f, A);", "int f(long a)\n{\n}\nEXPORT_SYMBOL_NS(f, A);",
      "signature f: its declaration changes: int f ( long a )"
    ),
    (
      "int f(int a)\n{\n}\nEXPORT_SYMBOL(f);",
      "#define DEFAULT_SYMBOL_NAMESPACE A\nint f(int a)\n{\n}\nEXPORT_SYMBOL(f);",
      "signature f: it is exported by EXPORT_SYMBOL with the namespace A now"
    ),
  ])
  func allKindsOfExports(_ before: String, _ after: String, _ expected: String) throws {
    #expect(
      try changes("a.c", "\(before)\n", "\(after)\n") == (expected.isEmpty ? [] : [expected]))
  }

  /// Files of the tree that the patch does not touch: one that exports a function, and one whose struct depends on a
  /// macro.
  @Test func theRestOfTheTreeCounts() async throws {
    let scratch = try Scratch()
    try scratch.write("t/a.c", "#include \"a.h\"\nMAKE(f)\nEXPORT_SYMBOL(f);\nint g(int a)\n{\n}\n")
    try scratch.write("t/b.h", "struct s {\n\tint a[N];\n};\n")
    try scratch.write("t/a.h", "#define N 16\nint f(int a);\nint g(int a);\nint h(int a);\n")
    try scratch.write(
      "a.patch",
      """
      a: change it

      --- a/a.h
      +++ b/a.h
      @@ -1,4 +1,4 @@
      -#define N 16
      -int f(int a);
      -int g(int a);
      -int h(int a);
      +#define N 32
      +int f(long a);
      +int g(long a);
      +int h(int b);

      """)
    let result = try await run(
      Project.program, ["analyze", "--no-index", "--onto", "t", "a.patch"], in: scratch.path)
    let found = result.text.split(separator: "\n").filter { $0.contains("kABI") }
    #expect(
      found == [
        "  kABI struct s (b.h): changes a, which depends on N",
        "  kABI f (a.h): its declaration changes: int f ( long a )",
      ], "\(result.text)\(result.errors)")
  }

  @Test func aSymbolThatMovesToAnotherFileStays() throws {
    let f = Array("int f(int a)\n{\n\treturn a;\n}\nEXPORT_SYMBOL(f);\n".utf8)
    let file = TreeFile(mode: .regular, content: f)
    let moved = try InterfaceChange.among([
      TreeChange(path: try TreePath(Array("a.c".utf8)), before: file, after: nil),
      TreeChange(path: try TreePath(Array("b.c".utf8)), before: nil, after: file),
    ])
    #expect(moved.isEmpty)
  }
}
