// SPDX-License-Identifier: GPL-2.0-only

import Testing

@testable import Git

/// libgit2's apply on files in memory: it tries one position and tolerates nothing.
@Suite struct StrictApplierTests {
  private func file(_ text: String, _ mode: FileMode = .regular) -> GitFile {
    GitFile(mode: mode, content: Array(text.utf8))
  }

  private func apply(_ patch: String, to files: [String: GitFile]) throws -> [String: GitFile] {
    let made = try StrictApplier().apply(
      Array(patch.utf8),
      to: Dictionary(uniqueKeysWithValues: files.map { (Array($0.key.utf8), $0.value) }))
    return Dictionary(
      uniqueKeysWithValues: made.map { (String(decoding: $0.key, as: UTF8.self), $0.value) })
  }

  private func modify(at line: Int, _ context: String = "b") -> String {
    """
    diff --git a/f b/f
    --- a/f
    +++ b/f
    @@ -\(line),3 +\(line),3 @@
     a
    -\(context)
    +x
     c

    """
  }

  @Test func aHunkAppliesAtTheLineItStatesAlone() throws {
    let made = try apply(modify(at: 1), to: ["f": file("a\nb\nc\n"), "g": file("other\n")])
    #expect(made == ["f": file("a\nx\nc\n"), "g": file("other\n")])
    for text in ["\na\nb\nc\n", "a\nB\nc\n", "a\nb\n"] {
      #expect(throws: GitError.self, "\(text)") { try apply(modify(at: 1), to: ["f": file(text)]) }
    }
  }

  @Test func aRefusalNamesItsKind() throws {
    do {
      _ = try apply(modify(at: 1), to: ["f": file("a\nB\nc\n")])
      Issue.record("the hunk does not apply")
    } catch let error as GitError {
      #expect(error.kind == .applyFailed)
      #expect(error.description.hasPrefix("cannot apply the adapted patch: "))
    }
  }

  @Test func modesRenamesAndNewFilesAreCarriedOut() throws {
    let made = try apply(
      """
      diff --git a/run b/run
      old mode 100644
      new mode 100755
      diff --git a/old b/new
      similarity index 100%
      rename from old
      rename to new
      diff --git a/made b/made
      new file mode 100644
      --- /dev/null
      +++ b/made
      @@ -0,0 +1 @@
      +text

      """, to: ["run": file("#!\n"), "old": file("kept\n")])
    #expect(
      made == ["run": file("#!\n", .executable), "new": file("kept\n"), "made": file("text\n")])
  }

  /// The applier is used for one patch after another; files of the one before are not seen.
  @Test func nothingIsLeftOfThePatchBefore() throws {
    let applier = try StrictApplier()
    let patch = Array(modify(at: 1).utf8)
    let f = Array("f".utf8)
    for text in ["a\nb\nc\n", "a\nb\nc\nd\n"] {
      let made = try applier.apply(patch, to: [f: file(text)])
      #expect(made == [f: file(text.replacing("b", with: "x"))])
    }
    #expect(throws: GitError.self) { try applier.apply(patch, to: [:]) }
  }
}
