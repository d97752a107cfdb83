// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import TestSupport
import Testing

/// Lines that a tree has in other words, at other lines, or not at all: what is adapted, and what is refused.
@Suite struct OtherWordsTests {
  /// A driver of our own.
  private static let driver = """
    #include <linux/lamp.h>

    static const struct lamp_name lamp_names[] = {
    	{ LAMP_DESK, "Desk lamp", 0 },
    	{ LAMP_FLOOR, "Floor lamp", 0 },
    	{ LAMP_LAVA, "Lava lamp", 0 },
    };

    static int lamp_send(struct lamp *lamp, struct packet *packet, int room)
    {
    	int err;

    	lamp_prepare(lamp, packet);
    	err = lamp_register_queue(&lamp_queue_ops);
    	if (err < 0)
    		return err;
    	packet->sent = lamp_transmit(lamp, packet->first_bulb, packet->last_bulb);
    	lamp_count_packets(lamp, packet);
    	return lamp_finish(lamp, packet);
    }

    static void lamp_stop(struct lamp *lamp)
    {
    	lamp_unregister_switch(&lamp_switch_ops);
    	lamp_unregister_queue(&lamp_queue_ops);
    	if (lamp_remove_bulbs(&lamp_bulbs) < 0)
    		printk(KERN_INFO "lamp: cannot remove the bulbs\\n");
    	lamp_power_off_now(lamp);
    }

    """

  private static func patched(_ changes: [(String, String)], in text: String = driver) -> String {
    StrategyTests.patched(changes, in: text)
  }

