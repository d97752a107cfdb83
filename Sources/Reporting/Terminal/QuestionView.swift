// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import PatchFormat
internal import TextAlign

/// An open question as the user sees it: the patch and the candidate positions in the tree, each
/// in its function.
package struct QuestionView {
  private let columns: Columns
  /// Whether whole functions are shown, or only the lines around a candidate.
  package var isWhole = false

  /// Makes a view for a screen of so many columns.
  package init(width: Int) {
    columns = Columns(width: width)
  }

  /// A question about a hunk.
  ///
  /// - Parameters:
  ///   - hunk: the hunk of the patch.
  ///   - outcome: what became of it, with the question.
  ///   - path: the file of the tree.
  package func text(_ hunk: Hunk, _ outcome: HunkOutcome, in path: String) -> LabeledText {
    guard let question = outcome.question else { return LabeledText() }
    let title = outcome.heading(in: path)
    let excerpt = Excerpt(question.file)
    func heading(_ words: String, at line: Int) -> Columns.Line {
      let function = excerpt.function(at: line).map { ", in \($0.name)()" } ?? ""
      return Columns.Line(text: words + function, label: .faint)
    }
    let whole = Columns.Line.lines(of: hunk)
    let patch =
      [Columns.Line(text: "the patch", label: .faint)]
      + (isWhole ? whole : Columns.Line.shortened(whole))
    var all: [[Columns.Line]] = []
    switch question.subject {
    case .position(let candidates):
      all = candidates.enumerated().map { number, candidate in
        let line = candidate.line - 1
        let isThere = candidate.image == .postImage
        let words = "\(number + 1): line \(candidate.line)" + (isThere ? ", already applied" : "")
        // If a candidate has the unchanged text, the result there is shown.
        let edits = isThere ? nil : Self.edits(of: hunk, at: line, in: question.file)
        let end = line + (isThere ? hunk.newCount : hunk.oldCount)
        return [heading(words, at: line)]
          + excerpt.lines(
            around: line..<end, edits: edits ?? [],
            marks: edits == nil && !isThere ? line..<end : 0..<0, isWhole: isWhole)
      }
      // The candidates show what the hunk does, unless none has its text.
      if candidates.allSatisfy({
        Self.edits(of: hunk, at: $0.line - 1, in: question.file) == nil
      }) {
        all.insert(patch, at: 0)
      }
    case .conflict(let region):
      let proposed = outcome.proposal.map(\.edits) ?? []
      let words = proposed.isEmpty ? "the tree" : "the tree, as proposed"
      all = [
        patch,
        [heading(words, at: region.range.lowerBound)]
          + excerpt.lines(
            around: region.range, edits: proposed,
            marks: proposed.isEmpty ? region.range : 0..<0, isWhole: isWhole),
      ]
    case .doubt(let region, _):
      all = [
        patch,
        [heading("the tree, as the hunk changes it", at: region.range.lowerBound)]
          + excerpt.lines(
            around: region.range, edits: [LineEdit(region.range, region.theirs)], isWhole: isWhole),
      ]
    case .nowhere:
      let line = question.expectedLine
      all = [
        patch,
        [heading("the tree, where it would be", at: line)]
          + excerpt.lines(
            around: line..<(line + hunk.oldCount), isWhole: isWhole),
      ]
    case .file: break
    }
    return
      "\(.heading, title)\n\(remarks(hunk, outcome, excerpt))\(columns.text(all))\(legend(all))"
  }

  /// What the tree lacks of what the hunk names.
  private func remarks(_ hunk: Hunk, _ outcome: HunkOutcome, _ excerpt: Excerpt) -> LabeledText {
    var lines: [String] = []
    if let name = FunctionName(hunk.section).map({ String(decoding: $0.bytes, as: UTF8.self) }),
      hunk.section.contains(UInt8(ascii: "(")), !excerpt.hasFunction(name)
    {
      lines.append("the file has no \(name)(), which the hunk's header names")
    }
    if case .conflict? = outcome.question?.subject, let doubts = outcome.doubts {
      lines.append("with the proposal: " + doubts.joined(separator: "; "))
    }
    lines += outcome.warnings ?? []
    return lines.map { "  \(.warning, $0)\n" as LabeledText }.joined()
  }

  /// What the marks in the margin mean, of those that are there.
  private func legend(_ columns: [[Columns.Line]]) -> LabeledText {
    let marks = Set(columns.joined().compactMap(\.prefix.last))
    let words: [(Character, String)] = [
      ("!", "the tree's lines in question"), ("-", "removed"), ("+", "added"),
    ]
    let meanings = words.filter { marks.contains($0.0) }.map { "\($0.0) \($0.1)" }
    return meanings.isEmpty ? LabeledText() : "\(.faint, "  " + meanings.joined(separator: ", "))\n"
  }

  /// A question about a file that is not there.
  package func text(_ file: FileOutcome) -> LabeledText {
    guard case .file(let paths)? = file.question?.subject else { return LabeledText() }
    let title = "\(file.oldPath ?? file.path): \(file.reason ?? file.verdict.rawValue)"
    let list = paths.enumerated().map { "  \($0 + 1): \(.path, $1)\n" as LabeledText }
    return "\(.heading, title)\n\(list.joined())"
  }

  /// A conflict between markers in a file.
  ///
  /// - Parameters:
  ///   - conflict: both sides.
  ///   - name: the file.
  ///   - content: the file, markers and all.
  package func text(_ conflict: MarkedConflict, in name: String, content: [UInt8]) -> LabeledText {
    func side(_ title: String, _ lines: [[UInt8]], _ label: LabeledText.Label?) -> [Columns.Line] {
      [Columns.Line(text: title, label: .faint)]
        + lines.map { line in
          Columns.Line(text: line.last == 0x0A ? line.dropLast() : line, label: label)
        }
    }
    let suffix =
      Excerpt(content).function(at: conflict.lines.lowerBound)
      .map { ", in \($0.name)()" } ?? ""
    let title = "\(name):\(conflict.lines.lowerBound + 1): a conflict" + suffix
    var all = [side("the tree", conflict.ours, .removed)]
    if let base = conflict.base { all.append(side("expected by the patch", base, nil)) }
    all.append(side("the patch", conflict.theirs, .added))
    return "\(.heading, title)\n\(columns.text(all))"
  }

  /// What a hunk does to a file whose lines it finds at a line; nil where they are others.
  private static func edits(of hunk: Hunk, at line: Int, in file: [UInt8]) -> [LineEdit]? {
    let table = LineTable(file)
    var edits: [LineEdit] = []
    var position = line
    for entry in hunk.lines where entry.kind != .noNewlineMarker {
      let text = Array(hunk.content(of: entry))
      if entry.kind == .added {
        edits.append(LineEdit(position..<position, [LineText(text)]))
        continue
      }
      guard position >= 0, position < table.count, table.content(of: position).elementsEqual(text)
      else { return nil }
      if entry.kind == .removed { edits.append(LineEdit(position..<(position + 1), [])) }
      position += 1
    }
    return edits
  }
}
