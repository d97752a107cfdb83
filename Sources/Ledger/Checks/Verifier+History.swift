// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import History
internal import KernelTree

/// What the trees' own histories say of the patches.
extension Verifier {
  /// Looks through the history of every tree that has one, once for all patches that are meant for it.
  ///
  /// - Throws: `PatchkitError` where a history cannot be read.
  func searchHistories() throws {
    struct Location: Hashable {
      var unit: Int
      var patch: Int
      var cell: Int
    }
    var locations: [String: [Location]] = [:]
    var histories: [String: TreeTarget.History] = [:]
    for (index, unit) in units.enumerated() where !unit.isLeftOut {
      for tree in unit.trees {
        guard let history = target(tree)?.history else { continue }
        let key = "\(history.repository) \(history.revision)"
        histories[key] = history
        for (patch, entry) in unit.result.patches.enumerated() {
          if let cell = entry.cells.firstIndex(where: { $0.tree == tree.name }) {
            locations[key, default: []].append(Location(unit: index, patch: patch, cell: cell))
          }
        }
      }
    }
    for (key, history) in histories.sorted(by: { $0.key < $1.key }) {
      let own = locations[key] ?? []
      let asked = own.map { wanted(units[$0.unit], $0.patch) }
      let found = try HistorySearch(repository: history.repository, revision: history.revision)
        .search(asked)
      for (location, findings) in zip(own, found) {
        guard let sure = findings.evidence.first(where: \.isSure) else { continue }
        report(sure, at: location.unit, location.patch, location.cell)
      }
    }
  }

  private func wanted(_ unit: Unit, _ patch: Int) -> HistorySearch.Patch {
    guard let item = unit.items.first(where: { $0.index == patch })?.item.patch else {
      return HistorySearch.Patch(ids: [], subject: "", paths: [], patch: nil)
    }
    let description = item.message.description()
    let ids =
      [description.commit, unit.result.patches.count == 1 ? unit.folder.manifest.upstream : nil]
      .compactMap(\.self) + description.references.map(\.commit)
    let paths = item.files.compactMap { $0.paths(strip: $0.usualStrip)?.shown }
    return HistorySearch.Patch(
      ids: ids.filter { !$0.allSatisfy { $0 == "0" } }, subject: description.subject,
      paths: paths.map { String(decoding: $0, as: UTF8.self) },
      patch: item)
  }

  private func report(_ evidence: HistoryEvidence, at unit: Int, _ patch: Int, _ cell: Int) {
    let entry = units[unit].result.patches[patch]
    let old = entry.cells[cell]
    let isExpected = old.expected == "refused" || old.expected == "already-applied"
    let how =
      switch evidence.kind {
      case .itself: "is this patch"
      case .reference: "names its commit"
      case .patchID: "makes the same changes"
      case .elsewhere: "makes the same changes elsewhere"
      case .subject: "has its subject"
      }
    let commit = evidence.commit
    let finding = Verification.Finding(
      check: .alreadyApplied, severity: isExpected ? .note : .warning,
      message: "the tree's history has it: \(commit.id.prefix(12)) \(how)",
      hint: isExpected ? nil : "remove the patch, or write 'expect: already-applied' in patch.yaml",
      file: entry.file, tree: old.tree, details: [commit.subject])
    let findings = (old.findings + [finding]).inOrder
    units[unit].result.patches[patch].cells[cell].findings = findings
    units[unit].result.patches[patch].cells[cell].status = Verification.Status(findings)
  }
}
