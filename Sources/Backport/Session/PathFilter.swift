// SPDX-License-Identifier: GPL-2.0-only

/// Which of a patch's files are taken: git apply's `--include` and `--exclude`.
///
/// The first pattern that matches a path decides. If none matches, the path is included unless there is
/// an `--include`. `*` matches any text, including slashes, as in git.
package struct PathFilter: Sendable, Hashable {
  /// One pattern of the command line.
  package struct Rule: Sendable, Hashable {
    /// The bytes of the pattern, which is matched against whole paths below the tree's root.
    package var pattern: [UInt8]
    /// Whether a path that fits is taken.
    package var isInclude: Bool

    /// Makes a rule from a pattern.
    package init(pattern: String, isInclude: Bool) {
      self.pattern = Array(pattern.utf8)
      self.isInclude = isInclude
    }
  }

  /// The patterns in their order.
  package var rules: [Rule]

  /// Makes a filter from patterns in their order; none takes everything.
  package init(rules: [Rule] = []) {
    self.rules = rules
  }

  /// Makes a filter from patterns of the command line: of those that fit, one that excludes decides.
  package init(include: [String], exclude: [String]) {
    rules =
      exclude.map { Rule(pattern: $0, isInclude: false) }
      + include.map { Rule(pattern: $0, isInclude: true) }
  }

  /// Whether a path is taken.
  package func takes(_ path: [UInt8]) -> Bool {
    for rule in rules where Self.matches(rule.pattern, path) { return rule.isInclude }
    return !rules.contains(where: \.isInclude)
  }

  /// Whether a pattern of `*`, `?`, `[…]` and `\` fits a whole path; linear but for the last `*`.
  static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var p = 0
    var t = 0
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
        star = (p + 1, t)
        p += 1
      } else if p < pattern.count, let next = single(pattern, p, text[t]) {
        p = next
        t += 1
      } else if let back = star {
        star = (back.pattern, back.text + 1)
        p = back.pattern
        t = back.text + 1
      } else {
        return false
      }
    }
    while p < pattern.count, pattern[p] == UInt8(ascii: "*") { p += 1 }
    return p == pattern.count
  }

  /// Where the pattern continues if its character at `index` matches a byte; nil if it does not.
  private static func single(_ pattern: [UInt8], _ index: Int, _ byte: UInt8) -> Int? {
    switch pattern[index] {
    case UInt8(ascii: "?"): return index + 1
    case UInt8(ascii: "\\") where index + 1 < pattern.count:
      return pattern[index + 1] == byte ? index + 2 : nil
    case UInt8(ascii: "["):
      var position = index + 1
      var isNegated = false
      if position < pattern.count,
        pattern[position] == UInt8(ascii: "!")
          || pattern[position] == UInt8(ascii: "^")
      {
        isNegated = true
        position += 1
      }
      var fits = false
      let first = position
      while position < pattern.count, pattern[position] != UInt8(ascii: "]") || position == first {
        let low = pattern[position]
        if position + 2 < pattern.count, pattern[position + 1] == UInt8(ascii: "-"),
          pattern[position + 2] != UInt8(ascii: "]")
        {
          if low <= byte, byte <= pattern[position + 2] { fits = true }
          position += 3
        } else {
          if low == byte { fits = true }
          position += 1
        }
      }
      guard position < pattern.count else { return pattern[index] == byte ? index + 1 : nil }
      return fits != isNegated ? position + 1 : nil
    default: return pattern[index] == byte ? index + 1 : nil
    }
  }
}
