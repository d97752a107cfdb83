// SPDX-License-Identifier: GPL-2.0-only

/// The JSON schemas (draft 7) of what `patchkit verify` reads and writes.
package enum VerificationSchema: Sendable {
  /// Of `patch.yaml`.
  case manifest
  /// Of the JSON report.
  case report

  /// The schema.
  package var text: [UInt8] {
    switch self {
    case .manifest: PackageResources.manifest_schema_json
    case .report: PackageResources.report_schema_json
    }
  }
}
