// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles

/// The JSON schemas (draft 7) of what `patchkit verify` reads and writes.
package enum VerificationSchema: Sendable {
  /// Of `patch.yaml`.
  case manifest
  /// Of the JSON report.
  case report

  /// The schema.
  package var text: [UInt8] {
    switch self {
    case .manifest: EmbeddedFile.content(of: "manifest.schema.json")
    case .report: EmbeddedFile.content(of: "report.schema.json")
    }
  }
}
