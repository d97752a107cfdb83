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
