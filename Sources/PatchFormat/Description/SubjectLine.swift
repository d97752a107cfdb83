// SPDX-License-Identifier: GPL-2.0-only

/// The words before a subject that are about the mail: how many of them a commit's title keeps.
public enum SubjectCleaning: Sendable, Hashable {
  /// `Re:` and everything in brackets goes, as in `git am`.
  case allBrackets
  /// Brackets without the word PATCH stay, as in `git am --keep-non-patch`.
  case patchBrackets
  /// The subject stays as it is, as in `git am --keep`.
  case none
}

/// A mail's subject, taken apart as `git mailinfo` does.
struct SubjectLine {
  /// What becomes the title.
  var title: String
  /// What the brackets before the title hold.
  var prefixes: [String] = []

  init(_ value: String, cleaning: SubjectCleaning) {
    let text = Array(value.onOneLine.utf8)
    var kept: [UInt8] = []
    var index = 0
    scan: while index < text.count {
      switch text[index] {
      case UInt8(ascii: "r"), UInt8(ascii: "R"):
        guard text.count > index + 3, text[index + 1] | 0x20 == UInt8(ascii: "e"),
          text[index + 2] == UInt8(ascii: ":")
        else { break scan }
        index += 3
      case 0x20, UInt8(ascii: ":"): index += 1
      case UInt8(ascii: "["):
        guard let close = text[index...].firstIndex(of: UInt8(ascii: "]")) else { break scan }
        let content = String(lossy: text[(index + 1)..<close])
        prefixes.append(content)
        if cleaning == .patchBrackets, !content.contains("PATCH") {
          kept += text[index...close] + [0x20]
        }
        index = close + 1
      default: break scan
      }
    }
    title = cleaning == .none ? value.onOneLine : String(lossy: kept + text[index...]).onOneLine
  }
}
