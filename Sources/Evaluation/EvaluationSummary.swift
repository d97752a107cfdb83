// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

/// The figures of an evaluation.
public struct EvaluationSummary: Sendable, Codable {
  /// How often a tool did what.
  public struct Counts: Sendable, Codable, Hashable {
    /// Byte for byte the maintainer's result.
    public var exact = 0
    /// Another result.
    public var differs = 0
    /// No result.
    public var fails = 0
    /// The seconds that all of them took.
    public var seconds = 0.0

    /// All cases.
    public var total: Int { exact + differs + fails }
    /// The share of results that are the maintainer's; nil where there is none.
    public var precision: Double? {
      exact + differs == 0 ? nil : Double(exact) / Double(exact + differs)
    }

    mutating func add(_ entry: CaseResult.Entry) {
      switch entry.score {
      case .exact: exact += 1
      case .differs: differs += 1
      case .fails: fails += 1
      }
      seconds += entry.seconds
    }
  }

  /// A tool's counts in one group of cases.
  public struct Row: Sendable, Codable {
    /// The tool.
    public var contender: String
    /// The counts.
    public var counts: Counts
  }

  /// A group of cases, and what every tool did in it.
  public struct Group: Sendable, Codable {
    /// What the cases have in common.
    public var name: String
    /// The tools.
    public var rows: [Row]
  }

  /// The number of cases.
  public var cases: Int
  /// The groups: all cases, those that git apply refuses, and each kind.
  public var groups: [Group]
  /// patchkit's results by how sure it was, for each way of running it.
  public var byConfidence: [Group]
  /// patchkit's results by the loosest rung that took a hunk.
  public var byRung: [Group]

  /// Counts results.
  public init(_ results: [CaseResult], contenders: [ContenderName]) {
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
    byRung = ownGroups(RungName.allCases, \.rawValue) { $0.rung ?? .placement }
  }
}
