// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser

/// Whether commits are signed with the user's key.
struct SigningOptions: ParsableArguments {
  @Flag(
    name: [.customShort("S"), .customLong("gpg-sign")],
    help: "Sign commits (default: git's commit.gpgSign; the key is user.signingKey).")
  var sign = false

  @Flag(name: .customLong("no-gpg-sign"), help: "Do not sign commits.")
  var omit = false

  /// Whether they are; nil for what git's configuration says.
  var isSigned: Bool? { sign ? true : omit ? false : nil }

  func validate() throws {
    if sign, omit {
      throw ValidationError("--gpg-sign and --no-gpg-sign contradict each other.")
    }
  }
}
