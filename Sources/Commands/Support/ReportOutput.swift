// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Ledger
import Reporting
internal import VerifyReports

/// A report of a verification: in which form, and where to.
struct ReportOutput {
  enum Format: String, CaseIterable {
    case text, json, junit, sarif, github, markdown, html
  }

  var format: Format
  /// A file, or `-` for standard output.
  var file: String

  /// Reads `FORMAT` or `FORMAT=FILE`.
  init(_ text: String) throws {
    let parts = text.split(separator: "=" as Character, maxSplits: 1).map(String.init)
    guard let name = parts.first, let format = Format(rawValue: name) else {
      throw ValidationError(
        "'\(text)' is not a report format; the formats are "
          + "\(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    self.format = format
    file = parts.count == 2 ? parts[1] : "-"
  }

  /// Writes the report.
  ///
  /// - Parameter run: when the run was and how long it took; nil if that is not known.
  func write(_ found: Verification, run: Verification.Run? = nil) throws {
    let text = format == .text ? found.text(width: min(Console.width, 160)) : LabeledText()
    // Only on standard output can text be in color.
    if format == .text, file == "-" { return try Console.print(text) }
    let bytes: [UInt8] =
      switch format {
      case .text: Array(text.plain.utf8)
      case .json: try JSON.text(VerificationReport(found))
      case .junit: Array(found.junit.utf8)
      case .sarif: try found.sarif(version: Patchkit.version)
      case .github: Array(found.githubAnnotations.utf8)
      case .markdown: Array(found.markdown.utf8)
      case .html:
        Array(found.page(commitURL: try Setting.commitLinks(), run: run).utf8)
      }
    try OutputFile.write(bytes, to: file, refusing: KeptFiles.refuse)
  }
}
