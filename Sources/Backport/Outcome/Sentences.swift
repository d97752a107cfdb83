// SPDX-License-Identifier: GPL-2.0-only

package import TextAlign

// What is said about an outcome, once: the terminal, `verify` and the pages show these sentences.

extension HunkOutcome {
  /// The verdict as a sentence that can be read alone after the name of the file, such as
  /// `hunk 2 applies at line 80 (offset 2: its text is nowhere else)`.
  package var sentence: String {
    guard let line, verdict.applies else {
      let why =
        reason
        ?? (verdict == .alreadyApplied
          ? Reason.resultPresent(line: nil).sentence : verdict.rawValue.replacing("-", with: " "))
      return "hunk \(number) (line \(statedLine)): \(why)"
    }
    var text = "hunk \(number) applies at line \(line)"
    if line != statedLine {
      text += " (offset \(line - statedLine)\(evidence.map { ": \($0.sentence)" } ?? ""))"
    }
    if let strategy, strategy != .placement, let confidence {
      let names = (renamed ?? [:]).sorted { $0.key < $1.key }
        .map { "'\($0.key)' is '\($0.value)' here" }
      text += ", " + ([strategy.phrase] + names).joined(separator: ", ")
      // What the user decided is as sure as the user.
      if strategy != .remembered { text += " (\(confidence.rawValue))" }
    }
    if let doubts { text += ", but " + doubts.joined(separator: "; ") }
    return text
  }

  /// What is said above the hunk and what the tree has in its stead.
  ///
  /// - Parameter path: the file of the tree.
  package func heading(in path: String) -> String {
    "\(path), hunk \(number): \(reason ?? verdict.rawValue)"
  }

  /// What a lock keeps: the verdict and the line.
  package var summary: String { "\(verdict.rawValue) \(line ?? statedLine)" }
}

extension FileOutcome {
  /// The path, with the path before where it differs.
  package var title: String { (oldPath.map { "\($0) => " } ?? "") + path }
}

extension PatchOutcome {
  /// What to call the patch: its subject, or the input where it has none.
  package var title: String { subject.isEmpty ? input : subject }

  /// Everything that is not exact, a line for each file and hunk, with the candidates indented
  /// below a hunk.
  package var details: [String] {
    var lines: [String] = []
    for file in files {
      if let reason = file.reason { lines.append("\(file.path): \(reason)") }
      for hunk in file.hunks where hunk.verdict != .exact {
        lines.append("\(file.path): \(hunk.sentence)")
        lines += hunk.candidates.map { "  \($0.text)" }
      }
    }
    return lines
  }
}

extension Placement.Evidence {
  /// What made the position the only one.
  package var sentence: String {
    switch self {
    case .stated: "the stated line"
    case .unique: "the only match"
    case .function: "in the function that its header names"
    case .neighbours: "the hunks around it moved by the same offset"
    case .order: "the only match in the order of the hunks"
    }
  }
}

extension StrategyName {
  /// How a hunk applies by the strategy.
  package var phrase: String {
    switch self {
    case .placement: "unchanged"
    case .alreadyApplied: "already applied"
    case .reducedContext: "with less of its context"
    case .whitespace: "with different white space"
    case .threeWay: "by a three-way merge"
    case .wordMerge: "merged word by word where the tree differs"
    case .renamedNames: "with the tree's names"
    case .remembered: "as you decided"
    }
  }
}
