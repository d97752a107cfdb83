// SPDX-License-Identifier: GPL-2.0-only

/// The one error that users read: what failed and where, why it matters, and what to do next.
///
/// The engines throw their own typed errors (`PatchFormatError`, `GitError`), and each becomes one
/// of these at one boundary.
public struct PatchkitError: Error, Sendable, CustomStringConvertible {
  /// Kinds of failure, which the exit code follows from.
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// An input, a name or a setting cannot be used, or there is no such thing.
    case badInput
    /// A symbolic link is where a folder is needed: it is never followed.
    case symlinkInTheWay
    /// A file is where a folder is needed, or a folder where a file is needed.
    case wrongKind
    /// The path names a device, a pipe, a socket or a submodule.
    case notAFile
    /// The tree changed since it was read.
    case changedMeanwhile
    /// Another run is at work on the tree, or one was killed.
    case busy
    /// The name exists already.
    case taken
    /// The request does not fit the state of the series or the tree.
    case refused
    /// The system refused: permissions, space, a fault of the disk.
    case system
    /// libgit2 refused.
    case git
  }

  /// The kind of failure, which decides the exit code.
  public var kind: Kind
  /// The file, or the path below the tree's root; empty where the failure has none.
  public var path: String
  /// The line of the file, from 1, where one is to blame.
  public var line: Int?
  /// The byte of the file, from 0, where one is to blame.
  public var byte: Int?
  /// What happened, as one sentence without a full stop.
  public var message: String
  /// Why it matters, where the kind does not say it.
  private var ownConsequence: String?
  /// What helps with errors of this origin, where the kind does not say it.
  private let ownAdvice: String?
  /// What to do about it, where that can be said.
  public var hint: String?
  /// The error beneath this one, where there is one.
  package var underlying: (any Error)?
  /// The kind of damage of an input, such as `truncated-hunk`: `--refuse` and `lint` name it so.
  package var damage: String?
  /// More lines about it, each a sentence of its own.
  public var details: [String] = []

  /// Whether something could not be read or written, so that nothing is known about the patch.
  package var isOfMachine: Bool { kind == .system || kind == .git }

  /// Makes an error from all of its parts.
  ///
  /// - Parameters:
  ///   - consequence: why it matters; nil for what the kind says.
  ///   - hint: what to do about this error.
  ///   - advice: what to do about errors of this origin, used where there is no hint.
  package init(
    _ kind: Kind, path: String = "", line: Int? = nil, byte: Int? = nil, _ message: String,
    consequence: String? = nil, hint: String? = nil, advice: String? = nil,
    underlying: (any Error)? = nil
  ) {
    self.kind = kind
    self.path = path
    self.line = line
    self.byte = byte
    self.message = message
    ownConsequence = consequence
    ownAdvice = advice
    self.hint = hint
    self.underlying = underlying
  }

  /// The exit code that the documentation promises for the kind.
  public var exitCode: Int32 {
    switch kind {
    case .badInput: 2
    case .symlinkInTheWay, .wrongKind, .notAFile, .changedMeanwhile, .busy, .taken, .refused: 1
    case .system, .git: 3
    }
  }

  /// Why it matters, as one sentence without a full stop.
  package var consequence: String {
    if let ownConsequence { return ownConsequence }
    return switch kind {
    case .badInput, .refused, .git: "nothing was changed"
    case .symlinkInTheWay: "a link can lead out of the tree, so nothing was changed"
    case .wrongKind, .notAFile: "there is no file to patch, so nothing was changed"
    case .changedMeanwhile: "other changes would be lost, so nothing was changed"
    case .taken: "it was not changed"
    case .busy: "two runs cannot change it at the same time, so nothing was changed"
    case .system:
      "no change is partial: changes are rolled back, or 'patchkit recover' completes them"
    }
  }

  /// The error with another consequence than that of its kind: where something was changed before it, in the same
  /// run.
  package func stating(_ consequence: String) -> PatchkitError {
    var error = self
    if kind != .system { error.ownConsequence = ownConsequence ?? consequence }
    return error
  }

  /// What to do about it: the error's own hint, or what helps with its kind.
  package var advice: String {
    if let known = hint ?? ownAdvice { return known }
    return switch kind {
    case .badInput: "a tree is a folder, REPO@REVISION, or a vendored tree ('patchkit tree list')"
    case .symlinkInTheWay: "replace the link with a folder, or name the folder it leads to"
    case .wrongKind, .notAFile: "'ls -l' shows what this path is in the tree"
    case .changedMeanwhile: "run the command again"
    case .taken: "choose another name"
    case .refused: "check the state of the series and the tree"
    case .busy: "wait for the other run; after a killed run, use 'patchkit recover'"
    case .system: "check the free space and the permissions, and run the command again"
    case .git: "'git fsck' checks the repository"
    }
  }

  /// The failure as one line: where, and what.
  public var description: String {
    if path.isEmpty { return message }
    return path + (line.map { ":\($0)" } ?? "") + ": " + message
      + (byte.map { " [byte \($0)]" } ?? "")
  }
}
