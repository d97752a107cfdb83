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
      /// The tree as this folder's manifest has it.
      var tree: PatchManifest.Tree
    }
    var targets: [String: TreeTarget] = [:]
    var locations: [String: [Location]] = [:]
    for (index, unit) in units.enumerated() where !unit.isLeftOut {
      for tree in unit.trees {
        guard let target = target(tree) else { continue }
        targets[target.identity] = target
        for item in unit.items {
          locations[target.identity, default: []].append(
            Location(unit: index, patch: item.index, tree: tree))
        }
      }
    }
    for (identity, target) in targets.sorted(by: { $0.key < $1.key }) {
      var patches: [CarriedPatch] = []
      var locationsOf: [CarriedPatch: [Location]] = [:]
      for location in locations[identity] ?? [] {
        let unit = units[location.unit]
        guard let item = unit.items.first(where: { $0.index == location.patch }) else { continue }
        let entry = unit.result.patches[location.patch]
        let patch = CarriedPatch(
          item.item.patch.message, label: "\(unit.folder.name)/\(entry.label)", file: entry.file,
          stated: unit.result.patches.count == 1 ? unit.folder.manifest.upstream : nil)
        if locationsOf[patch] == nil { patches.append(patch) }
        locationsOf[patch, default: []].append(location)
      }
      let findings = try FollowSearch.findings(
        on: patches, upstream: upstream,
        target: FollowSearch.Target(
          history: target.history.map { ($0.repository, $0.revision) },
          tree: try target.open()))
      for later in findings.followUps {
        for patch in later.carriers {
          for location in locationsOf[patch] ?? [] {
            guard
              let finding = Verification.Finding(
                later, of: patch, upstream: upstream.repository,
                tree: (location.tree.name, location.tree.location))
            else { continue }
            add(finding, at: location.unit, location.patch, location.tree)
          }
        }
      }
      for patch in findings.lacking {
        for location in locationsOf[patch] ?? [] {
          let finding = Verification.Finding(
            lacking: patch, upstream: upstream.repository, isShallow: findings.isShallow,
            tree: location.tree.name)
          add(finding, at: location.unit, location.patch, location.tree)
        }
      }
    }
  }

  /// Adds a finding to a patch's cell on a tree.
  private func add(
    _ finding: Verification.Finding, at unit: Int, _ patch: Int, _ tree: PatchManifest.Tree
  ) {
    let cells = units[unit].result.patches[patch].cells
    guard let cell = cells.firstIndex(where: { $0.tree == tree.name }) else { return }
    let all = (cells[cell].findings + [finding]).inOrder
    units[unit].result.patches[patch].cells[cell].findings = all
    units[unit].result.patches[patch].cells[cell].status = Verification.Status(all)
  }
}

extension CarriedPatch {
  /// Takes what a message says of where its patch comes from.
  ///
  /// - Parameter stated: the commit that a manifest names; nil where none does.
  package init(_ message: Message, label: String, file: String?, stated: String? = nil) {
    let description = message.description()
    // What is stated first: the id of the mail may be of the sender's own repository.
    let ids =
      [stated].compactMap(\.self) + description.references.map(\.commit)
      + [description.commit].compactMap(\.self)
    self.init(
      label: label, file: file, subject: description.subject,
      ids: ids.filter { !$0.allSatisfy { $0 == "0" } },
      statesOrigin: stated != nil || !description.references.isEmpty)
  }
}

extension Verification.Finding {
  /// A later commit that a tree lacks, or may lack; nil for one that it has or does not need.
  ///
  /// - Parameters:
  ///   - patch: the carried patch that the finding is reported with.
  ///   - upstream: the repository of the commit.
  ///   - tree: the tree's name and where it is; nil where no tree was named.
  package init?(
    _ later: CarriedFollowUp, of patch: CarriedPatch, upstream: String,
    tree: (name: String, location: String)? = nil
  ) {
    guard later.state == .missing || later.state == .unknown else { return nil }
    let id = String(later.commit.id.prefix(12))
    check = .followUp
    severity = later.state == .missing ? .error : .warning
    message =
      "the upstream commit \(id) (\"\(later.commit.subject)\") \(later.role.verb) "
      + "\(later.of.id.prefix(12)), and "
      + (later.state == .missing
        ? "the tree lacks it" : "whether the tree needs it is not known: \(later.reason)")
    hint =
      "'patchkit backport --onto \(Shell.quoted(tree?.location ?? "TREE")) "
      + "\(Shell.quoted("\(upstream)@\(id)"))' applies it"
    file = patch.file ?? patch.label
    line = nil
    self.tree = tree?.name
    details = later.verdict.map { ["on the tree: \($0.rawValue)"] } ?? []
  }
}

extension Verification.Finding {
  /// A carried patch whose upstream commit the upstream history does not have.
  ///
  /// - Parameters:
  ///   - upstream: the upstream repository.
  ///   - isShallow: whether that is a shallow clone.
  ///   - tree: the tree's name; nil where no tree was named.
  package init(lacking patch: CarriedPatch, upstream: String, isShallow: Bool, tree: String?) {
    let id = patch.ids.first.map { String($0.prefix(12)) } ?? ""
    check = .followUp
    severity = .notChecked
    message =
      "the upstream history does not have the commit \(id) that the patch states, "
      + "so its later fixes are not known"
    hint = Self.hint(lacking: id, upstream: upstream, isShallow: isShallow)
    file = patch.file ?? patch.label
    line = nil
    self.tree = tree
    details = []
  }

  /// What to do about a commit that an upstream history does not have.
  package static func hint(lacking id: String, upstream: String, isShallow: Bool) -> String {
    let folder = Shell.quoted(upstream)
    return isShallow
      ? "'git -C \(folder) fetch --unshallow' gets the commits that a shallow clone lacks"
      : "'git -C \(folder) log --oneline -1 \(id)' shows whether it is the upstream repository"
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
          findings: findings.followUps.flatMap { later in
            later.carriers.compactMap {
              Finding(later, of: $0, upstream: upstream, tree: tree.map { ($0, $0) })
            }
          }
            + findings.lacking.map {
              Finding(
                lacking: $0, upstream: upstream, isShallow: findings.isShallow, tree: tree)
            }, patches: [], ports: nil, scenarios: [])
      ])
  }
}
