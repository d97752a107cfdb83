// SPDX-License-Identifier: GPL-2.0-only

package import Ledger
package import Reporting

extension Verification {
  /// More rows than this are shown only where something is to be said of them.
  private static let fullMatrix = 40

  /// The report for a terminal: patches and trees as a matrix, what was found, and the sums.
  ///
  /// - Parameter width: the columns of the screen.
  package func text(width: Int = 100) -> LabeledText {
    var text = matrix(width)
    for folder in folders {
      for finding in folder.allFindings { text += Self.text(finding) }
      for scenario in folder.scenarios where scenario.holds {
        let what =
          "\(folder.name): \(scenario.name), \(scenario.side): \(scenario.verdict.rawValue) "
          + "(\(plural(scenario.executions, "execution")))"
        text += "\(.faint, what)\n"
      }
    }
    if !unchanged.isEmpty {
      text += "not checked, because nothing changed: \(unchanged.joined(separator: ", "))\n"
    }
    return text + sum
  }

  /// The trees, in the order in which folders name them.
  var treeNames: [String] {
    var names: [String] = []
    for name in folders.flatMap(\.trees) where !names.contains(name) { names.append(name) }
    return names
  }

  /// The name of a patch among others.
  static func title(_ patch: Patch, in folder: Folder) -> String {
    folder.patches.count == 1 ? folder.name : "\(folder.name)/\(patch.label)"
  }

  private func matrix(_ width: Int) -> LabeledText {
    let trees = treeNames
    var rows: [(name: LabeledText, patch: Patch, folder: Folder)] = []
    for folder in folders {
      for patch in folder.patches {
        rows.append(("\(Self.title(patch, in: folder))", patch, folder))
      }
    }
    let all = rows.count
    if all > Self.fullMatrix {
      rows = rows.filter { $0.patch.status != .holds }
      if rows.count > Self.fullMatrix { rows = Array(rows.prefix(Self.fullMatrix)) }
    }
    let heads = trees.map { "\($0)" as LabeledText }
    let natural = trees.enumerated().map { index, tree in
      max(
        heads[index].width,
        rows.map { row in row.patch.cells.first { $0.tree == tree }.map(Self.word)?.count ?? 1 }
          .max() ?? 1)
    }
    if trees.count > 1, natural.reduce(24, { $0 + $1 + 2 }) > width {
      return stacked(rows, heads) + legend(rows.map { ($0.patch, $0.folder) }, isStacked: true)
        + counts(rows.count, of: all)
    }
    // The last column needs no width: nothing follows it.
    let columns = natural.dropLast() + [0]
    let room = max(24, width - columns.reduce(0) { $0 + $1 + 2 })
    let nameWidth = min(room, max(5, rows.map(\.name.width).max() ?? 5))
    var text = LabeledText()
    if !rows.isEmpty, !trees.isEmpty {
      let names = zip(heads, columns).map { $0.padded(to: $1) }.joined(separator: "  ")
      let head = ("patch" as LabeledText).padded(to: nameWidth) + "  " + names
      text += "\(.heading, head)\n"
    }
    for row in rows {
      let name = row.name.width > nameWidth ? "…" + row.name.tail(nameWidth - 1) : row.name
      let cells = zip(trees, columns).map { tree, width in
        Self.cell(of: row.patch, in: row.folder, on: tree).padded(to: width)
      }
      text += "\(([name.padded(to: nameWidth)] + cells).joined(separator: "  "))\n"
    }
    return text + legend(rows.map { ($0.patch, $0.folder) }) + counts(rows.count, of: all)
  }

  /// What the signs of the matrix mean, if it has any.
  private func legend(
    _ rows: [(patch: Patch, folder: Folder)], isStacked: Bool = false
  ) -> LabeledText {
    let missing = rows.flatMap { row in
      (isStacked ? row.folder.trees : treeNames)
        .filter { tree in !row.patch.cells.contains { $0.tree == tree } }
        .map { row.folder.trees.contains($0) ? "? not checked" : "- not a tree of this patch" }
    }
    let statuses = Set(rows.flatMap(\.patch.cells).map(\.status))
    let marks = [
      statuses.isDisjoint(with: [.fails, .notChecked]) ? nil : "! not as expected",
      statuses.contains(.warned) ? "~ as expected, with a warning" : nil,
    ].compactMap(\.self)
    let signs = marks + Set(missing).sorted()
    return signs.isEmpty ? LabeledText() : "\(.faint, "(\(signs.joined(separator: "; ")))")\n"
  }

