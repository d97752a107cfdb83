// SPDX-License-Identifier: GPL-2.0-only

import Testing

import Evaluation

/// How a backport differs from its upstream commit, and which cases are looked at.
@Suite struct CaseTests {
  private func diff(
    _ path: String, at line: Int, context: String = "c", added: String = "new"
  ) -> [UInt8] {
    Array(
      """
      diff --git a/\(path) b/\(path)
      index 1..2 100644
      --- a/\(path)
      +++ b/\(path)
      @@ -\(line),2 +\(line),2 @@ f()
       \(context)
      -old
      +\(added)

      """.utf8)
  }

  @Test func kindsAreToldByHunksAndByLines() {
    let upstream = diff("a.c", at: 10)
    func kind(_ backport: [UInt8]) -> CaseKind { CaseKind(upstream: upstream, backport: backport) }
    #expect(kind(diff("a.c", at: 10)) == .sameHunks)
    // Neither the position nor the file's name is a difference.
    #expect(kind(diff("moved/b.c", at: 90)) == .sameHunks)
    #expect(kind(diff("a.c", at: 10, context: "d")) == .sameLines)
    #expect(kind(diff("a.c", at: 10, added: "newer")) == .adaptedLines)
    #expect(kind([]) == .adaptedLines)
  }

  @Test func halvesDivideAllIds() {
    for digit in "0123456789abcdef" {
      let id = String(repeating: digit, count: 40)
      #expect(CaseHalf.even.holds(id) != CaseHalf.odd.holds(id), "\(digit)")
      #expect(CaseHalf.all.holds(id))
    }
    #expect(CaseHalf.even.holds("e9e3") && CaseHalf.odd.holds("79c2"))
    #expect(!CaseHalf.all.holds("") && !CaseHalf.even.holds("xyz"))
  }
}
