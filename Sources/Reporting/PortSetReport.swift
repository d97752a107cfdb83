// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import Interleave

/// What the explorations of several scenarios found.
package struct PortSetReport: Codable, Sendable {
  /// A part of a run.
  package struct Part: Codable, Sendable {
    /// Which part.
    package var shard: Shard
    /// The scenarios of the whole run, each with its version and what limits its exploration.
    package var run: [String]

    /// Makes a part.
    package init(shard: Shard, run: [String]) {
      self.shard = shard
      self.run = run
    }
  }

  /// The reports, in the order of the scenarios.
  package var reports: [PortReport]
  /// The part of the run that this is; nil for a whole run.
  package var part: Part?

  /// Makes a report of reports.
  package init(_ reports: [PortReport], part: Part? = nil) {
    self.reports = reports
    self.part = part
  }

  /// Merges the parts of a run into the report of the whole run.
  ///
  /// - Parameter reports: the JSON reports, sorted or not, with the name of each.
  /// - Returns: nil if the first report is not of a part of such a run.
  /// - Throws: `PatchkitError` if a part is missing, occurs twice, or is of a different run.
  package init?(merging reports: [(name: String, bytes: [UInt8])]) throws(PatchkitError) {
    var parts: [(name: String, found: [PortReport], part: Part)] = []
    for (name, bytes) in reports {
      guard let saved = try? JSON.read(Self.self, bytes), let part = saved.part else {
        if parts.isEmpty { return nil }
        throw PatchkitError.report(
          name, "the file is not a report of 'patchkit port explore --shard --json'",
          hint: "name reports of one run alone")
      }
      parts.append((name, saved.reports, part))
    }
    guard let first = parts.first?.part else { return nil }
    try Shard.requireWhole(parts.map { ($0.name, $0.part.run, $0.part.shard) })
    // Every part has the scenarios that it holds, in their order.
    var rest = parts.map { (shard: $0.part.shard, found: $0.found[...]) }
    var whole: [PortReport] = []
    for scenario in first.run.indices {
      guard let index = rest.firstIndex(where: { $0.shard.holds(scenario) }),
        let report = rest[index].found.popFirst()
      else {
        throw PatchkitError.report(
          first.run[scenario], "no shard has a report of this scenario",
          hint: "run the shards again")
      }
      whole.append(report)
    }
    self.init(whole)
  }

  /// The verdict that weighs most: a failure, then what is not covered.
  package var verdict: ExplorationVerdict {
    let verdicts = reports.map(\.verdict)
    return verdicts.first { ![.exhausted, .boundReached, .invalid].contains($0) }
      ?? verdicts.first { $0 != .exhausted } ?? .exhausted
  }

  /// The report for a terminal.
  package var text: LabeledText {
    var text = reports.map(\.text).joined()
    if let shard = part?.shard { text += "shard \(shard.index) of \(shard.count)\n" }
    return text
  }
}
