// SPDX-License-Identifier: GPL-2.0-only

package import Ledger

extension Verification {
  /// More rows than this are shown only where something is to be said of them.
  private static let fullMatrix = 40

  /// The report for a terminal: patches and trees as a matrix, what was found, and the sums.
  ///
  /// - Parameter width: the columns of the screen.
  package func text(_ style: TextStyle, width: Int = 100) -> String {
    var text = matrix(style, width)
    for folder in folders {
      for finding in folder.allFindings { text += Self.text(finding, folder, style) }
      for scenario in folder.scenarios where scenario.holds {
        text +=
          style.dim(
            "\(folder.name): \(scenario.name), \(scenario.side): \(scenario.verdict.rawValue) "
              + "(\(plural(scenario.executions, "execution")))") + "\n"
      }
    }
    if !unchanged.isEmpty {
      text += "not looked at, as nothing changed: \(unchanged.joined(separator: ", "))\n"
    }
    return TextStyle.harmless(text, keepingColours: style) + sum(style)
  }

  /// The trees, in the order in which folders name them.
  var treeNames: [String] {
    var names: [String] = []
    for name in folders.flatMap(\.trees) where !names.contains(name) { names.append(name) }
    return names
  }

  /// What a patch is called beside others.
  static func title(_ patch: Patch, in folder: Folder) -> String {
    folder.patches.count == 1 ? folder.name : "\(folder.name)/\(patch.label)"
  }

  private func matrix(_ style: TextStyle, _ width: Int) -> String {
    let trees = treeNames
    var rows: [(name: String, patch: Patch, folder: Folder)] = []
    for folder in folders {
      for patch in folder.patches { rows.append((Self.title(patch, in: folder), patch, folder)) }
    }
    let all = rows.count
    if all > Self.fullMatrix {
      rows = rows.filter { $0.patch.status != .holds }
      if rows.count > Self.fullMatrix { rows = Array(rows.prefix(Self.fullMatrix)) }
    }
    // The last column needs no width: nothing stands behind it.
    let columns = trees.enumerated().map { index, tree in
      index == trees.count - 1
        ? 0
        : max(
          tree.count,
          rows.map { row in row.patch.cells.first { $0.tree == tree }.map(Self.word)?.count ?? 1 }
            .max() ?? 1)
    }
    let room = max(24, width - columns.reduce(0) { $0 + $1 + 2 })
    let nameWidth = min(room, max(5, rows.map(\.name.count).max() ?? 5))
    var text = ""
    func pad(_ word: String, _ width: Int) -> String {
      word + String(repeating: " ", count: max(0, width - word.count))
    }
    if !rows.isEmpty, !trees.isEmpty {
      text += style.bold(
        pad("patch", nameWidth) + "  " + zip(trees, columns).map(pad).joined(separator: "  "))
      text += "\n"
    }
    for row in rows {
      var name = row.name
      if name.count > nameWidth { name = "…" + name.suffix(nameWidth - 1) }
      let cells = zip(trees, columns).map { tree, width -> String in
        guard let cell = row.patch.cells.first(where: { $0.tree == tree }) else {
          let isMeant = row.folder.trees.contains(tree)
          return pad(isMeant ? "?" : "-", width)
        }
        let word = pad(Self.word(cell), width)
        return switch cell.status {
        case .holds: style.verdict(word, isGood: true)
        case .warned: style.warning(word)
        case .fails, .notChecked: style.removed(word)
        }
      }
      text += ([pad(name, nameWidth)] + cells).joined(separator: "  ") + "\n"
    }
    if rows.count < all {
      text += "\(plural(all - rows.count, "more patch", "more patches")), counted below\n"
    }
    for tree in trees where all > Self.fullMatrix {
      var counts: [String: Int] = [:]
      for cell in folders.flatMap(\.patches).flatMap(\.cells) where cell.tree == tree {
        counts[cell.outcome?.verdict.rawValue ?? "not tried", default: 0] += 1
      }
      let shown = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      text += "\(tree): " + shown.map { "\($0.value) \($0.key)" }.joined(separator: ", ") + "\n"
    }
    return text
  }

  private static func word(_ cell: Cell) -> String {
    let verdict = cell.outcome?.verdict.rawValue ?? "not tried"
    return switch cell.status {
    case .holds where cell.outcome?.applies == false: verdict + " (expected)"
    case .holds: verdict
    case .warned: verdict + " ~"
    case .fails, .notChecked: verdict + " !"
    }
  }

  private static func text(_ finding: Finding, _ folder: Folder, _ style: TextStyle) -> String {
    let label: String
    switch finding.severity {
    case .error: label = style.removed("error")
    case .warning: label = style.warning("warning")
    case .notChecked: label = style.removed("not checked")
    case .note: label = style.dim("note")
    }
    let place = finding.file + (finding.line.map { ":\($0)" } ?? "")
    var text = "\(place): \(label): \(finding.sentence) [\(finding.check.rawValue)]\n"
    for line in finding.details { text += "  \(line)\n" }
    if let hint = finding.hint { text += "  hint: \(hint)\n" }
    return text
  }

  private func sum(_ style: TextStyle) -> String {
    let summary = summary
    let trees = treeNames.count
    var parts = [
      style.verdict(plural(summary.errors, "error"), isGood: summary.errors == 0),
      plural(summary.warnings, "warning"),
    ]
    if summary.notChecked > 0 {
      parts.append(style.removed("\(summary.notChecked) not checked"))
    }
    let what =
      "\(plural(summary.patches, "patch", "patches")) on \(plural(trees, "tree")), "
      + "\(plural(summary.cells, "cell"))"
    let part = shard.map { ", shard \($0.index) of \($0.count)" } ?? ""
    return "\(what)\(part): \(parts.joined(separator: ", "))\n"
  }
}
