// SPDX-License-Identifier: GPL-2.0-only

internal import Backport

extension ApplyReport {
  /// The report for a terminal: a line for each patch, and what is not exact below it.
  package var text: LabeledText { details + summary }

  /// The report without its last line, which says what was done.
  var details: LabeledText {
    var text = LabeledText()
    eachDetail { text += $0 }
    return text
  }

  /// Gives the report for a terminal piece by piece, as a patch may have a million hunks.
  package func eachText(_ body: (LabeledText) throws -> Void) rethrows {
    try eachDetail(body)
    try body(summary)
  }

  /// So many rows make a piece of text.
  private static let rowsInPiece = 1000

  private func eachDetail(_ body: (LabeledText) throws -> Void) rethrows {
    let isBrief = patches.count > 1
    for patch in patches {
      var text: LabeledText =
        "\(.verdict(isGood: patch.applies), patch.verdict.rawValue) \(patch.title)"
      if let commit = patch.commit { text += "\(.faint, "  \(commit)")" }
      text += "\n"
      var width = 0
      for file in patch.files { width = max(width, FileRows(file, isBrief: isBrief).width) }
      var count = 0
      for file in patch.files {
        try FileRows(file, isBrief: isBrief).each { row in
          text += row.lines(width: width)
          count += 1
          if count % Self.rowsInPiece == 0 {
            try body(text)
            text = LabeledText()
          }
        }
      }
      text += buildLines(patch)
      if let problem = patch.problem { text += "  \(problem)\n" }
      if patch.excluded > 0 {
        text += "  excluded by the command line: \(plural(patch.excluded, "file"))\n"
      }
      try body(text)
    }
  }

  /// A line of the report that can be read alone: the verdict, the file, the hunk and the reason.
  private struct Row {
    var verdict: Verdict
    var isGood: Bool
    var text: LabeledText
    var candidates: [String] = []

    /// The row, its verdict in a column of some width.
    func lines(width: Int) -> LabeledText {
      let word: LabeledText = "\(.verdict(isGood: isGood), verdict.rawValue)"
      var lines: LabeledText = "  \(word)\(LabeledText().padded(to: width - word.width))  \(text)\n"
      for candidate in candidates {
        lines += "  \(LabeledText().padded(to: width))    \(candidate)\n"
      }
      return lines
    }
  }

  /// The rows of a file: one for each hunk, or one for the file if nothing is to be said of its hunks.
  private struct FileRows {
    private let file: FileOutcome
    private let isBrief: Bool
    private let isShown: Bool

    init(_ file: FileOutcome, isBrief: Bool) {
      (self.file, self.isBrief) = (file, isBrief)
      // Of many patches, only files and hunks that need attention are shown.
      isShown =
        !isBrief || file.verdict != .exact && file.verdict != .offset
        || file.hunks.contains { $0.warnings != nil }
    }

    private func has(_ hunk: HunkOutcome) -> Bool {
      !isBrief || !hunk.verdict.applies || hunk.warnings != nil
    }

    private var hasOwnRow: Bool { file.reason != nil || !file.hunks.contains(where: has) }

    /// The columns of the longest verdict; 0 where there is no row.
    var width: Int {
      guard isShown else { return 0 }
      var longest = hasOwnRow ? file.verdict.rawValue.count : 0
      var last: Verdict?
      for hunk in file.hunks where has(hunk) && hunk.verdict != last {
        longest = max(longest, hunk.verdict.rawValue.count)
        last = hunk.verdict
      }
      return longest
    }

    /// Gives the rows one by one: a lazy sequence of them took a short command 0.3 ms, because Swift looks up each of
    /// its types at run time.
    func each(_ body: (Row) throws -> Void) rethrows {
      guard isShown else { return }
      let what = file.change == "modify" ? "" : " (\(file.change))"
      let name: LabeledText = "\(.path, file.title)\(what)"
      if hasOwnRow {
        let reason = file.reason.map { ": \($0)" as LabeledText } ?? ""
        try body(Row(verdict: file.verdict, isGood: file.isSettled, text: name + reason))
      }
      for hunk in file.hunks where has(hunk) {
        try body(
          Row(
            verdict: hunk.verdict, isGood: file.isSettled || hunk.verdict.applies,
            text: name + ": \(hunk.sentence)",
            candidates: hunk.candidates.map(\.text)
              + (hunk.warnings ?? []).map { "warning: \($0)" }))
      }
    }
  }

  /// What a compiler found about a patch, a line for each result, with its first errors below.
  private func buildLines(_ patch: PatchOutcome) -> LabeledText {
    guard let build = patch.build else { return LabeledText() }
    let isGood = build.result != .fails
    var text: LabeledText = "  \(.verdict(isGood: isGood), build.result.rawValue)"
    text += "  \(build.sentences.first ?? "")\n"
    let indent = LabeledText().padded(to: build.result.rawValue.count)
    for line in build.sentences.dropFirst() { text += "  \(indent)  \(line)\n" }
    for line in build.errors.prefix(Self.shownErrors) { text += "  \(indent)    \(line)\n" }
    return text
  }

  /// How many of a compiler's errors are shown without `--explain`.
  private static let shownErrors = 3

  /// What a compiler found, for a report that does not list the patches themselves.
  var buildDetails: LabeledText {
    var text = LabeledText()
    for patch in patches where patch.build != nil {
      text += "\(patch.title)\n\(buildLines(patch))"
    }
    return text
  }

  /// What was done, in one line.
  var summary: LabeledText {
    switch result {
    case .applied:
      let target = branch.map { "\(tree), branch \($0)" } ?? tree
      let count = patches.count(where: \.applies)
      var text: LabeledText = isReversed ? "reverse-applied " : "applied "
      text += "\(plural(count, "patch", "patches")) to \(target): "
      text += "\(plural(changed.count, "file")) changed\n"
      if let treeID { text += "\(.faint, "tree \(treeID)")\n" }
      return text
    case .checked:
      let count = patches.count(where: \.applies)
      let words =
        isReversed
        ? plural(count, "patch can be", "patches can be") + " reverse-applied"
        : plural(count, "patch applies", "patches apply")
      return "\(words) to \(tree): "
        + "\(plural(changed.count, "file")) would change\n"
    case .unchanged:
      if patches.contains(where: { $0.verdict != .alreadyApplied }) {
        return "nothing is left to apply to \(tree)\n"
      }
      return "\(tree) has \(patches.count == 1 ? "the patch" : "all of the patches") already\n"
    case .marked:
      return "conflicts are in \(plural(marked.count, "file")) of \(tree) for you to decide:\n"
        + marked.map { "  \(.path, $0)\n" }.joined()
        + (untried > 0 ? "\(untriedSentence(untried))\n" : "")
    case .failed:
      return "\(.verdict(isGood: false), "error:") \(tree): \(error ?? "not tried")\n"
    case .refused:
      var text: LabeledText = "nothing was changed in \(tree)"
      if untried > 0 {
        text += "; \(untriedSentence(untried))"
      }
      return text + "\n"
    }
  }
}

/// A number with its word.
package func plural(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? one + "s")"
}

/// How many patches were not tried because of the one that was refused.
func untriedSentence(_ count: Int) -> String {
  "\(plural(count, "patch", "patches")) after the refused one \(count == 1 ? "was" : "were") not tried"
}
