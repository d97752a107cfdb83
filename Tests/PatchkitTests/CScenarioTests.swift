// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// Scenarios in C: the functions of a patch in the explorer, without a port of them.
@Suite(.enabled(if: Project.hasProgram("gcc"), "gcc is not installed")) struct CScenarioTests {
  private static let before = """
    // SPDX-License-Identifier: GPL-2.0-only
    #include <linux/spinlock.h>
    #include <linux/mutex.h>

    struct demo {
    \tspinlock_t lock;
    \tstruct mutex mutex;
    \tstruct demo *next;
    \tint reserved;
    \tint limit;
    };

    static int demo_reserve(struct demo *demo, int count)
    {
    \tif (demo->reserved + count > demo->limit)
    \t\treturn -ENOSPC;
    \tdemo->reserved += count;
    \treturn 0;
    }

    """
  private static let after = before.replacing(
    """
    \tif (demo->reserved + count > demo->limit)
    \t\treturn -ENOSPC;
    \tdemo->reserved += count;
    \treturn 0;

    """,
    with: """
      \tint result = 0;

      \tspin_lock(&demo->lock);
      \tif (demo->reserved + count > demo->limit)
      \t\tresult = -ENOSPC;
      \telse
      \t\tdemo->reserved += count;
      \tspin_unlock(&demo->lock);
      \treturn result;

      """)

  private struct Report: Decodable {
    struct Counterexample: Decodable {
      var complaint: String
      var steps: [String]
    }
    var verdict: String
    var outcomes: [String]
    var serialOutcomes: [String]
    var complete: Bool
    var counterexample: Counterexample?
    var notes: [String]
    var linked: [String]
  }

  /// A folder with a tree, a patch of it, and scenarios.
  private func fixture(
    before: String = before, after: String = after, _ scenarios: [String: String] = [:],
    more: [String: String] = [:]
  ) async throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("tree/fs/demo/demo.c", before)
    for (path, text) in more { try scratch.write("tree/" + path, text) }
    try scratch.write("a/fs/demo/demo.c", before)
    try scratch.write("b/fs/demo/demo.c", after)
    let diff = try await run(
      "diff", ["-u", "a/fs/demo/demo.c", "b/fs/demo/demo.c"], in: scratch.path)
    try scratch.write(
      "demo.patch",
      "Subject: [PATCH] demo: reserve under the lock that no one took before it\n---\n" + diff.text)
    try scratch.write("Patches/demo/demo.patch", try scratch.read("demo.patch"))
    for (name, text) in scenarios { try scratch.write("Patches/demo/scenarios/\(name).c", text) }
    return scratch
  }

  private func scenario(_ tasks: String, finish: String = "", _ comment: String = "") -> String {
    """
    /*
     * summary: tasks of a demo
    \(comment)
     */
    #include "fs/demo/demo.c"
    #include "pk_scenario.h"

    static struct demo *demo;

    void pk_setup(void)
    {
    \tdemo = pk_new(struct demo);
    \tdemo->limit = 5;
    }

    \(tasks)

    void pk_finish(void)
    {
    \tPK_SHOW(demo->reserved);
    \(finish)
    }

    """
  }

  private let reserving =
    "PK_TASK(first) { return demo_reserve(demo, 3); }\nPK_TASK(second) { return demo_reserve(demo, 3); }"

  private func explore(_ scratch: Scratch, _ name: String, _ more: String...) async throws
    -> ProcessResult
  {
    try await run(
      Project.program,
      ["port", "explore", name, "--c", "--onto", "tree", "--json", "--quiet"] + more,
      in: scratch.path)
  }

  private func report(_ result: ProcessResult) throws -> Report {
    try JSONDecoder().decode(Report.self, from: Data(result.output))
  }

  @Test func everyStepOfACounterexampleNamesALineOfTheC() async throws {
    let scratch = try await fixture([
      "race": scenario(reserving, finish: "\tPK_REQUIRE(demo->reserved <= demo->limit);")
    ])
    let before = try await explore(scratch, "race", "--before")
    #expect(before.code == 1, "\(before.errors)")
    let found = try report(before)
    #expect(found.verdict == "violation" && found.complete)
    #expect(found.outcomes.contains("first=0 second=0 demo->reserved=3"))
    #expect(found.outcomes.contains { $0.hasPrefix("first=0 second=0 demo->reserved=6 !") })
    #expect(
      found.serialOutcomes == [
        "first=-28 second=0 demo->reserved=3", "first=0 second=-28 demo->reserved=3",
      ])
    let steps = found.counterexample?.steps ?? []
    #expect(
      steps.contains("first: fs/demo/demo.c:15: read: if (demo->reserved + count > demo->limit)"))
    #expect(steps.contains("second: fs/demo/demo.c:17: write: demo->reserved += count;"))
    #expect(steps.allSatisfy { $0.contains(": fs/demo/demo.c:") })
    let after = try await explore(scratch, "demo/race")
    #expect(after.code == 0, "\(after.text)\(after.errors)")
    #expect(try report(after).outcomes == found.serialOutcomes)
  }

  /// A header whose name a macro forms is in no `#include`; it is read when the compiler asks for it.
  @Test func headersAreFoundWhateverTheirNameIsMadeOf() async throws {
    let scratch = try await fixture(
      before: "#define DEMO_HEADER <demo/limit.h>\n#include DEMO_HEADER\n#include <demo/show.h>\n"
        + Self.before,
      after: "#define DEMO_HEADER <demo/limit.h>\n#include DEMO_HEADER\n#include <demo/show.h>\n"
        + Self.after,
      [
        "race": scenario(
          reserving, finish: "\tPK_REQUIRE(demo->reserved <= DEMO_LIMIT + DEMO_SHOW);")
      ],
      more: [
        "include/demo/limit.h": "#define DEMO_LIMIT 5\n",
        "include/demo/show.h": "#include \"deeper.h\"\n",
        "include/demo/deeper.h": "#define DEMO_SHOW 0\n",
      ])
    let before = try await explore(scratch, "race", "--before")
    #expect(before.code == 1, "\(before.errors)")
    #expect(try await explore(scratch, "race").code == 0)
  }

  @Test func whatNoOrderOfWholeTasksHasIsAViolationOnRequest() async throws {
    let scratch = try await fixture([
      "any": scenario(reserving), "serial": scenario(reserving, " * serializable: yes"),
    ])
    #expect(try await explore(scratch, "any", "--before").code == 0)
    let serial = try await explore(scratch, "serial", "--before")
    #expect(serial.code == 1)
    #expect(
      try report(serial).counterexample?.complaint.hasPrefix("no order of whole tasks") ?? false)
    #expect(try await explore(scratch, "serial").code == 0)
  }

  /// What each use of the userspace kernel's locks does wrong, and the line that the report names.
  @Test(arguments: [
    // A deadlock by two orders of locks.
    (
      "static struct rw_semaphore s, t;\n"
        + "PK_TASK(a) { down_read(&s); down_write(&t); up_write(&t); up_read(&s); return 0; }\n"
        + "PK_TASK(b) { down_write(&t); down_write(&s); up_write(&s); up_write(&t); return 0; }",
      "deadlock", "no task can make a step"
    ),
    (
      "PK_TASK(a) { spin_lock(&demo->lock); mutex_lock(&demo->mutex); mutex_unlock(&demo->mutex); spin_unlock(&demo->lock); return 0; }",
      "violation", "while it holds a spin lock"
    ),
    ("PK_TASK(a) { mutex_lock(&demo->mutex); return 0; }", "violation", "ends and holds the lock"),
    ("PK_TASK(a) { mutex_unlock(&demo->mutex); return 0; }", "violation", "does not hold"),
    ("PK_TASK(a) { BUG_ON(demo->limit == 5); return 0; }", "violation", "BUG at "),
    (
      "PK_TASK(a) { int *p = kmalloc(4, GFP_KERNEL); kfree(p); *p = 1; return 0; }", "violation",
      "after it was freed"
    ),
    (
      "PK_TASK(a) { int *p = demo->next ? &demo->next->limit : 0; return p ? *p : 0; }\n"
        + "PK_TASK(b) { demo->next = demo; demo->next = 0; return 0; }",
      "violation", "a null pointer is used at "
    ),
  ])
  func misuseIsFound(_ tasks: String, _ verdict: String, _ complaint: String) async throws {
    let scratch = try await fixture(["misuse": scenario(tasks)])
    let result = try await explore(scratch, "misuse")
    #expect(result.code == 1, "\(result.text)\(result.errors)")
    let found = try report(result)
    #expect(found.verdict == verdict)
    #expect(found.counterexample?.complaint.contains(complaint) ?? false, "\(result.text)")
  }

  /// Each primitive does what a kernel's does: the outcomes are exactly these.
  @Test(arguments: [
    (
      "static struct completion done;\n"
        + "PK_TASK(a) { demo->reserved = 1; complete(&done); return 0; }\n"
        + "PK_TASK(b) { wait_for_completion(&done); return demo->reserved; }",
      ["a=0 b=1 demo->reserved=1"]
    ),
    (
      "static wait_queue_head_t queue;\n"
        + "PK_TASK(a) { demo->reserved = 1; wake_up(&queue); return 0; }\n"
        + "PK_TASK(b) { wait_event(queue, demo->reserved); return demo->reserved; }",
      ["a=0 b=1 demo->reserved=1"]
    ),
    (
      "static struct rw_semaphore s;\n"
        + "PK_TASK(a) { int r; down_read(&s); r = demo->reserved; r += demo->reserved; up_read(&s); return r; }\n"
        + "PK_TASK(b) { down_write(&s); demo->reserved++; up_write(&s); return 0; }",
      ["a=0 b=0 demo->reserved=1", "a=2 b=0 demo->reserved=1"]
    ),
    (
      "static atomic_t count;\n"
        + "PK_TASK(a) { return atomic_inc_return(&count); }\nPK_TASK(b) { return atomic_inc_return(&count); }",
      ["a=1 b=2 demo->reserved=0", "a=2 b=1 demo->reserved=0"]
    ),
    (
      "static LIST_HEAD(list); static struct list_head x, y;\n"
        + "PK_TASK(a) { spin_lock(&demo->lock); list_add_tail(&x, &list); spin_unlock(&demo->lock); return list.next == &x; }\n"
        + "PK_TASK(b) { spin_lock(&demo->lock); list_add_tail(&y, &list); spin_unlock(&demo->lock); return 0; }",
      ["a=0 b=0 demo->reserved=0", "a=1 b=0 demo->reserved=0"]
    ),
    (
      "PK_TASK(a) { struct iovec v[2] = { { 0, 512 }, { 0, 1024 } }; struct iov_iter i; iov_iter_init(&i, v, 2, 1536, 0);\n"
        + "iov_iter_advance(&i, 600); return (int)(iov_iter_count(&i) * 10000 + iov_iter_single_seg_count(&i)); }",
      ["a=9360936 demo->reserved=0"]
    ),
    (
      "PK_TASK(a) { int r; rcu_read_lock(); r = demo->reserved; rcu_read_unlock(); return r; }",
      ["a=0 demo->reserved=0"]
    ),
    (
      "PK_TASK(a) { bit_spin_lock(0, &demo->limit); demo->reserved++; bit_spin_unlock(0, &demo->limit); return 0; }\n"
        + "PK_TASK(b) { bit_spin_lock(0, &demo->limit); demo->reserved++; bit_spin_unlock(0, &demo->limit); return 0; }\n"
        + "static int unused(void) { return test_bit(0, &demo->limit); }",
      ["a=0 b=0 demo->reserved=2"]
    ),
  ])
  func primitivesKeepTheirPromise(_ tasks: String, _ outcomes: [String]) async throws {
    // Bit 0 of the limit is a lock in one of them.
    let text = scenario(tasks).replacing("demo->limit = 5", with: "demo->limit = 4")
    let scratch = try await fixture(["primitive": text])
    let result = try await explore(scratch, "primitive")
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    let found = try report(result)
    #expect(found.outcomes == outcomes && found.complete)
    #expect(
      tasks.contains("rcu") == found.notes.contains { $0.contains("RCU read side does nothing") })
  }

  @Test func whatIsMissingIsNamedWhereATaskReachesIt() async throws {
    let calling = "extern int far_away(int);\nextern int linked(int);\n"
    let after = Self.after.replacing(
      "\treturn result;",
      with:
        "\tif (count == 3)\n\t\treturn linked(count);\n\tif (count == 4)\n\t\treturn far_away(count);\n\treturn result;"
    ).replacing("struct demo {", with: calling + "struct demo {")
    let scratch = try await fixture(
      before: Self.before.replacing("struct demo {", with: calling + "struct demo {"), after: after,
      [
        "unreached": scenario("PK_TASK(a) { return demo_reserve(demo, 1); }"),
        "linked": scenario("PK_TASK(a) { return demo_reserve(demo, 3); }"),
        "missing": scenario("PK_TASK(a) { return demo_reserve(demo, 4); }"),
        "null": scenario("PK_TASK(a) { return demo->next->limit; }"),
        "broken": scenario("PK_TASK(a) { return nobody_knows(demo); }"),
        "empty": scenario(""),
      ],
      more: ["fs/demo/other.c": "int linked(int count) { return count + 100; }\n"])
    // What no task reaches is not missing, and a function of another file of the folder is linked.
    #expect(try await explore(scratch, "unreached").code == 0)
    let linked = try report(try await explore(scratch, "linked"))
    #expect(linked.outcomes == ["a=103 demo->reserved=3"] && linked.linked == ["fs/demo/other.c"])
    let missing = try await explore(scratch, "missing")
    #expect(missing.code == 3 && missing.text.isEmpty)
    #expect(
      missing.errors.contains(
        "not checked: fs/demo/demo.c:28: the userspace kernel does not have far_away"))
    let null = try await explore(scratch, "null")
    #expect(null.code == 3)
    #expect(null.errors.contains("a null pointer is used, with no other task running"))
    let broken = try await explore(scratch, "broken")
    #expect(broken.code == 3 && broken.errors.contains("nobody_knows"))
    #expect(broken.errors.contains("Patches/demo/scenarios/broken.c:"))
    let empty = try await explore(scratch, "empty")
    #expect(empty.code == 3 && empty.errors.contains("has no task"))
    let other = try await explore(scratch, "no-such-scenario")
    #expect(other.code == 2)
  }

  /// A file of the tree that is linked for one function does not replace what the userspace kernel has.
  @Test func theUserspaceKernelComesBeforeWhatIsLinked() async throws {
    let scratch = try await fixture(
      ["linked": scenario("PK_TASK(a) { schedule(); return demo_helper(); }")],
      more: [
        "fs/demo/other.c": "int demo_helper(void)\n{\n\treturn 7;\n}\n\n"
          + "void schedule(void)\n{\n\tpk_wrong(\"not this one\");\n}\n"
      ])
    try scratch.write(
      "Patches/demo/scenarios/linked.c",
      "int demo_helper(void);\n"
        + String(decoding: try scratch.read("Patches/demo/scenarios/linked.c"), as: UTF8.self))
    let found = try await explore(scratch, "linked")
    #expect(found.code == 0, "\(found.text)\(found.errors)")
    #expect(try report(found).outcomes == ["a=7 demo->reserved=0"])
    #expect(try report(found).linked == ["fs/demo/other.c"])
  }

  @Test func theProposalMakesWhatTheParametersName() async throws {
    let scratch = try Scratch()
    let before = """
      static int demo(journal_t *journal, transaction_t *transaction, struct ext4_ext_path *path,
      \t\tstruct page *page, const char *name, char *buffer, void *bitmap, void *fsdata,
      \t\tstruct inode **inodes)
      {
      \treturn 0;
      }

      static int plain(struct inode *inode)
      {
      \treturn 0;
      }

      """
    let after = before.replacing("\treturn 0;", with: "\treturn 1;")
      .replacing("inodes)\n{\n", with: "inodes)\n{\n\tjbd2_journal_flush(journal);\n")
    for (folder, text) in [("tree", before), ("a", before), ("b", after)] {
      try scratch.write(folder + "/fs/ext4/demo.c", text)
    }
    let diff = try await run(
      "diff", ["-u", "a/fs/ext4/demo.c", "b/fs/ext4/demo.c"], in: scratch.path)
    try scratch.write("demo.patch", "Subject: [PATCH] demo\n---\n" + diff.text)
    let made = try await patchkit(
      "port", "new", "demo.patch", "--onto", "tree", "--name", "demo", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    func proposal(_ name: String) throws -> String {
      String(decoding: try scratch.read("Patches/demo/scenarios/\(name).c"), as: UTF8.self)
    }
    let text = try proposal("two-demo")
    for line in [
      "\tpk_ext4_journal(pk_sb);", "\tshared_journal = pk_ext4_journal(pk_sb);",
      "\tshared_transaction = pk_ext4_transaction(pk_sb);",
      "\tfirst_path = pk_ext4_path(pk_file_inode);", "\tsecond_path = pk_ext4_path(pk_file_inode);",
      "\tshared_page = pk_ext4_page(pk_file_inode);",
    ] { #expect(text.contains(line + "\n"), "\(line)") }
    #expect(text.contains("\"name\", pk_allocate(4096), pk_allocate(4096), NULL, NULL)"))
    // What does not call the journal runs without one, as ext4 can.
    #expect(!(try proposal("two-plain")).contains("pk_ext4_journal"))
  }

  @Test func newProposesScenariosFromTheParameters() async throws {
    let scratch = try await fixture()
    let made = try await patchkit(
      "port", "new", "demo.patch", "--onto", "tree", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    // The folder has every word of the subject.
    let folder = "Patches/demo-reserve-under-the-lock-that-no-one-took-before-it"
    let text = String(
      decoding: try scratch.read("\(folder)/scenarios/two-demo_reserve.c"), as: UTF8.self)
    #expect(text.contains("PK_TASK(first)\n{\n\treturn demo_reserve(shared_demo, 1);\n}"))
    #expect(text.contains("\tPK_SHOW(shared_demo->reserved);"))
    #expect(made.text.contains("next: patchkit port explore"))
    let files = try scratch.snapshot()
    #expect(!files.keys.contains { $0.hasPrefix("Sources/") || $0.hasPrefix("Tests/") })
    // What was proposed is explored at once, without a rebuild.
    let found = try await explore(scratch, "two-demo_reserve")
    #expect(found.code == 0, "\(found.errors)")
    #expect(try report(found).outcomes == ["first=-28 second=-28 shared_demo->reserved=0"])
    let again = try await patchkit(
      "port", "new", "demo.patch", "--onto", "tree", in: scratch.path)
    #expect(again.code == 1 && again.errors.contains("already exists"))
  }
}
