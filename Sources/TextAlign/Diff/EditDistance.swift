// SPDX-License-Identifier: GPL-2.0-only

/// How many letters apart two names are (Levenshtein), up to a bound.
package enum EditDistance {
  /// The number of letters to add, leave out or change; nil where it is more than `most`.
  package static func between(_ a: [UInt8], _ b: [UInt8], most: Int) -> Int? {
    if abs(a.count - b.count) > most { return nil }
    var row = Array(0...b.count)
    for i in a.indices {
      var last = row[0]
      row[0] = i + 1
      var least = row[0]
      for j in b.indices {
        let next = min(row[j] + 1, row[j + 1] + 1, last + (a[i] == b[j] ? 0 : 1))
        last = row[j + 1]
        row[j + 1] = next
        least = min(least, next)
      }
      if least > most { return nil }
    }
    return row[b.count] <= most ? row[b.count] : nil
  }
}
