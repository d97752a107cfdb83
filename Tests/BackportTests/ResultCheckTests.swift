// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// What `backport` finds when it reads a result as C: each check where it has to find something, and
/// where it must not.
@Suite struct ResultCheckTests {
  static let driver = """
    #include <linux/kernel.h>
    #include <linux/lamp.h>

    static int lamp_set(struct lamp *lamp, int level)
    {
    	int ret;

    	if (level > lamp->limit)
    		goto out;
    	ret = lamp_commit(lamp, level);
    	if (ret)
    		return ret;
    	lamp->level = level;
    out:
    	return 0;
    }

    static int lamp_state(int state)
    {
    	switch (state) {
    	case LAMP_OFF:
    		return 0;
    	case LAMP_ON:
    		return 1;
    	}
    	return -1;
    }

    static void lamp_show(struct lamp *lamp, char *text)
    {
    	sprintf(text, "%d", lamp->level);
    }

    """

  static let header = """
    struct lamp {
    	int level;
    	int limit;
    };
    enum lamp_state { LAMP_OFF, LAMP_ON, LAMP_DIM };
    int lamp_commit(struct lamp *lamp, int level);
    void lamp_log(struct lamp *lamp, const char *format, ...);
    #define lamp_max(a, b) ((a) > (b) ? (a) : (b))
    #define LAMP_FLAG(name) LAMP_FL_##name
    #define LAMP_ACCESSORS(name) int lamp_get_##name(struct lamp *lamp)
    LAMP_ACCESSORS(level);
    extern int lamp_count;

    """

  /// What the header of the driver includes.
  static let innerHeader = """
    int bulb_heat(int watts, int seconds);
    #define bulb_cool bulb_heat
    struct bulb {
    	int glow;
    };
    #define lamp_dim level
    #define TUBE_COMMON int tube_mass;
    struct tube {
    	TUBE_COMMON
    	int length;
    };
    struct rod {
    #include <linux/rod-fields.h>
    	int length;
    };

    """

  /// What nothing includes.
  static let unrelatedHeader = """
    /* lamp_dusk() is no more; see "lamp_dawn". */
    int lamp_noon(void);
    #define BULB_TYPE(name) int bulb_##name##_type
    BULB_TYPE(mercury);

    """

  /// A tree with the kernel's headers, and one without.
  private func tree(isKernel: Bool = true) -> MemoryTree {
    var texts = ["drivers/lamp.c": Self.driver]
    if isKernel {
      texts["include/linux/kernel.h"] = "int sprintf(char *text, const char *format, ...);\n"
      texts["include/linux/lamp.h"] = "#include <linux/bulb-base.h>\n" + Self.header
      texts["include/linux/bulb-base.h"] = Self.innerHeader
      texts["include/linux/rod-fields.h"] = "int rod_mass;\n"
      texts["include/linux/unrelated.h"] = Self.unrelatedHeader
    }
    return MemoryTree(texts)
  }

  private func backport(
    _ changes: [(String, String)], accept: Confidence = .likely, isKernel: Bool = true,
    other: (String, String)? = nil, strips: Bool = false
  ) async throws -> PatchOutcome {
    let patch = try await StrategyTests.diff(
      Self.driver, StrategyTests.patched(changes, in: Self.driver))
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    var options = ApplyOptions(accept: accept)
    options.stripsTrailingBlanks = strips
    let queue = try PatchQueue(document, options: options)
    var target = tree(isKernel: isKernel)
    if let other {
      let text = StrategyTests.patched([other], in: Self.driver)
      target.files["drivers/lamp.c"] = TreeFile(mode: .regular, content: Array(text.utf8))
    }
    let outcome = try SeriesSession(on: target).apply(queue)
    return try #require(outcome.patches.first)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var old: String
    var new: String
    /// The doubt; nil where there must be none.
    var doubt: String?
    /// What the target has in other words, so that the hunk is not in it unchanged; nil for nothing.
    var other: (String, String)?

    init(
      _ name: String, _ old: String, _ new: String, _ doubt: String?, other: (String, String)? = nil
    ) {
      (testDescription, self.old, self.new, self.doubt) = (name, old, new, doubt)
      self.other = other
    }
  }

  private static let commit = "\tret = lamp_commit(lamp, level);\n"
  private static let otherCommit = (commit, "\tret = lamp_commit(lamp, level + 1);\n")
  private static let otherLevel = ("\tlamp->level = level;\n", "\tlamp->level = level + 1;\n")
  private static let otherSwitch = ("\tswitch (state) {\n", "\tswitch (state & 3) {\n")

