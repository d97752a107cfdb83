// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree

/// The result of one file's part of a patch.
///
/// What reports and locks need is coded; files with conflicts and questions stay with the value and
/// are not.
public struct FileOutcome: Sendable, Hashable, Codable {
  /// The number of the file patch in its patch, from 0.
  package var index: Int
  /// The path after, or before where the patch deletes the file.
  public var path: String
  /// The path before, where it differs.
  public var oldPath: String?
  /// What the patch does to the file: `modify`, `create`, `delete`, `rename` or `copy`.
  package var change: String
  /// The verdict on the file, from those on its hunks.
  public var verdict: Verdict
  /// Whether the file's part of the patch needs no more: it applies, or is already applied, left
  /// out or not needed where that is good enough.
  package var isSettled = false
  /// Whether the tree has neither the file nor one like it.
  var hasNothingAlike = false
  /// Why it does not apply, or is elsewhere, where that is about the file and not about a hunk.
  public var reason: String?
  /// The id of the blob before; nil where there is none, and where ids were not asked for.
  package var before: String?
  /// The id of the blob after; nil where there is none, and where ids were not asked for.
  package var after: String?
  /// The results of the hunks, in the order of the patch.
  public var hunks: [HunkOutcome] = []

  /// The file with its conflicts between markers and with the hunks that have a position, and a
  /// file of the rejected hunks, where that was asked for.
  package var marked: [TreeChange] = []
  /// What the user has to decide, where that is about the file and not about a hunk.
  public var question: OpenQuestion?

  // In order, so that a report can be written as it is encoded.
  private enum CodingKeys: String, CodingKey {
    case after, before, change, hunks, index, isSettled, oldPath, path, reason, verdict
  }

  /// Starts with a file patch of which nothing is known yet.
  init(index: Int, old: TreePath?, new: TreePath?, change: String) {
    self.index = index
    path = (new ?? old)?.description ?? ""
    oldPath = old == new || new == nil ? nil : old?.description
    self.change = change
    verdict = .nothingToApply
  }

  /// The outcome without what is not coded.
  var recorded: FileOutcome {
    var copy = self
    (copy.marked, copy.question) = ([], nil)
    // A million hunks that have no more than what is coded are not copied.
    if hunks.contains(where: \.hasUncoded) { copy.hunks = hunks.map(\.recorded) }
    return copy
  }

  /// Notes that the file patch does not apply, and why.
  mutating func refuse(_ verdict: Verdict, _ reason: Reason) {
    refuse(verdict, reason.sentence)
  }

  /// Notes that the file patch does not apply, and why.
  mutating func refuse(_ verdict: Verdict, _ sentence: String) {
    self.verdict = verdict
    reason = sentence
    isSettled = false
  }
}
