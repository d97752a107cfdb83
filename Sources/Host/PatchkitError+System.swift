// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

extension PatchkitError {
  /// Makes an error of the system, with the system's own words.
  package static func system(
    _ code: Int32, _ operation: String, path: String = ""
  ) -> PatchkitError {
    let hint =
      switch code {
      case EACCES, EPERM, EROFS: "check the permissions of the tree"
      case ENOSPC, EDQUOT: "free space on the disk"
      default: String?.none
      }
    return PatchkitError(.system, path: path, "cannot \(operation): \(words(code))", hint: hint)
  }

  /// The system's words for an error.
  package static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
