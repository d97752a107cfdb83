// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import PatchFormat

extension PatchkitError {
  /// Makes the error of a patch that cannot be tried on any tree.
  package static func patch(
    input: String, location: SourceLocation? = nil, message: String, hint: String? = nil
  ) -> PatchkitError {
    PatchkitError(
      .badInput, path: input, line: location?.line, byte: location?.offset, message,
      hint: hint, advice: "'patchkit show' lists the files that it names")
  }
}
