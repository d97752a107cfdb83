// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TextAlign
import Testing

import Backport

/// Names that a target has under other names.
@Suite struct NameMapTests {
  private func map(_ patch: String, on target: String) throws -> NameMap {
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    let file = try #require(document.patches.first?.files.first)
    return NameMap(
      file.hunks.enumerated().map { HunkText($1, number: $0 + 1) },
      on: TargetText(LineTable(Array(target.utf8))))
  }

  private func line(_ text: String) -> LineText { LineText(Array((text + "\n").utf8)) }

  private let patch = """
    --- a/f.c
    +++ b/f.c
    @@ -1,5 +1,6 @@
     void lamp_on(struct lamp *lamp)
     {
     	lamp_lock(lamp->mutex);
    +	lamp_count(lamp);
     	lamp_unlock(lamp->mutex);
     }

    """

  private let renamed = """
    void lamp_on(struct lamp *lamp)
    {
    	lamp_lock(lamp->guard);
    	lamp_unlock(lamp->guard);
    }

    """

  @Test func twoLinesThatAgreeMakeAName() throws {
    let map = try map(patch, on: renamed)
    #expect(map.replacements(in: line("\tx(lamp->mutex);")) == ["mutex": "guard"])
    #expect(map.applied(to: line("\tx(lamp->mutex);")) == line("\tx(lamp->guard);"))
  }

  @Test func oneLineDoesNot() throws {
    let map = try map(
      patch, on: renamed.replacing("lamp_unlock(lamp->guard)", with: "lamp_unlock(lamp->mutex)"))
    #expect(map.replacements(in: line("\tx(lamp->mutex);")).isEmpty)
  }

  @Test func aNameThatTheTargetKnowsIsNotReplaced() throws {
    let map = try map(patch, on: renamed + "int mutex;\n")
    #expect(map.replacements(in: line("\tx(lamp->mutex);")).isEmpty)
  }

  @Test func twoLinesThatDisagreeDoNot() throws {
    let map = try map(
      patch, on: renamed.replacing("lamp_unlock(lamp->guard)", with: "lamp_unlock(lamp->latch)"))
    #expect(map.replacements(in: line("\tx(lamp->mutex);")).isEmpty)
  }

  @Test func includesNameFilesAndCommentsNeedNothing() throws {
    let map = try map(patch, on: renamed)
    #expect(map.applied(to: line("#include <linux/mutex.h>")) == line("#include <linux/mutex.h>"))
    #expect(map.lostNames(in: line("\tx(lamp->mutex);")) == ["mutex"])
    for comment in ["/* the mutex */", " * the mutex", "// the mutex"] {
      #expect(map.lostNames(in: line(comment)).isEmpty, "\(comment)")
    }
    #expect(map.lostNames(in: line("\tlamp_lock(lamp);")).isEmpty)
  }
}
