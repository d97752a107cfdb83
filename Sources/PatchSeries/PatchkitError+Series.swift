// SPDX-License-Identifier: GPL-2.0-only

internal import Host

extension PatchkitError {
  /// Makes the error of a series that cannot be worked on as asked.
  static func series(_ kind: Kind, _ message: String, hint: String? = nil) -> PatchkitError {
    PatchkitError(
      kind, message,
      hint: hint, advice: "'patchkit series list' shows the patches and which are applied")
  }
}
