// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// Whether a commit is signed.
package enum CommitSigning: Sendable, Hashable {
  /// Follow git's `commit.gpgSign`.
  case configured
  case always
  case never

  /// Converts `-S` and `--no-gpg-sign`; nil means that neither was given.
  package init(_ option: Bool?) { self = option.map { $0 ? .always : .never } ?? .configured }
}

/// The program that signs commits for the user, as git's configuration names it.
///
/// The keys are git's: `gpg.format`, `gpg.program`, `gpg.openpgp.program`, `gpg.x509.program`,
/// `gpg.ssh.program` and `user.signingKey`. A repository's own configuration may choose the key and the
/// format; it may not choose the program, because patchkit would run it.
struct CommitSigner: Sendable {
  private enum Format: String, CaseIterable {
    case openpgp, x509, ssh

    var usualProgram: String {
      switch self {
      case .openpgp: "gpg"
      case .x509: "gpgsm"
      case .ssh: "ssh-keygen"
      }
    }
  }

  private let format: Format
  private let program: String
  private let key: String

  /// Whether `commit.gpgSign` is set.
  static func isConfigured(in folder: String) throws(GitError) -> Bool {
    guard let value = try Configuration.value(of: "commit.gpgsign", near: folder) else {
      return false
    }
    var isSet: Int32 = 0
    guard unsafe git_config_parse_bool(&isSet, value.text) == 0 else {
      git_error_clear()
      throw GitError(
        "sign the commit", "commit.gpgSign is '\(value.text)', neither true nor false", .signing)
    }
    return isSet != 0
  }

  /// Reads how the user signs.
  ///
  /// - Throws: `GitError` where the configuration does not name a format, a program and a key that can be used.
  init(in folder: String, committer: Signature) throws(GitError) {
    let named = try Configuration.value(of: "gpg.format", near: folder)?.text ?? "openpgp"
    guard let format = Format(rawValue: named.lowercased()) else {
      throw GitError(
        "sign the commit",
        "gpg.format is '\(named)'; the formats are openpgp, x509 and ssh", .signing)
    }
    self.format = format
    var program: Configuration.Value?
    for name in ["gpg.\(format.rawValue).program"] + (format == .openpgp ? ["gpg.program"] : [])
    where program == nil {
      program = try Configuration.value(of: name, near: folder)
      if program?.level == "repository" {
        throw GitError(
          "sign the commit",
          "the repository's configuration sets '\(name)'; only your own may name the signing program",
          .signing)
      }
    }
    self.program = program?.text ?? format.usualProgram
    let key = try Configuration.value(of: "user.signingkey", near: folder)?.text ?? ""
    guard !key.isEmpty || format != .ssh else {
      throw GitError("sign the commit", "user.signingKey names no key for ssh", .signing)
    }
    self.key = key.isEmpty ? "\(committer.name) <\(committer.email)>" : key
  }

  /// The signature of a commit, without its last newline.
  ///
  /// - Throws: `GitError` where the program makes none.
  func signature(of commit: [UInt8]) throws(GitError) -> String {
    do {
      let scratch = try ScratchFolder()
      try scratch.write(commit, to: "commit")
      let made = format == .ssh ? try signSSH(scratch) : try signOpenPGP(scratch)
      return String(decoding: made.last == 0x0A ? made.dropLast() : made[...], as: UTF8.self)
    } catch let error as GitError {
      throw error
    } catch {
      throw GitError("sign the commit", "\(error)", .signing)
    }
  }

  private func signOpenPGP(_ scratch: ScratchFolder) throws -> [UInt8] {
    try run(["--status-fd=2", "-bsau", key], in: scratch)
    // As git: the exit code alone does not show that there is a signature.
    let status = String(decoding: scratch.read("errors") ?? [], as: UTF8.self)
    let isMade = status.split(separator: "\n").contains { $0.hasPrefix("[GNUPG:] SIG_CREATED ") }
    guard isMade, let signature = scratch.read("output"), !signature.isEmpty else {
      throw failure(scratch)
    }
    return signature
  }

  private func signSSH(_ scratch: ScratchFolder) throws -> [UInt8] {
    var arguments = ["-Y", "sign", "-n", "git", "-f"]
    let literal = key.hasPrefix("key::") ? String(key.dropFirst(5)) : key
    if key.hasPrefix("key::") || key.hasPrefix("ssh-") {
      try scratch.write(Array((literal + "\n").utf8), to: "key")
      arguments += [scratch.path + "/key", "-U"]
    } else if key.hasPrefix("~/"), let home = Machine.variable("HOME") {
      arguments.append(home + key.dropFirst())
    } else {
      arguments.append(key)
    }
    try run(arguments + [scratch.path + "/commit"], in: scratch)
    guard let signature = scratch.read("commit.sig"), !signature.isEmpty else {
      throw failure(scratch)
    }
    return signature
  }

  /// Runs the program with the commit as its input.
  private func run(_ arguments: [String], in scratch: ScratchFolder) throws(GitError) {
    func file(_ name: String) -> String { Shell.quoted(scratch.path + "/" + name) }
    let words = ([program] + arguments).map(Shell.quoted).joined(separator: " ")
    let line = "\(words) <\(file("commit")) >\(file("output")) 2>\(file("errors"))"
    guard let child = Shell.start(line), Shell.wait(for: child) == 0 else {
      throw failure(scratch)
    }
  }

  /// What the program said last, apart from its lines for programs.
  private func failure(_ scratch: ScratchFolder) -> GitError {
    let said = String(decoding: scratch.read("errors") ?? [], as: UTF8.self)
      .split(whereSeparator: \.isNewline).last { !$0.hasPrefix("[GNUPG:]") }
    return GitError(
      "sign the commit", "'\(program)' made no signature" + (said.map { ": \($0)" } ?? ""), .signing
    )
  }
}
