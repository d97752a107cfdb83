// SPDX-License-Identifier: GPL-2.0-only

extension Message {
  /// The id in the message's `base-commit:` line, below the diffs or in a letter; nil where there is none.
  var baseCommit: String? {
    for part in parts {
      for case .text(let range) in part.text.elements.reversed() {
        for line in part.text.bytes[range].split(separator: 0x0A)
        where line.starts(with: "base-commit:".utf8) {
          let id = String(lossy: line.dropFirst(12)).trimmed.lowercased()
          if (7...40).contains(id.count), id.allSatisfy(\.isHexDigit) { return id }
        }
      }
    }
    return nil
  }
}
