// SPDX-License-Identifier: GPL-2.0-only

import CSource
import Testing

/// Which names on some lines of a part of a file may be those of an enum.
@Suite struct EnumeratorTests {
  /// The names on all lines, or on some.
  private func names(_ content: String, on lines: Set<Int>? = nil) -> [String] {
    let text = CText(Array(content.utf8))
    let all = Set(1...max(1, content.split(separator: "\n").count))
    return text.enumerators(on: lines ?? all).sorted()
  }

  @Test func namesThatBeginALineBeforeACommaAValueOrTheEnd() {
    #expect(
      names("\tLAMP_OFF,\n\tLAMP_ON = 3,\n\tLAMP_DIM\n};\n") == ["LAMP_DIM", "LAMP_OFF", "LAMP_ON"])
    #expect(
      names("enum lamp {\n\tLAMP_OFF,\n#ifdef CONFIG_DIM\n\tLAMP_DIM,\n#endif\n") == [
        "LAMP_DIM", "LAMP_OFF",
      ])
  }

  @Test func onlyTheLinesThatAreAskedFor() {
    #expect(names("\tLAMP_OFF,\n\tLAMP_ON,\n", on: [2]) == ["LAMP_ON"])
  }

  /// The first of a part of a file is one; a further word of a line is none.
  @Test func aFurtherNameOfALineIsNone() {
    #expect(names("\tLAMP_OFF, LAMP_ON,\n") == ["LAMP_OFF"])
  }

  @Test func theArgumentsOfACallAreNone() {
    #expect(names("\tlamp_set(LAMP_OFF,\n\t\tLAMP_ON,\n\t\tLAMP_DIM);\n") == [])
    // The part begins in the middle of the call: what comes after it is outside.
    #expect(names("\t\tfirst);\n\tlevel = 1;\n") == [])
    #expect(names("\tDEFINE_LAMP(desk,\n\t\tLAMP_ON, 1),\n\tLAMP_LAST,\n") == ["LAMP_LAST"])
  }

  @Test func statementsAndDirectivesAreNone() {
    #expect(names("\tcount++;\n\tlevel = 1;\n") == [])
    #expect(names("#define LAMP_MAX 3\nint x;\n") == [])
  }
}
