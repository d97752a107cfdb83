// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing
import TextAlign

@Suite struct HunkAlignerTests {
  private func lines(_ text: String) -> [LineText] {
    let table = LineTable(Array(text.utf8))
    return (0..<table.count).map { LineText(Array(table.bytes[table.range(of: $0)])) }
  }

  private func function(_ number: Int, _ test: String = "if (ret)", _ extra: String = "") -> String
  {
    "int step\(number)(void)\n{\n\tint ret = prepare\(number)();\n\n\t\(test)\n\t\treturn ret;\n"
      + "\(extra)\treturn finish\(number)();\n}\n\n"
  }

  @Test func theTellingLineOutweighsTheIdioms() {
    let hunk = lines("\n\tif (ret)\n\t\treturn ret;\n\treturn finish1();\n}\n\n")
    let target = lines(
      function(0, "if (ret)", "\tcheck();\n") + function(1, "if (ret < 0)") + function(2))
    let found = HunkAligner(LineIndex(target), tolerance: .none).alignments(of: hunk, expected: 12)
    #expect(found[0].partners.map { $0?.line } == [13, nil, 15, 16, 17, 18])
  }
}
