// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// Which files of a work tree are other than in a revision.
package enum ChangedFiles {
  /// The paths from the root of the file system of files that differ from a revision's, staged or not,
  /// and of those that git does not track and does not ignore.
  ///
  /// - Parameter folder: a folder in the work tree.
  /// - Throws: `PatchkitError` of kind `badInput` where there is no work tree or no such revision.
  package static func since(_ revision: String, at folder: String) throws(PatchkitError) -> Set<
    String
  > {
    let found = try convertingGitErrors { try Repository.discover(from: folder) }
    guard let repository = found, let workTree = repository.workTree else {
      throw PatchkitError(
        .badInput, path: folder, "--changed-since needs a git work tree",
        hint: "run without --changed-since, or in a work tree")
    }
    let root = InputFile.realPath(workTree) ?? workTree
    let paths = try convertingGitErrors { () throws -> [[UInt8]] in
      let tree = try repository.resolve(revision).tree
      return try repository.changedPaths(since: tree)
    }
    return Set(paths.map { root + "/" + String(decoding: $0, as: UTF8.self) })
  }
}