  static let cases: [Case] = [
    // Names.
    Case(
      "a function that nothing has", commit, "\tret = lamp_store(lamp, level);\n",
      "the tree has no 'lamp_store'"),
    Case(
      "a field that the structure lacks", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp->stamp = 0;\n", "the tree has no 'stamp'"),
    Case(
      "a field that another structure has", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp->glow = 0;\n",
      "'struct lamp' has no field 'glow' in this tree"),
    Case(
      "a field that is a macro", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp->lamp_dim = 0;\n", nil),
    Case(
      "a field of another variable", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tstruct bulb *bulb = 0;\n\tbulb->glow = 0;\n", nil),
    Case(
      "a field that a macro makes", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tstruct tube *tube = 0;\n\ttube->tube_mass = 0;\n", nil),
    Case(
      "a field that an include brings", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tstruct rod *rod = 0;\n\trod->rod_mass = 0;\n", nil),
    Case(
      "a variable that is a tag alone", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tbulb->level = 0;\n", "'bulb' is not declared in lamp_set()"),
    Case("a macro of a header", "level > lamp->limit", "level > lamp_max(lamp->limit, 1)", nil),
    Case(
      "a variable of a header", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp_count++;\n", nil),
    Case(
      "a local variable of the patch", "\tint ret;\n",
      "\tint ret;\n\tint brightness = lamp->limit;\n\n\tlevel = brightness;\n", nil),
    Case(
      "a function of the patch", "static int lamp_state(",
      "static int lamp_fade(int step)\n{\n\treturn step;\n}\n\nstatic int lamp_state(", nil),
    Case(
      "a name that a macro puts together", commit,
      "\tret = lamp_get_level(lamp) + lamp_commit(lamp, level);\n", nil),
    Case(
      "a part of a name that a macro puts together", commit,
      "\tret = lamp_commit(lamp, LAMP_FLAG(BRIGHT));\n", nil),
    Case("a word of a comment", commit, "\t/* brightens the bulb */\n" + commit, nil),
    Case("a word of a text", "\"%d\"", "\"brightness %d\"", nil),
    Case(
      "a name of a header that a header includes", commit,
      "\tret = lamp_commit(lamp, bulb_heat(level, 1));\n", nil),
    Case(
      "a name of a header that nothing includes", commit,
      "\tret = lamp_commit(lamp, lamp_noon());\n", nil),
    Case(
      "a name that only a comment has", commit,
      "\tret = lamp_commit(lamp, lamp_dusk());\n", "the tree has no 'lamp_dusk'"),
    Case(
      "a name that only a text in a comment has", commit,
      "\tret = lamp_commit(lamp, lamp_dawn());\n", "the tree has no 'lamp_dawn'"),
    Case(
      "a name that a macro of a header that nothing includes puts together", commit,
      "\tret = lamp_commit(lamp, bulb_mercury_type);\n", nil),
    Case(
      "a name that no macro puts together, as nothing has its middle", commit,
      "\tret = lamp_commit(lamp, bulb_sodium_type);\n", "the tree has no 'bulb_sodium_type'"),
    // Headers.
    Case(
      "a header that the tree lacks", "#include <linux/lamp.h>\n",
      "#include <linux/lamp.h>\n#include <linux/bulb.h>\n", "the tree has no header 'linux/bulb.h'"),
    // Calls.
    Case(
      "too few arguments", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp_commit(lamp);\n",
      "'lamp_commit' gets 1 argument, and takes 2 in this tree"),
    Case(
      "too few for a variadic function", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp_log(lamp);\n",
      "'lamp_log' gets 1 argument, and takes 2 or more in this tree"),
    Case(
      "as many as a variadic function takes", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp_log(lamp, \"%d %d\", level, lamp_max(1, 2));\n", nil),
    Case(
      "too many arguments for a function of a header that a header includes", commit,
      "\tret = lamp_commit(lamp, bulb_heat(level, 1, 2));\n",
      "'bulb_heat' gets 3 arguments, and takes 2 in this tree"),
    Case(
      "a macro without parameters, whose text may be any function's name", commit,
      "\tret = lamp_commit(lamp, bulb_cool(level, 1, 2));\n", nil),
    // Scope.
    Case(
      "a variable of another function", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp->limit = state;\n", "'state' is not declared in lamp_set()"),
    Case(
      "a parameter", "\tlamp->level = level;\n", "\tlamp->level = level;\n\tlamp->limit = level;\n",
      nil),
    // Labels.
    Case(
      "a label that is missing", "\t\treturn ret;\n", "\t\tgoto fail;\n",
      "lamp_set() has no label 'fail'", other: otherCommit),
    Case(
      "a label that nothing uses", "\t\tgoto out;\n", "\t\treturn -1;\n",
      "nothing in lamp_set() goes to the label 'out'", other: otherCommit),
    Case(
      "a label with its goto", "\t\treturn ret;\n\tlamp->level = level;\nout:\n",
      "\t\tgoto fail;\n\tlamp->level = level;\nfail:\nout:\n", nil),
    // Shape.
    Case(
      "a bracket too many", "\tlamp->level = level;\n",
      "\tif (level) {\n\tlamp->level = level;\n", "'{' and '}' no longer balance",
      other: otherCommit),
    Case(
      "a condition without an end", "\tlamp->level = level;\n",
      "#ifdef CONFIG_LAMP\n\tlamp->level = level;\n", "'#if' and '#endif' no longer balance",
      other: otherCommit),
    Case(
      "a case twice", "\tcase LAMP_ON:\n",
      "\tcase LAMP_DIM:\n\t\treturn 2;\n\tcase LAMP_DIM:\n\tcase LAMP_ON:\n",
      "a switch in lamp_state() has 'case LAMP_DIM' twice", other: otherSwitch),
    Case("a further case", "\tcase LAMP_ON:\n", "\tcase LAMP_DIM:\n\tcase LAMP_ON:\n", nil),
    Case(
      "a statement after a return", "out:\n\treturn 0;\n", "out:\n\treturn 0;\n\tlevel = 0;\n",
      "lamp_set() has a statement after a 'return' of the same block", other: otherLevel),
  ]

  @Test(arguments: cases) func aResultIsRead(_ item: Case) async throws {
    let changes = [(item.old, item.new)]
    let outcome = try await backport(changes, other: item.other)
    guard let doubt = item.doubt else {
      #expect(outcome.applies, "\(outcome.files[0].hunks.compactMap(\.reason))")
      #expect(outcome.files[0].hunks.allSatisfy { $0.doubts == nil })
      return
    }
    // The default refuses, although git apply would take the patch, and nothing is changed.
    #expect(!outcome.applies)
    #expect(outcome.changes.isEmpty)
    #expect(outcome.files[0].verdict == .conflict)
    let hunk = try #require(outcome.files[0].hunks.first { $0.doubts != nil })
    #expect(hunk.doubts?.contains(doubt) == true, "\(hunk.doubts ?? [])")
    #expect(hunk.reason?.contains(doubt) == true)
    // Who takes what is plausible gets the patch, and the doubt is named.
    let taken = try await backport(changes, accept: .plausible, other: item.other)
    #expect(taken.applies)
    let named = try #require(taken.files[0].hunks.first { $0.doubts != nil })
    #expect(named.confidence == .plausible)
    #expect(named.sentence.contains(", but ") && named.sentence.contains(doubt))
  }

  @Test func everySearchOfTheWholeTreeFindsTheSame() async throws {
    // The first ones look for bytes, the later ones have the words of every header.
    for _ in 0..<4 {
      let known = try await backport([
        (Self.commit, "\tret = lamp_commit(lamp, lamp_noon() + bulb_mercury_type);\n")
      ])
      #expect(known.applies)
      let unknown = try await backport([(Self.commit, "\tret = lamp_commit(lamp, lamp_dusk());\n")])
      #expect(unknown.files[0].hunks[0].doubts == ["the tree has no 'lamp_dusk'"])
    }
  }

  @Test func aNameOfAnEarlierPatchIsKnown() async throws {
    let header = Self.header.replacing(
      "extern int lamp_count;", with: "extern int lamp_count;\nint lamp_fade(int step, int pause);")
    let first = try await StrategyTests.diff(
      "#include <linux/bulb-base.h>\n" + Self.header, "#include <linux/bulb-base.h>\n" + header,
      path: "include/linux/lamp.h")
    func applies(_ call: String) async throws -> [PatchOutcome] {
      let second = try await StrategyTests.diff(
        Self.driver, StrategyTests.patched([(Self.commit, "\tret = \(call);\n")], in: Self.driver))
      let queue = PatchQueue(
        try [first, second].flatMap { text in
          let document = PatchDocument(parsing: Array(text.utf8), name: "test.patch")
          return try PatchQueue(document, options: ApplyOptions(accept: .likely)).items
        })
      return try SeriesSession(on: tree()).apply(queue).patches
    }
    #expect(try await applies("lamp_fade(level, 1)").allSatisfy(\.applies))
    let refused = try await applies("lamp_fade(level)")
    #expect(refused.map(\.applies) == [true, false])
    #expect(
      refused[1].files[0].hunks[0].doubts
        == ["'lamp_fade' gets 1 argument, and takes 2 in this tree"])
  }

  @Test func withoutTheKernelsHeadersNoNameCountsAsMissing() async throws {
    let unknown = [(Self.commit, "\tret = lamp_store(lamp, level);\n")]
    #expect(try await backport(unknown, isKernel: false).applies)
    // What the file itself shows needs no header.
    let label = [("\t\treturn ret;\n", "\t\tgoto fail;\n")]
    #expect(try await !backport(label, isKernel: false, other: Self.otherCommit).applies)
    // The shape of a text that is in the file unchanged is the patch's own.
    #expect(try await backport(label, isKernel: false).applies)
  }

  @Test func applyReadsNothing() async throws {
    let patch = try await StrategyTests.diff(
      Self.driver,
      StrategyTests.patched([(Self.commit, "\tret = lamp_store(lamp, 1);\n")], in: Self.driver))
    #expect(try apply(patch, to: tree()).applies)
  }

  @Test func everyDoubtIsOfTheHunkThatBringsIt() async throws {
    let outcome = try await backport([
      ("\tint ret;\n", "\tint ret;\n\tint old = lamp->level;\n\n\tlevel = old;\n"),
      ("\tsprintf(text", "\tlamp_store(lamp, 1);\n\tlamp_forget(lamp);\n\tsprintf(text"),
    ])
    let hunks = outcome.files[0].hunks
    #expect(hunks.count == 2)
    #expect(hunks[0].doubts == nil && hunks[0].verdict == .exact)
    #expect(
      hunks[1].doubts == ["the tree has no 'lamp_store'", "the tree has no 'lamp_forget'"])
  }

  @Test func theFilesOfAFolderKnowEachOthersNames() async throws {
    // Each may include the other; whichever is read first, both are searched.
    let bulb = "#include <linux/kernel.h>\n\nstatic int bulb_own(void)\n{\n\treturn 0;\n}\n"
    let lamp = "#include <linux/kernel.h>\n\nstatic int lamp_own(void)\n{\n\treturn 0;\n}\n"
    let first = try await StrategyTests.diff(
      bulb, bulb.replacing("return 0", with: "return lamp_own()"), path: "drivers/bulb.c")
    let second = try await StrategyTests.diff(
      lamp, lamp.replacing("return 0", with: "return bulb_own()"), path: "drivers/lamp.c")
    var target = tree()
    for (path, text) in [("drivers/bulb.c", bulb), ("drivers/lamp.c", lamp)] {
      target.files[path] = TreeFile(mode: .regular, content: Array(text.utf8))
    }
    let document = PatchDocument(parsing: Array((first + second).utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))
    let outcome = try SeriesSession(on: target).apply(queue)
    #expect(outcome.applies, "\(outcome.patches[0].files.flatMap(\.hunks).compactMap(\.reason))")
  }

  // MARK: Names that the base shows

  @Test func aNameThatTheBaseShowsIsTheTreesOwn() async throws {
    // Upstream says lamp_store where this tree says lamp_commit, in more than one line.
    let calls = """

      static void lamp_all(struct lamp *lamp)
      {
      	lamp_commit(lamp, 1);
      	lamp_commit(lamp, 2);
      	lamp_commit(lamp, 3);
      }

      """
    let target = Self.driver + calls
    let base = target.replacing("lamp_commit", with: "lamp_store")
    let patch = try await StrategyTests.diff(
      base,
      StrategyTests.patched(
        [("\tsprintf(text", "\tlamp_store(lamp, 0);\n\tsprintf(text")], in: base))
    var files = tree()
    files.files["drivers/lamp.c"] = TreeFile(mode: .regular, content: Array(target.utf8))
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))
    let without = try SeriesSession(on: files).apply(queue)
    #expect(!without.applies)
    let outcome = try SeriesSession(on: files, base: MemoryTree(["drivers/lamp.c": base]))
      .apply(queue)
    let hunk = try #require(outcome.patches.first?.files.first?.hunks.first)
    #expect(hunk.renamed == ["lamp_store": "lamp_commit"])
    #expect(hunk.verdict == .merged)
    let after = outcome.patches[0].changes.first?.after.map {
      String(decoding: $0.content, as: UTF8.self)
    }
    #expect(
      after
        == StrategyTests.patched(
          [("\tsprintf(text", "\tlamp_commit(lamp, 0);\n\tsprintf(text")], in: target))
  }

  // MARK: Blanks

  @Test func blanksAtTheEndsOfAddedLinesAreLeftOut() async throws {
    let change = [("\tlamp->level = level;\n", "\tlamp->level = level; \t\n\tlevel = 0;  \n")]
    func text(_ outcome: PatchOutcome) -> String? {
      outcome.changes.first?.after.map { String(decoding: $0.content, as: UTF8.self) }
    }
    let kept = try await backport(change)
    #expect(text(kept) == StrategyTests.patched(change, in: Self.driver))
    // The first line only has its blanks changed: that is what the hunk is about.
    let stripped = try await backport(change, strips: true)
    #expect(
      text(stripped)
        == StrategyTests.patched(
          [("\tlamp->level = level;\n", "\tlamp->level = level; \t\n\tlevel = 0;\n")],
          in: Self.driver))
    #expect(stripped.files[0].reason == "blanks at the end of an added line are left out")
  }
}
