// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// The strategies and the refusals of `backport`, each on a fixture of its own.
@Suite struct StrategyTests {
  /// A driver of our own that the patches below are made for.
  static let original = """
    #include <linux/kernel.h>
    #include <linux/lamp.h>

    struct lamp {
    	spinlock_t lock;
    	unsigned int level;
    	unsigned int limit;
    };

    static int lamp_read(struct lamp *lamp, unsigned int *level)
    {
    	unsigned long flags;

    	spin_lock_irqsave(&lamp->lock, flags);
    	*level = lamp->level;
    	spin_unlock_irqrestore(&lamp->lock, flags);
    	return 0;
    }

    static int lamp_write(struct lamp *lamp, unsigned int level)
    {
    	unsigned long flags;
    	int ret = 0;

    	if (level > lamp->limit)
    		level = lamp->limit;
    	spin_lock_irqsave(&lamp->lock, flags);
    	lamp->level = level;
    	ret = lamp_commit(lamp, level);
    	spin_unlock_irqrestore(&lamp->lock, flags);
    	lamp_notify(lamp);
    	return ret;
    }

    static void lamp_off(struct lamp *lamp)
    {
    	lamp_write(lamp, 0);
    }

    """

  static func patched(_ changes: [(String, String)], in text: String = original) -> String {
    changes.reduce(text) { text, change in
      precondition(text.ranges(of: change.0).count == 1, "'\(change.0)' is not there once")
      return text.replacing(change.0, with: change.1)
    }
  }

  /// The patch between two versions of the driver, as git makes it.
  static func diff(_ old: String, _ new: String, path: String = "drivers/lamp.c") async throws
    -> String
  {
    let scratch = try Scratch()
    try scratch.write("a/\(path)", old)
    try scratch.write("b/\(path)", new)
    let made = try await git("diff", "--no-index", "--no-prefix", "a", "b", in: scratch.path)
    return made.text
  }

