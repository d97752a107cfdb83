// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import Testing

/// What `backport` warns of where the tree that the patch was made for is at hand: called functions and labels
/// that are different there.
@Suite struct BaseDifferenceTests {
  private static let driver = """
    #include <linux/kernel.h>
    #include <linux/lamp.h>
    #include "own.h"

    static int lamp_prepare(struct lamp *lamp, int level)
    {
    	spin_lock(&lamp->lock);
    	lamp->level = level;
    	spin_unlock(&lamp->lock);
    	return 0;
    }

    static int lamp_show(struct lamp *lamp)
    {
    	int ret = -1;

    	if (lamp->broken)
    		return ret;
    	ret = lamp->level;
    	ret += lamp->limit;
    	ret += lamp->offset;
    	ret += lamp->bias;
    	if (ret > 3)
    		goto out;
    	lamp->shown = ret;
    out:
    	lamp_put(lamp);
    	return ret;
    }

    """

  private static let header = """
    struct lamp { int level, limit, offset, bias, shown, broken; spinlock_t lock; };
    int lamp_commit(struct lamp *lamp, int level);
    void lamp_put(struct lamp *lamp);
    static inline int lamp_sum(struct lamp *lamp) { return lamp->level + lamp->bias; }
    #define lamp_twice(lamp) ((lamp)->level * 2)

    """

  /// Another file of the folder, whose functions the folder's own header declares.
  private static let sibling = """
    int lamp_blink(struct lamp *lamp)
    {
    	mutex_lock(&lamp->mutex);
    	lamp->blinks++;
    	mutex_unlock(&lamp->mutex);
    	return 0;
    }

    """

  private static func files(
    _ driver: String = driver, _ header: String = header, _ sibling: String = sibling
  ) -> [String: String] {
    [
      "drivers/lamp.c": driver, "include/linux/lamp.h": header, "drivers/blink.c": sibling,
      "drivers/own.h": "int lamp_blink(struct lamp *lamp);\n",
      "include/linux/kernel.h": "void spin_lock(void *lock);\nvoid spin_unlock(void *lock);\n",
    ]
  }

