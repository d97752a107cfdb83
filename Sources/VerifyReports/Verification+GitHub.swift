// SPDX-License-Identifier: GPL-2.0-only

package import Ledger
internal import Reporting

extension Verification {
  /// The findings as commands that GitHub's runners turn into annotations, and the sums.
  package var githubAnnotations: String {
    func data(_ lines: [String]) -> String {
      lines.map { VisibleText.escaped($0, as: .code).replacing("%", with: "%25") }
        .joined(separator: "%0A")
    }
    func property(_ text: String) -> String {
      data([text]).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
    var text = ""
    for finding in findings {
      let command: String
      switch finding.severity {
      case .error, .notChecked: command = "error"
      case .warning: command = "warning"
      case .note: command = "notice"
      }
      var properties = "file=\(property(finding.file))"
      if let line = finding.line { properties += ",line=\(line)" }
      properties += ",title=patchkit \(finding.check.rawValue)"
      let lines =
        [finding.sentence] + finding.details + (finding.hint.map { ["hint: \($0)"] } ?? [])
      text += "::\(command) \(properties)::\(data(lines))\n"
    }
    let summary = summary
    return text
      + "\(plural(summary.patches, "patch", "patches")), \(plural(summary.cells, "result")): "
      + "\(plural(summary.errors, "error")), \(plural(summary.warnings, "warning")), "
      + "\(summary.notChecked) not checked\n"
  }

  /// More rows or findings than this are counted: GitHub takes a summary of 1 MiB.
  private static let mostInSummary = 200

  /// The report as Markdown for a page that sums up a run: the matrix, and what was found.
  ///
  /// Of a large collection it shows the patches that something is to be said of, and as many as a summary
  /// may hold.
  package var markdown: String {
    let summary = summary
    let trees = treeNames
    var text: MarkdownText = "## patchkit verify: "
    text +=
      status == .holds || status == .warned ? "every check holds\n\n" : "\(status.rawValue)\n\n"
    text += "\(plural(summary.patches, "patch", "patches")) on \(plural(trees.count, "tree")): "
    text += "\(plural(summary.errors, "error")), \(plural(summary.warnings, "warning")), "
    text += "\(summary.notChecked) not checked\n"
    if !trees.isEmpty {
      let names = trees.map { "\($0) |" as MarkdownText }.joined(separator: " ")
      text += "\n| patch | \(names)\n"
      text += "|---|\(trees.map { _ in "---|" as MarkdownText }.joined())\n"
      var rows = folders.flatMap { folder in folder.patches.map { (folder, $0) } }
      let all = rows.count
      if all > Self.mostInSummary {
        rows = Array(rows.filter { $0.1.status != .holds }.prefix(Self.mostInSummary))
      }
      for (folder, patch) in rows {
        let cells = trees.map { tree -> MarkdownText in
          guard let found = patch.cells.first(where: { $0.tree == tree }) else {
            return folder.trees.contains(tree) ? "?" : "–"
          }
          let mark =
            switch found.status {
            case .holds: "✓"
            case .warned: "~"
            case .notChecked: "?"
            case .fails: "✗"
            }
          return "\(mark) \(found.verdict?.rawValue ?? "not tried")"
        }
        text += "| \(Self.title(patch, in: folder)) | \(cells.joined(separator: " | ")) |\n"
      }
      if rows.count < all {
        text += "\nand \(plural(all - rows.count, "more patch", "more patches"))\n"
      }
    }
    let worst = findings.filter { $0.severity != .note }
      .sorted { Status([$0]) > Status([$1]) }
    let shown = worst.prefix(Self.mostInSummary)
    if !shown.isEmpty { text += "\n" }
    for finding in shown {
      let location = finding.file + (finding.line.map { ":\($0)" } ?? "")
      text += "- **\(verbatim: finding.severity.rawValue)** `\(verbatim: finding.check.rawValue)` "
      text += "\(location): \(finding.sentence)\n"
      for line in finding.details.prefix(10) { text += "  - \(line.prefix(200))\n" }
      if let hint = finding.hint { text += "  - hint: \(hint.prefix(300))\n" }
    }
    if shown.count < worst.count {
      text += "\nand \(plural(worst.count - shown.count, "more finding"))\n"
    }
    return text.text
  }
}
