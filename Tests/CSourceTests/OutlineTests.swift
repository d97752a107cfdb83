// SPDX-License-Identifier: GPL-2.0-only

import CSource
import TestSupport
import Testing

/// What an outline finds in the shapes that kernel code has.
@Suite struct OutlineTests {
  private func outline(_ text: String) -> CSourceFile { CSourceFile(Array(text.utf8)) }

  /// Functions as `name first-name-last`, by lines.
  private func functions(_ text: String) -> [String] {
    let file = outline(text)
    return file.functions.map {
      "\(file.name(of: $0)) \($0.firstLine)-\($0.nameLine)-\($0.lastLine)"
    }
  }

  private func names(_ kind: CItem.Kind, _ text: String) -> [String] {
    let file = outline(text)
    return file.items.filter { $0.kind == kind }.map { file.name(of: $0) }
  }

  @Test func plainFunctionsHaveExactLines() {
    #expect(
      functions(
        "static int\nfoo(int a,\n    int b)\n{\n  return a;\n}\nint bar(void) { return 0; }\n")
        == ["foo 1-2-6", "bar 7-7-7"])
    #expect(functions("struct x *f(struct y *y)\n{\n}\n") == ["f 1-1-3"])
    #expect(functions("unsigned long long f(void) { if (a) { } while (b) { } }\n") == ["f 1-1-1"])
    #expect(functions("enum hrtimer_restart __f(struct hrtimer *t)\n{\n}\n") == ["__f 1-1-3"])
  }

  @Test func functionsThatReturnPointersToFunctions() {
    #expect(functions("static int (*pick(int a))(char *)\n{\n}\n") == ["pick 1-1-3"])
    #expect(functions("int (f)(int a)\n{\n}\n") == ["f 1-1-3"])
  }

  @Test func attributesAndAnnotationsAreNoNames() {
    let text = """
      static __always_inline __attribute__((pure)) int a(int x) { return x; }
      __printf(1, 2) void b(const char *f, ...) { }
      static int __init c(void) { return 0; }
      void d(struct lock *l) __acquires(&l->x) __must_hold(l) { }
      void __attribute__((weak)) __e(void) { }
      static void f(void) __releases_x { }
      asmlinkage __visible void __g(int x) __releases(x) { }
      """
    #expect(
      functions(text).map { $0.split(separator: " ")[0] } == [
        "a", "b", "c", "d", "__e", "f", "__g",
      ])
  }

  @Test func macrosThatDefineFunctions() {
    let file = outline(
      """
      SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)
      {
      }
      static DEFINE_THING(thing)
      {
      }
      static int FNAME(walk)(struct kvm *kvm)
      {
      }
      NAME()
      {
      }
      """)
    #expect(file.functions.map { file.name(of: $0) } == ["read", "thing", "walk", "NAME"])
    #expect(file.functions.map(\.isMadeByMacro) == [true, true, true, false])
    #expect(
      file.functions.prefix(3).map { file.text(of: file.tokens[Int($0.typeToken)]) }
        == ["SYSCALL_DEFINE3", "DEFINE_THING", "FNAME"])
    #expect(functions("TEST_DATA(x)\n{\n  .a = 1,\n};\n") == [])
  }

  @Test func aMacroWithoutASemicolonIsNoPartOfWhatFollows() {
    #expect(
      functions(
        "EXPORT_SYMBOL(x)\n\nstatic int f(void)\n{\n}\nMODULE_X(\"y\")\nint g(void)\n{\n}\n")
        == ["f 3-3-5", "g 7-7-9"])
    // And is there itself.
    #expect(
      names(.macroCall, "PAGEFLAG(Locked, locked)\nTESTFLAG(Dirty)\nint f(void) { }\nLAST(one)\n")
        == ["Locked", "Dirty", "one"])
  }

  @Test func armsThatOpenTheSameBraceTwice() {
    let text = """
      #ifdef A
      static int f(int a)
      {
      #else
      static int f(int a, int b)
      {
      #endif
      #ifdef B
        if (a) {
      #elif defined(C)
        if (b) {
      #else
        {
      #endif
          g();
        }
      }
      static int h(void)
      {
      }
      """
    #expect(functions(text) == ["f 2-2-17", "h 18-18-20"])
    // Whole functions in both arms are both there.
    #expect(
      functions("#ifdef A\nint f(void)\n{\n}\n#else\nint f(void) { }\n#endif\nint g(void) { }\n")
        == ["f 2-2-4", "f 6-6-6", "g 8-8-8"])
    // The head twice, the body once.
    #expect(functions("#ifdef A\nint f(int a)\n#else\nint f(void)\n#endif\n{\n}\n") == ["f 2-2-7"])
    // What #if 0 leaves out does not count.
    #expect(functions("#if 0\nint f(void)\n{\n#else\nint g(void)\n{\n#endif\n}\n") == ["g 5-5-8"])
  }

  @Test func bracesInStringsCommentsAndDirectives() {
    let text = """
      int f(void)
      {
        /* } */ // }
        char c = '}', *s = "}\\"}";
      #define X }
        return c;
      }
      int g(void) { }
      """
    #expect(functions(text) == ["f 1-1-7", "g 8-8-8"])
    #expect(functions("#error it's {\nint f(void) { }\n") == ["f 2-2-2"])
    #expect(functions("#define Q '\"'\nint f(void) { }\n") == ["f 2-2-2"])
  }

  @Test func aBraceThatNeverClosesHidesOneFunctionAlone() {
    #expect(
      functions("int f(void)\n{\n  if (a) {\n}\nint g(void)\n{\n}\n").map {
        $0.split(separator: " ")[0]
      } == ["f", "g"])
  }

  @Test func typesMembersAndEnumerators() {
    let text = """
      struct point {
        int x, y;
        struct list_head list;
        int (*move)(struct point *p, int by);
        unsigned flags : 3;
        u8 name[16] __aligned(8);
        union {
          long a;
          void *b;
        };
        DECLARE_BITMAP(bits, 64);
      } __packed;
      enum color { RED = 1, GREEN, BLUE = (1 << 2), };
      typedef struct point point_t;
      typedef int (*callback_t)(void *data);
      union u { int i; };
      struct forward;
      """
    #expect(names(.structure, text) == ["point"])
    #expect(
      names(.member, text)
        == ["x", "y", "list", "move", "flags", "name", "a", "b", "bits", "i"])
    #expect(names(.enumerator, text) == ["RED", "GREEN", "BLUE"])
    #expect(names(.typedef, text) == ["point_t", "callback_t"])
    #expect(names(.enumeration, text) == ["color"])
    let file = outline(text)
    let list = file.items.first { file.name(of: $0) == "list" }
    #expect(list.map { file.text(of: file.tokens[Int($0.typeToken)]) } == "list_head")
    #expect(list.map { file.name(of: file.items[Int($0.parent)]) } == "point")
  }

  @Test func macrosVariablesAndPrototypes() {
    let text = """
      #define PLAIN 1
      #  define CALL(a, b) \\
        do { a; } while (b)
      static int counter, other = 3;
      const struct file_operations fops = { .open = f, };
      static DEFINE_MUTEX(lock);
      LIST_HEAD(all);
      extern int f(struct inode *inode);
      int (*hook)(void);
      static struct point __initdata origin;
      MODULE_LICENSE("GPL");
      """
    #expect(names(.macro, text) == ["PLAIN", "CALL"])
    #expect(names(.variable, text) == ["counter", "other", "fops", "hook", "origin"])
    #expect(names(.macroCall, text) == ["lock", "all", "MODULE_LICENSE"])
    #expect(names(.prototype, text) == ["f"])
    let macro = outline(text).items.first { $0.kind == .macro && $0.nameLine == 2 }
    #expect(macro?.lastLine == 3)
  }

  @Test func whatAFunctionUses() throws {
    let file = outline(
      "int f(int a)\n{\n\tif (a)\n\t\treturn g(a) + MAX(h(), a);\n\treturn sizeof(x->y);\n}\n")
    let item = try #require(file.function(named: "f"))
    #expect(file.calls(of: item) == ["g", "MAX", "h"])
    let names = file.identifiers(of: item).filter { !CSourceFile.keywords.contains($0.name) }
    #expect(
      names.map { "\($0.name) \($0.line)" } == ["f 1", "a 1", "g 4", "MAX 4", "h 4", "x 5", "y 5"])
  }

  /// The outline of the lab's file, line by line.
  @Test func theLabsFunctionsStandWhereTheyDo() throws {
    let file = CSourceFile(try Files.read(Project.lab("applied") + "/fs/ext4/file.c"))
    let found = file.functions.map { "\(file.name(of: $0)) \($0.firstLine)-\($0.lastLine)" }
    #expect(
      found == [
        "lab_drop_reservation 27-31", "lab_is_last_writer 33-39", "ext4_release_file 44-56",
        "ext4_aiodio_wait 58-63", "ext4_unaligned_aio 74-90", "ext4_file_write 92-142",
        "ext4_file_mmap 149-154",
      ])
  }

  /// No input traps, and every token lies in it, in order.
  @Test func anyBytesHaveAnOutline() throws {
    let text = try Files.read(Project.lab("applied") + "/fs/ext4/file.c")
    var random = SeededRandom(seed: 5)
    for round in 0..<400 {
      var bytes = text
      for _ in 0...(round % 40) {
        let at = Int.random(in: 0..<bytes.count, using: &random)
        switch round % 3 {
        case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.remove(at: at)
        default: bytes.insert(Array("{}()\"'/*#\\\n;=".utf8).randomElement(using: &random)!, at: at)
        }
      }
      let file = CSourceFile(bytes)
      var last: UInt32 = 0
      for token in file.tokens {
        #expect(token.start >= last && token.end > token.start && Int(token.end) <= bytes.count)
        last = token.end
      }
      for item in file.items {
        #expect(item.firstToken < item.endToken && Int(item.endToken) <= file.tokens.count)
        #expect(item.firstLine <= item.lastLine && item.nameStart <= item.nameEnd)
      }
    }
  }
}
