// SPDX-License-Identifier: GPL-2.0-only

package import Host

/// Files that git, quilt or patchkit keeps for itself: what a user names as output replaces none of them.
package enum KeptFiles {
  /// Throws where a name leads to such a file: one below `.git`, `.pc` or a git directory of any name, a
  /// `.patchkit*`, or an existing file `series`.
  ///
  /// - Throws: `PatchkitError` of kind `badInput`.
  package static func refuse(_ name: String) throws(PatchkitError) {
    guard let path = OutputFile.realPath(name) else { return }
    let parts = path.split(separator: "/").map { $0.lowercased() }
    let isKept =
      parts.contains { [".git", ".pc"].contains($0) || $0.hasPrefix(".patchkit") }
      || isInGitFolder(path)
    guard isKept || parts.last == "series" && InputFile.exists(path) else { return }
    throw PatchkitError(
      .badInput, path: name, "is a file that git, quilt or patchkit keeps for itself",
      consequence: "nothing was changed", hint: "name another file")
  }

  /// Whether a path is below a git directory of any name, such as a bare repository.
  private static func isInGitFolder(_ path: String) -> Bool {
    var folder = path
    while let slash = folder.lastIndex(of: "/") {
      folder = String(folder[..<slash])
      if InputFile.exists(folder + "/HEAD"), InputFile.kind(of: folder + "/objects") == .folder {
        return true
      }
    }
    return false
  }
}
