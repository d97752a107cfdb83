// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import Ledger
internal import Reporting

/// A verification as JSON: the value with its sums, and what the exit code says.
package struct VerificationReport: Codable, Sendable {
  /// The sum over the whole.
  package var status: Verification.Status
  /// The sums.
  package var summary: Verification.Summary
  /// What was found.
  package var verification: Verification

  /// Makes a report.
  package init(_ verification: Verification) {
    status = verification.status
    summary = verification.summary
    self.verification = verification
  }

  /// Reads a report.
  ///
  /// - Throws: `PatchkitError` where it is none, or of another form.
  package init(_ bytes: [UInt8], name: String) throws(PatchkitError) {
    guard let read = try? JSON.read(VerificationReport.self, bytes) else {
      throw PatchkitError.report(
        name, "the file is not a report of 'patchkit verify --json'",
        hint: "'verify --report json=FILE' writes one")
    }
    guard read.verification.format == Verification.currentFormat else {
      throw PatchkitError.report(
        name,
        "the report has format \(read.verification.format), but this version reads \(Verification.currentFormat)",
        hint: "use one version of patchkit for all shards")
    }
    self = read
  }
}
