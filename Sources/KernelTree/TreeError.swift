// SPDX-License-Identifier: GPL-2.0-only

internal import Git

/// A tree that cannot be read or written as asked.
package struct TreeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds of failure.
  package enum Kind: Sendable, Hashable {
    /// There is no such tree, revision or repository.
    case noTree
    /// A symbolic link stands where a folder is needed: it is never followed.
    case symlinkInTheWay
    /// A file stands where a folder is needed, or a folder where a file is.
    case wrongKind
    /// A device, a pipe, a socket or a submodule stands at the path.
    case notAFile
    /// The tree changed since it was read.
    case changedMeanwhile
    /// Another run is at work on the tree, or one was killed.
    case busy
    /// Something has the name already.
    case taken
    /// The system refused: permissions, space, a fault of the disk.
    case system
    /// libgit2 refused.
    case git
  }

  /// The kind of failure.
  package var kind: Kind
  /// The path it is about, below the tree's root; empty where it is about the tree itself.
  package var path: String
  /// What happened, as one sentence without a full stop.
  package var message: String
  /// What to do about it, where that can be said.
  package var hint: String?

  /// Makes an error from all of its parts.
  package init(_ kind: Kind, path: String = "", _ message: String, hint: String? = nil) {
    self.kind = kind
    self.path = path
    self.message = message
    self.hint = hint
  }

  init(_ error: GitError) {
    self.init(error.kind == .notFound ? .noTree : .git, error.description)
    if error.kind == .notFound {
      hint = "'git branch -a' and 'git tag' in the repository name what there is"
    }
    if error.kind == .owner {
      hint = "the repository belongs to another user; see safe.directory in git's documentation"
    }
  }

  /// What follows of it, as one sentence without a full stop.
  package var consequence: String {
    switch kind {
    case .noTree: "nothing was changed"
    case .symlinkInTheWay: "a link may lead out of the tree, so nothing was changed"
    case .wrongKind, .notAFile: "there is no file to patch, so nothing was changed"
    case .changedMeanwhile: "somebody's work would be lost, so nothing was changed"
    case .taken: "what is there stays as it is"
    case .busy: "two runs would mix, so nothing was changed"
    case .system:
      "nothing is half done: what was begun is taken back, or waits for 'patchkit recover'"
    case .git: "nothing was changed"
    }
  }

  /// What to do about it: what the error says, or what helps with its kind.
  package var advice: String {
    if let hint { return hint }
    return switch kind {
    case .noTree: "a tree is a folder, REPO@REVISION, or one that 'patchkit tree list' names"
    case .symlinkInTheWay: "put a folder in the place of the link, or name the folder it leads to"
    case .wrongKind, .notAFile: "look at what stands at this path in the tree"
    case .changedMeanwhile: "run it again"
    case .taken: "choose another name"
    case .busy: "wait for the other run, or finish a killed one with 'patchkit recover'"
    case .system: "look at the space and the permissions of the disk, and run it again"
    case .git: "'git fsck' says whether the repository is sound"
    }
  }

  /// The failure as one line.
  package var description: String { path.isEmpty ? message : "\(path): \(message)" }
}

/// Runs work that calls both trees and git, and throws one kind of error for both.
func asTreeErrors<Result>(_ body: () throws -> Result) throws(TreeError) -> Result {
  do {
    return try body()
  } catch let error as TreeError {
    throw error
  } catch let error as GitError {
    throw TreeError(error)
  } catch {
    throw TreeError(.git, "\(error)")
  }
}
