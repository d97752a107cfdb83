// SPDX-License-Identifier: GPL-2.0-only

public import Backport
internal import PatchFormat

/// Hunks side by side: as the patch has them, and as they go on the tree.
public struct Explanation: Sendable {
  private let width: Int

  /// Makes an explanation for a screen of so many columns.
  public init(width: Int) {
    self.width = max(20, (width - 3) / 2)
  }

  /// The hunks of a run that did not go on as they are.
  public func text(_ outcome: SeriesOutcome, _ style: TextStyle) -> String {
    var text = ""
    for patch in outcome.outcomes {
      for file in patch.files {
        let original = patch.patch.files[file.index]
        for hunk in file.hunks where hunk.rung != .placement && !hunk.adapted.isEmpty {
          guard original.hunks.indices.contains(hunk.number - 1) else { continue }
          let state = hunk.verdict.applies ? "" : ", proposed and not applied"
          text += "\n" + style.bold("\(file.path), hunk \(hunk.number)\(state)") + "\n"
          text += style.dim(row("the patch", "the tree")) + "\n"
          text += columns(original.hunks[hunk.number - 1], hunk.adapted, style)
          if let names = hunk.proposal?.renamed, !names.isEmpty {
            text += names.sorted { $0.key < $1.key }
              .map { "  '\($0.key)' is '\($0.value)' in the tree\n" }.joined()
          }
          if let lost = hunk.proposal?.lostNames, !lost.isEmpty {
            text += "  not in the file: \(lost.joined(separator: ", "))\n"
          }
        }
      }
    }
    return text
  }

  private func columns(_ original: Hunk, _ adapted: [Hunk], _ style: TextStyle) -> String {
    let left = lines(original)
    let right = adapted.flatMap(lines)
    var text = ""
    for index in 0..<max(left.count, right.count) {
      let a = index < left.count ? left[index] : ""
      let b = index < right.count ? right[index] : ""
      text += "\(dressed(cell(a), a, style)) | \(dressed(cell(b), b, style))\n"
    }
    return text
  }

  private func dressed(_ cell: String, _ line: String, _ style: TextStyle) -> String {
    switch line.first {
    case "+": style.added(cell)
    case "-": style.removed(cell)
    case "@": style.hunk(cell)
    default: cell
    }
  }

  private func lines(_ hunk: Hunk) -> [String] {
    let header = "@@ -\(hunk.oldStart),\(hunk.oldCount) +\(hunk.newStart),\(hunk.newCount) @@"
    return [header]
      + hunk.lines.compactMap { line in
        let text = String(decoding: hunk.content(of: line), as: UTF8.self)
        return switch line.kind {
        case .context: " " + text
        case .removed: "-" + text
        case .added: "+" + text
        case .noNewlineMarker: nil
        }
      }
  }

  private func row(_ left: String, _ right: String) -> String { "\(cell(left)) | \(right)" }

  /// A line cut or filled to the width of a column, tabs as eight blanks.
  private func cell(_ line: String) -> String {
    var text = ""
    var count = 0
    for character in TextStyle.harmless(line) {
      let piece =
        character == "\t"
        ? String(repeating: " ", count: 8 - (max(count - 1, 0)) % 8) : String(character)
      if count + piece.count > width { break }
      text += piece
      count += piece.count
    }
    return text + String(repeating: " ", count: width - count)
  }
}