  /// The outcome of a patch that adds a line to `lamp_show()`.
  private func outcome(
    adding line: String, to target: [String: String], hasBase: Bool = true
  ) async throws -> PatchOutcome {
    let anchor = "\tret = lamp->level;\n"
    let patch = try await StrategyTests.diff(
      Self.driver, StrategyTests.patched([(anchor, anchor + line)], in: Self.driver))
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))
    let base = hasBase ? MemoryTree(Self.files()) : nil
    let outcome = try SeriesSession(on: MemoryTree(target), base: base).apply(queue)
    return try #require(outcome.patches.first)
  }

  private func warnings(
    adding line: String, to target: [String: String], hasBase: Bool = true
  ) async throws -> [String] {
    let outcome = try await outcome(adding: line, to: target, hasBase: hasBase)
    // A warning never refuses.
    #expect(outcome.applies, "\(outcome.files.flatMap(\.hunks).compactMap(\.reason))")
    return outcome.files.flatMap(\.hunks).flatMap { $0.warnings ?? [] }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the target has in other words.
    var old: String
    var new: String
    /// The line that the patch adds.
    var line: String
    /// The warning; nil where there must be none.
    var warning: String?

    init(_ name: String, _ old: String, _ new: String, line: String, _ warning: String?) {
      (testDescription, self.old, self.new) = (name, old, new)
      (self.line, self.warning) = (line, warning)
    }
  }

  private static let prepare = "\tlamp_prepare(lamp, 1);\n"
  private static let commit = "\tlamp_commit(lamp, 1);\n"
  private static let sum = "\tret += lamp_sum(lamp);\n"
  private static let twice = "\tret += lamp_twice(lamp);\n"
  private static let blink = "\tlamp_blink(lamp);\n"
  private static let leave = "\tif (!ret)\n\t\tgoto out;\n"

  static let cases: [Case] = [
    // Signatures.
    Case(
      "another parameter", "lamp_prepare(struct lamp *lamp, int level)",
      "lamp_prepare(struct lamp *lamp, long level)", line: prepare,
      "'lamp_prepare' has other parameters or another type in the base"),
    Case(
      "another type of a function of a header", "int lamp_commit(", "void lamp_commit(",
      line: commit, "'lamp_commit' has other parameters or another type in the base"),
    Case(
      "other names of parameters", "lamp_commit(struct lamp *lamp, int level)",
      "lamp_commit(struct lamp *bulb, int value)", line: commit, nil),
    Case(
      "a macro in the stead of a function",
      "static inline int lamp_sum(struct lamp *lamp) { return lamp->level + lamp->bias; }",
      "#define lamp_sum(lamp) ((lamp)->level)", line: sum,
      "'lamp_sum' is a macro here and a function in the base"),
    // Locks.
    Case(
      "no lock", "\tspin_lock(&lamp->lock);\n", "", line: prepare,
      "'lamp_prepare' calls 'spin_lock' in the base and not here"),
    Case(
      "a further lock", "\tspin_lock(&lamp->lock);\n",
      "\tmutex_lock(&lamp->mutex);\n\tspin_lock(&lamp->lock);\n", line: prepare,
      "'lamp_prepare' calls 'mutex_lock' here and not in the base"),
    Case(
      "a block is not a lock", "\tlamp->level = level;\n",
      "\tlamp->level = level;\n\tlamp_block(lamp);\n", line: prepare,
      "'lamp_prepare' has another body in the base"),
    // What is returned.
    Case(
      "an error", "\treturn 0;\n", "\treturn -EIO;\n", line: prepare,
      "'lamp_prepare' returns an error here and not in the base"),
    Case(
      "no memory address", "\treturn 0;\n", "\treturn NULL;\n", line: prepare,
      "'lamp_prepare' returns NULL here and not in the base"),
    // Bodies.
    Case(
      "another body", "\tlamp->level = level;\n", "\tlamp->level = level + 1;\n", line: prepare,
      "'lamp_prepare' has another body in the base"),
    Case(
      "another body in a header", "lamp->level + lamp->bias", "lamp->level", line: sum,
      "'lamp_sum' has another body in the base"),
    Case(
      "another text of a macro", "((lamp)->level * 2)", "((lamp)->level * 3)", line: twice,
      "'lamp_twice' has another body in the base"),
    Case(
      "a comment", "\tlamp->level = level;\n", "\t/* How bright. */\n\tlamp->level = level;\n",
      line: prepare, nil),
    Case(
      "a function that no added line calls", "\tlamp->level = level;\n",
      "\tlamp->level = level + 1;\n", line: commit, nil),
    // Functions of another file of the folder.
    Case(
      "other locks in another file", "mutex_lock(&lamp->mutex);", "mutex_lock_nested(lamp);",
      line: blink,
      "'lamp_blink' calls 'mutex_lock' in the base and not here, and calls 'mutex_lock_nested' here and not in the base"
    ),
    Case(
      "another body in another file", "lamp->blinks++;", "lamp->blinks += 2;", line: blink,
      "'lamp_blink' has another body in the base"),
    Case(
      "another file that no added line calls", "lamp->blinks++;", "lamp->blinks += 2;",
      line: commit, nil),
    // Labels.
    Case(
      "a label that releases nothing", "out:\n\tlamp_put(lamp);\n", "out:\n", line: leave,
      "the label 'out' calls 'lamp_put' in the base and not here"),
    Case(
      "a label that releases more", "out:\n", "out:\n\tlamp_unlock(lamp);\n", line: leave,
      "the label 'out' calls 'lamp_unlock' here and not in the base"),
    Case("the same label", "\tlamp->level = level;\n", "\tlamp->level = 1;\n", line: leave, nil),
    Case(
      "a label that no added line goes to", "out:\n\tlamp_put(lamp);\n", "out:\n", line: commit,
      nil),
  ]

  @Test(arguments: cases) func aDifferenceFromTheBaseIsNamed(_ item: Case) async throws {
    func changed(_ text: String) -> String { text.replacing(item.old, with: item.new) }
    let target = Self.files(
      changed(Self.driver), changed(Self.header), changed(Self.sibling))
    #expect(target != Self.files())
    let found = try await warnings(adding: item.line, to: target)
    #expect(found == [item.warning].compactMap(\.self))
    // Nothing is known without the base.
    #expect(try await warnings(adding: item.line, to: target, hasBase: false) == [])
    // Nothing differs from the base itself.
    #expect(try await warnings(adding: item.line, to: Self.files()) == [])
  }

  /// The function that the patch changes is not compared: the target gets the patch's form.
  @Test func aFunctionThatThePatchChangesIsNotCompared() async throws {
    let target = Self.files(
      StrategyTests.patched([("\tlamp->shown = ret;\n", "\tlamp->shown = 1;\n")], in: Self.driver))
    #expect(try await warnings(adding: "\tret = lamp_show(lamp);\n", to: target) == [])
  }
}
