// SPDX-License-Identifier: GPL-2.0-only

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
    try scratch.copy(scratch.file("old"), to: "old2")
    let result = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "--onto", "new",
      "Patches/three", in: scratch.path)
    #expect(result.code == 0, "\(result.text)\(result.errors)")
    #expect(result.errors.contains("recorded Patches/three/three.old.patch\n"))
    let text = String(decoding: try scratch.read("Patches/three/patch.yaml"), as: UTF8.self)
    // One key more, and everything else as it was; the tree that takes the patch as it is has none.
    #expect(text.components(separatedBy: "three.old.patch").count == 2, "\(text)")
    #expect(
      text.replacing("patch: three.old.patch, ", with: "")
        .split(separator: "\n").filter { !$0.contains("patch: three.old.patch") }
        == manifest.split(separator: "\n"))
    // The trees as they were before the patch was applied.
    try scratch.write("old/f.c", "1\n22\n3\n4\n5\n")
    try scratch.write("new/f.c", "1\n2\n3\n4\n5\n")
    let after = try await patchkit("verify", in: scratch.path)
    #expect(after.code == 0, "\(after.text)\(after.errors)")
    // Again: the same file, the same manifest.
    _ = try await patchkit(
      "backport", "--accept", "plausible", "--record", "--onto", "old", "Patches/three",
      in: scratch.path)
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
    #expect(result.errors.contains("has no tree 'old'"), "\(result.errors)")
    #expect(try scratch.snapshot("old") == before)
    let file = try await patchkit(
      "backport", "--record", "--onto", "new", "Patches/three/three.patch", in: scratch.path)
    #expect(file.code == 2 && file.errors.contains("has no patch.yaml"), "\(file.errors)")
    let check = try await patchkit(
      "backport", "--record", "--check", "--onto", "new", "Patches/three", in: scratch.path)
    #expect(check.code == 2)
  }
}
