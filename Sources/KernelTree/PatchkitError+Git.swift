// SPDX-License-Identifier: GPL-2.0-only

package import Git
package import Host

extension PatchkitError {
  /// Converts an error of libgit2's: the one boundary between git's errors and the users'.
  package init(_ error: GitError) {
    self.init(
      error.kind == .notFound ? .badInput : .git, error.description, underlying: error)
    if error.kind == .notFound {
      hint =
        error.operation.hasPrefix("find who commits")
        ? "'git config --global user.name NAME' and 'git config --global user.email ADDRESS' set them"
        : "'git branch -a' and 'git tag' list the names in the repository"
    }
    if let range = error.message.firstRange(of: "unsupported extension name extensions.") {
      let name = error.message[range.upperBound...].lowercased()
      let what =
        switch name {
        case _ where name.hasPrefix("objectformat"): "objects named by SHA-256"
        case _ where name.hasPrefix("refstorage"): "references in reftables"
        case _ where name.hasPrefix("partialclone"):
          "a partial clone, in which blobs can be missing"
        default: "the extension '\(name)'"
        }
      kind = .git
      message = "this repository uses \(what), which is not supported"
      hint = "use a full clone in git's default format, or a folder from 'git archive'"
    }
    if error.kind == .owner {
      hint = "the repository belongs to another user; see safe.directory in git's documentation"
    }
  }
}

/// Runs work that calls both trees and git, and throws the users' kind of error for both.
package func convertingGitErrors<Result>(
  _ body: () throws -> Result
) throws(PatchkitError) -> Result {
  do {
    return try body()
  } catch let error as PatchkitError {
    throw error
  } catch let error as GitError {
    throw PatchkitError(error)
  } catch {
    throw PatchkitError(.git, "\(error)", underlying: error)
  }
}