  private func backport(
    _ patch: String, to tree: any KernelTree, accept: Confidence = .likely,
    base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil
  ) throws -> PatchOutcome {
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: accept))
    let outcome = try SeriesSession(on: tree, base: base, memory: memory).apply(queue)
    return try #require(outcome.patches.first)
  }

  private func tree(_ text: String) -> MemoryTree { MemoryTree(["drivers/lamp.c": text]) }

  private func result(_ outcome: PatchOutcome, _ path: String = "drivers/lamp.c") -> String? {
    outcome.changes.first { $0.path.description == path }?.after
      .map { String(decoding: $0.content, as: UTF8.self) }
  }

  /// Bounds the level before the lock is taken.
  static let fix = [
    ("\tlamp->level = level;\n", "\tlamp->level = level;\n\tlamp->stamp = jiffies;\n")
  ]

  // MARK: Strategies

  @Test func lessContextHeldByTheNeighbours() async throws {
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix))
    // The line two above the change differs here, so git apply refuses.
    let changes = [("\t\tlevel = lamp->limit;\n", "\t\treturn -EINVAL;\n")]
    let target = Self.patched(changes)
    #expect(try !apply(patch, to: tree(target)).applies)
    let outcome = try backport(patch, to: tree(target))
    #expect(outcome.verdict == .reducedContext)
    #expect(outcome.files[0].hunks[0].strategy == .reducedContext)
    #expect(outcome.files[0].hunks[0].confidence == .likely)
    #expect(result(outcome) == Self.patched(changes + Self.fix))
  }

  @Test func otherWhiteSpaceKeepsTheTreesOwnIndent() async throws {
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix))
    func spaced(_ text: String) -> String {
      let lines: [Substring] = text.split(
        separator: "\n" as Character, omittingEmptySubsequences: false)
      return lines.map { line in
        let tabs = line.prefix { $0 == "\t" }.count
        return String(repeating: "    ", count: tabs) + line.dropFirst(tabs)
      }.joined(separator: "\n")
    }
    let outcome = try backport(patch, to: tree(spaced(Self.original)))
    #expect(outcome.files[0].hunks[0].strategy == .whitespace)
    #expect(result(outcome) == spaced(Self.patched(Self.fix)))
  }

  @Test func aLineInOtherWordsIsMergedWordByWord() async throws {
    let patch = try await Self.diff(
      Self.original,
      Self.patched([
        ("\tret = lamp_commit(lamp, level);\n", "\tret = lamp_commit(lamp, level, GFP_ATOMIC);\n")
      ]))
    let outcome = try backport(
      patch,
      to: tree(
        Self.patched([
          ("\tret = lamp_commit(lamp, level);\n", "\terr = lamp_commit(lamp, level);\n")
        ])))
    #expect(outcome.verdict == .merged)
    #expect(outcome.files[0].hunks[0].strategy == .wordMerge)
    #expect(
      result(outcome)?.contains("\terr = lamp_commit(lamp, level, GFP_ATOMIC);\n") == true)
  }

  /// Nothing of a block that is removed whole stays, whichever of its lines the tree does not have.
  @Test func aBlockIsRemovedWithoutTheLinesThatTheTreeLacks() async throws {
    let block = [
      "\tlamp_prepare(lamp, level);\n", "\n", "\tlamp_commit(lamp, level + 1);\n",
      "\tlamp_finish(lamp, level);\n",
    ]
    let commit = "\tret = lamp_commit(lamp, level);\n"
    let old = Self.patched([(commit, block.joined() + commit)])
    let patch = try await Self.diff(old, Self.original)
    let fewer = Self.patched([(commit, block[0] + block[3] + commit)])
    let outcome = try backport(patch, to: tree(fewer))
    #expect(result(outcome) == Self.original, "\(outcome)")
    // A line about something that the file does not have may be the very thing that is removed.
    let foreign = try await Self.diff(
      old.replacing("lamp_commit(lamp, level + 1)", with: "lamp_dim(lamp)"), Self.original)
    #expect(try !backport(foreign, to: tree(fewer)).applies)
    // At the end of the block the tree may have changed what follows it.
    let cut = Self.patched([(commit, block[0] + commit)])
    #expect(try !backport(patch, to: tree(cut)).applies)
  }

  /// An include, a macro or a function means the same wherever it is among others of its kind.
  @Test func whatIsFreeOfOrderNeedsOneSide() async throws {
    let head = "#include <linux/one.h>\n#include <linux/two.h>\n"
    let includes = "#include <linux/lamp_registers.h>\n#include <linux/lamp_commands.h>\n\n"
    let macros = "#define LAMP_REGISTERS 12\n#define LAMP_COMMANDS 13\n\n"
    let body = "int lamp_first(int a)\n{\n\treturn a;\n}\n"
    func patch(
      _ added: String, above tail: String? = nil, missing last: String = "#include <linux/left.h>"
    ) -> String {
      let tail = tail ?? includes
      let lines = added.split(separator: "\n").map { "+\($0)\n" }
      let context = tail.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      return "--- a/drivers/lamp.c\n+++ b/drivers/lamp.c\n@@ -31,6 +31,\(6 + lines.count) @@\n"
        + " #include <linux/gone.h>\n #include <linux/away.h>\n \(last)\n"
        + lines.joined() + context.map { " \($0)\n" }.joined()
    }
    for (added, tail) in [
      ("#include <linux/new.h>\n", includes), ("#define LAMP_NEW(x) ((x) + 1)\n", macros),
      ("static int lamp_new(int b)\n{\n\treturn b;\n}\n", macros),
    ] {
      let outcome = try backport(patch(added, above: tail), to: tree(head + tail + body))
      #expect(result(outcome) == head + added + tail + body, "\(outcome)")
      #expect(outcome.files[0].hunks[0].proposal?.isOrderFree == true)
    }
    // The end of a condition between the addition and what was found: it may belong inside.
    let ended = patch("#include <linux/new.h>\n", missing: "#endif")
    let open = try backport(ended, to: tree(head + includes + body))
    #expect(open.files[0].hunks[0].proposal?.isOrderFree != true)
    // The tree's own condition is open there; a macro before an include may change what that declares.
    let inside = "#ifdef CONFIG_LAMP\n" + includes + "#endif\n"
    let within = try backport(patch("#include <linux/new.h>\n"), to: tree(head + inside + body))
    #expect(within.files[0].hunks[0].proposal?.isOrderFree != true)
    let early = try backport(
      patch("#define pr_fmt(f) LAMP f\n"), to: tree(head + includes + body))
    #expect(early.files[0].hunks[0].proposal?.isOrderFree != true)
    // Statements have an order, and so have conditions.
    for added in ["LAMP_REGISTER(x)\n", "\tlamp_start(a);\n", "#ifdef LAMP\n"] {
      let outcome = try backport(patch(added), to: tree(head + includes + body))
      #expect(outcome.files[0].hunks[0].proposal?.isOrderFree != true, "\(added)")
    }
  }

  /// Lines that a hunk moves are in the file before it, too.
  @Test func aLineThatIsMovedIsNotAlreadyApplied() async throws {
    let lock = "\tspin_lock_irqsave(&lamp->lock, flags);\n\tlamp->level = level;\n"
    let moved = "\tspin_lock_irqsave(&lamp->lock, flags);\n"
    let notify = "\tlamp_notify(lamp);\n"
    let new = Self.patched([
      (notify, ""), (lock, moved + notify + "\tlamp->level = level;\n"),
    ])
    let patch = try await Self.diff(Self.original, new)
    let changes = [("\t\tlevel = lamp->limit;\n", "\t\treturn -EINVAL;\n")]
    let outcome = try backport(patch, to: tree(Self.patched(changes)))
    #expect(result(outcome) == Self.patched(changes, in: new), "\(outcome)")
    // Once it is moved, it is not moved again.
    let again = try backport(patch, to: tree(Self.patched(changes, in: new)))
    #expect(!again.applies, "\(again.verdict)")
  }

  @Test func thePreImageShowsWhereALineWent() throws {
    // Two functions with the same text: the hunk alone fits both, and only the base decides.
    func twin(_ number: Int, _ extra: String = "") -> String {
      "static int lamp_poke\(number)(struct lamp *lamp)\n{\n\tlamp_prepare(lamp);\n\(extra)"
        + "\tlamp_blink(lamp);\n\treturn 0;\n}\n\n"
    }
    let base = twin(0) + twin(1) + "int end;\n"
    let fixed = twin(0) + twin(1, "\tlamp_check(lamp);\n") + "int end;\n"
    let patch = """
      --- a/drivers/lamp.c
      +++ b/drivers/lamp.c
      @@ -9,5 +9,6 @@
       {
       \tlamp_prepare(lamp);
      +\tlamp_check(lamp);
       \tlamp_blink(lamp);
       \treturn 0;
       }

      """
    let head = String(repeating: "/* A newer file has a longer head. */\n", count: 30)
    let alone = try backport(patch, to: tree(head + base))
    #expect(alone.verdict == .ambiguous && !alone.applies)
    let outcome = try backport(patch, to: tree(head + base), base: tree(base))
    #expect(outcome.files[0].hunks[0].strategy == .threeWay)
    #expect(result(outcome) == head + fixed)
  }

  @Test func namesOfTheTreeAreTakenWhereAllLinesAgree() async throws {
    let old = Self.original
    let new = Self.patched([
      (
        "\tlamp->level = level;\n",
        "\tif (lamp->limit < level)\n\t\treturn -ERANGE;\n\tlamp->level = level;\n"
      ),
      ("\tunsigned int limit;\n", "\tunsigned int limit;\n\tunsigned int stamp;\n"),
    ])
    let patch = try await Self.diff(old, new)
    func renamed(_ text: String) -> String {
      text.replacing("limit", with: "ceiling")
    }
    let outcome = try backport(patch, to: tree(renamed(old)))
    #expect(outcome.files[0].hunks.contains { $0.strategy == .renamedNames }, "\(outcome.files)")
    #expect(result(outcome) == renamed(new))
    let hunk = try #require(outcome.files[0].hunks.first { $0.strategy == .renamedNames })
    #expect(hunk.proposal?.renamed == ["limit": "ceiling"])
  }

  @Test func whatIsThereAlreadyIsLeftOutHunkByHunk() async throws {
    let first = [("\t*level = lamp->level;\n", "\t*level = READ_ONCE(lamp->level);\n")]
    let patch = try await Self.diff(Self.original, Self.patched(first + Self.fix))
    let outcome = try backport(patch, to: tree(Self.patched(first)))
    #expect(outcome.verdict == .partlyApplied)
    #expect(outcome.applies)
    #expect(outcome.files[0].hunks.map(\.verdict).contains(.alreadyApplied))
    #expect(result(outcome) == Self.patched(first + Self.fix))
    let whole = try backport(patch, to: tree(Self.patched(first + Self.fix)))
    #expect(whole.verdict == .alreadyApplied && !whole.applies && whole.changes.isEmpty)
  }

  // MARK: Other files

  @Test func aFileInAnotherFolderIsFoundByItsName() async throws {
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix))
    let outcome = try backport(
      patch, to: MemoryTree(["drivers/leds/lamp.c": "/* moved */\n" + Self.original]))
    #expect(outcome.applies && outcome.files[0].verdict == .relocated)
    #expect(outcome.files[0].path == "drivers/leds/lamp.c")
    #expect(
      result(outcome, "drivers/leds/lamp.c") == "/* moved */\n" + Self.patched(Self.fix))
    let adapted = String(decoding: try #require(try outcome.adaptedPatch()), as: UTF8.self)
    #expect(adapted.contains("+++ b/drivers/leds/lamp.c"))
  }

  @Test func aRenamedFileIsFoundByItsText() async throws {
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix))
    let outcome = try backport(
      patch, to: MemoryTree(["drivers/light.c": Self.original, "drivers/other.c": "int x;\n"]))
    #expect(outcome.files[0].path == "drivers/light.c")
    #expect(result(outcome, "drivers/light.c") == Self.patched(Self.fix))
  }

  @Test func twoFilesThatFitAreATie() async throws {
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix))
    let outcome = try backport(
      patch, to: MemoryTree(["a/lamp.c": Self.original, "b/lamp.c": Self.original]))
    #expect(outcome.verdict == .ambiguous && !outcome.applies)
    #expect(outcome.files[0].reason?.contains("a/lamp.c, b/lamp.c") == true)
  }

  @Test func aFunctionThatMovedTakesItsHunkAlong() async throws {
    let other = [("\t*level = lamp->level;\n", "\t*level = READ_ONCE(lamp->level);\n")]
    let patch = try await Self.diff(Self.original, Self.patched(other + Self.fix))
    let start = try #require(Self.original.firstRange(of: "static int lamp_write"))
    let end = try #require(Self.original.firstRange(of: "static void lamp_off"))
    let function = String(Self.original[start.lowerBound..<end.lowerBound])
    let rest = Self.original.replacing(function, with: "")
    let outcome = try backport(
      patch, to: MemoryTree(["drivers/lamp.c": rest, "drivers/lamp-write.c": "\n" + function]))
    let said = outcome.files.flatMap(\.hunks).map { "\($0.verdict) \($0.reason ?? "")" }
    #expect(outcome.applies, "\(said)")
    #expect(result(outcome)?.contains("READ_ONCE") == true)
    #expect(result(outcome, "drivers/lamp-write.c")?.contains("lamp->stamp = jiffies;") == true)
    #expect(outcome.files.map(\.verdict).contains(.relocated))
    // Each hunk keeps the number that it has in the patch.
    #expect(outcome.files.map { $0.hunks.map(\.number) } == [[1], [2]])
  }

  /// A part of a file that the tree has nothing like makes the patch partial, whatever is the reason:
  /// a file of another kernel, a damaged name, or a tree with some of its folders only.
  @Test(arguments: ["drivers/new.c", "drivers/lamp.cc", "arch/none/lamp.c"])
  func aFileThatTheTreeNeverHadMakesThePatchPartial(_ path: String) async throws {
    let missing = try await Self.diff(
      "int brand_new_driver_probe(void)\n{\n\treturn 0;\n}\n",
      "int brand_new_driver_probe(void)\n{\n\treturn 1;\n}\n", path: path)
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix)) + missing
    for accept in [Confidence.likely, .doubtful] {
      let outcome = try backport(patch, to: tree(Self.original), accept: accept)
      #expect(!outcome.applies && outcome.verdict == .partial)
      #expect(outcome.changes.isEmpty && outcome.unknownFiles == [path])
    }
    // Alone there is nothing to apply, and strictly it is a missing file.
    #expect(try backport(missing, to: tree(Self.original)).verdict == .missingPath)
    #expect(try apply(patch, to: tree(Self.original)).patches.first?.verdict == .missingPath)

    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    var options = ApplyOptions()
    options.omitted = [Array(path.utf8)]
    options.accept = .likely
    let queue = try PatchQueue(document, options: options)
    let chosen = try #require(try SeriesSession(on: tree(Self.original)).apply(queue).patches.first)
    #expect(chosen.applies && chosen.verdict == .leftOut)
    #expect(chosen.omissionNote == "left out \(path)")
    #expect(chosen.changes.map(\.path.description) == ["drivers/lamp.c"])
    let text = String(decoding: try #require(try chosen.adaptedPatch()), as: UTF8.self)
    #expect(text.hasPrefix("[ left out \(path) ]\n\n"))
    #expect(!text.contains("brand_new_driver_probe"))
  }

  /// The same check, call or comment right next to the position, in slightly other words: the fix came
  /// to the tree by another way, and is not applied for the second time.
  @Test(
    arguments: [
      ("\tif (!level_ok)\n\t\treturn -EINVAL;\n", "\tif (level_ok == 0)\n\t\treturn -EINVAL;\n"),
      (
        "\tif (level_ok < 0)\n\t\treturn level_ok;\n",
        "\tif (unlikely(level_ok < 0))\n\t\treturn (level_ok);\n"
      ),
      ("\tlamp_flush(lamp, level);\n", "\t(void)lamp_flush(lamp, (level));\n"),
      (
        "\t/* Wait until the writer finishes. */\n", "\t/* wait for the writer to finish */\n"
      ),
      ("\tlamp->stamp = get_jiffies_64();\n", "\tlamp->stamp = (u64)get_jiffies_64();\n"),
    ])
  func whatStandsBesideInOtherWordsIsNotAppliedTwice(added: String, there: String) async throws {
    let line = "\tspin_lock_irqsave(&lamp->lock, flags);\n\tlamp->level = level;\n"
    let before = Self.original
    let after = Self.patched([(line, added + line)], in: before)
    let patch = try await Self.diff(before, after)
    // The context differs, so that strategies are needed.
    let target = Self.patched([
      (line, there + line), ("\t\tlevel = lamp->limit;\n", "\t\tlevel = lamp->limit - 1;\n"),
    ])
    let outcome = try backport(patch, to: tree(target))
    let hunk = try #require(outcome.files.first?.hunks.first)
    #expect(!outcome.applies, "\(result(outcome) ?? "")")
    #expect(hunk.confidence == .doubtful)
    // What shows a tree's state sees the same.
    #expect(try Presence(of: outcome, in: tree(target)).state == .all)
    #expect(
      try Presence(of: try #require(apply(patch, to: tree(target)).patches.first), in: tree(target))
        .state == .all)
  }

  /// An entry of a table is not another form of the one next to it.
  @Test func anEntryBesideAnotherOneIsApplied() async throws {
    func table(_ entries: [String]) -> String {
      "static const struct lamp_id ids[] = {\n"
        + entries.map { "\t{ LAMP_DEVICE(\($0)), .driver_data = LAMP_PLAIN },\n" }.joined()
        + "\t{ }\n};\n"
    }
    let known = ["0x0100, 0x1111", "0x0101, 0x2222", "0x0102, 0x3333"]
    let patch = try await Self.diff(table(known), table(known + ["0x0103, 0x4444"]))
    let outcome = try backport(patch, to: tree(table(known + ["0x0999, 0x5555"])))
    #expect(outcome.files.flatMap(\.hunks).allSatisfy { $0.proposal?.presence == nil })
  }

  // MARK: Misplacement classics

  static func arms(_ names: [String]) -> String {
    "static int set(int what)\n{\n\tswitch (what) {\n"
      + names.map { "\tcase \($0):\n\t\tprepare();\n\t\tstart();\n\t\tfinish();\n\t\tbreak;\n" }
      .joined()
      + "\t}\n\treturn 0;\n}\n"
  }

  @Test func equalSwitchArmsAreNotGuessedBetween() throws {
    let patch = """
      --- a/drivers/lamp.c
      +++ b/drivers/lamp.c
      @@ -40,5 +40,6 @@ static int set(int what)
       \t\tprepare();
       \t\tstart();
      +\t\tcheck();
       \t\tfinish();
       \t\tbreak;
       \tcase GONE:

      """
    let outcome = try backport(patch, to: tree(Self.arms(["RED", "GREEN"])))
    #expect(!outcome.applies)
    #expect(outcome.verdict == .ambiguous || outcome.verdict == .conflict)
    #expect(outcome.files[0].hunks[0].candidates.count >= 1, "\(outcome.files)")
  }

  /// A hunk whose text is in every arm.
  static let armPatch = """
    --- a/drivers/lamp.c
    +++ b/drivers/lamp.c
    @@ -400,4 +400,5 @@
     \t\tprepare();
     \t\tstart();
    +\t\tcheck();
     \t\tfinish();
     \t\tbreak;

    """

  @Test func aContextThatStandsThreeTimesIsNamedThreeTimes() throws {
    let text = Self.arms(["RED", "GREEN", "BLUE"]) + "int end;\n"
    for options in [ApplyOptions(), ApplyOptions(accept: .likely)] {
      let outcome = try apply(Self.armPatch, to: tree(text), options).patches[0]
      #expect(outcome.verdict == .ambiguous)
      #expect(outcome.files[0].hunks[0].candidates.map(\.line) == [5, 10, 15])
    }
  }

  @Test func repeatedFunctionsAreToldApartByTheirNames() async throws {
    let body =
      "{\n\tint ret;\n\n\tret = lock();\n\tif (ret)\n\t\treturn ret;\n\treturn unlock();\n}\n\n"
    let names = ["static int one(void)\n", "static int two(void)\n", "static int three(void)\n"]
    let base = names.map { $0 + body }.joined()
    let fixed = names.map { name in
      name
        + (name.contains("two")
          ? body.replacing("\treturn ret;\n", with: "\treturn -EBUSY;\n") : body)
    }.joined()
    let patch = try await Self.diff(base, fixed)
    // The function two moved after the others, and its first line changed.
    let target = [names[0], names[2], names[1]].map { $0 + body }.joined().replacing(
      "int ret;", with: "int ret = 0;")
    let outcome = try backport(patch, to: tree(target))
    if outcome.applies {
      let text = try #require(result(outcome))
      let two = try #require(text.firstRange(of: "static int two"))
      #expect(text[two.lowerBound...].contains("return -EBUSY;"))
      #expect(!text[..<two.lowerBound].contains("return -EBUSY;"))
    } else {
      #expect(outcome.changes.isEmpty)
    }
  }

  @Test func aLineThatIsThereIsNotAddedAgain() async throws {
    let patch = try await Self.diff(Self.original, Self.patched(Self.fix))
    // The same fix came by another way, with another line next to it.
    let target = Self.patched([
      (
        "\tlamp->level = level;\n",
        "\tlamp->level = level;\n\tlamp->count++;\n\tlamp->stamp = jiffies;\n"
      )
    ])
    let outcome = try backport(patch, to: tree(target))
    #expect(!outcome.applies)
    #expect(outcome.changes.isEmpty)
  }

  @Test func aRemovedLineThatOnlyStandsElsewhereIsNotTakenThere() async throws {
    let patch = try await Self.diff(
      Self.original, Self.patched([("\tlamp_notify(lamp);\n", "")]))
    let gone = Self.patched([
      ("\tlamp_notify(lamp);\n", ""), ("\tlamp_write(lamp, 0);\n", "\tlamp_notify(lamp);\n"),
    ])
    let outcome = try backport(patch, to: tree(gone))
    if let text = result(outcome) { #expect(text.contains("\tlamp_notify(lamp);\n")) }
    #expect(outcome.verdict != .exact && outcome.verdict != .offset)
  }

  @Test func aNameThatTheFileLostIsNotPutBackUnasked() async throws {
    let old = Self.patched([("\tlamp_notify(lamp);\n", "\tlamp_notify(lamp, lamp->owner);\n")])
    let new = Self.patched(
      [("\treturn ret;\n", "\tput_lamp(lamp->owner);\n\treturn ret;\n")], in: old)
    let patch = try await Self.diff(old, new)
    let outcome = try backport(patch, to: tree(Self.patched([("\tlamp_notify(lamp);\n", "")])))
    #expect(!outcome.applies)
    #expect(outcome.files[0].hunks[0].reason?.contains("'owner'") == true)
    #expect(try backport(patch, to: tree(Self.original), accept: .doubtful).applies)
    // A comment needs nothing.
    let spoken = Self.patched(
      [("\treturn ret;\n", "\t/* the owner has it by now */\n\treturn ret;\n")], in: old)
    let comment = try await Self.diff(old, spoken)
    #expect(
      try backport(comment, to: tree(Self.patched([("\tlamp_notify(lamp);\n", "")]))).applies)
  }

  /// A hunk as large as a file, every line in other words: there is a bound on what is compared.
  @Test func aRewrittenFileIsRefused() async throws {
    func text(_ prefix: String, _ value: Int) -> String {
      (0..<900).map { "\tret = \(prefix)_\($0)(lamp, \(value + $0), flags);\n" }.joined()
    }
    let patch = try await Self.diff(text("lamp_set", 0), text("lamp_put", 7000))
    let outcome = try backport(patch, to: tree(text("lamp_old", 90_000)))
    #expect(!outcome.applies && outcome.changes.isEmpty)
  }
}
