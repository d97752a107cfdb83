// SPDX-License-Identifier: GPL-2.0-only

package import Host

extension Verification {
  /// Merges the shards of a run into the value of the whole run.
  ///
  /// - Parameter shards: the values, sorted or not, with the name of each.
  /// - Throws: `PatchkitError` if one is missing, occurs twice, or is of a different run.
  package init(merging shards: [(name: String, value: Verification)]) throws(PatchkitError) {
    try Shard.requireWhole(shards.map { ($0.name, $0.value.collection, $0.value.shard) })
    self = shards[0].value
    shard = nil
    for (_, value) in shards.dropFirst() { folders = Self.merged(folders, value.folders) }
  }

  private static func merged(_ a: [Folder], _ b: [Folder]) -> [Folder] {
    // Every shard has all folders and patches, in the same order.
    zip(a, b).map { a, b in
      var whole = a
      whole.findings = merged(a.findings, b.findings)
      whole.ports = a.ports ?? b.ports
      whole.scenarios = a.scenarios.isEmpty ? b.scenarios : a.scenarios
      whole.patches = zip(a.patches, b.patches).map { first, second in
        var patch = first
        patch.findings = merged(first.findings, second.findings)
        let cells = first.cells + second.cells.filter { !first.cells.contains($0) }
        patch.cells = a.trees.flatMap { tree in cells.filter { $0.tree == tree } }
        return patch
      }
      return whole
    }
  }

  /// Findings of both, in one order whichever shard made them.
  private static func merged(_ a: [Finding], _ b: [Finding]) -> [Finding] {
    (a + b.filter { !a.contains($0) }).inOrder
  }
}

extension Verification.Shard {
  /// Whether an item is of this part: every `count`th one is.
  package func holds(_ item: Int) -> Bool { item % count == index - 1 }

  /// Throws unless reports are the shards of one run, each there once.
  ///
  /// - Parameter reports: the name of each, what identifies its run, and its shard (nil for a whole run).
  package static func requireWhole<Run: Equatable>(
    _ reports: [(name: String, run: Run, shard: Self?)]
  ) throws(PatchkitError) {
    guard let first = reports.first else {
      throw PatchkitError.ledger(
        "report merge", "there is no report to merge",
        hint: "name the JSON reports of the shards")
    }
    let count = first.shard?.count ?? 1
    var known: [Int: String] = [:]
    for (name, run, shard) in reports {
      guard run == first.run, (shard?.count ?? 1) == count else {
        throw PatchkitError.ledger(
          name, "this report and \(first.name) are of different runs",
          hint: "run every shard with the same inputs and options")
      }
      let index = shard?.index ?? 1
      if let other = known[index] {
        throw PatchkitError.ledger(
          name, "both this and \(other) are shard \(index) of \(count)",
          hint: "name each shard's report once")
      }
      known[index] = name
    }
    let missing = (1...count).filter { known[$0] == nil }
    if !missing.isEmpty {
      throw PatchkitError.ledger(
        first.name,
        "shard \(missing.map(String.init).joined(separator: ", ")) of \(count) is missing",
        hint: "run the missing shard; an unchecked part is not a pass")
    }
  }
}

extension [Verification.Finding] {
  /// By check, then by what they are about: so that a whole run and its shards have the same order.
  var inOrder: [Verification.Finding] {
    func key(_ finding: Verification.Finding) -> (Int, String, Int, String) {
      (
        Check.allCases.firstIndex(of: finding.check) ?? 0, finding.tree ?? "", finding.line ?? 0,
        finding.message
      )
    }
    return sorted { key($0) < key($1) }
  }
}
