// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

extension PatchkitError {
  /// Makes an error of the system, with the system's own words.
  package static func system(_ code: Int32, _ operation: String, path: String = "") -> PatchkitError
  {
    let words = unsafe String(cString: strerror(code))
    let hint =
      switch code {
      case EACCES, EPERM, EROFS: "check the permissions of the tree"
      case ENOSPC, EDQUOT: "make room on the disk"
      default: String?.none
      }
    return PatchkitError(
      .system, path: path, "cannot \(operation): \(words)", hint: hint)
  }
}
