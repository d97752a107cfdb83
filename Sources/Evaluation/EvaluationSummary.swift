// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

/// The figures of an evaluation.
package struct EvaluationSummary: Sendable, Codable {
  /// How often a tool did what.
  package struct Counts: Sendable, Codable, Hashable {
    /// Byte for byte the maintainer's result.
    package var exact = 0
    /// The maintainer's result but for comments, white space, or an order without meaning.
    package var same = 0
    /// The maintainer's lines in another order.
    package var reordered = 0
    /// Another result.
    package var differs = 0
    /// No result.
    package var fails = 0
    /// The seconds that all of them took.
    package var seconds = 0.0

    /// All cases.
    package var total: Int { results + fails }
    /// All results.
    package var results: Int { exact + same + reordered + differs }
    /// The share of results that are exact or the same; nil where there is none.
    package var precision: Double? {
      results == 0 ? nil : Double(exact + same) / Double(results)
    }

    mutating func add(_ entry: CaseResult.Entry, score: Score? = nil) {
      switch score ?? entry.score {
      case .exact: exact += 1
      case .same: same += 1
      case .reordered: reordered += 1
      case .differs: differs += 1
      case .fails: fails += 1
      }
      seconds += entry.seconds
    }
  }

  /// A tool's counts in one group of cases.
  package struct Row: Sendable, Codable {
    /// The tool.
    package var contender: String
    /// The counts.
    package var counts: Counts
  }

  /// A group of cases, and what every tool did in it.
  package struct Group: Sendable, Codable {
    /// What the cases have in common.
    package var name: String
    /// The tools.
    package var rows: [Row]
  }

  /// The number of cases.
  package var cases: Int
  /// The groups: all cases, the fair ones, those that git apply refuses, and each kind.
  package var groups: [Group]
  /// How many cases are not fair, by the reason.
  package var flaws: [String: Int]
  /// patchkit's results by how sure it was, for each way of running it.
  package var byConfidence: [Group]
  /// patchkit's results by the most tolerant strategy that took a hunk.
  package var byStrategy: [Group]

  /// patchkit's results in which a check of the result found something, by the check: what was refused is counted
  /// as it would have been, and what was only warned of as it is.
  package var byCheck: [Group]

  /// Counts results.
  package init(_ results: [CaseResult], contenders: [ContenderName]) {
    cases = results.count
    func group(_ name: String, _ results: [CaseResult]) -> Group {
      Group(
        name: name,
        rows: contenders.map { contender in
          var counts = Counts()
          for result in results {
            if let entry = result.entries[contender.rawValue] { counts.add(entry) }
          }
          return Row(contender: contender.rawValue, counts: counts)
        })
    }
    groups = [group("all", results)]
    let fair = results.filter { $0.flaw == nil }
    if fair.count < results.count { groups.append(group("fair", fair)) }
    flaws = Dictionary(results.compactMap(\.flaw).map { ($0.rawValue, 1) }, uniquingKeysWith: +)
    if contenders.contains(.gitApply) {
      let refused = results.filter { $0.entries[ContenderName.gitApply.rawValue]?.score == .fails }
      groups.append(group("git apply refuses", refused))
    }
    for kind in CaseKind.allCases {
      groups.append(group(kind.rawValue, results.filter { $0.kind == kind }))
    }
    func ownGroups<Key: Hashable>(
      _ keys: [Key], _ name: (Key) -> String, _ of: (PatchkitNote) -> Key?
    ) -> [Group] {
      let own = contenders.filter { $0.program == nil }
      return keys.compactMap { key in
        let rows = own.map { contender in
          var counts = Counts()
          for entry in results.compactMap({ $0.entries[contender.rawValue] }) {
            if entry.score != .fails, let note = entry.note, of(note) == key { counts.add(entry) }
          }
          return Row(contender: contender.rawValue, counts: counts)
        }
        return rows.contains { $0.counts.total > 0 } ? Group(name: name(key), rows: rows) : nil
      }
    }
    byConfidence = ownGroups(Confidence.allCases.reversed(), \.rawValue) {
      $0.confidence ?? .certain
    }
    byCheck = ResultDoubt.Check.allCases.compactMap { check in
      let rows = contenders.filter { $0.program == nil }.map { contender in
        var counts = Counts()
        for entry in results.compactMap({ $0.entries[contender.rawValue] }) {
          guard let note = entry.note, note.failedChecks.contains(check.rawValue) else { continue }
          counts.add(entry, score: note.stopped)
        }
        return Row(contender: contender.rawValue, counts: counts)
      }
      guard rows.contains(where: { $0.counts.total > 0 }) else { return nil }
      return Group(name: check.rawValue, rows: rows)
    }
    byStrategy = ownGroups(StrategyName.allCases, \.rawValue) { $0.strategy ?? .placement }
  }
}