  /// The matrix for a narrow screen: below each patch, a line for each of its trees.
  private func stacked(
    _ rows: [(name: LabeledText, patch: Patch, folder: Folder)], _ heads: [LabeledText]
  ) -> LabeledText {
    let treeWidth = heads.map(\.width).max() ?? 0
    var text = LabeledText()
    for row in rows {
      text += "\(.heading, row.name)\n"
      for (tree, head) in zip(treeNames, heads) where row.folder.trees.contains(tree) {
        let cell = Self.cell(of: row.patch, in: row.folder, on: tree)
        text += "  \(head.padded(to: treeWidth))  \(cell)\n"
      }
    }
    return text
  }

  /// The verdict of a patch on a tree; `?` if it is missing, `-` if the patch is not for the tree.
  private static func cell(of patch: Patch, in folder: Folder, on tree: String) -> LabeledText {
    guard let cell = patch.cells.first(where: { $0.tree == tree }) else {
      return folder.trees.contains(tree) ? "?" : "-"
    }
    let label: LabeledText.Label =
      switch cell.status {
      case .holds: .good
      case .warned: .warning
      case .fails, .notChecked: .bad
      }
    return "\(label, word(cell))"
  }

  /// For a long matrix: how many patches are not shown, and the verdicts on each tree.
  private func counts(_ shown: Int, of all: Int) -> LabeledText {
    var text = LabeledText()
    if shown < all {
      text += "\(plural(all - shown, "more patch", "more patches")), counted below\n"
    }
    for tree in treeNames where all > Self.fullMatrix {
      var counts: [String: Int] = [:]
      for cell in folders.flatMap(\.patches).flatMap(\.cells) where cell.tree == tree {
        counts[cell.verdict?.rawValue ?? "not tried", default: 0] += 1
      }
      let shown = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      text += "\(tree): \(shown.map { "\($0.value) \($0.key)" }.joined(separator: ", "))\n"
    }
    return text
  }

  private static func word(_ cell: Cell) -> String {
    let verdict = cell.verdict?.rawValue ?? "not tried"
    return switch cell.status {
    case .holds where cell.applies == false: verdict + " (expected)"
    case .holds: verdict
    case .warned: verdict + " ~"
    case .fails, .notChecked: verdict + " !"
    }
  }

  private static func text(_ finding: Finding) -> LabeledText {
    let label: LabeledText.Label =
      switch finding.severity {
      case .error, .notChecked: .bad
      case .warning: .warning
      case .note: .faint
      }
    let word = finding.severity == .notChecked ? "not checked" : finding.severity.rawValue
    let line: LabeledText = finding.line.map { ":\(.lineNumber, $0)" } ?? ""
    var text: LabeledText = "\(.path, finding.file)\(line): \(label, word): "
    text += "\(finding.sentence) [\(finding.check.rawValue)]\n"
    for line in finding.details { text += "  \(code: line.utf8)\n" }
    if let hint = finding.hint { text += "  \(.hint, "hint:") \(hint)\n" }
    return text
  }

  private var sum: LabeledText {
    let summary = summary
    let trees = treeNames.count
    var parts: [LabeledText] = [
      "\(.verdict(isGood: summary.errors == 0), plural(summary.errors, "error"))",
      "\(plural(summary.warnings, "warning"))",
    ]
    if summary.notChecked > 0 { parts.append("\(.bad, "\(summary.notChecked) not checked")") }
    let what =
      "\(plural(summary.patches, "patch", "patches")) on \(plural(trees, "tree")), "
      + "\(plural(summary.cells, "result"))"
    let part = shard.map { ", shard \($0.index) of \($0.count)" } ?? ""
    return "\(what)\(part): \(parts.joined(separator: ", "))\n"
  }
}
