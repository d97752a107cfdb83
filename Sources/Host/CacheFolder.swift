// SPDX-License-Identifier: GPL-2.0-only

/// The folders for files that patchkit can make again at any time.
package enum CacheFolder {
  /// The user's folder for a kind of files: below `XDG_CACHE_HOME` or `~/.cache`; nil where there is
  /// no such folder.
  package static func ofUser(_ kind: String) -> String? {
    func variable(_ name: String) -> String? {
      Machine.variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    // The XDG specification: relative paths are ignored.
    let own = variable("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    guard let base = own ?? variable("HOME").map({ $0 + "/.cache" }) else {
      return nil
    }
    return made("\(base)/patchkit/\(kind)")
  }

  /// The path of a folder, made where it is missing; nil where it cannot be made.
  package static func made(_ path: String) -> String? {
    (try? InputFile.makeFolder(path)) == nil ? nil : path
  }
}
