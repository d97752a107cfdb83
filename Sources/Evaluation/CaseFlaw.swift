// SPDX-License-Identifier: GPL-2.0-only

/// Why a case is not a fair one: its upstream commit alone does not say what the maintainer made.
///
/// It is decided by the two commits and their messages, never by what a tool makes of them.
package enum CaseFlaw: String, Sendable, Hashable, Codable, CaseIterable {
  /// The backport undoes the commit that it names.
  case revert
  /// An earlier commit of the range names the same upstream commit.
  case repeated
  /// The message names several upstream commits.
  case several
  /// The two commits have no changed line and no C file name in common: the id is a wrong one.
  case wrongID = "wrong id"

  /// What such a case does, in words.
  package var meaning: String {
    switch self {
    case .revert: "undoes the named commit"
    case .repeated: "names a commit that was named before"
    case .several: "names several commits"
    case .wrongID: "has nothing in common with the named commit"
    }
  }

  /// Finds the flaw that two diffs have, where the messages show none.
  ///
  /// - Parameters:
  ///   - upstream: the diff of the upstream commit.
  ///   - backport: the diff of the backport.
  package init?(upstream: [UInt8], backport: [UInt8]) {
    let (a, b) = (ChangedLines(upstream), ChangedLines(backport))
    let shared = a.added.intersection(b.added).union(a.removed.intersection(b.removed))
    let turned = a.added.intersection(b.removed).union(a.removed.intersection(b.added))
    if shared.isEmpty, !turned.isEmpty, a.added == b.removed, a.removed == b.added {
      self = .revert
    } else if shared.isEmpty, a.names.isDisjoint(with: b.names) {
      self = .wrongID
    } else {
      return nil
    }
  }
}

/// The lines that a git diff adds and removes, trimmed, and the last components of its paths.
private struct ChangedLines {
  var added: Set<String> = []
  var removed: Set<String> = []
  var names: Set<Substring> = []

  init(_ diff: [UInt8]) {
    var isInHunk = false
    for line in String(decoding: diff, as: UTF8.self).split(separator: "\n" as Character) {
      if line.hasPrefix("diff --git ") {
        isInHunk = false
        if let name = line.split(separator: "/" as Character).last { names.insert(name) }
      } else if line.hasPrefix("@@ ") {
        isInHunk = true
      } else if isInHunk, line.hasPrefix("+") || line.hasPrefix("-") {
        let text = line.dropFirst().filter { $0 != " " && $0 != "\t" && $0 != "\r" }
        // A brace or a blank line is in every patch.
        guard text.count > 2 else { continue }
        if line.hasPrefix("+") { added.insert(text) } else { removed.insert(text) }
      }
    }
  }
}
