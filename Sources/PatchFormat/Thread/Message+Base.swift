// SPDX-License-Identifier: GPL-2.0-only

extension Message {
  /// The id in the message's `base-commit:` line, below the diffs or in a letter; nil where there is none.
  var baseCommit: String? {
    values(ofLines: "base-commit:").last {
      (7...40).contains($0.count) && $0.allSatisfy(\.isHexDigit)
    }
  }

  /// The patch-ids in the message's `prerequisite-patch-id:` lines, in their order.
  var prerequisitePatchIDs: [String] {
    values(ofLines: "prerequisite-patch-id:").filter {
      $0.count == 40 && $0.allSatisfy(\.isHexDigit)
    }
  }

  /// The values of the lines outside of the diffs that begin with a word, in lower case.
  private func values(ofLines word: String) -> [String] {
    parts.flatMap { part in
      part.text.elements.flatMap { element -> [String] in
        guard case .text(let range) = element else { return [] }
        return part.text.bytes[range].split(separator: 0x0A)
          .filter { $0.starts(with: word.utf8) }
          .map { String(lossy: $0.dropFirst(word.utf8.count)).trimmed.lowercased() }
      }
    }
  }
}
