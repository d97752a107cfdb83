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
          text += Columns(width: width).text([
            [.init(text: "the patch", label: .faint)]
              + Columns.Line.lines(of: original.hunks[hunk.number - 1]),
            [.init(text: "the tree", label: .faint)] + adapted.flatMap(Columns.Line.lines),
          ])
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
}
