// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// Commits that are signed with the user's key, as git's configuration says.
@Suite struct CommitSigningTests {
  private static let patch = """
    From: A U Thor <author@example.org>
    Date: Mon, 7 Feb 2011 10:20:30 -0500
    Subject: [PATCH] fs: zwei für alle

    Why.

    Signed-off-by: A U Thor <author@example.org>
    ---
    --- a/f.c
    +++ b/f.c
    @@ -1,3 +1,3 @@
     1
    -2
    +22
     3

    """

  /// A work tree `t`, a patch, and a home folder with git's configuration of the user.
  private struct Setup {
    let scratch: Scratch
    let environment: [String: String]

    init(user: String) async throws {
      scratch = try Scratch()
      let home = scratch.file("home")
      environment = ["HOME": home, "GIT_CONFIG_GLOBAL": home + "/.gitconfig", "GNUPGHOME": home]
      try scratch.write("home/.gitconfig", user)
      try scratch.write("p.patch", CommitSigningTests.patch)
      try scratch.write("t/f.c", "1\n2\n3\n")
      _ = try await TestSupport.git("init", "-q", "-b", "main", in: scratch.file("t"))
      _ = try await TestSupport.git("add", ".", in: scratch.file("t"))
      _ = try await TestSupport.git("commit", "-qm", "base", in: scratch.file("t"))
    }

    func patchkit(_ arguments: String..., in folder: String = "") async throws -> ProcessResult {
      try await patchkit(arguments, in: folder)
    }

    func patchkit(_ arguments: [String], in folder: String = "") async throws -> ProcessResult {
      try await run(
        Project.program, arguments, in: scratch.file(folder), environment: environment)
    }

    func git(_ arguments: String...) async throws -> ProcessResult {
      try await run("git", arguments, in: scratch.file("t"), environment: environment)
    }
  }

