// SPDX-License-Identifier: GPL-2.0-only

public import Ledger

extension Verification {
  /// The findings as commands that GitHub's runners turn into annotations, and the sums.
  public var githubAnnotations: String {
    func data(_ text: String) -> String {
      text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }
    func property(_ text: String) -> String {
      data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
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
      let message =
        ([finding.sentence] + finding.details
        + (finding.hint.map { ["hint: \($0)"] } ?? [])).joined(separator: "\n")
      text += "::\(command) \(properties)::\(data(TextStyle.harmless(message)))\n"
    }
    let summary = summary
    return text
      + "\(plural(summary.patches, "patch", "patches")), \(plural(summary.cells, "cell")): "
      + "\(plural(summary.errors, "error")), \(plural(summary.warnings, "warning")), "
      + "\(summary.notChecked) not checked\n"
  }

  /// The report as Markdown for a page that sums up a run: the matrix, and what was found.
  public var markdown: String {
    func cell(_ text: String) -> String {
      Markup.escaped(TextStyle.harmless(text)).replacing("|", with: "\\|")
        .replacing("\n", with: " ").replacing("`", with: "&#96;")
    }
    let summary = summary
    let trees = treeNames
    var text = "## patchkit verify: "
    text += status == .holds || status == .warned ? "all holds\n\n" : "\(status.rawValue)\n\n"
    text += "\(plural(summary.patches, "patch", "patches")) on \(plural(trees.count, "tree")): "
    text += "\(plural(summary.errors, "error")), \(plural(summary.warnings, "warning")), "
    text += "\(summary.notChecked) not checked\n"
    if !trees.isEmpty {
      text += "\n| patch | " + trees.map(cell).joined(separator: " | ") + " |\n"
      text += "|---|" + trees.map { _ in "---|" }.joined() + "\n"
      for folder in folders {
        for patch in folder.patches {
          let cells = trees.map { tree -> String in
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
            return "\(mark) \(found.outcome?.verdict.rawValue ?? "not tried")"
          }
          text += "| \(cell(Self.title(patch, in: folder))) | "
          text += cells.joined(separator: " | ") + " |\n"
        }
      }
    }
    let shown = findings.filter { $0.severity != .note }
    if !shown.isEmpty { text += "\n" }
    for finding in shown {
      let place = finding.file + (finding.line.map { ":\($0)" } ?? "")
      text += "- **\(finding.severity.rawValue)** `\(finding.check.rawValue)` \(cell(place)): "
      text += cell(finding.sentence) + "\n"
      for line in finding.details { text += "  - \(cell(line))\n" }
      if let hint = finding.hint { text += "  - hint: \(cell(hint))\n" }
    }
    return text
  }
}
