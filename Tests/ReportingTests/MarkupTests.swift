// SPDX-License-Identifier: GPL-2.0-only

import Testing

import Reporting

/// Text from inputs in XML and HTML.
@Suite struct MarkupTests {
  @Test func nothingOfATextIsMarkup() {
    #expect(
      Markup.escaped("<a href=\"x\">&'</a>") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;")
    #expect(Markup.escaped("a\tb\nc") == "a\tb&#10;c")
    #expect(Markup.escaped("a\n::error::b :::c") == "a&#10;:&#58;error:&#58;b :&#58;&#58;c")
    #expect(Markup.escaped("größe 🧷") == "größe 🧷")
  }

  /// XML cannot hold these, not even as references.
  @Test func controlCharactersAreShownAsEscapes() {
    for value in Array(0..<9) + [11, 12] + Array(14..<32) + Array(127..<160) + [0xFFFE, 0xFFFF] {
      let scalar = UnicodeScalar(UInt32(value))
      let escaped = Markup.escaped(String(scalar.map(Character.init) ?? " "))
      #expect(!escaped.isEmpty && !escaped.unicodeScalars.contains { $0 == scalar }, "\(value)")
    }
  }
}