  /// A key for ssh, and git's configuration that signs with it.
  private func sshSetup(_ more: String = "") async throws -> Setup {
    let setup = try await Setup(user: "")
    let made = try await run(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", setup.scratch.file("home/key")])
    #expect(made.code == 0, "\(made.errors)")
    let key = String(decoding: try setup.scratch.read("home/key.pub"), as: UTF8.self)
    try setup.scratch.write("home/allowed", "committer@example.org \(key)")
    try setup.scratch.write(
      "home/.gitconfig",
      """
      [gpg]
        format = ssh
      [gpg "ssh"]
        allowedSignersFile = \(setup.scratch.file("home/allowed"))
      [user]
        signingKey = ~/key
      [commit]
        gpgSign = true
      \(more)
      """)
    return setup
  }

  @Test(.enabled(if: Project.hasProgram("ssh-keygen"), "ssh-keygen is not installed"))
  func gitVerifiesTheSignatureOfEachKindOfCommit() async throws {
    let setup = try await sshSetup()
    let branch = try await setup.patchkit(
      "apply", "--onto", "t@main", "--branch", "made", "p.patch")
    #expect(branch.code == 0, "\(branch.errors)")
    let commit = try await setup.patchkit("apply", "--commit", "--onto", "t", "p.patch")
    #expect(commit.code == 0, "\(commit.errors)")
    _ = try await setup.git("checkout", "-q", "--detach", "main~1")
    let picked = try await setup.patchkit("cherry-pick", "main", in: "t")
    #expect(picked.code == 0, "\(picked.errors)")
    for revision in ["made", "main", "HEAD"] {
      let verified = try await setup.git("verify-commit", revision)
      #expect(
        verified.code == 0 && verified.errors.contains("Good \"git\" signature"),
        "\(verified.errors)")
      let subject = try await setup.git("log", "-1", "--format=%s", revision).line
      #expect(subject == "fs: zwei für alle")
    }
    // The signature apart, it is the commit that there is without it.
    let plain = try await setup.patchkit(
      "apply", "--onto", "t@main~1", "--branch", "plain", "--no-gpg-sign", "p.patch")
    #expect(plain.code == 0, "\(plain.errors)")
    #expect(try await setup.git("verify-commit", "plain").code != 0)
    let whole = try await setup.git("cat-file", "commit", "made").text
    let unsigned = try await setup.git("cat-file", "commit", "plain").text
    let lines = whole.split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0.hasPrefix("gpgsig ") })
    let end = try #require(lines[(start + 1)...].firstIndex { !$0.hasPrefix(" ") })
    #expect((lines[..<start] + lines[end...]).joined(separator: "\n") == unsigned)
  }

  @Test(.enabled(if: Project.hasProgram("ssh-keygen"), "ssh-keygen is not installed"))
  func theOptionSignsWhatTheConfigurationDoesNot() async throws {
    let setup = try await sshSetup("[commit]\n  gpgSign = false\n")
    let plain = try await setup.patchkit(
      "apply", "--onto", "t@main", "--branch", "plain", "p.patch")
    #expect(plain.code == 0, "\(plain.errors)")
    #expect(try await setup.git("verify-commit", "plain").code != 0)
    let signed = try await setup.patchkit(
      "apply", "-S", "--onto", "t@main", "--branch", "made", "p.patch")
    #expect(signed.code == 0, "\(signed.errors)")
    #expect(try await setup.git("verify-commit", "made").code == 0)
    // Of both, the last one counts, as in git.
    for (options, isSigned) in [
      (["-S", "--no-gpg-sign"], false), (["--no-gpg-sign", "-S"], true),
    ] {
      let both = try await setup.patchkit(
        ["apply"] + options + ["--force", "--onto", "t@main", "--branch", "both", "p.patch"])
      #expect(both.code == 0, "\(both.errors)")
      #expect(try await setup.git("verify-commit", "both").code == (isSigned ? 0 : 1))
    }
  }

  @Test(.enabled(if: Project.hasProgram("gpg"), "gpg is not installed"))
  func gpgSignsToo() async throws {
    let setup = try await Setup(user: "[commit]\n  gpgSign = yes\n")
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o700], ofItemAtPath: setup.scratch.file("home"))
    let made = try await run(
      "gpg",
      [
        "--batch", "--quiet", "--passphrase", "", "--quick-generate-key",
        "C O Mitter <committer@example.org>", "ed25519", "sign",
      ], environment: setup.environment)
    #expect(made.code == 0, "\(made.errors)")
    let result = try await setup.patchkit("apply", "--commit", "--onto", "t", "p.patch")
    #expect(result.code == 0, "\(result.errors)")
    let verified = try await setup.git("verify-commit", "HEAD")
    #expect(verified.code == 0 && verified.errors.contains("Good signature"), "\(verified.errors)")
    _ = try await run("gpgconf", ["--kill", "gpg-agent"], environment: setup.environment)
  }

  /// What the configuration says, and a part of the message.
  static let failures: [(user: String, repository: [String], message: String)] = [
    ("[gpg]\n program = false\n", [], "'false' made no signature"),
    ("[gpg]\n program = /nowhere/gpg\n", [], "'/nowhere/gpg' made no signature"),
    // It ends well and makes no signature.
    ("[gpg]\n program = true\n", [], "'true' made no signature"),
    ("[commit]\n gpgSign = maybe\n", [], "commit.gpgSign is 'maybe'"),
    ("[gpg]\n format = pgp3\n", [], "gpg.format is 'pgp3'"),
    ("[gpg]\n format = ssh\n", [], "user.signingKey names no key"),
    ("", ["gpg.program"], "only your own may name the signing program"),
    (
      "[gpg]\n format = ssh\n", ["gpg.ssh.program"], "only your own may name the signing program"
    ),
  ]

  @Test(arguments: failures.indices)
  func withoutASignatureNothingIsCommitted(_ number: Int) async throws {
    let failure = Self.failures[number]
    let setup = try await Setup(user: "[commit]\n  gpgSign = true\n" + failure.user)
    if let name = failure.repository.first {
      let program = setup.scratch.file("t/evil")
      _ = try await setup.git("config", name, program)
      try setup.scratch.write("t/evil", "#!/bin/sh\ntouch '\(setup.scratch.file("ran"))'\n")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: program)
    }
    let before = try Files.snapshot(setup.scratch.file("t"))
    let result = try await setup.patchkit("apply", "--commit", "--onto", "t", "p.patch")
    #expect(result.code != 0)
    #expect(result.errors.contains(failure.message), "\(result.errors)")
    #expect(result.errors.contains("hint: '--no-gpg-sign' leaves the signature out"))
    #expect(try Files.snapshot(setup.scratch.file("t")) == before)
    // The repository's program was not even started.
    #expect(!FileManager.default.fileExists(atPath: setup.scratch.file("ran")))
  }
}
