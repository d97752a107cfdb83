// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// Trees, archives and clones that were made to do harm.
@Suite struct UntrustedTreeTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("g/f.c", (1...10).map { "\($0)\n" }.joined())
    try scratch.write(
      "p.patch", "--- a/f.c\n+++ b/f.c\n@@ -2,5 +2,5 @@\n 2\n 3\n-4\n+four\n 5\n 6\n")
  }

  private func tool(
    _ arguments: [String], in folder: String = ".", environment: [String: String] = [:]
  ) async throws -> ProcessResult {
    try await run(
      "timeout", ["120", Project.program] + arguments, in: scratch.file(folder),
      environment: ["XDG_STATE_HOME": scratch.file("state")].merging(environment) { $1 })
  }

  @discardableResult
  private func shell(_ script: String, in folder: String = ".") async throws -> String {
    let made = try await run("sh", ["-ec", script], in: scratch.file(folder))
    try #require(made.code == 0, "\(script): \(made.errors)")
    return made.line
  }

  // MARK: Archives

  /// Root's tar restores setuid bits unless it is asked not to; the folder is closed to others anyway.
  @Test func aTarballsProgramsHaveNoRightsOfTheirOwn() async throws {
    try await shell(
      """
      mkdir k bin p; cp /usr/bin/id k/program; chmod 6755 k/program; tar cf k.tar k
      printf '#!/bin/sh\\n/usr/bin/tar "$@"; code=$?\\n\
      for a; do case $a in --directory=*) d=${a#*=};; esac; done\\n\
      stat -c "%%a" "$d" "$d"/k/program > \(scratch.file("modes")); exit $code\\n' > bin/tar
      chmod +x bin/tar
      """)
    let path = scratch.file("bin") + ":" + (Machine.variable("PATH") ?? "")
    let made = try await tool(
      ["tree", "add", "x", "../k.tar"], in: "p", environment: ["PATH": path])
    #expect(made.code == 0, "\(made.errors)")
    #expect(String(decoding: try scratch.read("modes"), as: UTF8.self) == "700\n755\n")
  }

  @Test func aMemberThatUnpacksToTooMuchIsRefused() async throws {
    try await shell(
      "mkdir k p; truncate -s 3G k/huge; tar --sparse -czf k.tgz k; rm k/huge")
    let made = try await tool(["tree", "add", "x", "../k.tgz"], in: "p")
    #expect(made.code == 2 && made.errors.contains("the limit of 512 MiB"), "\(made.errors)")
    #expect(try await shell("find p -size +1M | wc -l") == "0")
  }

  @Test(arguments: ["git~1", "sub/.git"]) func aNameOfGitsOwnInATreeIsBadInput(
    _ name: String
  ) async throws {
    try scratch.write("g/" + name + "/HEAD", "x\n")
    let made = try await tool(["tree", "add", "x", "g"])
    #expect(made.code == 2 && made.errors.contains("git's own folder"), "\(made.errors)")
  }

  /// A line that begins with two colons is a command for the program that reads the log.
  @Test func aNameBeginsNoLine() async throws {
    try scratch.write("g/a\n::error::FORGED", "x\n")
    let made = try await tool(["tree", "add", "x", "g"])
    #expect(made.code == 2 && made.errors.contains("FORGED"), "\(made.errors)")
    #expect(!made.errors.split(separator: "\n").contains { $0.hasPrefix("::") }, "\(made.errors)")
  }

  // MARK: Repositories

  @Test func aStoreWithACommonFolderElsewhereIsRefused() async throws {
    try await shell(
      """
      git init -q victim; git -C victim commit -q --allow-empty -m base
      mkdir -p clone/.patchkit; git init -q --bare clone/.patchkit/store.git
      echo "$PWD/victim/.git" > clone/.patchkit/store.git/commondir
      """)
    let before = try scratch.snapshot("victim")
    let made = try await tool(["tree", "add", "x", "../g"], in: "clone")
    #expect(made.code == 1 && made.errors.contains("commondir"), "\(made.errors)")
    #expect(try scratch.snapshot("victim") == before)
  }

  /// git's objects may hold any name; a copy to build in has only those that stay in it.
  @Test(.enabled(if: Confinement.shortfall == nil, "there are no namespaces for users"))
  func aRevisionMakesNoFolderOutsideItsCopy() async throws {
    try await shell(
      """
      git init -q; git add f.c; git commit -qm base
      blob=$(git rev-parse HEAD:f.c)
      tree() { python3 -c '
      import sys
      sys.stdout.buffer.write(b"".join(m.encode()+b" "+n.encode()+b"\\0"+bytes.fromhex(h)
        for m, n, h in (x.split(":") for x in sys.argv[1:])))' "$@" |
        git hash-object -t tree --literally -w --stdin; }
      inner=$(tree 100644:x:$blob); made=$(tree 40000:patchkit-outside:$inner)
      two=$(tree 40000:..:$made); one=$(tree 40000:..:$two)
      git update-ref refs/heads/evil $(git commit-tree -m x $(tree 40000:..:$one 100644:f.c:$blob))
      """, in: "g")
    let made = try await tool(
      ["backport", "--check", "--build", "true", "--onto", "g@evil", "p.patch"],
      environment: ["TMPDIR": scratch.path])
    #expect(made.code == 0, "\(made.text)\(made.errors)")
    #expect(try await shell("find . -name patchkit-outside | wc -l") == "0")
  }

  /// git refuses it: readers of that file would follow it.
  @Test(arguments: [".gitmodules", "sub/.GITMODULES"]) func aLinkForSubmodulesIsRefused(
    _ name: String
  ) async throws {
    try scratch.write(
      "link.patch",
      """
      diff --git a/\(name) b/\(name)
      new file mode 120000
      --- /dev/null
      +++ b/\(name)
      @@ -0,0 +1 @@
      +/etc/passwd
      \\ No newline at end of file

      """)
    try await shell("ln -s target g/old")
    try scratch.write(
      "rename.patch",
      "diff --git a/old b/\(name)\nsimilarity index 100%\nrename from old\nrename to \(name)\n")
    let before = try scratch.snapshot("g")
    for patch in ["link.patch", "rename.patch"] {
      let made = try await tool(["apply", "--onto", "g", patch])
      #expect(
        made.code != 0 && (made.text + made.errors).contains("may not be a symbolic link"),
        "\(made.text)\(made.errors)")
    }
    #expect(try scratch.snapshot("g") == before)
  }

  /// A clone may have been unpacked with its configuration, which names no program of ours.
  @Test func aRepositorysConfigurationNamesNoProgram() async throws {
    try await shell(
      """
      git init -q; git add f.c; git commit -qm base; sed -i s/4/four/ f.c; git commit -qam four
      git config core.editor 'touch ../ran; true'; git config core.pager 'touch ../ran; cat'
      git config patchkit.pager 'touch ../ran; cat'; git config gpg.program '../ran'
      """, in: "g")
    _ = try await shell(
      """
      printf 'e\\nq\\n' | env -u EDITOR -u VISUAL TERM=xterm EDITOR=true \
        \(Project.program) resolve --onto . ../p.patch > ../said 2>&1 || true
      TERM=xterm script -qc '\(Project.program) show ../p.patch' /dev/null < /dev/null > /dev/null
      """, in: "g")
    #expect(throws: (any Error).self) { try scratch.read("ran") }
    let pager = try await tool(["config", "pager"], in: "g")
    #expect(!pager.text.contains("touch"), "\(pager.text)")
    // The user's own may.
    try scratch.write(".gitconfig", "[core]\n\tpager = more\n")
    let own = try await tool(["config", "pager"], in: "g", environment: ["HOME": scratch.path])
    #expect(own.text.contains("more"), "\(own.text)")
  }
}
