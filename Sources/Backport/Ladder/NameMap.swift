// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// Names of a patch that have other names in the target, learned from lines that are otherwise alike.
final class NameMap {
  private var names: [ArraySlice<UInt8>: ArraySlice<UInt8>] = [:]
  /// The names that were replaced, and by what.
  private(set) var used: [String: String] = [:]

  var isEmpty: Bool { names.isEmpty }

  /// Learns from a hunk's pre-image and the lines of the target that it was aligned with.
  init(_ hunk: HunkText, on target: TargetText) {
    let found = HunkAligner(target.index, tolerance: .words)
      .alignments(of: hunk.base, expected: hunk.statedLine).first
    guard let partners = found?.partners else { return }
    learn(zip(hunk.base, partners).compactMap { line, partner in
      partner.map { (line, target.index.lines[$0.line]) }
    })
    let words = Set(target.index.lines.lazy.flatMap { Words($0.bytes).texts })
    names = names.filter { !words.contains($0.key) }
  }

  private func learn(_ pairs: [(LineText, LineText)]) {
    var seen: [ArraySlice<UInt8>: Set<ArraySlice<UInt8>>] = [:]
    for (mine, theirs) in pairs {
      let (a, b) = (Words(mine.bytes), Words(theirs.bytes))
      let (old, new) = (a.solid, b.solid)
      guard old.count == new.count else { continue }
      for (from, to) in zip(old, new) {
        guard let first = from.first, Words.isNameStart(first), let other = to.first,
          Words.isNameStart(other)
        else { continue }
        seen[from, default: []].insert(to)
      }
    }
    for (from, to) in seen where to.count == 1 {
      if let only = to.first, only != from { names[from] = only }
    }
  }

  /// The line with the target's names.
  func applied(to line: LineText) -> LineText {
    var bytes: [UInt8] = []
    for word in Words(line.bytes).texts {
      if let other = names[word] {
        bytes += other
        used[String(decoding: word, as: UTF8.self)] = String(decoding: other, as: UTF8.self)
      } else {
        bytes += word
      }
    }
    return LineText(bytes)
  }
}
