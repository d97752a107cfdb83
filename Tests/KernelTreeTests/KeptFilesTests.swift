// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree
import TestSupport
import Testing

/// No output replaces a file that git, quilt or patchkit keeps for itself.
@Suite struct KeptFilesTests {
  @Test func whatIsKeptIsRefused() throws {
    let scratch = try Scratch()
    for name in [
      ".git/config", "sub/.GIT/x", ".pc/applied-patches", ".patchkit/x", ".patchkit-state/x",
      "bare.git/HEAD", "bare.git/objects/x", "patches/series",
    ] {
      try scratch.write(name, "kept\n")
    }
    for name in [
      ".git/config", ".git/new", "sub/.GIT/x", ".pc/applied-patches", ".patchkit/new",
      ".patchkit-state/x", ".patchkit-new", "bare.git/packed-refs", "bare.git/objects/x",
      "patches/series",
    ] {
      let path = scratch.file(name)
      let error = #expect(throws: PatchkitError.self, "\(name)") {
        try OutputFile.write([1], to: path, refusing: KeptFiles.refuse)
      }
      #expect(error?.kind == .badInput && error?.path == path)
    }
    #expect(try scratch.read(".git/config") == Array("kept\n".utf8))
    #expect(try scratch.read("patches/series") == Array("kept\n".utf8))
    #expect(!InputFile.exists(scratch.file(".patchkit-new")))
  }

  @Test func theRestIsWritten() throws {
    let scratch = try Scratch()
    try scratch.write("other/x", "")
    for name in ["out.patch", "series", "git", "other/series", "other/HEAD"] {
      try OutputFile.write([1], to: scratch.file(name), refusing: KeptFiles.refuse)
      #expect(try scratch.read(name) == [1], "\(name)")
    }
    // It is there by now.
    #expect(throws: PatchkitError.self) {
      try OutputFile.write([2], to: scratch.file("series"), refusing: KeptFiles.refuse)
    }
    try OutputFile.write([], to: "/dev/null", refusing: KeptFiles.refuse)
  }
}
