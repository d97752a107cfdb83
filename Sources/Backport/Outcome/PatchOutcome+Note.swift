// SPDX-License-Identifier: GPL-2.0-only

extension PatchOutcome {
  /// Whether more than line numbers was changed for the tree.
  package var isAdapted: Bool { !adaptedFiles.isEmpty }

  /// A short note of what was changed for the tree, for the user to edit; nil if nothing was.
  package var adaptationNote: String? {
    let parts = adaptedFiles.flatMap { file in
      if file.hunks.isEmpty, file.verdict == .leftOut {
        return ["left out \(file.path)"]
      }
      let leftOut = file.hunks.filter { $0.verdict == .leftOut }
        .map { "left out hunk \($0.number) of" }
      let isResolved = file.hunks.contains { $0.strategy == .remembered && $0.verdict != .leftOut }
      let isAdjusted = file.hunks.contains {
        $0.strategy != .remembered && ![.exact, .offset].contains($0.verdict)
      }
      var what: [String] = file.verdict == .relocated ? ["moved to"] : []
      if isResolved { what.append("resolved by hand in") }
      if what.isEmpty, isAdjusted || leftOut.isEmpty { what.append("adjusted context in") }
      return (what + leftOut).map { "\($0) \(file.path)" }
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// The parts that are left out of a patch that applies, in a few words; nil where it is whole.
  package var omissionNote: String? {
    guard applies else { return nil }
    let parts = files.flatMap { file -> [String] in
      if file.hunks.isEmpty, file.verdict == .leftOut { return [file.path] }
      return file.hunks.filter { $0.verdict == .leftOut }.map {
        "hunk \($0.number) of \(file.path)"
      }
    }
    return parts.isEmpty ? nil : "left out " + parts.joined(separator: ", ")
  }

  /// The files that keep a partial patch from being whole, which the tree has nothing like.
  package var unknownFiles: [String] {
    verdict == .partial ? files.filter { $0.hasNothingAlike && !$0.isSettled }.map(\.path) : []
  }

  /// The least confidence of its hunks; nil where every hunk is unchanged.
  package var leastConfidence: Confidence? {
    files.lazy.flatMap(\.hunks).compactMap(\.confidence).min()
  }

  /// The most tolerant strategy that took a hunk; nil where none did.
  package var mostTolerantStrategy: StrategyName? {
    let used = Set(files.flatMap(\.hunks).compactMap(\.strategy))
    return StrategyName.allCases.last(where: used.contains)
  }

  /// Why its files and hunks do not apply, in the order of the patch.
  package var refusals: [String] {
    files.flatMap { file in
      [file.reason].compactMap(\.self)
        + file.hunks.filter { !$0.verdict.applies }.compactMap(\.reason)
    }
  }

  /// The checks of the result that found something.
  package var failedChecks: Set<ResultDoubt.Check> {
    Set(files.flatMap(\.hunks).flatMap(\.failedChecks))
  }

  private var adaptedFiles: [FileOutcome] {
    files.filter { file in
      ([file.verdict] + file.hunks.map(\.verdict)).contains { ![.exact, .offset].contains($0) }
    }
  }
}
