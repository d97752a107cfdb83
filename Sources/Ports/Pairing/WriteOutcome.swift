// SPDX-License-Identifier: GPL-2.0-only

/// What became of the data of a scenario's writers.
package struct WriteOutcome: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The writers whose data can be read back, from 1.
  package var kept: [Int]
  /// The number of writers.
  package var writers: Int
  /// The writers that got an error: their data may be missing.
  package var failed: [Int] = []
  /// The writers that read something else than data after their writes were complete.
  package var misread: [Int] = []
  /// What else was watched, by name.
  package var watched: [String] = []

  /// Fewer kept come first.
  package static func < (a: WriteOutcome, b: WriteOutcome) -> Bool {
    (a.kept.count, a.description) < (b.kept.count, b.description)
  }

  /// `all`, `none`, or whose data is there, then what was watched.
  package var description: String {
    let data =
      kept.count == writers
      ? "all" : kept.isEmpty ? "none" : kept.map(String.init).joined(separator: "+")
    let errors =
      failed.isEmpty ? [] : ["\(failed.map(String.init).joined(separator: "+")) failed"]
    let zeros =
      misread.isEmpty ? [] : ["\(misread.map(String.init).joined(separator: "+")) read zeros"]
    return ([data] + errors + zeros + watched).joined(separator: ", ")
  }

  /// What is wrong: data that was written and is not there; nil if nothing is.
  package var complaint: String? {
    let lost = (1...max(1, writers)).filter { !kept.contains($0) && !failed.contains($0) }
    if lost.isEmpty {
      if misread.isEmpty { return nil }
      let names = misread.map { "writer \($0)" }.joined(separator: " and ")
      return "\(names) read zeros after the write was complete"
    }
    let names = lost.map { "writer \($0)" }.joined(separator: " and ")
    return "the data of \(names) is lost"
  }

  /// Every set of some of the writers, as outcomes are printed and sorted.
  package static func subsets(_ writers: Int) -> [String] {
    (0..<(1 << writers)).map { mask in
      WriteOutcome(
        kept: (0..<writers).filter { mask >> $0 & 1 == 1 }.map { $0 + 1 }, writers: writers)
    }.sorted().map(\.description)
  }
}
