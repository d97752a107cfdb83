// SPDX-License-Identifier: GPL-2.0-only

/// A line such as `-- >8 --`: the text above it is not part of the message.
enum ScissorsLine {
  /// Whether a line is one, by git's measure: a perforation with scissors in it, at least eight
  /// letters wide, a third of them dashes or scissors, and not mostly gaps.
  static func matches(_ line: Substring) -> Bool {
    let text = Array(line.utf8)
    var perforation = 0
    var gap = 0
    var scissors = 0
    var isPerforated = false
    var first: Int?
    var last = 0
    var index = 0
    while index < text.count {
      defer { index += 1 }
      if text[index] == 0x20 || text[index] == 0x09 {
        if isPerforated {
          perforation += 1
          gap += 1
        }
        continue
      }
      first = first ?? index
      last = index
      if text[index] == UInt8(ascii: "-") {
        isPerforated = true
        perforation += 1
      } else if ["8<", ">8", "%<", ">%"].contains(where: { text[index...].starts(with: $0.utf8) }) {
        isPerforated = true
        perforation += 2
        scissors += 2
        // git measures up to the first letter of the scissors.
        index += 1
      } else {
        isPerforated = false
      }
    }
    let visible = first.map { last - $0 + 1 } ?? 0
    return scissors > 0 && visible >= 8 && visible < perforation * 3 && gap * 2 < perforation
  }
}
