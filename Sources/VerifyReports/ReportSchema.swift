// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
internal import Ledger

/// The JSON schemas (draft 7) of what patchkit reads and of what its commands print with `--json`.
///
/// Fields may come to be in a report; none goes, and none changes its meaning, but with a new major version.
package enum ReportSchema: String, Sendable, CaseIterable {
  case apply, series, show, stat, lint, analyze, follow, compare, evaluate, explore
  case applyTrees = "apply-trees"
  case exploreAll = "explore-all"
  case portList = "port-list"
  case portCheck = "port-check"
  case portRun = "port-run"
  case verify
  /// Of `patch.yaml`.
  case manifest

  /// The schema.
  package var text: [UInt8] {
    switch self {
    case .verify: VerificationSchema.report.text
    case .manifest: VerificationSchema.manifest.text
    default: EmbeddedFile.content(of: "\(rawValue).schema.json")
    }
  }
}
