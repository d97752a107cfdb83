// SPDX-License-Identifier: GPL-2.0-only

public import KernelTree
internal import PatchFormat

/// The result of a patch on a tree: the verdicts, and where the patch applies, the adapted patch
/// and its changes.
///
/// What reports and locks need is coded. The patch, its changes and its adapted text are the
/// content, which stays with the value and is not coded: an outcome that was read back has none.
public struct PatchOutcome: Sendable, Hashable, Codable {
  /// The input that holds the patch.
  public var input: String
  /// The subject of the patch.
  public var subject: String
  /// The verdict on the whole.
  public var verdict: Verdict
  /// Whether the whole patch applies.
  public var applies: Bool
  /// The results of the file patches, in the order of the patch.
  public var files: [FileOutcome]
  /// How many of its files the command line leaves out.
  package var excluded: Int
  /// Why it could not be tried at all.
  public var problem: String?
  /// Why reverse-applying the adapted patch does not give the tree back; nil where it does, and
  /// where that was not tried.
  package var reverseProblem: String?
  /// The label of the later patch after which it would apply.
  package var appliesAfter: String?
  /// The labels of earlier patches that were refused and touch the same files; nil where there are
  /// none.
  package var afterRefused: [String]?
  /// Whether the tree has all changes of the patch in another form; nil if this was not
  /// checked.
  package var isPresent: Bool?
  /// What a compiler found; nil where nothing was built.
  package var build: BuildOutcome?
  /// The id of the commit that was made of it.
  package var commit: String?
  /// How long trying it took, in seconds.
  package var seconds: Double?

  /// The patch, its changes and its adapted text; nil where the outcome was read back, and where it
  /// was not to be kept.
  package private(set) var content: PatchContent?

  // In order, so that a report can be written as it is encoded.
  private enum CodingKeys: String, CodingKey {
    case afterRefused, applies, appliesAfter, build, commit, excluded, files, input, isPresent
    case problem, reverseProblem, seconds, subject, verdict
  }

  /// Takes what trying a patch came to.
  init(
    verdict: Verdict, files: [FileOutcome], excluded: Int, content: PatchContent
  ) {
    input = content.patch.input
    subject = content.patch.subject
    self.verdict = verdict
    applies = content.adapted != nil
    self.files = files
    self.excluded = excluded
    self.content = content
  }

  /// The outcome of a patch that could not be tried.
  package init(_ item: PatchQueue.Item, problem: String) {
    self.init(
      verdict: .conflict, files: [], excluded: 0,
      content: PatchContent(patch: item.patch, options: item.options))
    self.problem = problem
  }

  /// The outcome without its content and its time: what reports keep.
  package var recorded: PatchOutcome {
    var copy = self
    copy.content = nil
    copy.files = files.map(\.recorded)
    return copy
  }

  /// Refuses a patch that applies, for a reason about some of its files.
  mutating func refuse(files refused: [Int], _ reason: String) {
    for index in refused {
      files[index].verdict = .conflict
      files[index].isSettled = false
      files[index].reason = [files[index].reason, reason].compactMap(\.self).joined(separator: "; ")
    }
    verdict = Verdict.whole(of: files.map(\.verdict))
    applies = false
    content = content.map { PatchContent(patch: $0.patch, options: $0.options) }
  }

  /// Names the patch anew, where an outcome is taken for an equal patch.
  ///
  /// - Returns: whether it had another name.
  package mutating func rename(_ patch: Patch) -> Bool {
    // An equal patch of the same input has the same subject, which takes longer to find than all else.
    if input.utf8.elementsEqual(patch.input.utf8) { return false }
    input = patch.input
    subject = patch.subject
    return true
  }

  /// The patch that was tried; nil where the outcome has no content.
  package var patch: Patch? { content?.patch }

  /// The changes of the tree; empty where the patch does not apply.
  public var changes: [TreeChange] { content?.changes ?? [] }

  /// The changes of the files that apply, whether or not the whole patch does.
  package var partialChanges: [TreeChange] { content?.partialChanges ?? [] }

  /// Whether the user could decide about some part of the patch that does not apply.
  package var hasQuestions: Bool {
    files.contains { file in
      !file.isSettled && (file.question != nil || file.hunks.contains { $0.question != nil })
    }
  }
}

/// What belongs to the outcome of a patch and is not coded with it.
package final class PatchContent: Sendable, Hashable {
  /// The patch that was tried.
  package let patch: Patch
  /// The options that it was tried with.
  let options: ApplyOptions
  /// Whether a file patch moves what another one of the patch makes: no tool takes such a patch as
  /// it is.
  let isChained: Bool
  /// The file patches as they apply to the tree; nil where the patch does not apply.
  let adapted: [AdaptedFile]?
  /// The changes of the tree; empty where the patch does not apply.
  let changes: [TreeChange]
  /// The changes of the files that apply, whether or not the whole patch does.
  let partialChanges: [TreeChange]
  /// The paths of changes that were dropped or handed over while they were made.
  let deliveredPaths: [TreePath]

  init(
    patch: Patch, options: ApplyOptions, adapted: [AdaptedFile]? = nil, isChained: Bool = false,
    changes: [TreeChange] = [], partialChanges: [TreeChange] = [], deliveredPaths: [TreePath] = []
  ) {
    self.patch = patch
    self.options = options
    self.adapted = adapted
    self.isChained = isChained
    self.changes = changes
    self.partialChanges = partialChanges
    self.deliveredPaths = deliveredPaths
  }

  /// Contents are the same where they are one object.
  package static func == (a: PatchContent, b: PatchContent) -> Bool { a === b }
  package func hash(into hasher: inout Hasher) { ObjectIdentifier(self).hash(into: &hasher) }
}
