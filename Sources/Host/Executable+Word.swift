// SPDX-License-Identifier: GPL-2.0-only

package import Subprocess
internal import SystemPackage

extension Executable {
  /// The program that the first word of a command means: a path where it has a slash, else a name that is
  /// looked up in the folders of `PATH`.
  package static func word(_ word: String) -> Executable {
    word.contains("/") ? .path(FilePath(word)) : .name(word)
  }
}
