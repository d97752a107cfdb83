// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

extension ApplyReport {
  /// The report for a terminal: a line a patch, and what is not exact below it.
  package func text(_ style: TextStyle) -> String { details(style) + summary(style) }

  /// The report without its last line, which says what was done.
  ///
  /// Subjects and paths are others' words: what of them could steer a terminal is made visible.
  func details(_ style: TextStyle) -> String {
    var text = ""
    for patch in patches {
      let isGood = patch.applies
      text += style.verdict(patch.verdict.rawValue, isGood: isGood) + " " + title(patch)
      if let commit = patch.commit { text += style.dim("  " + commit) }
      text += "\n"
      for file in patch.files { text += self.text(file, style, isBrief: patches.count > 1) }
      if patch.excluded > 0 {
        text += "  left out by the command line: \(plural(patch.excluded, "file"))\n"
      }
    }
    return TextStyle.harmless(text, keepingColours: style)
  }

  private func title(_ patch: PatchEntry) -> String {
    patch.subject.isEmpty ? patch.input : patch.subject
  }

  private func text(_ file: FileEntry, _ style: TextStyle, isBrief: Bool) -> String {
    // Of many patches, only what needs a look is told file by file.
    if isBrief, file.verdict == .exact || file.verdict == .offset { return "" }
    let from = file.oldPath.map { "\($0) => " } ?? ""
    let what = file.change == "modify" ? "" : " (\(file.change))"
    var text = "  \(from)\(file.path)\(what): "
    text += style.verdict(file.verdict.rawValue, isGood: file.isSettled) + "\n"
    if let reason = file.reason { text += "    \(reason)\n" }
    for hunk in file.hunks {
      if isBrief, hunk.verdict.applies { continue }
      text += "    hunk \(hunk.number) "
      if let line = hunk.line, hunk.verdict.applies {
        text += "at line \(line)"
        if hunk.line != hunk.statedLine {
          let shift = line - hunk.statedLine
          text += ", \(abs(shift)) line\(abs(shift) == 1 ? "" : "s") "
          text += (shift > 0 ? "below" : "above") + " the stated one"
          if let evidence = hunk.evidence { text += " (\(Self.words(evidence)))" }
        }
        text += loose(hunk) + "\n"
      } else {
        text += "(stated at line \(hunk.statedLine)): "
        text +=
          hunk.reason
          ?? (hunk.verdict == .alreadyApplied
            ? "its result is there already" : hunk.verdict.rawValue)
        text += "\n"
      }
      for place in hunk.candidates {
        text += "      line \(place.line)"
        text += place.image == "post-image" ? ", where the result stands already" : ""
        text += place.function.isEmpty ? "\n" : ", below '\(place.function)'\n"
      }
    }
    return text
  }

  /// What a tolerant strategy did with a hunk, and how sure that is.
  private func loose(_ hunk: HunkEntry) -> String {
    guard let strategy = hunk.strategy, strategy != .placement, let confidence = hunk.confidence
    else {
      return ""
    }
    let names = (hunk.renamed ?? [:]).sorted { $0.key < $1.key }
      .map { "'\($0.key)' is '\($0.value)' here" }
    let what = ([Self.words(strategy)] + names).joined(separator: ", ")
    // What a person decided is as sure as the person.
    let level = strategy == .remembered ? "" : " (\(confidence))"
    return "\(hunk.line == hunk.statedLine ? "" : ";") \(what)\(level)"
  }

  private static func words(_ strategy: StrategyName) -> String {
    switch strategy {
    case .placement: "as it is"
    case .alreadyThere: "its result is there"
    case .reducedContext: "with less of its context"
    case .whitespace: "with other white space"
    case .threeWay: "through the pre-image"
    case .wordMerge: "merged with other words"
    case .renamedNames: "with the tree's names"
    case .remembered: "as it was decided"
    }
  }

  private static func words(_ evidence: String) -> String {
    switch evidence {
    case "unique": "its text stands nowhere else"
    case "function": "the function in its header decides"
    case "neighbours": "the hunks beside it moved as far"
    case "order": "only there the hunks keep their order"
    default: evidence
    }
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
        text += "; \(plural(untried, "patch", "patches")) behind the refused one not tried"
      }
      return text + "\n"
    }
  }
}

/// A number with its word.
package func plural(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}
