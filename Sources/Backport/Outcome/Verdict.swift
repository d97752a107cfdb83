// SPDX-License-Identifier: GPL-2.0-only

/// The result of a hunk, a file or a patch on a tree: a closed set.
public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  /// Applies at the very lines that the patch states.
  case exact
  /// Applies at other lines, with the same text.
  case offset
  /// Applies to another file than the patch names.
  case relocated
  /// Applies with less of its context, or with other white space.
  case reducedContext = "reduced-context"
  /// Carried over through the file that the patch was made for.
  case threeWay = "three-way"
  /// Merged with lines that differ in the target.
  case merged
  /// The target already has what the patch makes.
  case alreadyApplied = "already-applied"
  /// The target has a part of it already, and does not have the rest.
  case partlyApplied = "partly-applied"
  /// The patch changes nothing, or the command line excludes every file of it.
  case nothingToApply = "nothing-to-apply"
  /// A part is left out because the user decided so; of a whole: it applies without that part.
  case leftOut = "left-out"
  /// The target has neither some of the files that the patch changes nor files like them; the rest
  /// applies.
  case partial
  /// Several positions are equally good.
  case ambiguous
  /// The target does not have the text that the patch changes.
  case conflict
  /// The target does not have the file that the patch changes.
  case missingPath = "missing-path"

  /// Whether nothing of this part keeps the patch from applying.
  ///
  /// A part that is left out holds nothing up. A patch of which there is nothing to apply does not
  /// apply: it changes no tree.
  public var applies: Bool {
    switch self {
    case .exact, .offset, .relocated, .reducedContext, .threeWay, .merged, .leftOut:
      true
    case .alreadyApplied, .partlyApplied, .nothingToApply, .partial, .ambiguous, .conflict,
      .missingPath:
      false
    }
  }

  /// The verdict on a whole, from those of its parts; `nothingToApply` for a whole without parts.
  ///
  /// What keeps the whole from applying decides first. Parts that the target already has make the
  /// whole already applied, or partly applied where it does not have all of them. A part that is
  /// left out shows in the whole, so that no whole is called exact that is not complete.
  public static func whole(of parts: some Sequence<Verdict>) -> Verdict {
    var parts = Set(parts)
    parts.remove(.nothingToApply)
    for verdict in [
      Verdict.conflict, .missingPath, .partial, .ambiguous, .partlyApplied,
    ]
    where parts.contains(verdict) { return verdict }
    if parts.contains(.alreadyApplied) {
      return parts.subtracting([.alreadyApplied, .leftOut]).isEmpty
        ? .alreadyApplied : .partlyApplied
    }
    let firstThatShows: [Verdict] = [
      .leftOut, .merged, .threeWay, .reducedContext, .relocated, .offset, .exact,
    ]
    return firstThatShows.first { parts.contains($0) } ?? .nothingToApply
  }
}
