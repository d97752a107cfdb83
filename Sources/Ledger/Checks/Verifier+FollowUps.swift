// SPDX-License-Identifier: GPL-2.0-only

package import Analysis
internal import Backport
internal import Host
package import PatchFormat

/// What upstream did to the patches since they were taken.
extension Verifier {
  /// Looks for later fixes and reverts of all patches, once for each tree.
  ///
  /// - Throws: `PatchkitError` where a history cannot be read.
  func searchFollowUps(in upstream: (repository: String, revision: String)) throws {
    struct Location {
      var unit: Int
      var patch: Int
    }
    var trees: [String: PatchManifest.Tree] = [:]
    var locations: [String: [Location]] = [:]
    for (index, unit) in units.enumerated() where !unit.isLeftOut {
      for tree in unit.trees {
        guard let target = target(tree) else { continue }
        trees[target.identity] = tree
        for item in unit.items {
          locations[target.identity, default: []].append(Location(unit: index, patch: item.index))
        }
      }
    }
    for (identity, own) in locations.sorted(by: { $0.key < $1.key }) {
      guard let tree = trees[identity], let target = target(tree) else { continue }
      var patches: [CarriedPatch] = []
      var locationOf: [CarriedPatch: Location] = [:]
      for location in own {
        let unit = units[location.unit]
        guard let item = unit.items.first(where: { $0.index == location.patch }) else { continue }
        let entry = unit.result.patches[location.patch]
        let patch = CarriedPatch(
          item.item.patch.message, label: "\(unit.folder.name)/\(entry.label)", file: entry.file,
          stated: unit.result.patches.count == 1 ? unit.folder.manifest.upstream : nil)
        patches.append(patch)
        locationOf[patch] = location
      }
      let findings = try FollowSearch.findings(
        on: patches, upstream: upstream,
        target: FollowSearch.Target(
          history: target.history.map { ($0.repository, $0.revision) },
          tree: try target.open()))
      for later in findings.followUps {
        guard let location = locationOf[later.carried],
          let finding = Verification.Finding(
            later, upstream: upstream.repository, tree: (tree.name, tree.location))
        else { continue }
        let unit = location.unit
        let cells = units[unit].result.patches[location.patch].cells
        guard let cell = cells.firstIndex(where: { $0.tree == tree.name }) else { continue }
        let all = (cells[cell].findings + [finding]).inOrder
        units[unit].result.patches[location.patch].cells[cell].findings = all
        units[unit].result.patches[location.patch].cells[cell].status = Verification.Status(all)
      }
    }
  }
}

extension CarriedPatch {
  /// Takes what a message says of where its patch comes from.
  ///
  /// - Parameter stated: the commit that a manifest names; nil where none does.
  package init(_ message: Message, label: String, file: String?, stated: String? = nil) {
    let description = message.description()
    let ids =
      [stated, description.commit].compactMap(\.self) + description.references.map(\.commit)
    self.init(
      label: label, file: file, subject: description.subject,
      ids: ids.filter { !$0.allSatisfy { $0 == "0" } })
  }
}

extension Verification.Finding {
  /// A later commit that a tree lacks, or may lack; nil for one that it has or does not need.
  ///
  /// - Parameters:
  ///   - upstream: the repository of the commit.
  ///   - tree: the tree's name and where it is; nil where no tree was named.
  package init?(
    _ later: CarriedFollowUp, upstream: String, tree: (name: String, location: String)? = nil
  ) {
    guard later.state == .missing || later.state == .unknown else { return nil }
    let what =
      switch later.role {
      case .reverts: "reverts"
      case .partlyReverts: "partly reverts"
      case .blames: "names as the cause"
      default: "fixes"
      }
    let id = String(later.commit.id.prefix(12))
    check = .followUp
    severity = later.state == .missing ? .error : .warning
    message =
      "upstream, \(id) (\"\(later.commit.subject)\") \(what) \(later.of.id.prefix(12)), and "
      + (later.state == .missing ? "the tree lacks it" : "the tree may have it: \(later.reason)")
    hint =
      "'patchkit backport --onto \(Shell.quoted(tree?.location ?? "TREE")) "
      + "\(Shell.quoted("\(upstream)@\(id)"))' applies it"
    file = later.carried.file ?? later.carried.label
    line = nil
    self.tree = tree?.name
    details = later.verdict.map { ["on the tree: \($0.rawValue)"] } ?? []
  }
}

extension Verification {
  /// The findings of a search for follow-ups as a verification of one folder, for the reports that CI
  /// engines read.
  package init(_ findings: FollowSearch.Findings, upstream: String, tree: String?) {
    self.init(
      collection: Checksum.sha256([upstream, tree ?? ""]), shard: nil, unchanged: [],
      folders: [
        Folder(
          name: "follow-ups", path: ".", kind: .folder, trees: [tree].compactMap(\.self),
          findings: findings.followUps.compactMap {
            Finding($0, upstream: upstream, tree: tree.map { ($0, $0) })
          }, patches: [], ports: nil, scenarios: [])
      ])
  }
}
