// SPDX-License-Identifier: GPL-2.0-only

import Testing

import Reporting

/// Untrusted text is made visible where it is put in, in every format.
@Suite struct TextTests {
  /// ESC, a C1 control, a bidirectional override, a newline and a tab.
  private static let hostile = "a\u{1B}[31m\u{9B}2J\u{202E}b\nc\td"

  @Test func everythingIsVisible() {
    #expect(VisibleText.escaped(Self.hostile) == "a^[[31m<U+009B>2J<U+202E>b^Jc^Id")
    #expect(VisibleText.escaped(Self.hostile, as: .code).hasSuffix("b^Jc\td"))
    #expect(VisibleText.escaped(Self.hostile, as: .block).hasSuffix("b\nc\td"))
    #expect(VisibleText.escaped("\u{7F}\r\0") == "^?^M^@")
    // A carriage return and a newline are one character to Swift, and two to a terminal.
    #expect(VisibleText.escaped("a\r\nb", as: .block) == "a^M\nb")
  }

  @Test func everyBidirectionalControlIsVisible() {
    let controls = [0x061C, 0x200E, 0x200F] + Array(0x202A...0x202E) + Array(0x2066...0x2069)
    for value in controls.compactMap({ Unicode.Scalar(UInt32($0)) }) {
      #expect(value.properties.isBidiControl)
      let shown = VisibleText.escaped("a\(Character(value))b", as: .block)
      #expect(shown.utf8.allSatisfy { $0 < 0x80 } && shown.hasPrefix("a<U+"))
    }
    // All that Unicode says there are.
    for value in (UInt32(0)...0x10FFFF).compactMap({ Unicode.Scalar($0) })
    where value.properties.isBidiControl {
      #expect(controls.contains(Int(value.value)))
    }
  }

  @Test func everyControlCharacterIsVisible() {
    for value in (UInt32(0)...0x10FFFF).compactMap({ Unicode.Scalar($0) }) {
      switch value.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator:
        let shown = VisibleText.escaped(String(Character(value)))
        #expect(shown.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "\(value.value)")
      default: break
      }
    }
  }

  @Test func wordsOfEveryScriptStay() {
    for text in ["naïve", "日本語", "שלום", "می\u{200C}خواهم", "e\u{301}", "👩\u{200D}💻"] {
      #expect(VisibleText.escaped(text) == text)
    }
  }

  @Test func bytesThatAreNoTextAreVisible() {
    #expect(VisibleText.escaped(bytes: [0x61, 0xFF, 0x62]) == "a<FF>b")
    #expect(VisibleText.escaped(bytes: [0xE2, 0x82]) == "<E2><82>")
    #expect(VisibleText.escaped(bytes: [0xE2, 0x82, 0xAC, 0x1B]) == "€^[")
    // An overlong newline, and a surrogate.
    #expect(VisibleText.escaped(bytes: [0xC0, 0x8A]) == "<C0><8A>")
    #expect(VisibleText.escaped(bytes: [0xED, 0xA0, 0x80], as: .block) == "<ED><A0><80>")
  }

  @Test func onlyInterpolationsAreEscaped() {
    let text: LabeledText = "\u{1B}[K\(Self.hostile) \(.bad, "\u{1B}x")\(block: "a\nb\u{1B}")\n"
    #expect(
      text.plain == "\u{1B}[Ka^[[31m<U+009B>2J<U+202E>b^Jc^Id ^[xa\nb^[\n")
    let nested: LabeledText = "<\(text)>"
    #expect(nested.plain == "<\(text.plain)>")
    #expect(LabeledText("\(code: Array("\ta\u{1B}".utf8))").plain == "\ta^[")
    #expect(LabeledText("\(.path, bytes: [0x61, 0xFF])").plain == "a<FF>")
  }

  @Test func colorsComeFromLabelsAndAreTheOnlyDifference() {
    let text: LabeledText =
      "\(.good, "exact") \(.path, "a.c"):\(.lineNumber, 3)\(.faint, "x \(.bad, "y") z" as LabeledText)"
    #expect(text.rendered(inColor: false) == "exact a.c:3x y z")
    #expect(
      text.rendered(inColor: true)
        == "\u{1B}[32mexact\u{1B}[m a.c:3\u{1B}[2mx \u{1B}[m\u{1B}[31my\u{1B}[m\u{1B}[2m z\u{1B}[m")
    #expect(text.spans.map(\.label).contains(.path))
    let joined = ["a", "b"].map { "<\($0)>" as LabeledText }.joined(separator: ", ")
    #expect(joined.plain == "<a>, <b>")
  }

  @Test func columnsAreThoseOfATerminal() {
    for (text, width) in [
      ("abc", 3), ("日本", 4), ("e\u{301}a", 2), ("naïve", 5), ("👍", 2), ("ｆ", 2), ("שלום", 4),
      ("가", 2), ("\u{200C}", 0),
    ] { #expect(DisplayWidth.of(text) == width, "\(text)") }
    let cells: [LabeledText] = ["abcdef", "日本", "e\u{301}e\u{301}"]
    for cell in cells { #expect(cell.padded(to: 8).width == 8) }
    #expect(cells[1].alignedRight(to: 6).plain == "  日本")
    // A wide character that would be cut in two is left out, and marks stay with their letter.
    #expect(cells[1].cut(to: 3).plain == "日")
    #expect(cells[2].cut(to: 1).plain == "e\u{301}")
    let colored: LabeledText = "\(.good, "ab")c"
    #expect(colored.cut(to: 2).rendered(inColor: true) == "\u{1B}[32mab\u{1B}[m")
  }

  @Test func markupHasNoMeaningOfItsOwn() {
    let text: MarkupText = "<b title=\"\("\"'<x>&")\">\("a\u{202E}\u{1B}")</b>"
    #expect(
      text.text
        == "<b title=\"&quot;&#39;&lt;x&gt;&amp;\">a&lt;U+202E&gt;^[</b>")
    #expect(Markup.escaped("\u{FFFE}\u{FFFF}\0") == "&lt;U+FFFE&gt;&lt;U+FFFF&gt;^@")
  }

  @Test func markdownHasNoMeaningOfItsOwn() {
    #expect(Markdown.escaped("![x](y)") == "\\!\\[x\\](y)")
    #expect(Markdown.escaped("@torvalds #1") == "<span>@</span>torvalds <span>#</span>1")
    #expect(Markdown.escaped("a|b\n# c") == "a\\|b^J<span>#</span> c".replacing("^", with: "\\^"))
    #expect(Markdown.escaped("<img src=x>&amp;") == "&lt;img src=x&gt;&amp;amp;")
    #expect(Markdown.escaped("`*_~$\\") == "\\`\\*\\_\\~\\$\\\\")
    #expect(Markdown.escaped("https://x.y") == "https\\://x.y")
  }
}
