// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import Interleave
package import PortCheck

/// What `patchkit verify` found: one value, which every report is made from, and which shards of a run
/// are merged as.
package struct Verification: Sendable, Hashable, Codable {
  /// A part of a collection that a run looked at.
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

  /// Something that was found.
  package struct Finding: Sendable, Hashable, Codable {
    /// The check that found it.
    package var check: Check
    /// How much it weighs.
    package var severity: Check.Severity
    /// What it is, as one sentence without a full stop.
    package var message: String
    /// What to do about it.
    package var hint: String?
    /// The file of the collection that it is about.
    package var file: String
    /// The line, from 1.
    package var line: Int?
    /// The tree that it was found on.
    package var tree: String?
    /// The evidence, a line each.
    package var details: [String]
  }

  /// The sum of what stands in a cell or a row.
  package enum Status: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Everything holds.
    case holds
    /// Everything holds, and a person had better look.
    case warned
    /// Something could not be checked.
    case notChecked = "not-checked"
    /// Something does not hold.
    case fails

    /// From good to bad.
    package static func < (a: Status, b: Status) -> Bool {
      allCases.firstIndex(of: a) ?? 0 < allCases.firstIndex(of: b) ?? 0
    }

    /// The worst of some findings.
    package init(_ findings: some Sequence<Finding>) {
      self = .holds
      for finding in findings {
        let own: Status =
          switch finding.severity {
          case .error: .fails
          case .notChecked: .notChecked
          case .warning: .warned
          case .note: .holds
          }
        self = max(self, own)
      }
    }
  }

  /// A line of a hunk.
  package struct Line: Sendable, Hashable, Codable {
    /// `+`, `-` or a blank.
    package var kind: String
    /// The text, without its end.
    package var text: String
  }

  /// A hunk of a patch, as the patch has it.
  package struct HunkText: Sendable, Hashable, Codable {
    /// The first line before.
    package var oldStart: Int
    /// The first line after.
    package var newStart: Int
    /// The text behind the second `@@`.
    package var heading: String
    /// The lines.
    package var lines: [Line]
  }

  /// A hunk on a tree.
  package struct Hunk: Sendable, Hashable, Codable {
    /// The number in its file, from 1.
    package var number: Int
    /// The verdict.
    package var verdict: Verdict
    /// The line that the patch states, from 1.
    package var stated: Int
    /// The line where it goes, from 1.
    package var line: Int?
    /// Why it goes nowhere.
    package var reason: String?
    /// The places that are equally good, a sentence each.
    package var candidates: [String]
    /// How it goes on, where that is in other words.
    package var adapted: [HunkText]?

    /// What a lock keeps of it.
    package var summary: String { "\(verdict.rawValue) \(line ?? stated)" }
  }

  /// A file of a patch on a tree.
  package struct File: Sendable, Hashable, Codable {
    /// The number of the file patch in its patch, from 0.
    package var index: Int
    /// The path.
    package var path: String
    /// What becomes of the file.
    package var change: String
    /// The verdict.
    package var verdict: Verdict
    /// Why it does not apply, where that is about the file.
    package var reason: String?
    /// The blob before; nil where there is none, and where it was not asked for.
    package var before: String?
    /// The blob after; nil where there is none, and where it was not asked for.
    package var after: String?
    /// The hunks.
    package var hunks: [Hunk]
  }

  /// A name that a tree lacks.
  package struct MissingName: Sendable, Hashable, Codable {
    /// The name.
    package var name: String
    /// How it is used.
    package var role: String
    /// Where it is first used: `path:line` of the post-image.
    package var place: String
    /// The nearest names of the tree.
    package var candidates: [String]
  }

  /// What came of a patch on a tree.
  package struct Outcome: Sendable, Hashable, Codable {
    /// The verdict.
    package var verdict: Verdict
    /// Whether the patch applies.
    package var applies: Bool
    /// Why it could not be tried at all.
    package var problem: String?
    /// The files.
    package var files: [File]
    /// Why taking it back does not give the tree as it was; nil where it does.
    package var reverseProblem: String?
    /// The label of the patch behind which it would apply, where it stands before it.
    package var appliesAfter: String?
    /// The labels of earlier patches that were refused and touch the same paths.
    package var behindRefused: [String]
    /// Whether the tree has everything that it makes.
    package var isThere: Bool
    /// The names that it leans on and the tree lacks; nil where nobody looked.
    package var missing: [MissingName]?
    /// The files whose headers the tree lacks, so that nobody could look.
    package var withoutHeaders: [String]?
  }

  /// A patch on a tree.
  package struct Cell: Sendable, Hashable, Codable {
    /// The tree.
    package var tree: String
    /// What was expected.
    package var expected: String
    /// The sum.
    package var status: Status
    /// What came of it; nil where it could not be tried.
    package var outcome: Outcome?
    /// What was found.
    package var findings: [Finding]
  }

  /// A file of a patch as its text.
  package struct FileText: Sendable, Hashable, Codable {
    /// The path.
    package var path: String
    /// The hunks.
    package var hunks: [HunkText]
  }

  /// A patch.
  package struct Patch: Sendable, Hashable, Codable {
    /// The place in its folder, from 1.
    package var number: Int
    /// The file, with the number of the mail where there are several.
    package var label: String
    /// The path of the file.
    package var file: String
    /// The subject.
    package var subject: String
    /// The SHA-256 of the file.
    package var sha256: String
    /// What `git patch-id --stable` prints for it; nil where it is not in git's form.
    package var patchID: String?
    /// What was found without a tree.
    package var findings: [Finding]
    /// What came of it on each tree.
    package var cells: [Cell]
    /// Its text, where a report shows it.
    package var text: [FileText]?

    /// The sum.
    package var status: Status { max(Status(findings), cells.map(\.status).max() ?? .holds) }
  }

  /// A scenario that was explored.
  package struct Scenario: Sendable, Hashable, Codable {
    /// The name.
    package var name: String
    /// The side of the patch.
    package var side: String
    /// How it was to end.
    package var expected: ExplorationVerdict
    /// How it ended.
    package var verdict: ExplorationVerdict
    /// Every outcome.
    package var outcomes: [String]
    /// How many executions were run.
    package var executions: Int
    /// Whether it came out as the manifest says.
    package var holds: Bool
    /// An execution that shows how: the wrong one where there is one.
    package var example: ExecutionTrace?
  }

  /// A folder of patches.
  package struct Folder: Sendable, Hashable, Codable {
    /// What it is called.
    package var name: String
    /// Its path.
    package var path: String
    /// What the patches are in.
    package var kind: PatchFolder.Kind
    /// The trees that they are meant for.
    package var trees: [String]
    /// What was found about the whole.
    package var findings: [Finding]
    /// The patches.
    package var patches: [Patch]
    /// What was found about the ports; nil where there are none.
    package var ports: PortCheckReport?
    /// The scenarios.
    package var scenarios: [Scenario]

    /// The sum.
    package var status: Status { max(Status(findings), patches.map(\.status).max() ?? .holds) }
    /// Everything that was found, in order.
    package var allFindings: [Finding] {
      findings + patches.flatMap { $0.findings + $0.cells.flatMap(\.findings) }
    }
  }

  /// The sums over the whole.
  package struct Summary: Sendable, Hashable, Codable {
    /// How many patches there are.
    package var patches = 0
    /// How many patches were tried on a tree.
    package var cells = 0
    /// How many came to each verdict.
    package var verdicts: [String: Int] = [:]
    /// How many findings weigh how much.
    package var errors = 0
    /// Warnings.
    package var warnings = 0
    /// What could not be checked.
    package var notChecked = 0
  }

  /// The form of this value; another number where it changes.
  package var format = 1
  /// The id of what was to be looked at, the same for every shard of a run.
  package var collection: String
  /// The part that was looked at; nil for all.
  package var shard: Shard?
  /// The folders that were left out because nothing of them changed.
  package var unchanged: [String]
  /// The folders of patches.
  package var folders: [Folder]

  /// Everything that was found, in order.
  package var findings: [Finding] { folders.flatMap(\.allFindings) }

  /// The sums over the whole.
  package var summary: Summary {
    var summary = Summary()
    for folder in folders {
      summary.patches += folder.patches.count
      for cell in folder.patches.flatMap(\.cells) {
        guard let outcome = cell.outcome else { continue }
        summary.cells += 1
        summary.verdicts[outcome.verdict.rawValue, default: 0] += 1
      }
    }
    for finding in findings {
      switch finding.severity {
      case .error: summary.errors += 1
      case .warning: summary.warnings += 1
      case .notChecked: summary.notChecked += 1
      case .note: break
      }
    }
    return summary
  }

  /// The sum over the whole.
  package var status: Status { folders.map(\.status).max() ?? .holds }
}
