// SPDX-License-Identifier: GPL-2.0-only

import Reporting
import TestSupport
import Testing

/// Long lines are broken at blanks, and nothing of them is lost.
@Suite struct WrappingTests {
  private static let text: LabeledText = """
    \(.bad, "conflict")  \(.path, "fs/ext4/file.c"): hunk 2 (line 78): only a plausible proposal
      \(.hint, "hint:") 'patchkit resolve --onto linux fix.patch' asks you about the user's hunks

    a-word-that-is-longer-than-the-whole-line-and-has-no-blank
    """

  @Test(arguments: [12, 20, 33, 48, 60, 200])
  func noLineIsWiderThanTheScreen(_ width: Int) {
    let wrapped = Self.text.wrapped(to: width)
    for line in wrapped.plain.split(separator: "\n") {
      // A word of a command is never broken: it has to work as copied.
      let isWord = line.split(separator: " ").filter { $0 != "\\" }.count == 1
      #expect(line.count <= width || isWord, "\(line)")
      #expect(line.last != " ", "\(line)")
    }
    // The same characters, but for blanks and newlines, with the same labels.
    func solid(_ text: LabeledText) -> [String] {
      text.spans.flatMap { span in
        span.text.filter { $0 != " " && $0 != "\n" && $0 != "\\" }.map {
          "\($0)\(span.label.map { "\($0)" } ?? "")"
        }
      }
    }
    #expect(solid(wrapped) == solid(Self.text))
  }

  @Test func aCommandStaysOnItsLine() {
    let lines = Self.text.wrapped(to: 48).plain.split(separator: "\n").map(String.init)
    #expect(lines.contains { $0.contains("'patchkit resolve --onto linux fix.patch'") }, "\(lines)")
    #expect(Self.text.wrapped(to: 200) == Self.text)
  }

  @Test(arguments: [12, 20, 33, 40]) func aCommandWorksAsCopied(_ width: Int) async throws {
    let wrapped = Self.text.wrapped(to: width).plain
    let start = try #require(wrapped.firstRange(of: "'patchkit"))
    let end = try #require(wrapped.firstRange(of: "fix.patch'"))
    let copied = wrapped[start.lowerBound..<end.upperBound].dropFirst().dropLast()
      .replacing("patchkit", with: "printf '%s\\n' patchkit", maxReplacements: 1)
    let result = try await run("sh", ["-c", String(copied)], in: "/")
    #expect(result.text == "patchkit\nresolve\n--onto\nlinux\nfix.patch\n", "\(copied)")
  }

  @Test func theRestIsIndented() {
    let text: LabeledText = "  one two three four five\n"
    #expect(text.wrapped(to: 14).plain == "  one two\n    three four\n    five\n")
  }

  @Test func theRestIsBelowWhatTheVerdictIsAbout() {
    let text: LabeledText = "  offset  a.c: hunk 1 applies at line 7\n"
    #expect(text.wrapped(to: 30).plain == "  offset  a.c: hunk 1 applies\n          at line 7\n")
  }

  @Test func aLongPathIsBrokenAfterASlash() {
    let text: LabeledText = "Patches/a-folder/a-file.patch:7: warning: damage\n"
    #expect(
      text.wrapped(to: 28).plain == "Patches/a-folder/\n  a-file.patch:7: warning:\n  damage\n")
  }
}
