// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import Synchronization

/// The files that git keeps in the index and out of the work tree: those outside of a sparse checkout, and
/// those of `git update-index --skip-worktree`.
///
/// Such a file exists, although the folder does not have it. The index is read once, and only if a file is
/// not there.
final class SkippedFiles: Sendable {
  private let gitFolder: String
  private let prefix: [UInt8]
  private let paths = Mutex<Set<[UInt8]>?>(nil)

  /// Names the index of a work tree.
  ///
  /// - Parameter prefix: the way from the work tree's root to the folder that paths are of.
  init(gitFolder: String, prefix: [UInt8]) {
    self.gitFolder = gitFolder
    self.prefix = prefix
  }

  /// Throws where git has a file at a path and keeps it out of the work tree.
  func requireCheckedOut(_ path: TreePath) throws(PatchkitError) {
    let known = try paths.withLock { paths throws(PatchkitError) -> Set<[UInt8]> in
      if let paths { return paths }
      let read = try read()
      paths = read
      return read
    }
    guard known.contains(prefix + path.bytes) else { return }
    throw PatchkitError(
      .git, path: path.description, "git has this file, but keeps it out of the work tree",
      hint:
        "check it out with 'git sparse-checkout add' or 'git update-index --no-skip-worktree', or use --onto REPO@REVISION"
    )
  }

  private func read() throws(PatchkitError) -> Set<[UInt8]> {
    guard mayHaveAny else { return [] }
    return try convertingGitErrors {
      Set(try Repository(openingAt: gitFolder).skippedPaths())
    }
  }

  /// Whether an index is of a version that has the mark at all: 3 and later ones.
  private var mayHaveAny: Bool {
    let shared = ((try? InputFile.names(in: gitFolder)) ?? [])
      .filter { $0.hasPrefix("sharedindex.") }
    return (["index"] + shared).contains { name in
      guard let file = MappedFile(gitFolder + name) else { return false }
      return unsafe file.withBytes { unsafe $0.count > 8 && $0[7] > 2 }
    }
  }
}
