// SPDX-License-Identifier: GPL-2.0-only

import Host
import TestSupport
import Testing

@Suite struct ShellTests {
  @Test(arguments: [
    "plain", "a b", "", "it's", "$(touch x)", "`x`", "a\nb", "-rf", "ä", "a\\b", "x;y", "*", "~",
    "!",
    "a'b'c", "\"", "linux.git@v6.1",
  ])
  func aQuotedWordIsReadBackAsItIs(_ word: String) async throws {
    let read = try await run("sh", ["-c", "printf %s \(Shell.quoted(word))"])
    #expect(read.text == word)
  }

  @Test func plainWordsStayAsTheyAre() {
    #expect(Shell.quoted("linux-6.1/fs") == "linux-6.1/fs" && Shell.quoted("a b") == "'a b'")
  }
}
