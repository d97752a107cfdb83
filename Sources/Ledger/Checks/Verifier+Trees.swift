// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree

/// Finding the trees.
extension Verifier {
  static func key(_ tree: PatchManifest.Tree) -> String {
    // Different paths can be equal as texts.
    Checksum.sha256([tree.location] + tree.paths)
  }

  /// Opens the trees of all folders, each once.
  func openTrees() async {
    for unit in units where !unit.isLeftOut {
      for tree in unit.trees where targets[Self.key(tree)] == nil {
        do {
          let target = try await TreeTarget(tree)
          targets[Self.key(tree)] = .success(target)
          if answers[target.identity] == nil {
            answers[target.identity] = TreeAnswers(target.identity, cache)
          }
          if symbols[target.identity] == nil {
            symbols[target.identity] = SymbolCheck(target, isKept: options.usesCache)
          }
        } catch { targets[Self.key(tree)] = .failure(error) }
      }
    }
  }

  /// Finds folders without trees, and trees that cannot be opened.
  func checkTrees() {
    guard options.isOn(.tree) else { return }
    for index in units.indices where !units[index].isLeftOut {
      let unit = units[index]
      // A manifest that cannot be read was reported; its content is not checked.
      if unit.trees.isEmpty, unit.folder.manifestError == nil {
        units[index].result.findings.append(
          Verification.Finding(
            check: .tree, severity: .notChecked,
            message: "these patches have no tree to be applied to",
            hint: "name trees under 'trees' in \(unit.folder.manifestPath), or add --onto TREE",
            file: unit.folder.path, details: []))
      }
      for tree in unit.trees {
        guard case .failure(let error)? = targets[Self.key(tree)] else { continue }
        let (message, hint) = Self.said(error)
        units[index].result.findings.append(
          Verification.Finding(
            check: .tree, severity: tree.isOptional ? .note : .notChecked,
            message: tree.isOptional
              ? "the optional tree '\(tree.name)' is missing: \(message)"
              : "the tree '\(tree.name)' cannot be read: \(message)",
            hint: tree.isOptional
              ? nil : hint ?? "get the tree, or correct 'at' in \(unit.folder.manifestPath)",
            file: unit.folder.hasManifest ? unit.folder.manifestPath : unit.folder.path,
            tree: tree.name, details: []))
      }
    }
  }

  func target(_ tree: PatchManifest.Tree) -> TreeTarget? {
    guard case .success(var target)? = targets[Self.key(tree)] else { return nil }
    target.tree = tree
    return target
  }
}
