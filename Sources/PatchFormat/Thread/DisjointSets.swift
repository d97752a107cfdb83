// SPDX-License-Identifier: GPL-2.0-only

/// Numbers in sets that are joined step by step.
package struct DisjointSets {
  private var parents: [Int]

  /// Every number is a set of its own.
  package init(count: Int) { parents = Array(0..<count) }

  /// The smallest number in the set of another.
  package mutating func first(of number: Int) -> Int {
    var root = number
    while parents[root] != root { root = parents[root] }
    var step = number
    while parents[step] != root { (step, parents[step]) = (parents[step], root) }
    return root
  }

  /// Makes one set of the sets of two numbers.
  package mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (first(of: a), first(of: b))
    parents[max(first, second)] = min(first, second)
  }
}
