// SPDX-License-Identifier: GPL-2.0-only

package import Host

/// The rule that no link of a clone leads a write out of it, unless the user's own configuration allows it.
package enum TreeBounds {
  /// The setting that allows it.
  package static let setting = "patchkit.allowOutside"

  /// What allows it, for a hint.
  package static var remedy: String {
    "allow it with 'git config --global \(setting) true'"
  }

  /// Whether the user allows it; a setting in a repository's own configuration does not count.
  package static func isOutsideAllowed() throws(PatchkitError) -> Bool {
    var allowed = try GitSettings.value(of: setting)
    if allowed?.level == "repository" { allowed = try GitSettings.value(of: setting, in: "/") }
    return allowed?.text == "true"
  }

  /// Where a path really is; nil where that is in a folder, or where the user allows all.
  ///
  /// - Parameter root: the folder.
  package static func outside(
    _ path: String, of root: String
  ) throws(PatchkitError) -> String? {
    guard let real = realPath(path), let root = InputFile.realPath(root) else { return nil }
    if real == root || real.hasPrefix(root == "/" ? root : root + "/") { return nil }
    return try isOutsideAllowed() ? nil : real
  }

  /// Throws where links lead a path out of the folder that it starts in: the current one, for a name as a user
  /// gives it, or a folder that the user named and below which the rest was found.
  ///
  /// - Parameters:
  ///   - path: a path; one from the root of the file system, or one that leads up, is elsewhere because the user
  ///     said so.
  ///   - base: the folder that the user named; nil for the current one.
  package static func requireInside(
    _ path: String, below base: String? = nil
  ) throws(PatchkitError) {
    if base == nil, path.hasPrefix("/") || path.split(separator: "/").contains("..") { return }
    let root = base ?? "."
    guard let real = try outside(path, of: root) else { return }
    throw PatchkitError(
      .symlinkInTheWay, path: path,
      "leads out of \(base.map { "'\($0)'" } ?? "the current folder"), to '\(real)'",
      consequence: "nothing was written",
      hint: "name the folder itself, \(Shell.quoted(real)), or \(remedy)")
  }

  /// The real path of the part of a path that exists.
  private static func realPath(_ path: String) -> String? {
    var part = path
    while true {
      if let real = InputFile.realPath(part) { return real }
      guard let slash = part.lastIndex(of: "/") else { return InputFile.realPath(".") }
      part = slash == part.startIndex ? "/" : String(part[..<slash])
    }
  }
}
