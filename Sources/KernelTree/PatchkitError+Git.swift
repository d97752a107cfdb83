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
    if error.kind == .signing {
      hint =
        "'--no-gpg-sign' leaves the signature out; 'git config --list --show-origin' shows who sets the keys"
    }
    if error.kind == .missing, let folder = error.folder {
      let repository = Shell.quoted(folder)
      hint =
        error.isPartial
        ? "'git -C \(repository) fetch --refetch --no-filter' fetches all of it"
        : "'git -C \(repository) fsck --connectivity-only' lists the objects that are missing"
    }
    if let (what, remedy) = Self.unsupported(error.message) {
      kind = .git
      message = "this repository uses \(what), which is not supported"
      hint = remedy
    }
    if error.kind == .exists, error.operation.hasPrefix("lock ") {
      kind = .busy
      hint = "wait for the command to end; if none is running, remove the file"
    }
    if error.kind == .owner {
      hint = "the repository belongs to another user; see safe.directory in git's documentation"
    }
  }
}

extension PatchkitError {
  /// What libgit2 1.5 lacks for a repository, and what to do without it; nil for other failures.
  fileprivate static func unsupported(_ message: String) -> (what: String, remedy: String)? {
    let clone = "use a full clone in git's default format, or a folder from 'git archive'"
    if let range = message.firstRange(of: "unsupported extension name extensions.") {
      let name = message[range.upperBound...].lowercased()
      return switch name {
      case _ where name.hasPrefix("objectformat"): ("objects named by SHA-256", clone)
      case _ where name.hasPrefix("refstorage"): ("references in reftables", clone)
      default: ("the extension '\(name)'", clone)
      }
    }
    guard let range = message.firstRange(of: "unsupported mandatory extension: '") else {
      return nil
    }
    return switch message[range.upperBound...].prefix(4) {
    case "link": ("a split index", "'git update-index --no-split-index' writes it as one file")
    case "sdir":
      ("a sparse index", "'git sparse-checkout reapply --no-sparse-index' writes all of it")
    case let name: ("the index extension '\(name)'", clone)
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
