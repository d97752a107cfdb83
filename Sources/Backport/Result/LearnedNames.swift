// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

/// Which names of the file that a patch was made for the target has under other names.
///
/// Learned from the lines of the two whole files that are the same but for names.
struct LearnedNames {
  private typealias Name = ArraySlice<UInt8>

  /// So many lines have to show a name.
  private static let fewestWitnesses = 2
  /// So large a share of the lines with a name have to agree.
  private static let leastAgreement = 0.7
  /// Two lines of which a smaller share of the words are the same are different lines.
  private static let leastLikeness = 0.6
  /// A stretch of different lines longer than this is not compared.
  private static let longestGap = 120

  private var names: [Name: Name] = [:]

  /// Learns what some names of the patch are called in the target.
  init(_ wanted: Set<String>, from base: TargetText.PreImage, in target: TargetText) {
    let wanted = Set(wanted.map { Name(Array($0.utf8)) })
    let lines = base.index.lines
    let partners = base.partners(in: target)
    var votes: [Name: [Name: Int]] = [:]
    var (mine, theirs) = (0, 0)
    func compare(upTo end: Int, _ theirEnd: Int) {
      defer { (mine, theirs) = (end + 1, theirEnd + 1) }
      guard end > mine, theirEnd > theirs, end - mine <= Self.longestGap,
        theirEnd - theirs <= Self.longestGap
      else { return }
      // In order: each line with the first that is like it, after the last that was.
      var next = theirs
      for line in mine..<end {
        let old = Words(lines[line].bytes).solid
        let isTelling = old.contains(where: wanted.contains)
        for other in next..<theirEnd {
          let new = Words(target.index.lines[other].bytes).solid
          guard old.count == new.count, old.count > 1 else { continue }
          let same = zip(old, new).count { $0 == $1 }
          guard Double(same) >= Self.leastLikeness * Double(old.count) else { continue }
          next = other + 1
          guard isTelling else { break }
          for (from, to) in zip(old, new)
          where wanted.contains(from) && to.first.map(Words.isNameStart) ?? false {
            votes[from, default: [:]][to, default: 0] += 1
          }
          break
        }
      }
    }
    for (line, partner) in partners.enumerated() {
      if let partner { compare(upTo: line, partner) }
    }
    compare(upTo: lines.count, target.index.lines.count)
    for (from, found) in votes {
      guard let best = found.max(by: { $0.value < $1.value }), best.key != from,
        best.value >= Self.fewestWitnesses,
        Double(best.value) >= Self.leastAgreement * Double(found.values.reduce(0, +))
      else { continue }
      names[from] = best.key
    }
  }

  /// Whether nothing was learned.
  var isEmpty: Bool { names.isEmpty }

  /// The names that were learned.
  var replacements: [String: String] {
    Dictionary(
      uniqueKeysWithValues: names.map {
        (String(decoding: $0.key, as: UTF8.self), String(decoding: $0.value, as: UTF8.self))
      })
  }

  /// A line with the target's names.
  func applied(to line: LineText) -> LineText {
    LineText(Words(line.bytes).texts.flatMap { names[$0] ?? $0 })
  }
}
