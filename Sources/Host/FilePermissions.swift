// SPDX-License-Identifier: GPL-2.0-only

package import Glibc

/// The permissions that a new file gets.
package enum FilePermissions: Sendable, Hashable {
  /// Those of any new file: the system applies the user's mask and the folder's ACLs.
  case usual
  /// Those of any new file that may be run.
  case executable
  /// Those of any new file, and none that are not among these.
  case atMost(mode_t)
  /// Exactly these, whatever the mask.
  case exactly(mode_t)

  /// Those of a new file that is a copy of another one; links are followed, and a device or a pipe limits nothing.
  package static func usual(notBeyond path: String) -> FilePermissions {
    var info = stat()
    guard unsafe stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return .usual }
    return .atMost(info.st_mode & 0o777)
  }

  /// What the file is created with.
  var atCreation: mode_t {
    switch self {
    case .usual: 0o666
    case .executable: 0o777
    case .atMost(let mode): mode & 0o666 | 0o600
    case .exactly: 0o600
    }
  }

  /// What is set once the file has its content; nil where the system has set all.
  var afterwards: mode_t? { if case .exactly(let mode) = self { mode } else { nil } }
}
