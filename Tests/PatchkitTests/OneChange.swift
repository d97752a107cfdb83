// SPDX-License-Identifier: GPL-2.0-only

import TestSupport

/// Tests on a folder `g` with one file, and a patch that changes a line of it.
protocol OneChange {
  /// The folder of the test.
  var scratch: Scratch { get }
}

extension OneChange {
  static func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("g/f.c", (1...10).map { "\($0)\n" }.joined())
    try scratch.write("p.patch", patch)
    return scratch
  }

  static var patch: String {
    """
    From: A U Thor <author@example.org>
    Subject: f: change a line

    Signed-off-by: A U Thor <author@example.org>
    ---
    --- a/f.c
    +++ b/f.c
    @@ -2,5 +2,5 @@
     2
     3
    -4
    +four
     5
     6

    """
  }

  /// Runs the program with a name and a home of its own.
  func tool(
    _ arguments: [String], home: String? = nil, in folder: String? = nil
  ) async throws -> ProcessResult {
    let home = home ?? scratch.path
    let words = [
      "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.org", "HOME=\(home)",
      "GIT_CONFIG_NOSYSTEM=1", "XDG_STATE_HOME=\(home)/state", "timeout", "60", Project.program,
    ]
    return try await run("env", words + arguments, in: folder ?? scratch.path)
  }

  func repository() async throws {
    for words in [
      ["init", "-q", "-b", "main"], ["add", "."],
      ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", "base"],
    ] {
      _ = try await run("git", words, in: scratch.file("g"))
    }
  }

  var output: [String] { ["apply", "-q", "--check", "--onto", "g", "p.patch", "--output"] }

}
