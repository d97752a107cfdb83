// SPDX-License-Identifier: GPL-2.0-only

/// A maintainer's backport: the commit, and the upstream commit that its message names.
package struct BackportCase: Sendable, Hashable {
  /// The backport's commit.
  package var backport: String
  /// The tree that it was made on: the backport's parent.
  package var target: String
  /// The upstream commit.
  package var upstream: String
  /// The upstream commit's parent.
  package var base: String
  /// The first line of the backport's message.
  package var subject: String
  /// Why it is not a fair case, as far as the messages of the range show it.
  package var flaw: CaseFlaw?

  package init(
    backport: String, target: String, upstream: String, base: String, subject: String,
    flaw: CaseFlaw? = nil
  ) {
    self.backport = backport
    self.target = target
    self.upstream = upstream
    self.base = base
    self.subject = subject
    self.flaw = flaw
  }
}

/// What a case holds, read from its repositories.
struct CaseContent: Sendable {
  /// One C file.
  struct File: Sendable {
    var path: String
    /// On the tree before the backport; nil where there is none.
    var before: [UInt8]?
    /// What the maintainer made of it; nil where there is none.
    var after: [UInt8]?
  }

  /// A C file of the upstream commit, before and after.
  struct UpstreamFile: Sendable {
    var oldPath: String?
    var newPath: String?
    var before: [UInt8]
    var after: [UInt8]
  }

  var item: BackportCase
  /// The upstream commit as a patch, its C files alone.
  var patch: [UInt8]
  /// The C files that the upstream commit or the backport touches.
  var files: [File]
  var upstream: [UpstreamFile]
  /// What the maintainer had to do.
  var kind: CaseKind
  /// Why it is not a fair case.
  var flaw: CaseFlaw?
}

/// How much a backport differs from its upstream commit.
package enum CaseKind: String, Sendable, Hashable, Codable, CaseIterable {
  /// The same hunks, context and all, wherever they are.
  case sameHunks = "same hunks"
  /// The same lines go and come; their context differs.
  case sameLines = "same lines"
  /// Other lines go or come.
  case adaptedLines = "adapted lines"

  /// Compares two diffs by their hunks and by their lines.
  package init(upstream: [UInt8], backport: [UInt8]) {
    let (a, b) = (DiffLines(upstream), DiffLines(backport))
    self = a.hunks == b.hunks ? .sameHunks : a.changed == b.changed ? .sameLines : .adaptedLines
  }
}

/// The lines of a diff's hunks, without their numbers and without file names.
private struct DiffLines {
  var hunks: [ArraySlice<UInt8>] = []
  var changed: [ArraySlice<UInt8>] = []

  init(_ diff: [UInt8]) {
    var isInHunk = false
    for line in diff.split(separator: 0x0A, omittingEmptySubsequences: false) {
      if line.starts(with: Array("diff --git ".utf8)) {
        isInHunk = false
      } else if line.starts(with: Array("@@ ".utf8)) {
        isInHunk = true
        hunks.append(Array("@@".utf8)[...])
      } else if isInHunk, let first = line.first {
        hunks.append(line)
        if first == UInt8(ascii: "+") || first == UInt8(ascii: "-") { changed.append(line) }
      }
    }
  }
}

/// Which half of the cases is looked at, by the upstream commit's id: one to tune on, one to check
/// with.
package enum CaseHalf: String, Sendable, Hashable, Codable, CaseIterable {
  /// Ids that begin with an even hex digit.
  case even
  /// Ids that begin with an odd one.
  case odd
  /// Both.
  case all

  package func holds(_ id: String) -> Bool {
    guard let digit = id.first?.hexDigitValue else { return false }
    return switch self {
    case .even: digit % 2 == 0
    case .odd: digit % 2 == 1
    case .all: true
    }
  }
}
