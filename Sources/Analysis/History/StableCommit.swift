// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import History
internal import KernelTree

/// An upstream commit that its author marked for stable kernels, and that a tree lacks.
package struct StableCommit: Sendable, Hashable {
  /// The commit.
  package var commit: FoundCommit
  /// What its `Cc: stable` says after the number sign, such as `3.3+`; empty where it says nothing.
  package var note: String
  /// Whether the tree lacks it, may have it, or does not need it.
  package var state: CarriedFollowUp.State
  /// Why, in a few words.
  package var reason: String
  /// What becomes of it on the tree; nil where it was not tried.
  package var verdict: Verdict?
}

/// A kernel's version as far as `Cc: stable` lines name it.
package struct KernelVersion: Sendable, Hashable, Comparable {
  /// The numbers, such as 2, 6 and 32.
  package var numbers: [Int]

  /// Takes numbers.
  package init(_ numbers: [Int]) { self.numbers = numbers }

  /// The first version in a text such as `v2.6.32+` or `3.3.x`; nil where there is none.
  package init?(in text: some StringProtocol) {
    for word in text.split(whereSeparator: { " ,;:()[]".contains($0) }) {
      let parts = word.drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false)
      let numbers = parts.map { part in Int(part.prefix { $0.isASCII && $0.isNumber }) }
        .prefix { $0 != nil }.compactMap(\.self)
      if parts.count >= 2, numbers.count >= 2, numbers[0] < 100 {
        self.init(numbers)
        return
      }
    }
    return nil
  }

  /// The version that the top Makefile of a kernel tree states; nil where it states none.
  package init?(ofTreeWith makefile: [UInt8]) {
    var numbers: [Int] = []
    for name in ["VERSION", "PATCHLEVEL", "SUBLEVEL"] {
      let value = String(decoding: makefile.prefix(4096), as: UTF8.self).split(separator: "\n")
        .first { $0.split(separator: " ").prefix(2).elementsEqual([Substring(name), "="]) }
        .flatMap { $0.split(separator: " ").dropFirst(2).first }.flatMap { Int($0) }
      guard let value else { break }
      numbers.append(value)
    }
    guard numbers.count >= 2 else { return nil }
    self.init(numbers)
  }

  /// Compares number by number: a version that says less is the older one.
  package static func < (a: KernelVersion, b: KernelVersion) -> Bool {
    a.numbers.lexicographicallyPrecedes(b.numbers)
  }
}

/// Commits that upstream marked for stable kernels.
extension FollowSearch {
  /// The commits with `Cc: stable` that a target lacks, the oldest first.
  ///
  /// One is not needed where it is marked for later versions, where what its `Fixes:` names is missing in the
  /// target, or where the target has none of its files.
  func stableCommits() throws -> [StableCommit] {
    let version = try tree?.file(at: try TreePath(Array("Makefile".utf8)))
      .flatMap { KernelVersion(ofTreeWith: $0.content) }
    var found: [StableCommit] = []
    for (number, trailer) in try upstream.commits(
      withTrailerLike: "cc:%stable%", where: Self.isStable)
    {
      guard case .absent = try presence(of: number), try upstream.revert(of: number) == nil else {
        continue
      }
      let note = Self.note(of: trailer)
      var stable = StableCommit(
        commit: FoundCommit(try upstream.commit(number)), note: note, state: .missing,
        reason: "")
      if let version, let first = KernelVersion(in: note), version < first {
        stable.state = .notNeeded
        stable.reason =
          "marked for \(first.numbers.map(String.init).joined(separator: ".")) and later"
      } else if let reason = try fixesNothing(number, nil) {
        stable.state = .notNeeded
        stable.reason = reason
      } else if try lacksEveryFile(of: number) {
        stable.state = .notNeeded
        stable.reason = "the tree has none of its files"
      } else {
        let (verdict, isThere) = try trial(of: number, after: [])
        stable.verdict = verdict
        if isThere {
          stable.state = .present
          stable.reason = "the tree has its text"
        }
      }
      found.append(stable)
    }
    return found
  }

  /// Whether a trailer's address is that of the stable kernels' list.
  private static func isStable(_ trailer: String) -> Bool {
    let text = trailer.lowercased()
    return ["stable@vger.kernel.org", "stable@kernel.org"].contains { text.contains($0) }
  }

  /// What a line says after the address: `# 3.3+`, `[2.6.37]`, `(for 2.6.36)`.
  private static func note(of trailer: String) -> String {
    guard let address = trailer.lowercased().firstRange(of: "kernel.org") else { return "" }
    let count = trailer.lowercased().distance(
      from: trailer.startIndex, to: address.upperBound)
    let marks = " >#[](),"
    var rest = trailer.dropFirst(count).drop { marks.contains($0) }
    while let last = rest.last, marks.contains(last) { rest.removeLast() }
    return String(rest)
  }

  private func lacksEveryFile(of commit: Int) throws -> Bool {
    guard let tree else { return false }
    let changed = (try upstream.paths(of: commit) ?? []).filter { $0.change != .added }
    if changed.isEmpty { return false }
    return try changed.allSatisfy { entry in
      guard let path = try? TreePath(entry.path) else { return true }
      return try tree.file(at: path) == nil
    }
  }
}
