// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

extension ApplyReport {
  /// The report for a terminal: a line for each patch, and what is not exact below it.
  package var text: LabeledText { details + summary }

  /// The report without its last line, which says what was done.
  var details: LabeledText {
    var text = LabeledText()
    for patch in patches {
      text += "\(.verdict(isGood: patch.applies), patch.verdict.rawValue) \(patch.title)"
      if let commit = patch.commit { text += "\(.faint, "  \(commit)")" }
      text += "\n"
      for file in patch.files { text += self.text(file, isBrief: patches.count > 1) }
      if let problem = patch.problem { text += "  \(problem)\n" }
      if patch.excluded > 0 {
        text += "  excluded by the command line: \(plural(patch.excluded, "file"))\n"
      }
    }
    return text
  }

  private func text(_ file: FileOutcome, isBrief: Bool) -> LabeledText {
    // Of many patches, only what needs a look is shown file by file.
    if isBrief, file.verdict == .exact || file.verdict == .offset { return LabeledText() }
    let what = file.change == "modify" ? "" : " (\(file.change))"
    var text: LabeledText = "  \(.path, file.title)\(what): "
    text += "\(.verdict(isGood: file.isSettled), file.verdict.rawValue)\n"
    if let reason = file.reason { text += "    \(reason)\n" }
    for hunk in file.hunks {
      if isBrief, hunk.verdict.applies { continue }
      text += "    \(hunk.sentence)\n"
      for candidate in hunk.candidates { text += "      \(candidate.text)\n" }
    }
    return text
  }

  private var summary: LabeledText {
    switch result {
    case .applied:
      let target = branch.map { "\(tree), branch \($0)" } ?? tree
      var text: LabeledText = "applied \(plural(patches.count, "patch", "patches")) to \(target): "
      text += "\(plural(changed.count, "file")) changed\n"
      if let treeID { text += "\(.faint, "tree \(treeID)")\n" }
      return text
    case .checked:
      return "\(plural(patches.count, "patch applies", "patches apply")) to \(tree): "
        + "\(plural(changed.count, "file")) would change\n"
    case .marked:
      return "conflicts are in \(plural(marked.count, "file")) of \(tree) for you to decide:\n"
        + marked.map { "  \(.path, $0)\n" }.joined()
    case .refused:
      var text: LabeledText = "nothing was changed in \(tree)"
      if untried > 0 {
        text += "; \(plural(untried, "patch", "patches")) after the refused one were not tried"
      }
      return text + "\n"
    }
  }
}

/// A number with its word.
package func plural(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
