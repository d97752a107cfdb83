// SPDX-License-Identifier: GPL-2.0-only

/// A part of the work of a command that several machines share.
package struct Shard: Sendable, Hashable, Codable {
  /// Which one, from 1.
  package var index: Int
  /// Of how many.
  package var count: Int

  /// Makes one.
  package init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }
}

extension Shard {
  /// Whether an item is of this part: every `count`th one is.
  package func holds(_ item: Int) -> Bool { item % count == index - 1 }

  /// Throws unless reports are the shards of one run, each there once.
  ///
  /// - Parameter reports: the name of each, what identifies its run, and its shard (nil for a whole run).
  package static func requireWhole<Run: Equatable>(
    _ reports: [(name: String, run: Run, shard: Self?)]
  ) throws(PatchkitError) {
    guard let first = reports.first else {
      throw PatchkitError.report(
        "report merge", "there is no report to merge",
        hint: "name the JSON reports of the shards")
    }
    let count = first.shard?.count ?? 1
    var known: [Int: String] = [:]
    for (name, run, shard) in reports {
      guard run == first.run, (shard?.count ?? 1) == count else {
        throw PatchkitError.report(
          name, "this report and \(first.name) are of different runs",
          hint: "run every shard with the same inputs and options")
      }
      let index = shard?.index ?? 1
      if let other = known[index] {
        throw PatchkitError.report(
          name, "both this and \(other) are shard \(index) of \(count)",
          hint: "name each shard's report once")
      }
      known[index] = name
    }
    let missing = (1...count).filter { known[$0] == nil }
    if !missing.isEmpty {
      throw PatchkitError.report(
        first.name,
        "shard \(missing.map(String.init).joined(separator: ", ")) of \(count) is missing",
        hint: "run the missing shard; an unchecked part is not a pass")
    }
  }
}

extension PatchkitError {
  /// Makes the error of a report that cannot be read, or does not belong to the others.
  package static func report(_ file: String, _ message: String, hint: String) -> PatchkitError {
    PatchkitError(.badInput, path: file, message, consequence: "no report was made", hint: hint)
  }
}
