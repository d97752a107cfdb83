// SPDX-License-Identifier: GPL-2.0-only

internal import Git

/// A tree that cannot be read or written as asked.
public struct TreeError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds of failure.
  public enum Kind: Sendable, Hashable {
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
    /// The system refused: permissions, space, a fault of the disk.
    case system
    /// libgit2 refused.
    case git
  }

  /// The kind of failure.
  public var kind: Kind
  /// The path it is about, below the tree's root; empty where it is about the tree itself.
  public var path: String
  /// What happened, as one sentence without a full stop.
  public var message: String
  /// What to do about it, where that can be said.
  public var hint: String?

  /// Makes an error from all of its parts.
  public init(_ kind: Kind, path: String = "", _ message: String, hint: String? = nil) {
    self.kind = kind
    self.path = path
    self.message = message
    self.hint = hint
  }

  init(_ error: GitError) {
    self.init(error.kind == .notFound ? .noTree : .git, error.description)
    if error.kind == .owner {
      hint = "the repository belongs to another user; see safe.directory in git's documentation"
    }
  }

  /// The failure as one line.
  public var description: String { path.isEmpty ? message : "\(path): \(message)" }
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