  private func outcome(
    _ old: String, _ new: String, on files: [String: String], base: String? = nil,
    path: String = "drivers/lamp.c"
  ) async throws -> PatchOutcome {
    let patch = try await StrategyTests.diff(old, new, path: path)
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))
    let session = SeriesSession(
      on: MemoryTree(files), base: base.map { MemoryTree([path: $0]) })
    return try #require(try session.apply(queue).patches.first)
  }

  /// What becomes of a target; nil where the patch does not apply.
  private func result(
    _ old: String, _ new: String, on target: String, base: String? = nil
  ) async throws -> String? {
    let outcome = try await outcome(old, new, on: ["drivers/lamp.c": target], base: base)
    guard outcome.applies else { return nil }
    return outcome.changes.first?.after.map { String(decoding: $0.content, as: UTF8.self) }
  }

  // MARK: Lines in other words

  /// Between two lines that were found, the only line of the tree is the hunk's, however its names are extended.
  @Test func aLineBetweenItsNeighborsMayDifferMore() async throws {
    let count = "\tlamp_count_packets(lamp, packet);\n"
    let own = "\tlamp_count_all_packets(lamp, packet);\n"
    let new = Self.patched([(count, count.replacing("packet)", with: "packet, room)"))])
    #expect(
      try await result(Self.driver, new, on: Self.patched([(count, own)]))
        == Self.patched([(count, own.replacing("packet)", with: "packet, room)"))]))
    // With a line of the tree's own before it, either may be the hunk's.
    let apart = Self.patched([(count, "\tlamp_check(lamp, room);\n" + own)])
    #expect(try await result(Self.driver, new, on: apart) == nil)
    // What the hunk puts in the stead of the line does not have the tree's words.
    let replaced = Self.patched([(count, "\tforget(packet, room);\n")])
    #expect(try await result(Self.driver, replaced, on: Self.patched([(count, own)])) == nil)
    // A call of another function is not the same line in other words.
    let other = Self.patched([(count, "\tlamp_measure_bulbs(lamp, packet);\n")])
    #expect(try await result(Self.driver, new, on: other) == nil)
  }

  /// A line that is moved stays as the tree has it.
  @Test func aMovedLineKeepsTheWordsOfTheTree() async throws {
    let line = "\tlamp_unregister_queue(&lamp_queue_ops);\n"
    let off = "\tlamp_power_off_now(lamp);\n"
    let new = Self.patched([(line, ""), (off, line + off)])
    let own = "\tlamp_unregister_room_queue(room, &lamp_queue_ops);\n"
    let target = Self.patched([(line, own)])
    #expect(
      try await result(Self.driver, new, on: target)
        == Self.patched([(line, ""), (off, own + off)]))
    // What is in its stead is not the line that moves.
    let other = Self.patched([(line, "\tmsleep(20);\n")])
    #expect(try await result(Self.driver, new, on: other) == nil)
  }

  /// An include with another name is one of another file.
  @Test func anIncludeIsNotAnotherOneInOtherWords() async throws {
    let head = "#include <linux/lamp_one.h>\n#include <linux/lamp_two.h>\n#include <linux/slab.h>\n"
    let old = head + Self.driver
    let new = old.replacing("#include <linux/lamp_two.h>\n", with: "")
    let target = old.replacing("lamp_two.h", with: "lamp_tool.h")
    #expect(try await result(old, new, on: target) == nil)
  }

  // MARK: Line breaks

  @Test func textWithOtherLineBreaksIsTheSame() async throws {
    let call = "\tpacket->sent = lamp_transmit(lamp, packet->first_bulb, packet->last_bulb);\n"
    let broken =
      "\tpacket->sent = lamp_transmit(lamp, packet->first_bulb,\n"
      + "\t\t\t\t     packet->last_bulb);\n"
    let old = Self.patched([(call, broken)])
    let fixed = "\tpacket->sent = lamp_transmit(lamp, packet->last_bulb);\n"
    let new = Self.patched([(call, fixed)])
    #expect(try await result(old, new, on: Self.driver) == new)
    // One statement in other words is changed as one line is; the tree's words stay.
    let dim = call.replacing("lamp_transmit(", with: "lamp_dim(")
    let next = broken.replacing("first_bulb", with: "first_bulb + 1")
    let dimmed = Self.patched([(call, dim)])
    #expect(
      try await result(old, Self.patched([(call, next)]), on: dimmed)
        == Self.patched([(call, dim.replacing("first_bulb", with: "first_bulb + 1"))]))
    // Two statements that became one are not.
    let two = Self.patched([
      (
        call,
        "\troom = packet->first_bulb; packet->sent = lamp_transmit(lamp, room, packet->last_bulb);\n"
      )
    ])
    #expect(try await result(old, new, on: two) == nil)
  }

  // MARK: What the tree does not have

  /// Nothing is to be removed where the function never had what the lines are about.
  @Test func linesThatTheFunctionNeverHadNeedNoRemoval() async throws {
    let count = "\tlamp_count_packets(lamp, packet);\n"
    let old = Self.patched([(count, "\tlamp_trace_begin(packet);\n" + count)])
    let new = Self.patched([(count, count + "\tlamp_flush(lamp, packet);\n")])
    #expect(try await result(old, new, on: Self.driver) == new)
    // The function has all of the names: the line may be there in another form.
    let known = Self.patched([(count, "\tlamp_prepare(lamp, packet, err);\n" + count)])
    #expect(try await result(known, new, on: Self.driver) == nil)
  }

  @Test func aChangeOfAnEntryThatTheFileLacksIsNotNeeded() async throws {
    let lava = "\t{ LAMP_LAVA, \"Lava lamp\", 0 },\n"
    let desk = "\t{ LAMP_DESK, \"Desk lamp\", 0 },\n"
    let new = Self.patched([
      (desk, desk.replacing("Desk lamp", with: "desk")),
      (lava, lava.replacing("Lava lamp", with: "lava")),
    ])
    let target = Self.patched([(lava, "")])
    let made = try await outcome(Self.driver, new, on: ["drivers/lamp.c": target])
    #expect(made.applies)
    #expect(
      made.changes.first?.after.map { String(decoding: $0.content, as: UTF8.self) }
        == Self.patched([(lava, ""), (desk, desk.replacing("Desk lamp", with: "desk"))]))
    #expect(made.files[0].hunks[0].reason == Reason.lackingLines(count: 1).sentence)
    // A name that the file has elsewhere: the entry may only have another form.
    let elsewhere = target.replacing("lamp_prepare(", with: "lamp_prepare_kind(LAMP_LAVA, ")
    #expect(try await result(Self.driver, new, on: elsewhere) == nil)
  }

  @Test func theSentenceAboutLinesThatTheFileLacks() {
    #expect(
      Reason.lackingLines(count: 1).sentence
        == "the file does not have a line that the hunk changes: not needed")
    #expect(
      Reason.lackingLines(count: 2).sentence
        == "the file does not have 2 lines that the hunk changes: not needed")
  }

  /// The hunk of a function that the tree does not have is left out, and the report says so.
  @Test func aHunkOfAFunctionThatTheTreeLacksIsNotNeeded() async throws {
    let twin = """

      static int lamp_flash(struct lamp *lamp, struct packet *packet)
      {
      	int count = 3;

      	lamp_flash_prepare(lamp);
      	packet->flashed = lamp_flash_bulbs(lamp, count);
      	return packet->flashed;
      }

      """
    let old = Self.driver + twin
    let flashed = ("lamp_flash_bulbs(lamp, count)", "lamp_flash_bulbs(lamp, count + 1)")
    let sent = ("packet->first_bulb,", "packet->first_bulb + 1,")
    let new = Self.patched([flashed, sent], in: old)
    func made(_ target: String, _ sibling: String = "int x;\n") async throws -> PatchOutcome {
      try await outcome(
        old, new, on: ["drivers/lamp.c": target, "drivers/switch.c": sibling])
    }
    let without = try await made(Self.driver)
    #expect(without.applies && without.verdict == .leftOut)
    #expect(without.files[0].hunks.map(\.verdict) == [.exact, .leftOut])
    #expect(without.files[0].hunks[1].reason?.contains("lamp_flash()") == true)
    #expect(
      without.changes.first?.after.map { String(decoding: $0.content, as: UTF8.self) }
        == Self.patched([sent]))
    // Another file of the folder has the function; this one has the line in another function, calls what it calls,
    // or names the function.
    #expect(try await !made(Self.driver, "int lamp_flash(struct lamp *lamp);\n").applies)
    let line = "\tpacket->flashed = lamp_flash_bulbs(lamp, count);\n"
    #expect(
      try await !made(Self.patched([("\tlamp_power_off_now(lamp);\n", line)])).applies)
    let call = "\tn = lamp_flash_bulbs(lamp, 3); packet->flashed = n;\n"
    #expect(
      try await !made(Self.patched([("\tlamp_power_off_now(lamp);\n", call)])).applies)
    #expect(try await !made(Self.driver + "/* See lamp_flash. */\n").applies)
    // What a hunk only adds may be needed in any function.
    let count = "\tint count = 3;\n"
    let added = Self.patched([(count, count + "\tint rest;\n"), sent], in: old)
    #expect(
      try await !outcome(old, added, on: ["drivers/lamp.c": Self.driver]).applies)
    // Nothing else of the patch: it is not for this tree.
    let alone = Self.patched([flashed], in: old)
    #expect(
      try await !outcome(old, alone, on: ["drivers/lamp.c": Self.driver]).applies)
  }

  // MARK: Names

  /// A local that has another name in the tree's function keeps it, also where the hunk changes its lines.
  @Test func aLocalKeepsTheNameThatItHasInTheTree() async throws {
    func text(_ name: String, _ line: String, head: String = "") -> String {
      "static int lamp_dim(struct lamp *lamp, char *buffer)\n{\n"
        + "\tint \(name) = lamp_room(lamp);\n\(head)\n\tlamp_lock(lamp);\n\(line)\tlamp->count -= \(name);\n\tbuffer += \(name);\n"
        + "\tlamp_unlock(lamp);\n\treturn 0;\n}\n"
    }
    let old = text("sz", "\tsz = lamp_write(lamp, buffer, sz);\n")
    let new = text("sz", "\tlamp_write(lamp, buffer, sz);\n")
    #expect(
      try await result(old, new, on: text("len", "\tlen = lamp_write(lamp, buffer, len);\n"))
        == text("len", "\tlamp_write(lamp, buffer, len);\n"))
    // The function has the hunk's name for something else.
    let both = text("len", "\tlen = lamp_write(lamp, buffer, len);\n", head: "\tint sz = 4;\n")
    #expect(try await result(old, new, on: both) == nil)
  }

  // MARK: What is already applied

  /// What a hunk replaces is still there, so the line below in similar words is not its result.
  @Test func whatIsReplacedAndStillThereIsNotAppliedAlready() async throws {
    let check = "\tif (err < 0)\n\t\treturn err;\n"
    let register = "\terr = lamp_register_queue"
    let old = Self.patched([(register, "\tlamp_note(lamp, room);\n" + register)])
    let new = old.replacing(check, with: check.replacing("err < 0", with: "!packet->first_bulb"))
    let target = old.replacing("\tlamp_note(lamp, room);\n", with: "\tlamp_tell(lamp);\n")
    #expect(
      try await result(old, new, on: target)
        == target.replacing(check, with: check.replacing("err < 0", with: "!packet->first_bulb")))
  }

  /// Every condition ends with the same line: one more is not applied already.
  @Test func theEndOfAConditionIsNotThereAlready() async throws {
    let send = "static int lamp_send(struct lamp *lamp, struct packet *packet, int room)\n"
    let end = "\treturn lamp_finish(lamp, packet);\n}\n\n"
    let other = "#ifdef CONFIG_ROOM\nint lamp_room;\n#endif\n"
    let old = other + Self.driver
    let new = Self.patched(
      [(send, "#ifdef CONFIG_LAMP\n" + send), (end, end + "#endif\n")], in: old)
    let changes = [
      ("\tlamp_unregister_switch(&lamp_switch_ops);\n", "\tlamp_unregister_all(&lamp_ops);\n")
    ]
    let target = Self.patched(changes, in: old)
    let made = try await outcome(old, new, on: ["drivers/lamp.c": target])
    #expect(
      made.files[0].hunks.allSatisfy {
        $0.verdict != .alreadyApplied && $0.proposal?.presence == nil
      })
  }

  // MARK: Positions

  /// A block that is removed whole is anchored by all of its lines.
  @Test func aRemovedFunctionNeedsNoSpecificNeighbors() async throws {
    let block =
      "static int lamp_dump(struct lamp *lamp)\n{\n"
      + (0..<8).map { "\tlamp_show_register(lamp, LAMP_REGISTER_\($0));\n" }.joined()
      + "\treturn 0;\n}\n\n"
    func text(_ before: String, _ block: String, _ after: String) -> String {
      "int lamp_\(before)(int a)\n{\n\treturn 0;\n}\n\n" + block
        + "int lamp_\(after)(int a)\n{\n\treturn 0;\n}\n"
    }
    #expect(
      try await result(
        text("one", block, "two"), text("one", "", "two"), on: text("three", block, "four"))
        == text("three", "", "four"))
    let own = block.replacing(
      "LAMP_REGISTER_4);\n", with: "LAMP_REGISTER_4);\n\tlamp_count_one(lamp);\n")
    #expect(
      try await result(
        text("one", block, "two"), text("one", "", "two"), on: text("three", own, "four"))
        == nil)
  }

  /// A comment after code belongs to that code, one of its own to what follows.
  @Test func aCommentAfterCodeHoldsNoAddition() async throws {
    func text(_ last: String, _ added: String, _ next: String) -> String {
      "#define LAMP_DESK_FLAG (1 << 1) /* on a desk */\n"
        + "#define LAMP_FLOOR_FLAG (1 << 2) /* on it */\n" + last + added + next + "int end;\n"
    }
    let old = text("/* Other flags */\n", "", "#define LAMP_OLD_FLAG (1 << 8)\n")
    let added = "#define LAMP_LAVA_FLAG (1 << 9) /* with lava */\n"
    let new = text("/* Other flags */\n", added, "#define LAMP_OLD_FLAG (1 << 8)\n")
    #expect(try await result(old, new, on: text("", "", "")) == text("", added, ""))
    // The same comment on a line of its own is about the line below.
    func own(_ text: String) -> String {
      text.replacing(
        "#define LAMP_FLOOR_FLAG (1 << 2) /* on it */", with: "/* The end of the lamps. */")
    }
    let made = try await outcome(
      own(old), own(new), on: ["drivers/lamp.c": own(text("", "", ""))])
    #expect(made.files[0].hunks[0].proposal?.isOrderFree != true)
  }

  /// A file whose name is only spelled in another way is the file.
  @Test func aFileIsFoundByTheSpellingOfItsName() async throws {
    let sent = ("packet->first_bulb,", "packet->first_bulb + 1,")
    let target = Self.patched([("\tlamp_prepare(lamp, packet);\n", "\tlamp_prepare(lamp);\n")])
    func made(_ names: [String]) async throws -> PatchOutcome {
      try await outcome(
        Self.driver, Self.patched([sent]),
        on: Dictionary(uniqueKeysWithValues: names.map { ("drivers/\($0)", target) }),
        path: "drivers/desk_lamp.c")
    }
    let found = try await made(["DeskLamp.c"])
    #expect(found.applies)
    #expect(found.files[0].path == "drivers/DeskLamp.c")
    #expect(found.files[0].reason == "only the spelling of the name differs")
    #expect(try await !made(["DeskLamp.c", "desk-lamp.c"]).applies)
  }
}
