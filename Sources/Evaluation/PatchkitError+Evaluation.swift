// SPDX-License-Identifier: GPL-2.0-only

internal import Host

extension PatchkitError {
  /// Makes the error of an evaluation that cannot run.
  static func evaluation(message: String, hint: String? = nil) -> PatchkitError {
    PatchkitError(
      .badInput, message, consequence: "nothing was tried",
      hint: hint, advice: "'patchkit help evaluate' describes what it needs")
  }
}
