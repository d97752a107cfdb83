// SPDX-License-Identifier: GPL-2.0-only

internal import Ledger

/// The JSON schemas (draft 7) of what patchkit reads and of what its commands print with `--json`.
///
/// Fields may come to be in a report; none goes, and none changes its meaning, but with a new major version.
package enum ReportSchema: String, Sendable, CaseIterable {
  case apply, series, show, stat, lint, analyze, compare, evaluate, explore
  case portList = "port-list"
  case portCheck = "port-check"
  case verify
  /// Of `patch.yaml`.
  case manifest

  /// The schema.
  package var text: [UInt8] {
    switch self {
    case .apply: PackageResources.apply_schema_json
    case .series: PackageResources.series_schema_json
    case .show: PackageResources.show_schema_json
    case .stat: PackageResources.stat_schema_json
    case .lint: PackageResources.lint_schema_json
    case .analyze: PackageResources.analyze_schema_json
    case .compare: PackageResources.compare_schema_json
    case .evaluate: PackageResources.evaluate_schema_json
    case .explore: PackageResources.explore_schema_json
    case .portList: PackageResources.port_list_schema_json
    case .portCheck: PackageResources.port_check_schema_json
    case .verify: VerificationSchema.report.text
    case .manifest: VerificationSchema.manifest.text
    }
  }
}
