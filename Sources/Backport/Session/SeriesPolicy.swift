// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree

/// How a series is tried: what happens at a refusal, what counts as accepted, and what is kept of
/// the results.
///
/// Whether a patch is applied or reverse-applied is said by its own options, as a line of a series
/// may have `-R`.
package struct SeriesPolicy: Sendable {
  /// What happens where a patch is refused.
  package enum Refusal: Sendable, Hashable {
    /// The series ends; nothing of it applies.
    case stop
    /// The series ends, and the refused patch is given with its conflicts between markers.
    case markConflicts(ConflictRegion.Markers)
    /// Later patches are tried as if the patch were not there; the series as a whole does not
    /// apply.
    case skip
    /// Later patches are tried as if the patch were not there, and the series applies without it.
    case leaveOut
  }

  /// What is kept of the results in addition to verdicts.
  package struct Kept: OptionSet, Sendable, Hashable {
    /// The options as bits.
    package let rawValue: Int
    /// Makes options from their bits.
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The patch, its changes and its adapted text.
    package static let content = Kept(rawValue: 1)
    /// The ids of the blobs before and after.
    package static let blobIDs = Kept(rawValue: 2)
  }

  /// What happens where a patch is refused.
  package var refusal: Refusal
  /// Verdicts that end no series although the patch does not apply.
  package var accepts: Set<Verdict>
  /// After how many later patches that touch its files a refused patch is tried again.
  package var retries: Int
  /// Whether the adapted patch is reverse-applied to its own result, which has to give the tree
  /// back.
  package var checksReversal = false
  /// What an outcome keeps in addition to verdicts.
  package var keeps: Kept
  /// What happens to the changes of a large patch that is alone in its series.
  package var delivery = ChangeDelivery.kept

  /// Makes a policy; the default is that of `git am`: all patches apply, or none.
  package init(
    refusal: Refusal = .stop, accepts: Set<Verdict> = [], retries: Int = 0, keeps: Kept = .content
  ) {
    self.refusal = refusal
    self.accepts = accepts
    self.retries = retries
    self.keeps = keeps
  }

  var markers: ConflictRegion.Markers? {
    if case .markConflicts(let markers) = refusal { markers } else { nil }
  }

  /// Whether a series ends at a refused patch.
  var endsAtRefusal: Bool {
    switch refusal {
    case .stop, .markConflicts: true
    case .skip, .leaveOut: false
    }
  }
}

/// What happens to the changes of a patch's files.
package enum ChangeDelivery: Sendable {
  /// They are in the outcome.
  case kept
  /// They are not used.
  case dropped
  /// They are handed over file by file, from several threads, before it is known whether the whole
  /// patch applies.
  case handedOver(@Sendable (TreeChange) throws -> Void)

  var isKept: Bool { if case .kept = self { true } else { false } }
  var isDropped: Bool { if case .dropped = self { true } else { false } }
}
