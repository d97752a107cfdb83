// SPDX-License-Identifier: GPL-2.0-only

package import Host
public import Backport
package import Interleave
package import PortCheck

/// What `patchkit verify` found: one value, which every report is made from, and which shards of a run
/// are merged as.
public struct Verification: Sendable, Hashable, Codable {
  /// One finding of a check: what is wrong, where, and what to do about it.
  public struct Finding: Sendable, Hashable, Codable {
    /// The check that found it.
    public var check: Check
    /// Whether it is an error, a warning, a note or a check that was not made.
    public var severity: Check.Severity
    /// What it is, as one sentence without a full stop.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// The file of the collection that it is about.
    public var file: String
    /// The line of `file`, from 1; nil where it is about the whole file.
    public var line: Int?
    /// The tree that it was found on.
    public var tree: String?
    /// The evidence, a line each.
    package var details: [String]
  }

  /// The worst status of a cell or a row.
  public enum Status: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// Everything holds.
    case holds
    /// Every check holds, but the user should check a warning.
    case warned
    /// Something could not be checked.
    case notChecked = "not-checked"
    /// Something does not hold.
    case fails

    /// Orders statuses from good to bad.
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

  /// A name that a tree lacks.
  package struct MissingName: Sendable, Hashable, Codable {
    /// The name.
    package var name: String
    /// How it is used.
    package var role: String
    /// Where it is first used: `path:line` of the post-image.
    package var usedAt: String
    /// The nearest names of the tree.
    package var candidates: [String]
  }

  /// The result of looking up the names that a patch uses.
  package struct NameLookup: Sendable, Hashable, Codable {
    /// The names that the tree lacks.
    package var missing: [MissingName] = []
    /// The files whose headers the tree lacks, so that their names were not looked up.
    package var withoutHeaders: [String] = []
  }

  /// A patch on a tree.
  public struct Cell: Sendable, Hashable, Codable {
    /// The name of the tree.
    public var tree: String
    /// The id of the whole tree in git; nil for a plain folder.
    package var revision: String?
    /// What the manifest expects: `applies`, `refused` or a verdict.
    public var expected: String
    /// The worst status of the findings of this patch on this tree.
    public var status: Status
    /// The outcome; nil where it could not be tried.
    public var outcome: PatchOutcome? {
      get { kept?.outcome }
      set { kept = newValue.map(KeptOutcome.init) }
    }
    /// The outcome, which may be one that an earlier run kept.
    var kept: KeptOutcome?
    /// The names that it uses and the tree lacks; nil where they were not looked up.
    package var names: NameLookup?
    /// The findings about this patch on this tree, in the order of the checks.
    public var findings: [Finding]

    /// The verdict; nil where the patch could not be tried.
    package var verdict: Verdict? { kept?.verdict }
    /// Whether the patch applies; nil where it could not be tried.
    package var applies: Bool? { kept?.applies }

    private enum CodingKeys: String, CodingKey {
      case tree, revision, expected, status
      case kept = "outcome"
      case names, findings
    }
  }

  /// A file of a patch as its text.
  package struct FileText: Sendable, Hashable, Codable {
    /// The path.
    package var path: String
    /// The hunks.
    package var hunks: [ShownHunk]
  }

  /// A patch of a folder, with its results on all of the folder's trees.
  public struct Patch: Sendable, Hashable, Codable {
    /// The index in its folder, from 1.
    package var number: Int
    /// The file, with the number of the mail where there are several.
    public var label: String
    /// The path of the file.
    package var file: String
    /// The subject of the patch's message.
    public var subject: String
    /// The SHA-256 of the file.
    package var sha256: String
    /// What `git patch-id --stable` prints for it; nil where it is not in git's form.
    package var patchID: String?
    /// The commit that it comes from, as its message or the manifest names it.
    package var upstream: String?
    /// What was found without a tree.
    public var findings: [Finding]
    /// The result on each tree.
    public var cells: [Cell]
    /// Its text, where a report shows it.
    package var text: [FileText]?

    /// The worst status of the patch's own findings and of its results on trees.
    public var status: Status { max(Status(findings), cells.map(\.status).max() ?? .holds) }
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
    /// What is wrong in the example, if something is.
    package var complaint: String?
    /// An execution that shows how: the wrong one where there is one.
    package var example: ExecutionTrace?
  }

  /// A folder of patches, with the results of all checks.
  public struct Folder: Sendable, Hashable, Codable {
    /// The name of the folder in its collection.
    public var name: String
    /// Its path.
    package var path: String
    /// What the patches are in.
    package var kind: PatchFolder.Kind
    /// The trees that they are meant for.
    package var trees: [String]
    /// What was found about the whole.
    public var findings: [Finding]
    /// The patches in the order in which they are applied.
    public var patches: [Patch]
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
  package var format = Self.currentFormat
  /// The form that this program reads and writes.
  package static let currentFormat = 2
  /// The id of what was to be looked at, the same for every shard of a run.
  package var collection: String
  /// The part that was looked at; nil for all.
  package var shard: Shard?
  /// The folders that were left out because nothing of them changed.
  package var unchanged: [String]
  /// The folders of patches that were checked, without those in `unchanged`.
  public var folders: [Folder]

  /// Everything that was found, in order.
  package var findings: [Finding] { folders.flatMap(\.allFindings) }

  /// The sums over the whole.
  package var summary: Summary {
    var summary = Summary()
    for folder in folders {
      summary.patches += folder.patches.count
      for cell in folder.patches.flatMap(\.cells) {
        guard let verdict = cell.verdict else { continue }
        summary.cells += 1
        summary.verdicts[verdict.rawValue, default: 0] += 1
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
