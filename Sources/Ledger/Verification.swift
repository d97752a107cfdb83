// SPDX-License-Identifier: GPL-2.0-only

public import Backport
public import Interleave
public import PortCheck

/// What `patchkit verify` found: one value, which every report is made from, and which shards of a run
/// are merged as.
public struct Verification: Sendable, Hashable, Codable {
  /// A part of a collection that a run looked at.
  public struct Shard: Sendable, Hashable, Codable {
    /// Which one, from 1.
    public var index: Int
    /// Of how many.
    public var count: Int

    /// Makes one.
    public init(index: Int, count: Int) {
      self.index = index
      self.count = count
    }
  }

  /// Something that was found.
  public struct Finding: Sendable, Hashable, Codable {
    /// The check that found it.
    public var check: Check
    /// How much it weighs.
    public var severity: Check.Severity
    /// What it is, as one sentence without a full stop.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The file of the collection that it is about.
    public var file: String
    /// The line, from 1.
    public var line: Int?
    /// The tree that it was found on.
    public var tree: String?
    /// The evidence, a line each.
    public var details: [String]
  }

  /// The sum of what stands in a cell or a row.
  public enum Status: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Everything holds.
    case holds
    /// Everything holds, and a person had better look.
    case warned
    /// Something could not be checked.
    case notChecked = "not-checked"
    /// Something does not hold.
    case fails

    /// From good to bad.
    public static func < (a: Status, b: Status) -> Bool {
      allCases.firstIndex(of: a) ?? 0 < allCases.firstIndex(of: b) ?? 0
    }

