// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import PatchFormat

/// Hunks in two columns: as the patch has them, and as they apply to the tree.
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
      for file in patch.files {
        guard let original = patch.patch?.files[file.index] else { continue }
        for hunk in file.hunks {
          guard let adapted = hunk.adapted, original.hunks.indices.contains(hunk.number - 1) else {
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

  /// A hunk compared with what is applied in its stead.
  private static func compared(_ hunk: Hunk, _ adapted: [ShownHunk], _ width: Int) -> LabeledText {
    let left = Columns.Line.lines(of: hunk)
    let right = adapted.flatMap(Columns.Line.lines)
    // The first header of each side states its own lines; they differ in every adapted hunk.
    let columns = Columns.Line.compared(Array(left.dropFirst()), Array(right.dropFirst()))
    let view = Columns(width: width)
    let differs = view.room > 1 && columns.joined().contains { $0.differs }
    let title = differs ? "adapted to the tree (~ marks rows that differ)" : "adapted to the tree"
    return view.text([
      [.init(text: "the patch", label: .faint)] + left.prefix(1) + columns[0],
      [.init(text: title, label: .faint)] + right.prefix(1) + columns[1],
    ])
  }
}
