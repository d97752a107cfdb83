// SPDX-License-Identifier: GPL-2.0-only

/// What the user can do about a patch that was refused.
///
/// Which advice helps follows from the outcome alone, and each is worded once. How a command is typed, with its
/// options and the names of trees and patches, is known where it was typed.
package enum Advice: Sendable, Hashable {
  /// The filters of the command line leave no file.
  case changeFilters
  /// Something else has the name of a file: that does not go away by trying harder.
  case lookAtPath
  /// The user named no tree, and the one that was tried lacks files.
  case nameTree(tried: String)
  /// The patch has no context.
  case allowNoContext
  /// A strict run refused what strategies may adapt.
  case adapt
  /// Positions are equally good; `orMore` where the patch can be changed, too.
  case choosePosition(orMore: Bool)
  /// Hunks wait for a decision of the user, for one tree or for several.
  case decide(trees: Int)
  /// Conflicts were written into the files; `next` is the command for the patches that were not tried.
  case editFiles(next: String?)
  /// The tree has nothing like some files.
  case leaveOut([String])
  /// An earlier patch of the series was refused.
  case fixEarlier(String)
  /// The difference between the patch and the tree can be shown, and the adapted patch recorded.
  case compare(records: Bool)

  /// A command that advice names.
  package enum Command: Sendable {
    case backport, resolve, explain, record
  }

  /// The advice as a clause without a full stop.
  ///
  /// - Parameters:
  ///   - command: a command as the user would type it, in quotes.
  ///   - quoted: a name as a shell reads it.
  package func text(
    _ command: (Command) -> String, quoted: (String) -> String = { $0 }
  ) -> String {
    switch self {
    case .changeFilters:
      "check --include and --exclude; 'patchkit stat' lists the files of the patches"
    case .lookAtPath: "'ls -l' shows what the tree has at that path"
    case .nameTree(let tree):
      "the tree is \(tree == "." ? "the current folder" : tree); '--onto TREE' names another"
    case .allowNoContext: "use --unidiff-zero, or get a patch with context"
    case .adapt: "\(command(.backport)) adapts what 'apply' refuses"
    case .choosePosition(let orMore):
      "\(command(.resolve)) asks you which position is meant"
        + (orMore ? "; more context in the patch would decide it, too" : "")
    case .decide(let trees):
      "\(command(.resolve)) asks you about each of these hunks"
        + (trees > 1 ? "; the answers count for every tree" : ", and records your answers")
    case .editFiles(let next):
      "edit the files; 'patchkit resolve' records what you decided"
        + (next.map { "; then \($0) works on the patches after it" } ?? "")
    case .leaveOut(let paths):
      "to apply the patch without what is missing, add"
        + paths.map { " --leave-out \(quoted($0))" }.joined()
    case .fixEarlier(let label):
      "it comes after '\(label)', which was refused: fix that patch first"
    case .compare(let records):
      "\(command(.explain)) shows what the tree has instead"
        + (records ? "; \(command(.record)) records the adapted patch" : "")
    }
  }
}

extension PatchOutcome {
  /// What helps after a strict run; nil where nothing does.
  ///
  /// - Parameter assumed: the tree, where the user named none.
  package func adviceOnApplying(isReversed: Bool, assumed tree: String?) -> Advice? {
    if verdict == .nothingToApply { return .changeFilters }
    guard [.ambiguous, .conflict, .missingPath].contains(verdict) else { return nil }
    if files.contains(where: { $0.verdict == .conflict && $0.hunks.isEmpty }) { return .lookAtPath }
    if verdict == .missingPath, let tree { return .nameTree(tried: tree) }
    let hunks = files.flatMap(\.hunks)
    if hunks.contains(where: { $0.reason?.contains("--unidiff-zero") ?? false }) {
      return .allowNoContext
    }
    if isReversed { return nil }
    // What is ambiguous stays so for the strategies.
    let isOnlyAmbiguous = hunks.allSatisfy { [.ambiguous, .exact, .offset].contains($0.verdict) }
    return verdict == .ambiguous && isOnlyAmbiguous ? .choosePosition(orMore: false) : .adapt
  }

  /// What helps where all strategies were tried and the tree lacks files; nil where it does not.
  package var adviceOnOmission: Advice? {
    unknownFiles.isEmpty ? nil : .leaveOut(unknownFiles)
  }

  /// What helps where the user could decide about hunks; nil where there is nothing to decide.
  ///
  /// - Parameter trees: for how many trees the patch is adapted.
  package func adviceOnQuestions(trees: Int = 1) -> Advice? {
    hasQuestions ? .decide(trees: trees) : nil
  }

  /// What helps with a patch of a collection that is refused.
  ///
  /// - Parameter records: whether the adapted patch can be recorded in the collection.
  package func adviceOnChecking(records: Bool) -> Advice {
    if let earlier = afterRefused?.last { return .fixEarlier(earlier) }
    return verdict == .ambiguous ? .choosePosition(orMore: true) : .compare(records: records)
  }
}
