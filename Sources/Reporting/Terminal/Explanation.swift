// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import PatchFormat

/// Hunks as the patch has them, and as they apply to the tree: in two columns, or in one where the screen is narrow.
package struct Explanation: Sendable {
  private let width: Int

  /// Makes an explanation for a screen of so many columns.
  package init(width: Int) {
    self.width = width
  }

  /// The hunks of a series that do not apply as they are.
  package func text(_ outcome: SeriesOutcome) -> LabeledText {
    var text = LabeledText()
    for patch in outcome.patches {
      text += Self.built(patch)
      for file in patch.files {
        guard let original = patch.patch?.files[file.index] else { continue }
        for hunk in file.hunks {
          guard original.hunks.indices.contains(hunk.number - 1) else { continue }
          guard let adapted = hunk.adapted else {
            text += refused(original.hunks[hunk.number - 1], hunk, in: file.path)
            continue
          }
          let state = hunk.verdict.applies ? "" : ", proposed and not applied"
          text += "\n\(.heading, "\(file.path), hunk \(hunk.number)\(state)")\n"
          text += Self.compared(original.hunks[hunk.number - 1], adapted, width)
          if let names = hunk.proposal?.renamed, !names.isEmpty {
            for (name, own) in names.sorted(by: { $0.key < $1.key }) {
              text += "  '\(name)' is '\(own)' in the tree\n"
            }
          }
          if let lost = hunk.proposal?.lostNames, !lost.isEmpty {
            text += "  not in the file: \(lost.joined(separator: ", "))\n"
          }
        }
      }
    }
    return text
  }

  /// The build of a patch and all of the compiler's errors that were kept.
  private static func built(_ patch: PatchOutcome) -> LabeledText {
    guard let build = patch.build else { return LabeledText() }
    let tenths = Int((build.seconds * 10).rounded())
    var text: LabeledText =
      "\n\(.heading, "build: \(build.command)") (\(tenths / 10).\(tenths % 10) s)\n"
    for line in build.sentences { text += "  \(line)\n" }
    for line in build.errors { text += "    \(line)\n" }
    return text
  }

  /// A refused hunk compared with what the tree has; nothing where that is not known.
  private func refused(_ hunk: Hunk, _ outcome: HunkOutcome, in path: String) -> LabeledText {
    if outcome.verdict.applies { return LabeledText() }
    if outcome.question != nil {
      return "\n" + QuestionView(width: width).text(hunk, outcome, in: path)
    }
    guard let there = outcome.there else { return LabeledText() }
    return "\n\(.heading, outcome.heading(in: path))\n"
      + Columns(width: width).text([
        [.init(text: "the patch", label: .faint)] + Columns.Line.lines(of: hunk),
        [.init(text: "the tree", label: .faint)] + Columns.Line.lines(of: there),
      ])
  }

  /// A hunk compared with what is applied in its stead.
  private static func compared(_ hunk: Hunk, _ adapted: [ShownHunk], _ width: Int) -> LabeledText {
    let left = Columns.Line.lines(of: hunk)
    let right = adapted.flatMap(Columns.Line.lines)
    // The first header of each side states its own lines; they differ in every adapted hunk.
    let columns = Columns.Line.compared(Array(left.dropFirst()), Array(right.dropFirst()))
    let view = Columns(width: width)
    if view.room == 1 {
      let title = "the patch, as adapted to the tree (< the patch's own lines, > the adapted ones)"
      return view.text([
        [.init(text: title, label: .faint)]
          + Columns.Line.stacked(left.prefix(1) + columns[0], right.prefix(1) + columns[1])
      ])
    }
    let differs = columns.joined().contains { $0.differs }
    let title = differs ? "adapted to the tree (~ marks rows that differ)" : "adapted to the tree"
    return view.text([
      [.init(text: "the patch", label: .faint)] + left.prefix(1) + columns[0],
      [.init(text: title, label: .faint)] + right.prefix(1) + columns[1],
    ])
  }
}
