// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

extension ApplyReport {
  /// The report for a terminal: a line for each patch, and what is not exact below it.
  package func text(_ style: TextStyle) -> String { details(style) + summary(style) }

  /// The report without its last line, which says what was done.
  ///
  /// Subjects and paths are others' words: what of them could steer a terminal is made visible.
  func details(_ style: TextStyle) -> String {
    var text = ""
    for patch in patches {
      let isGood = patch.applies
      text += style.verdict(patch.verdict.rawValue, isGood: isGood) + " " + patch.title
      if let commit = patch.commit { text += style.dim("  " + commit) }
      text += "\n"
      for file in patch.files { text += self.text(file, style, isBrief: patches.count > 1) }
      if let problem = patch.problem { text += "  \(problem)\n" }
      if patch.excluded > 0 {
        text += "  excluded by the command line: \(plural(patch.excluded, "file"))\n"
      }
    }
    return TextStyle.harmless(text, keepingColours: style)
  }

  private func text(_ file: FileOutcome, _ style: TextStyle, isBrief: Bool) -> String {
    // Of many patches, only what needs a look is shown file by file.
    if isBrief, file.verdict == .exact || file.verdict == .offset { return "" }
    let what = file.change == "modify" ? "" : " (\(file.change))"
    var text = "  \(file.title)\(what): "
    text += style.verdict(file.verdict.rawValue, isGood: file.isSettled) + "\n"
    if let reason = file.reason { text += "    \(reason)\n" }
    for hunk in file.hunks {
      if isBrief, hunk.verdict.applies { continue }
      text += "    \(hunk.sentence)\n"
      for candidate in hunk.candidates { text += "      \(candidate.text)\n" }
    }
    return text
  }

  private func summary(_ style: TextStyle) -> String {
    switch result {
    case .applied:
      let where_ = branch.map { "\(tree), branch \($0)" } ?? tree
      var text = "applied \(plural(patches.count, "patch", "patches")) to \(where_): "
      text += plural(changed.count, "file") + " changed\n"
      if let treeID { text += style.dim("tree \(treeID)") + "\n" }
      return text
    case .checked:
      return "\(plural(patches.count, "patch applies", "patches apply")) to \(tree): "
        + plural(changed.count, "file") + " would change\n"
    case .marked:
      return "conflicts are in \(plural(marked.count, "file")) of \(tree) for you to decide:\n"
        + marked.map { "  \($0)\n" }.joined()
    case .refused:
      var text = "nothing was changed in \(tree)"
      if untried > 0 {
        text += "; \(plural(untried, "patch", "patches")) after the refused one not tried"
      }
      return text + "\n"
    }
  }
}

/// A number with its word.
package func plural(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
