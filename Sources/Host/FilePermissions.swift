// SPDX-License-Identifier: GPL-2.0-only

package import Glibc

/// The permissions that a new file gets.
package enum FilePermissions: Sendable, Hashable {
  /// Those of any new file: the system applies the user's mask and the folder's ACLs.
  case usual
  /// Those of any new file that may be run.
  case executable
  /// Exactly these, whatever the mask.
  case exactly(mode_t)

  /// What the file is created with.
  var atCreation: mode_t {
    switch self {
    case .usual: 0o666
    case .executable: 0o777
    case .exactly: 0o600
    }
  }

  /// What is set once the file has its content; nil where the system has set all.
  var afterwards: mode_t? { if case .exactly(let mode) = self { mode } else { nil } }
}
