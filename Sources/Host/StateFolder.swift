// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// The folder for what patchkit has to keep between two runs, where no tree can write.
package enum StateFolder {
  /// The user's folder: `XDG_STATE_HOME`, else `~/.local/state`, else one in `/var/tmp` that is this user's alone;
  /// nil where there is none.
  package static func ofUser() -> String? {
    func variable(_ name: String) -> String? {
      Machine.variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    let named = variable("XDG_STATE_HOME") ?? variable("HOME").map { $0 + "/.local/state" }
    if let named, (try? InputFile.makeFolder(named)) != nil { return named }
    return privateFolder(in: "/var/tmp")
  }

  /// A folder that only this user can write into, in a folder that all users share; nil where another user has
  /// taken the name.
  ///
  /// - Parameter shared: a folder in which no user can rename another user's files, as in `/var/tmp`.
  package static func privateFolder(in shared: String) -> String? {
    let path = "\(shared)/patchkit-\(geteuid())"
    if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { return nil }
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR,
      status.st_uid == geteuid(), status.st_mode & 0o022 == 0
    else { return nil }
    return path
  }
}
