// SPDX-License-Identifier: GPL-2.0-only

/// Merges two changes of the same sequence, where they do not touch the same elements.
///
/// As `diff3` does (Khanna, Kunal and Pierce, FSTTCS 2007), but adjacent changes are not a
/// conflict here, as they are common for words.
struct ThreeWayMerge {
  /// The merge of numbered sequences, or nil where both changed the same elements in different ways.
  static func merge(base: [Int], ours: [Int], theirs: [Int]) -> [Int]? {
    let diff = SequenceDiff(mostEdits: 200)
    let inOurs = diff.partners(base, ours)
    let inTheirs = diff.partners(base, theirs)
    var merged: [Int] = []
    var (b, o, t) = (0, 0, 0)
    for index in 0...base.count {
      // An element that both kept ends a part; so does the end.
      let isEnd = index == base.count
      guard let nextOurs = isEnd ? ours.count : inOurs[index],
        let nextTheirs = isEnd ? theirs.count : inTheirs[index]
      else { continue }
      guard
        let part = mergePart(
          base[b..<index], ours[o..<nextOurs], theirs[t..<nextTheirs])
      else { return nil }
      merged += part
      if !isEnd { merged.append(base[index]) }
      (b, o, t) = (index + 1, nextOurs + 1, nextTheirs + 1)
    }
    return merged
  }

  private static func mergePart(
    _ base: ArraySlice<Int>, _ ours: ArraySlice<Int>, _ theirs: ArraySlice<Int>
  ) -> [Int]? {
    if ours.elementsEqual(base) { return Array(theirs) }
    if theirs.elementsEqual(base) || ours.elementsEqual(theirs) { return Array(ours) }
    return adjacent(base, first: ours, second: theirs)
      ?? adjacent(base, first: theirs, second: ours)
  }

  /// The merge if `first` changed a beginning of the base and `second` the rest of it.
  private static func adjacent(
    _ base: ArraySlice<Int>, first: ArraySlice<Int>, second: ArraySlice<Int>
  ) -> [Int]? {
    if base.isEmpty { return nil }
    let keptByFirst = zip(base.reversed(), first.reversed()).prefix { $0 == $1 }.count
    let keptBySecond = zip(base, second).prefix { $0 == $1 }.count
    guard keptByFirst + keptBySecond >= base.count else { return nil }
    let split = base.count - keptByFirst
    return Array(first.dropLast(keptByFirst)) + Array(second.dropFirst(split))
  }
}

/// Merges two changes of one piece of text word by word, in the manner of wiggle.
package enum WordMerge {
  /// The text with both changes, or nil where they touch the same words.
  ///
  /// A newline at the end does not count as one of the words: if both gave one to a last line without it, it would come
  /// twice.
  package static func merge(base: [UInt8], ours: [UInt8], theirs: [UInt8]) -> [UInt8]? {
    func ends(_ bytes: [UInt8]) -> Bool { bytes.last == 0x0A }
    func text(_ bytes: [UInt8]) -> [UInt8] { ends(bytes) ? bytes.dropLast() : bytes }
    let endsMerged = ends(base) == ends(theirs) ? ends(ours) : ends(theirs)
    return mergeWords(base: text(base), ours: text(ours), theirs: text(theirs))
      .map { $0 + (endsMerged ? [0x0A] : []) }
  }

  private static func mergeWords(base: [UInt8], ours: [UInt8], theirs: [UInt8]) -> [UInt8]? {
    var numbering = Numbering()
    var texts: [ArraySlice<UInt8>] = []
    func numbers(_ bytes: [UInt8]) -> [Int] {
      Words(bytes).texts.map { word in
        let number = numbering.number(word)
        if number == texts.count { texts.append(word) }
        return number
      }
    }
    let (b, o, t) = (numbers(base), numbers(ours), numbers(theirs))
    return ThreeWayMerge.merge(base: b, ours: o, theirs: t).map { Array($0.flatMap { texts[$0] }) }
  }
}
