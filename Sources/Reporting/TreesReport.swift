// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

/// The results of the same patches on several trees, each of which was tried alone.
package struct TreesReport: Encodable, Sendable {
  /// The report of each tree, in the order in which they were named.
  package var trees: [ApplyReport]

  /// Takes the reports of trees.
  package init(_ trees: [ApplyReport]) { self.trees = trees }

  /// Whether every patch applies to every tree, or is applied already.
  package var applies: Bool {
    trees.allSatisfy { [.applied, .checked, .unchanged].contains($0.result) }
  }

  /// The report for a terminal: a table of the verdicts, then what is not exact on each tree.
  ///
  /// - Parameter width: the columns of the screen. Where the table is wider, the trees of each patch are
  ///   listed below it.
  package func text(width: Int) -> LabeledText {
    var text = table(width: width)
    for report in trees {
      if !report.outcome.applies, !report.patches.isEmpty {
        text += "\n\(.heading, report.tree)\n"
        text += report.refusedDetails
      } else if report.patches.contains(where: { $0.build != nil }) {
        text += "\n\(.heading, report.tree)\n\(report.buildDetails)"
      }
    }
    text += "\n"
    if trees.allSatisfy({ $0.result == .checked && $0.patches.allSatisfy(\.applies) }) {
      let count = trees[0].patches.count
      return text
        + "\(plural(count, "patch applies", "patches apply")) to all \(trees.count) trees\n"
    }
    // What failed in a tree is said as an error, once.
    for report in trees where report.result != .failed {
      text += report.summary
      if let commit = report.patches.lazy.compactMap(\.commit).last {
        text += "\(.faint, "commit \(commit)")\n"
      }
    }
    return text
  }

  /// The report for programs: a line `tree NAME` before the lines of each tree's report.
  ///
  /// - Parameter endsWithNUL: as for the report of one tree.
  package func porcelain(endsWithNUL: Bool) -> [UInt8] {
    trees.flatMap { report in
      let name = endsWithNUL ? report.tree : VisibleText.escaped(report.tree)
      return Array("tree\t\(name)".utf8) + [endsWithNUL ? 0 : 0x0A]
        + report.porcelain(endsWithNUL: endsWithNUL)
    }
  }

  // MARK: The table

  /// A patch with its verdict on each tree.
  private struct Row {
    var title: LabeledText
    var cells: [LabeledText]
  }

  private var rows: [Row] {
    // A tree that refused a patch was not tried with those after it.
    let longest = trees.map(\.patches).max { $0.count < $1.count } ?? []
    let untried = (trees.map { $0.patches.count + $0.untried }.max() ?? 0) - longest.count
    return longest.indices.map { index in
      Row(
        title: "\(longest[index].title)",
        cells: trees.map { report in
          guard index < report.patches.count else {
            return report.result == .failed
              ? "\(.verdict(isGood: false), "error")" : "\(.faint, "not tried")"
          }
          let patch = report.patches[index]
          let isGood =
            patch.applies || patch.verdict == .alreadyApplied && report.result != .refused
          return "\(.verdict(isGood: isGood), patch.verdict.rawValue)"
        })
    }
      + (untried > 0
        ? [
          Row(
            title: "\(.faint, plural(untried, "more patch", "more patches"))",
            cells: trees.map { _ in "\(.faint, "not tried")" })
        ] : [])
  }

  private func table(width: Int) -> LabeledText {
    let rows = rows
    if rows.isEmpty { return LabeledText() }
    let names = trees.map { LabeledText("\(.heading, $0.tree)") }
    let gap = 2
    let first = rows.map(\.title.width).max() ?? 0
    let columns = names.indices.map { index in
      max(names[index].width, rows.map { $0.cells[index].width }.max() ?? 0)
    }
    var text = LabeledText()
    if first + columns.reduce(0, { $0 + $1 + gap }) <= width {
      // The last column needs no filling.
      let widths = [first] + columns.dropLast() + [0]
      for cells in [[LabeledText()] + names] + rows.map({ [$0.title] + $0.cells }) {
        text += zip(cells, widths).map { cell, width in
          cell + LabeledText().padded(to: width - cell.width)
        }.joined(separator: "  ")
        text += "\n"
      }
      return text
    }
    for row in rows {
      text += "\(row.title)\n"
      let column = row.cells.map(\.width).max() ?? 0
      for (cell, name) in zip(row.cells, names) {
        text += "  \(cell)\(LabeledText().padded(to: column - cell.width))  \(name)\n"
      }
    }
    return text
  }
}

extension ApplyReport {
  /// The rows of the refused patch, for a report that lists the other patches elsewhere.
  package var refusedDetails: LabeledText {
    guard let patch = patches.last(where: { !$0.applies }) else { return LabeledText() }
    var outcome = SeriesOutcome()
    outcome.patches = [patch]
    outcome.applies = false
    return ApplyReport(outcome, tree: tree, result: .refused).details
  }
}