    /// The worst of some findings.
    public init(_ findings: some Sequence<Finding>) {
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
  public struct Line: Sendable, Hashable, Codable {
    /// `+`, `-` or a blank.
    public var kind: String
    /// The text, without its end.
    public var text: String
  }

  /// A hunk of a patch, as the patch has it.
  public struct HunkText: Sendable, Hashable, Codable {
    /// The first line before.
    public var oldStart: Int
    /// The first line after.
    public var newStart: Int
    /// The text behind the second `@@`.
    public var heading: String
    /// The lines.
    public var lines: [Line]
  }

  /// A hunk on a tree.
  public struct Hunk: Sendable, Hashable, Codable {
    /// The number in its file, from 1.
    public var number: Int
    /// The verdict.
    public var verdict: Verdict
    /// The line that the patch states, from 1.
    public var stated: Int
    /// The line where it goes, from 1.
    public var line: Int?
    /// Why it goes nowhere.
    public var reason: String?
    /// The places that are equally good, a sentence each.
    public var candidates: [String]
    /// How it goes on, where that is in other words.
    public var adapted: [HunkText]?

    /// What a lock keeps of it.
    public var summary: String { "\(verdict.rawValue) \(line ?? stated)" }
  }

  /// A file of a patch on a tree.
  public struct File: Sendable, Hashable, Codable {
    /// The number of the file patch in its patch, from 0.
    public var index: Int
    /// The path.
    public var path: String
    /// What becomes of the file.
    public var change: String
    /// The verdict.
    public var verdict: Verdict
    /// Why it does not apply, where that is about the file.
    public var reason: String?
    /// The blob before; nil where there is none, and where it was not asked for.
    public var before: String?
    /// The blob after; nil where there is none, and where it was not asked for.
    public var after: String?
    /// The hunks.
    public var hunks: [Hunk]
  }

  /// A name that a tree lacks.
  public struct MissingName: Sendable, Hashable, Codable {
    /// The name.
    public var name: String
    /// How it is used.
    public var role: String
    /// Where it is first used: `path:line` of the post-image.
    public var place: String
    /// The nearest names of the tree.
    public var candidates: [String]
  }

  /// What came of a patch on a tree.
  public struct Outcome: Sendable, Hashable, Codable {
    /// The verdict.
    public var verdict: Verdict
    /// Whether the patch applies.
    public var applies: Bool
    /// Why it could not be tried at all.
    public var problem: String?
    /// The files.
    public var files: [File]
    /// Why taking it back does not give the tree as it was; nil where it does.
    public var reverseProblem: String?
    /// The label of the patch behind which it would apply, where it stands before it.
    public var appliesAfter: String?
    /// The labels of earlier patches that were refused and touch the same paths.
    public var behindRefused: [String]
    /// Whether the tree has everything that it makes.
    public var isThere: Bool
    /// The names that it leans on and the tree lacks; nil where nobody looked.
    public var missing: [MissingName]?
    /// The files whose headers the tree lacks, so that nobody could look.
    public var withoutHeaders: [String]?
  }

  /// A patch on a tree.
  public struct Cell: Sendable, Hashable, Codable {
    /// The tree.
    public var tree: String
    /// What was expected.
    public var expected: String
    /// The sum.
    public var status: Status
    /// What came of it; nil where it could not be tried.
    public var outcome: Outcome?
    /// What was found.
    public var findings: [Finding]
  }

  /// A file of a patch as its text.
  public struct FileText: Sendable, Hashable, Codable {
    /// The path.
    public var path: String
    /// The hunks.
    public var hunks: [HunkText]
  }

  /// A patch.
  public struct Patch: Sendable, Hashable, Codable {
    /// The place in its folder, from 1.
    public var number: Int
    /// The file, with the number of the mail where there are several.
    public var label: String
    /// The path of the file.
    public var file: String
    /// The subject.
    public var subject: String
    /// The SHA-256 of the file.
    public var sha256: String
    /// What `git patch-id --stable` prints for it; nil where it is not in git's form.
    public var patchID: String?
    /// What was found without a tree.
    public var findings: [Finding]
    /// What came of it on each tree.
    public var cells: [Cell]
    /// Its text, where a report shows it.
    public var text: [FileText]?

    /// The sum.
    public var status: Status { max(Status(findings), cells.map(\.status).max() ?? .holds) }
  }

  /// A scenario that was explored.
  public struct Scenario: Sendable, Hashable, Codable {
    /// The name.
    public var name: String
    /// The side of the patch.
    public var side: String
    /// How it was to end.
    public var expected: ExplorationVerdict
    /// How it ended.
    public var verdict: ExplorationVerdict
    /// Every outcome.
    public var outcomes: [String]
    /// How many executions were run.
    public var executions: Int
    /// Whether it came out as the manifest says.
    public var holds: Bool
    /// An execution that shows how: the wrong one where there is one.
    public var example: ExecutionTrace?
  }

  /// A folder of patches.
  public struct Folder: Sendable, Hashable, Codable {
    /// What it is called.
    public var name: String
    /// Its path.
    public var path: String
    /// What the patches are in.
    public var kind: PatchFolder.Kind
    /// The trees that they are meant for.
    public var trees: [String]
    /// What was found about the whole.
    public var findings: [Finding]
    /// The patches.
    public var patches: [Patch]
    /// What was found about the ports; nil where there are none.
    public var ports: PortCheckReport?
    /// The scenarios.
    public var scenarios: [Scenario]

    /// The sum.
    public var status: Status { max(Status(findings), patches.map(\.status).max() ?? .holds) }
    /// Everything that was found, in order.
    public var allFindings: [Finding] {
      findings + patches.flatMap { $0.findings + $0.cells.flatMap(\.findings) }
    }
  }

  /// The sums over the whole.
  public struct Summary: Sendable, Hashable, Codable {
    /// How many patches there are.
    public var patches = 0
    /// How many patches were tried on a tree.
    public var cells = 0
    /// How many came to each verdict.
    public var verdicts: [String: Int] = [:]
    /// How many findings weigh how much.
    public var errors = 0
    /// Warnings.
    public var warnings = 0
    /// What could not be checked.
    public var notChecked = 0
  }

  /// The form of this value; another number where it changes.
  public var format = 1
  /// The id of what was to be looked at, the same for every shard of a run.
  public var collection: String
  /// The part that was looked at; nil for all.
  public var shard: Shard?
  /// The folders that were left out because nothing of them changed.
  public var unchanged: [String]
  /// The folders of patches.
  public var folders: [Folder]

  /// Everything that was found, in order.
  public var findings: [Finding] { folders.flatMap(\.allFindings) }

  /// The sums over the whole.
  public var summary: Summary {
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
  public var status: Status { folders.map(\.status).max() ?? .holds }
}
