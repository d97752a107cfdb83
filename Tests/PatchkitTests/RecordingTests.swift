// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import TestSupport
import Testing

/// `backport --record`: what was adapted to a tree is kept with the patch, and `verify` tries it.
@Suite struct RecordingTests {
  private static let patch =
    "Subject: [PATCH] f: three\n\nWhy.\n---\n--- a/f.c\n+++ b/f.c\n@@ -1,5 +1,5 @@\n 1\n 2\n-3\n+33\n 4\n 5\n"

  private func scratch(_ manifest: String) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("Patches/three/three.patch", Self.patch)
    try scratch.write("Patches/three/patch.yaml", manifest)
    try scratch.write("old/f.c", "1\n22\n3\n4\n5\n")
    try scratch.write("new/f.c", "1\n2\n3\n4\n5\n")
    return scratch
  }

  @Test(arguments: [
    "# ours\ntrees:\n  - name: old   # 2.6\n    at: ../../old\n  - name: new\n    at: ../../new\n",
    "# ours\ntrees:\n- {name: old, at: ../../old}\n- {name: new, at: ../../new}\n",
    "trees:\n  -\n    at: ../../old\n    name: old\n    expect: applies\n  - at: ../../new\n    name: new\n",
  ]) func verifyTriesWhatWasRecorded(_ manifest: String) async throws {
    let scratch = try scratch(manifest)
    let before = try await patchkit("verify", in: scratch.path)
    #expect(before.code == 1)
    let trees = try (scratch.snapshot("old"), scratch.snapshot("new"))
    let result = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "--onto", "new",
      "Patches/three", in: scratch.path)
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    #expect(result.errors.contains("recorded Patches/three/adapted/old.patch\n"))
    let text = String(decoding: try scratch.read("Patches/three/patch.yaml"), as: UTF8.self)
    // One key more, and everything else as it was; the tree that takes the patch as it is has none.
    #expect(text.components(separatedBy: "adapted/old.patch").count == 2, "\(text)")
    #expect(
      text.replacing("patch: adapted/old.patch, ", with: "")
        .split(separator: "\n").filter { !$0.contains("patch: adapted/old.patch") }
        == manifest.split(separator: "\n"))
    #expect(try (scratch.snapshot("old"), scratch.snapshot("new")) == trees)
    let after = try await patchkit("verify", in: scratch.path)
    #expect(after.code == 0, "\(after.text)\(after.errors)")
    // Again: the same file, the same manifest. No command takes the adapted patch for one more.
    let again = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "Patches/three",
      in: scratch.path)
    #expect(again.code == 0, "\(again.errors)")
    let stat = try await patchkit("lint", "Patches/three", in: scratch.path)
    #expect(stat.code == 0 && !stat.text.contains("adapted"))
    #expect(
      String(decoding: try scratch.read("Patches/three/patch.yaml"), as: UTF8.self) == text)
  }

  @Test func aTreeThatTheManifestDoesNotNameIsRefusedFirst() async throws {
    let scratch = try scratch("trees:\n  - name: new\n    at: ../../new\n")
    let before = try scratch.snapshot("old")
    let result = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "Patches/three",
      in: scratch.path)
    #expect(result.code == 2)
    #expect(result.errors.contains("does not list the tree 'old'"), "\(result.errors)")
    #expect(try scratch.snapshot("old") == before)
    let file = try await patchkit(
      "backport", "--record", "--onto", "new", "Patches/three/three.patch", in: scratch.path)
    #expect(file.code == 2 && file.errors.contains("not for a file"), "\(file.errors)")
    for option in ["--commit", "--conflicts=merge"] {
      let refused = try await patchkit(
        "backport", "--record", option, "--onto", "new", "Patches/three", in: scratch.path)
      #expect(refused.code == 2 && refused.errors.contains("--record leaves the trees as they are"))
    }
  }

  /// What was edited by hand stays, and each patch of a folder is one in what is recorded.
  @Test func anAdaptedPatchIsNotReplacedUnasked() async throws {
    let scratch = try scratch("trees:\n- {name: old, at: ../../old}\n")
    try scratch.write(
      "Patches/three/two.patch",
      "Subject: [PATCH] f: five\n\nWhy.\n---\n--- a/f.c\n+++ b/f.c\n@@ -3,3 +3,3 @@\n 33\n 4\n-5\n+55\n"
    )
    let words = [
      "backport", "--accept", "plausible", "--record", "--onto", "./old", "Patches/three",
    ]
    let recorded = try await run(Project.program, words, in: scratch.path)
    #expect(recorded.code == 0, "\(recorded.errors)")
    let verified = try await patchkit("verify", in: scratch.path)
    #expect(verified.code == 0, "\(verified.text)")
    let path = "Patches/three/adapted/old.patch"
    let edited = Array(
      String(decoding: try scratch.read(path), as: UTF8.self).replacing("Why.", with: "Why?").utf8)
    try scratch.write(path, edited)
    let refused = try await run(Project.program, words, in: scratch.path)
    #expect(refused.code == 1 && refused.errors.contains("holds another adapted patch"))
    #expect(try scratch.read(path) == edited)
    let forced = try await run(Project.program, words + ["--force"], in: scratch.path)
    let replaced = try scratch.read(path)
    #expect(forced.code == 0 && replaced != edited, "\(forced.errors)")
    // The tree changes, and the patch fits as it is.
    try scratch.write("old/f.c", "1\n2\n3\n4\n5\n")
    let fits = try await run(Project.program, words, in: scratch.path)
    #expect(fits.code == 0 && fits.errors.contains("old takes the patches as they are"))
  }

  /// A patch that needs another one is tried on that one as it was adapted to the tree.
  @Test func aPrerequisiteIsTheAdaptedOne() async throws {
    let scratch = try scratch("trees:\n- {name: old, at: ../../old}\n")
    try scratch.write(
      "Patches/more/more.patch",
      "Subject: [PATCH] f: more\n\nWhy.\n---\n--- a/f.c\n+++ b/f.c\n@@ -3,3 +3,3 @@\n 33\n 4\n-5\n+55\n"
    )
    try scratch.write(
      "Patches/more/patch.yaml", "prerequisites: [three]\ntrees:\n- {name: old, at: ../../old}\n")
    let before = try await patchkit("verify", in: scratch.path)
    #expect(before.code == 1 && before.text.contains("does not apply to old"), "\(before.text)")
    let recorded = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "Patches/three",
      in: scratch.path)
    #expect(recorded.code == 0, "\(recorded.errors)")
    let after = try await patchkit("verify", in: scratch.path)
    #expect(after.code == 0, "\(after.text)")
  }

  /// A file in the folder's way is not written over, and a patch among the others is not one of a tree.
  @Test func whatIsThereIsNotWrittenOver() async throws {
    let scratch = try scratch("trees:\n- {name: old, at: ../../old}\n")
    try scratch.write("Patches/three/adapted/old.patch", "mine\n")
    let result = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "Patches/three",
      in: scratch.path)
    #expect(
      result.code == 1 && result.errors.contains("holds another adapted patch"), "\(result.errors)")
    #expect(try scratch.read("Patches/three/adapted/old.patch") == Array("mine\n".utf8))
    // A link out of the collection is not followed.
    try removeFile(scratch.file("Patches/three/adapted"))
    try scratch.write("elsewhere/x", "x\n")
    #expect(unsafe symlink("../../elsewhere", scratch.file("Patches/three/adapted")) == 0)
    let linked = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "Patches/three",
      in: scratch.path)
    #expect(linked.code == 1 && linked.errors.contains("symbolic link"), "\(linked.errors)")
    #expect(try scratch.snapshot("elsewhere").count == 1)
    try scratch.write(
      "Patches/three/patch.yaml", "trees:\n- {name: old, at: ../../old, patch: old.patch}\n")
    let verified = try await patchkit("verify", in: scratch.path)
    #expect(
      (verified.text + verified.errors).contains("move it to 'adapted/old.patch'"),
      "\(verified.text)")
  }
}
