// SPDX-License-Identifier: GPL-2.0-only

/// Finds the elements that occur once in a part of each of two sequences, and their longest increasing subsequence.
struct Anchors {
  /// Where each number is in the part of the old and of the new sequence: `nowhere`, an index, or `often`.
  private var inOld: [Int32]
  private var inNew: [Int32]
  private static let nowhere: Int32 = -1
  private static let often: Int32 = -2

  /// Prepares for numbers below a limit.
  init(limit: Int) {
    inOld = [Int32](repeating: Self.nowhere, count: limit)
    inNew = inOld
  }

  /// Calls a body for the anchors of a part, in their order.
  ///
  /// - Returns: whether there are any.
  mutating func forEach(
    _ old: [Int32], _ new: [Int32], _ oldPart: Range<Int>, _ newPart: Range<Int>,
    _ body: (_ old: Int, _ new: Int) -> Void
  ) -> Bool {
    for index in oldPart {
      let number = Int(old[index])
      inOld[number] = inOld[number] == Self.nowhere ? Int32(truncatingIfNeeded: index) : Self.often
    }
    for index in newPart where new[index] >= 0 && inOld[Int(new[index])] != Self.nowhere {
      let number = Int(new[index])
      inNew[number] = inNew[number] == Self.nowhere ? Int32(truncatingIfNeeded: index) : Self.often
    }
    defer {
      for index in oldPart {
        (inOld[Int(old[index])], inNew[Int(old[index])]) = (Self.nowhere, Self.nowhere)
      }
    }
    func partner(_ index: Int) -> Int32? {
      let number = Int(old[index])
      return inOld[number] >= 0 && inNew[number] >= 0 ? inNew[number] : nil
    }
    // As a rule all of them rise, and need no list.
    var (last, rises) = (Self.nowhere, true)
    for index in oldPart {
      guard let partner = partner(index) else { continue }
      rises = rises && partner > last
      last = partner
    }
    if last == Self.nowhere { return false }
    if rises {
      for index in oldPart {
        if let partner = partner(index) { body(index, Int(partner)) }
      }
      return true
    }
    let unique = oldPart.compactMap { index in
      partner(index).map { (old: Int32(truncatingIfNeeded: index), new: $0) }
    }
    for (old, new) in Self.longestRising(unique) { body(Int(old), Int(new)) }
    return true
  }

  /// The longest row of pairs that rises on both sides (patience sorting).
  private static func longestRising(_ pairs: [(old: Int32, new: Int32)]) -> [(Int32, Int32)] {
    var tops: [Int32] = []
    var previous = [Int32](repeating: -1, count: pairs.count)
    for (index, pair) in pairs.enumerated() {
      var low = 0
      var high = tops.count
      while low < high {
        let middle = (low + high) / 2
        if pairs[Int(tops[middle])].new < pair.new { low = middle + 1 } else { high = middle }
      }
      previous[index] = low > 0 ? tops[low - 1] : -1
      let number = Int32(truncatingIfNeeded: index)
      if low == tops.count { tops.append(number) } else { tops[low] = number }
    }
    var row: [(Int32, Int32)] = []
    var index = tops.last ?? -1
    while index >= 0 {
      row.append(pairs[Int(index)])
      index = previous[Int(index)]
    }
    return row.reversed()
  }
}
