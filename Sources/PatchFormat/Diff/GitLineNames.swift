// SPDX-License-Identifier: GPL-2.0-only

/// The two names of a `diff --git a/x b/x` line, which are separated by being the same name.
enum GitLineNames {
  /// Splits the names; nil where the line can be read in no way, or in more than one.
  ///
  /// Unquoted names may have spaces, so the split is at the space after which both sides name the same file
  /// after their prefix (or are the same without one), as in git.
  static func split(_ bytes: [UInt8], start: Int, limit: Int) -> (old: [UInt8], new: [UInt8])? {
    guard start < limit else { return nil }
    if bytes[start] == UInt8(ascii: "\"") {
      guard let (old, end) = QuotedName.decode(bytes, from: start, limit: limit), end < limit,
        bytes[end] == UInt8(ascii: " ")
      else { return nil }
      guard let new = name(bytes, from: end + 1, limit: limit) else { return nil }
      return agree(old, new) ? (old, new) : nil
    }
    if bytes[limit - 1] == UInt8(ascii: "\"") {
      // An unquoted name before a quoted one: the opening quote is after the first ` "`.
      for index in start..<(limit - 1)
      where bytes[index] == UInt8(ascii: " ") && bytes[index + 1] == UInt8(ascii: "\"") {
        guard let new = name(bytes, from: index + 1, limit: limit) else { continue }
        let old = Array(bytes[start..<index])
        if agree(old, new) { return (old, new) }
      }
      return nil
    }
    // Equal names after prefixes of equal length split in the middle: try that first.
    let middle = start + (limit - start) / 2
    if (limit - start) % 2 == 1, bytes[middle] == UInt8(ascii: " ") {
      let old = Array(bytes[start..<middle])
      let new = Array(bytes[(middle + 1)..<limit])
      if agree(old, new) { return (old, new) }
    }
    // A line of a thousand spaces would make the search below quadratic; no real name needs it.
    let spaces = bytes[start..<limit].indices.filter { bytes[$0] == UInt8(ascii: " ") }
    guard spaces.count <= 64 else { return nil }
    let splits = spaces.compactMap { space -> (old: [UInt8], new: [UInt8])? in
      let old = Array(bytes[start..<space])
      let new = Array(bytes[(space + 1)..<limit])
      return agree(old, new) ? (old, new) : nil
    }
    return splits.count == 1 ? splits[0] : nil
  }

  private static func name(_ bytes: [UInt8], from start: Int, limit: Int) -> [UInt8]? {
    if start < limit, bytes[start] == UInt8(ascii: "\"") {
      guard let (name, end) = QuotedName.decode(bytes, from: start, limit: limit), end == limit
      else { return nil }
      return name
    }
    return start < limit ? Array(bytes[start..<limit]) : nil
  }

  /// Whether two names are the same file for some `-p`: the same after equally many components.
  static func agree(_ old: [UInt8], _ new: [UInt8]) -> Bool {
    if old.isEmpty || new.isEmpty { return false }
    if old == new { return true }
    var strip = 1
    while let a = old.strippingComponents(strip), let b = new.strippingComponents(strip) {
      if a == b { return true }
      strip += 1
    }
    return false
  }
}
