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
    return PatchkitError(
      .system, path: path, "cannot \(operation): \(words(code))", hint: hint,
      underlying: SystemRefusal(code: code))
  }

  /// The system's words alone where it refused something, else the message.
  package var reason: String {
    (underlying as? SystemRefusal).map { Self.words($0.code) } ?? message
  }

  /// The system's words for an error.
  package static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

/// A call that the system refused, beneath the error that says what the call was for.
struct SystemRefusal: Error {
  /// The number of the system's error.
  var code: Int32
}
