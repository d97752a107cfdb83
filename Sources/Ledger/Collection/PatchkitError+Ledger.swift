// SPDX-License-Identifier: GPL-2.0-only

package import Host

extension PatchkitError {
  /// Makes the error of a manifest, a lock or a report that cannot be used.
  package static func ledger(
    _ file: String, line: Int? = nil, _ message: String, hint: String? = nil
  ) -> PatchkitError {
    PatchkitError(
      .badInput, path: file, line: line, message, consequence: "nothing was checked",
      hint: hint, advice: "'patchkit schema manifest' describes what a patch.yaml may contain")
  }
}
