// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// What the program writes goes where the user said, and nothing else is changed.
@Suite struct SafetyTests: OneChange {
  let scratch: Scratch

  init() throws { scratch = try Self.scratch() }

  // MARK: The way to a file

  private static let nested = "--- a/a/b/f\n+++ b/a/b/f\n@@ -1 +1 @@\n-old\n+new\n"

  /// Old kernels and some sandboxes do not have the call that opens a folder in one step.
  @Test(
    .enabled(if: Project.hasProgram("strace"), "needs strace"),
    arguments: ["ENOSYS", "EPERM"])
  func withoutOpenat2TheFoldersAreOpenedOneByOne(_ error: String) async throws {
    try scratch.write("n/a/b/f", "old\n")
    try scratch.write("n.patch", Self.nested)
    let made = try await run(
      "strace",
      [
        "-f", "-o", scratch.file("calls"), "-e", "trace=openat2", "-e",
        "inject=openat2:error=\(error)", Project.program, "apply", "--onto", "n", "n.patch",
      ], in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    #expect(try scratch.read("n/a/b/f") == Array("new\n".utf8))
    let calls = String(decoding: try scratch.read("calls"), as: UTF8.self)
    #expect(calls.contains("\(error) ("), "\(calls)")
  }

  /// What a check accepts can be written: a folder on the way may be entered and not listed.
  @Test(
    .enabled(
      if: geteuid() == 0 && Project.hasProgram("setpriv"), "needs root, to run as another user"))
  func aFolderOnTheWayNeedNotBeListed() async throws {
    try scratch.write("n/a/b/f", "old\n")
    try scratch.write("n.patch", Self.nested)
    let script = """
      chmod 755 . && cp "$0" program && chmod 755 program && chmod 644 n.patch &&
      chown 65534 n n/a/b n/a/b/f && chmod 711 n/a &&
      for check in --check --quiet; do
        HOME=/nonexistent setpriv --reuid 65534 --regid 65534 --clear-groups ./program \
          apply $check --onto n n.patch || exit
      done
      """
    let made = try await run("sh", ["-c", script, Project.program], in: scratch.path)
    #expect(made.code == 0, "\(made.text)\(made.errors)")
    #expect(try scratch.read("n/a/b/f") == Array("new\n".utf8))
  }

  /// A search of the whole tree says which folder it could not list, and why, at any depth.
  @Test(
    .enabled(
      if: geteuid() == 0 && Project.hasProgram("setpriv"), "needs root, to run as another user"),
    arguments: ["a", "a/b", "a/b/c", "a/b/c/d"])
  func aFolderThatCannotBeListedIsNamed(_ folder: String) async throws {
    try scratch.write("n/a/b/c/d/f", "old\n")
    try scratch.write("n.patch", Self.nested.replacing("a/b/f", with: "a/elsewhere"))
    let script = """
      chmod 755 . && cp "$0" program && chmod 755 program && chmod 644 n.patch && chmod 711 "n/$1" &&
      HOME=/nonexistent exec setpriv --reuid 65534 --regid 65534 --clear-groups ./program \
        backport --check --onto n n.patch
      """
    let made = try await run("sh", ["-c", script, Project.program, folder], in: scratch.path)
    #expect(
      made.code == 3
        && made.errors.contains("cannot list the folder n/\(folder): Permission denied"),
      "\(made.code) \(made.errors)")
  }

  // MARK: Special files

  @Test func anOutputThatIsAPipeReachesItsReader() async throws {
    #expect(unsafe mkfifo(scratch.file("ff"), 0o600) == 0)
    let read = try await run(
      "sh",
      ["-c", "cat ff > got & \"$0\" \"$@\" ff; code=$?; wait; exit $code", Project.program]
        + output, in: scratch.path)
    #expect(read.code == 0)
    #expect(try !scratch.read("got").isEmpty)
    var info = stat()
    #expect(unsafe lstat(scratch.file("ff"), &info) == 0 && info.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func anOutputThroughAProcessSubstitutionWorks() async throws {
    let made = try await run(
      "bash",
      ["-c", "\"$0\" \"$@\" >(cat > got); code=$?; sleep 0.5; exit $code", Project.program]
        + output, in: scratch.path)
    #expect(made.code == 0)
    #expect(try !scratch.read("got").isEmpty)
  }

  @Test func anOutputThatIsALinkIsFollowed() async throws {
    try scratch.write("real", "old\n")
    #expect(unsafe chmod(scratch.file("real"), 0o600) == 0)
    #expect(unsafe symlink("real", scratch.file("link")) == 0)
    #expect(try await tool(output + ["link"]).code == 0)
    var info = stat()
    #expect(unsafe lstat(scratch.file("link"), &info) == 0 && info.st_mode & S_IFMT == S_IFLNK)
    #expect(unsafe stat(scratch.file("real"), &info) == 0 && info.st_mode & 0o7777 == 0o600)
    #expect(try scratch.read("real") != Array("old\n".utf8))
  }

  @Test func aFullDeviceIsReported() async throws {
    for words in [["--help"], ["--version"], ["stat", "p.patch"], ["help", "apply"]] {
      let made = try await run(
        "sh", ["-c", "\"$0\" \"$@\" > /dev/full", Project.program] + words, in: scratch.path)
      #expect(made.code == 3, "\(words): \(made.errors)")
      #expect(made.errors.contains("standard output"), "\(words): \(made.errors)")
    }
  }

  @Test(arguments: [".patchkit.yaml", "q/series", "q/patch.yaml", "q/patch.lock", "q/a.patch"])
  func aPipeInATreeIsNotWaitedFor(_ name: String) async throws {
    try scratch.write("q/a.patch", Self.patch)
    if name == "q/a.patch" { try removeFile(scratch.file(name)) }
    #expect(unsafe mkfifo(scratch.file(name), 0o600) == 0)
    let words =
      name == ".patchkit.yaml" ? ["config"] : ["verify", "q", "--onto", "g", "--no-cache"]
    let made = try await tool(words)
    #expect(made.code != 0 && made.code != 124, "\(made.errors)")
  }

  /// git's own files are opened by libgit2, which would wait without end.
  @Test(arguments: [
    "HEAD", "config", "config.worktree", "packed-refs", "index", "shallow", "commondir",
    "info/exclude", "info/attributes", "info/grafts", "refs/heads/main", "refs/tags/a/b",
    "logs/HEAD", "logs/refs/heads/main", "objects/info/alternates", "objects/info/commit-graph",
    "objects/pack/pack-1.idx", "objects/pack/multi-pack-index", "worktrees/w/HEAD",
  ])
  func aPipeAmongGitsFilesIsNotWaitedFor(_ name: String) async throws {
    try await repository()
    let path = scratch.file("g/.git/" + name)
    _ = try await run(
      "sh", ["-c", "mkdir -p \"$(dirname \(path))\"; rm -f \(path)"], in: scratch.path)
    for isPipe in [true, false] {
      try #require(
        unsafe isPipe ? mkfifo(path, 0o600) == 0 : symlink("/dev/zero", path) == 0)
      let before = try await run("sh", ["-c", "cd g && find . | sort"], in: scratch.path)
      for words in [
        ["apply", "p.patch", "--onto", "g"], ["apply", "--commit", "p.patch", "--onto", "g"],
        ["apply", "--branch", "b", "p.patch", "--onto", "g"],
        ["backport", "--check", "p.patch", "--onto", "g@HEAD"],
        ["config", "onto"], ["recover", "--onto", "g"],
      ] {
        let made = try await tool(words, in: words[0] == "config" ? scratch.file("g") : nil)
        #expect(made.code == 3, "\(words): \(made.code) \(made.errors)")
        #expect(made.errors.contains("is a pipe or a device"), "\(made.errors)")
      }
      #expect(
        try await run("sh", ["-c", "cd g && find . | sort"], in: scratch.path).text == before.text)
      try removeFile(path)
    }
  }

  /// A configuration that came with a tree names files, too; and a work tree has settings of its own.
  @Test(arguments: [
    "[include]\n\tpath = PIPE\n", "[include] path = \"PIPE\"\n",
    "[include]\n\tpath = \\\nPIPE\n", "[includeIf \"gitdir:/a=b/\"] path = PIPE\n",
    "[core]\n\tattributesFile = PIPE\n", "[core]\n\texcludesfile=PIPE ; a comment\n",
    "[includeIf \"gitdir:/\"]\n\tpath = ../../pipe\n",
  ])
  func aPipeThatAConfigurationNamesIsNotWaitedFor(_ text: String) async throws {
    try await repository()
    try #require(unsafe mkfifo(scratch.file("pipe"), 0o600) == 0)
    let old = String(decoding: try scratch.read("g/.git/config"), as: UTF8.self)
    try scratch.write(
      "g/.git/config", old + text.replacing("PIPE", with: scratch.file("pipe")))
    let made = try await tool(["apply", "--commit", "p.patch", "--onto", "g"])
    #expect(made.code == 3 && made.errors.contains("is a pipe or a device"), "\(made.errors)")
  }

  /// Configurations may include each other in any number: a file is read once for each folder that it is named in.
  @Test func configurationsThatIncludeEachOtherEnd() async throws {
    try await repository()
    let old = String(decoding: try scratch.read("g/.git/config"), as: UTF8.self)
    let once = "[include]\n\tpath = config\n"
    let most = 3000
    for number in 0..<most {
      try scratch.write("g/.git/c/\(number)", "[include]\n\tpath = \(number + 1)\n")
    }
    for text in [String(repeating: once, count: 6), "[include]\n\tpath = c/0\n"] {
      try scratch.write("g/.git/config", old + text)
      let made = try await tool(["apply", "--check", "p.patch", "--onto", "g"])
      #expect(made.code == 3 && made.errors.contains("include depth"), "\(made.errors)")
    }
    // A pipe at the end of the chain is found, far beyond what git follows.
    try #require(unsafe mkfifo(scratch.file("g/.git/c/\(most)"), 0o600) == 0)
    let made = try await tool(["apply", "--check", "p.patch", "--onto", "g"])
    #expect(made.code == 3 && made.errors.contains("is a pipe or a device"), "\(made.errors)")
  }

  /// What a configuration names begins in the folder that it was named in, as with git.
  @Test func aPipeThatALinkToAConfigurationNamesIsNotWaitedFor() async throws {
    try await repository()
    let old = String(decoding: try scratch.read("g/.git/config"), as: UTF8.self)
    try scratch.write(
      "g/.git/config", old + "[include]\n\tpath = a/x\n[include]\n\tpath = b/x\n")
    try scratch.write("g/.git/a/x", "[include]\n\tpath = pipe\n")
    try InputFile.makeFolder(scratch.file("g/.git/b"))
    try #require(unsafe symlink("../a/x", scratch.file("g/.git/b/x")) == 0)
    try #require(unsafe mkfifo(scratch.file("g/.git/b/pipe"), 0o600) == 0)
    let made = try await tool(["apply", "--check", "p.patch", "--onto", "g"])
    #expect(made.code == 3 && made.errors.contains("is a pipe or a device"), "\(made.errors)")
  }

  @Test(arguments: [".gitattributes", ".gitignore"])
  func aPipeAmongTheSettingsOfAWorkTreeIsNotWaitedFor(_ name: String) async throws {
    try await repository()
    try #require(unsafe mkfifo(scratch.file("g/" + name), 0o600) == 0)
    for words in [
      ["apply", "--check", "p.patch", "--onto", "g"], ["tree", "add", "x", "g"],
      ["apply", "--commit", "p.patch", "--onto", "g"],
    ] {
      let made = try await tool(words)
      #expect(made.code == 0, "\(words): \(made.errors)")
    }
  }

  /// The user's own configuration is opened by libgit2, too.
  @Test(arguments: [".gitconfig", ".config/git/config"])
  func aPipeAsTheUsersConfigurationIsNotWaitedFor(_ name: String) async throws {
    try await repository()
    try InputFile.makeFolder(scratch.file("home/.config/git"))
    try #require(unsafe mkfifo(scratch.file("home/" + name), 0o600) == 0)
    let made = try await tool(
      ["apply", "p.patch", "--onto", "g"], home: scratch.file("home"))
    #expect(made.code == 3 && made.errors.contains("is a pipe or a device"), "\(made.errors)")
    try removeFile(scratch.file("home/" + name))
    // A common way to have no configuration.
    try #require(unsafe symlink("/dev/null", scratch.file("home/" + name)) == 0)
    let other = try await tool(
      ["apply", "p.patch", "--onto", "g"], home: scratch.file("home"))
    #expect(other.code == 0, "\(other.errors)")
  }

  @Test func aPipeAsATarballIsNotWaitedFor() async throws {
    try #require(unsafe mkfifo(scratch.file("t.tar"), 0o600) == 0)
    let made = try await tool(["tree", "add", "x", "t.tar"])
    #expect(made.code == 2 && made.errors.contains("is not a regular file"), "\(made.errors)")
  }

  /// Beyond `ulimit -f` the system would end the process in the middle of its work.
  @Test func aLimitOfAFilesSizeIsAnError() async throws {
    let lines = (1...3000).map { "+line \($0)\n" }.joined()
    try scratch.write("large.patch", "--- /dev/null\n+++ b/large\n@@ -0,0 +1,3000 @@\n" + lines)
    try await repository()
    let before = try scratch.snapshot("g")
    let made = try await run(
      "sh", ["-c", "ulimit -f 4; \"$0\" apply --onto g large.patch", Project.program],
      in: scratch.path)
    #expect(made.code == 3 && made.errors.contains("too large"), "\(made.code) \(made.errors)")
    #expect(try scratch.snapshot("g") == before)
  }

  /// Files of git's, quilt's and patchkit's own are never an output.
  @Test(arguments: [
    "g/.git/config", "bare.git/config", "g/.patchkit.yaml", "g/.pc/applied-patches", "q/series",
  ])
  func anOutputReplacesNoFileOfState(_ name: String) async throws {
    try await repository()
    _ = try await run("git", ["init", "-q", "--bare", "bare.git"], in: scratch.path)
    try scratch.write("q/series", "# notes\np.patch -p1\n")
    if !InputFile.exists(scratch.file(name)) { try scratch.write(name, "") }
    let before = try scratch.read(name)
    let made = try await tool(output + [name])
    #expect(made.code == 2 && made.errors.contains("keeps for itself"), "\(made.errors)")
    try scratch.write("q/p.patch", Self.patch)
    let exported = try await tool(
      ["series", "export", "--mailbox", scratch.file(name)], in: scratch.file("q"))
    #expect(exported.code == 2, "\(exported.errors)")
    #expect(try scratch.read(name) == before)
  }

  /// A list of conflicts that came with a folder could name any file of the user's.
  @Test func aListOfConflictsFromElsewhereIsNotBelieved() async throws {
    try scratch.write("g/f.c", (1...10).map { "\($0 == 4 ? "FOUR" : "\($0)")\n" }.joined())
    let made = try await tool(["backport", "--conflicts", "merge", "--onto", "g", "p.patch"])
    #expect(made.code == 1, "\(made.errors)")
    let list = String(decoding: try scratch.read(".patchkit/conflicts"), as: UTF8.self)
    try #require(list.contains("f.c"))
    let own = try await tool(["resolve", "--list"])
    #expect(own.code == 0 && own.text.contains("f.c: 1 conflict left"), "\(own.errors)")
    try scratch.write("other/a", "")
    try scratch.copy(scratch.file(".patchkit"), to: "other/.patchkit")
    let before = try scratch.snapshot(".")
    for words in [["resolve", "--list"], ["resolve"]] {
      let foreign = try await tool(words, in: scratch.file("other"))
      #expect(
        foreign.code == 1 && foreign.errors.contains("no record that you wrote this list"),
        "\(foreign.code) \(foreign.errors)")
    }
    #expect(try scratch.snapshot(".") == before)
  }

  /// A reference or its log that is a link would be written through.
  @Test(arguments: ["logs/HEAD", "logs/refs/heads/main", "refs/heads/main"])
  func aReferenceThatLeadsOutIsNotWrittenThrough(_ name: String) async throws {
    try await repository()
    try scratch.write("victim", try scratch.read("g/.git/" + name))
    let before = try scratch.read("victim")
    try removeFile(scratch.file("g/.git/" + name))
    try #require(unsafe symlink(scratch.file("victim"), scratch.file("g/.git/" + name)) == 0)
    let made = try await tool(["apply", "--commit", "p.patch", "--onto", "g"])
    #expect(made.code == 3 && made.errors.contains("leads out of it"), "\(made.errors)")
    #expect(try scratch.read("victim") == before)
  }

  @Test(arguments: ["applied-patches", ".version", ".quilt_patches"])
  func aLinkInQuiltsStateIsNotRead(_ name: String) async throws {
    try scratch.write("g/patches/series", "")
    try scratch.write("g/.pc/.version", "2\n")
    try scratch.write("g/.pc/applied-patches", "")
    try scratch.write("secret", "2\n")
    if InputFile.exists(scratch.file("g/.pc/" + name)) {
      try removeFile(scratch.file("g/.pc/" + name))
    }
    try #require(unsafe symlink("../../secret", scratch.file("g/.pc/" + name)) == 0)
    let made = try await tool(["series", "applied"], in: scratch.file("g"))
    #expect(made.code == 1 && made.errors.contains("symbolic link"), "\(made.errors)")
  }

  @Test(.enabled(if: Confinement.shortfall == nil, "there are no namespaces for users"))
  func withoutProcItIsSaid() async throws {
    let made = try await run(
      "unshare",
      [
        "--user", "--map-root-user", "--mount", "sh", "-c",
        "mount -t tmpfs none /proc && \"$0\" stat p.patch", Project.program,
      ], in: scratch.path)
    #expect(made.code == 3 && made.errors.contains("/proc is not mounted"), "\(made.errors)")
  }

  /// The adapted patches never replace a file that the same patches change.
  @Test(arguments: ["f.c", "./sub/../f.c", "link"], [false, true])
  func anOutputThatThePatchesChangeIsRefused(_ name: String, _ isCheck: Bool) async throws {
    try scratch.write("g/sub/x", "")
    try #require(unsafe symlink("f.c", scratch.file("g/link")) == 0)
    let before = try scratch.snapshot("g")
    let made = try await tool(
      ["apply", "--onto", ".", "../p.patch", "--output", name] + (isCheck ? ["--check"] : []),
      in: scratch.file("g"))
    #expect(made.code == 2 && made.errors.contains("which the patches change"), "\(made.errors)")
    #expect(try scratch.snapshot("g") == before)
  }

  // MARK: Trees that lead elsewhere

  /// No link of a clone leads what a command writes out of it; the user's own configuration may allow it.
  @Test(arguments: [
    "init", "init --ci github", "verify Patches --update", "verify Patches/a --update",
    "series import m.patch", "series import m.patch (debian)", "split -o out m.patch",
  ])
  func aLinkInACloneLeadsNoWriteOut(_ line: String) async throws {
    let inner = line.hasSuffix("(debian)") ? "victim/patches/" : "victim/"
    try scratch.write("clone/m.patch", Self.patch)
    try scratch.write("clone/f.c", (1...10).map { "\($0)\n" }.joined())
    try scratch.write(inner + "series", "")
    if line.hasPrefix("verify") {
      try removeFile(scratch.file(inner + "series"))
      try scratch.write("victim/a.patch", Self.patch)
      try scratch.write(
        "victim/patch.yaml", "trees: [{name: n, at: \(scratch.file("clone"))}]\n")
    }
    let link =
      switch line {
      case "init": "Patches"
      case "init --ci github": ".github"
      case "series import m.patch": "patches"
      case "series import m.patch (debian)": "debian"
      case "split -o out m.patch": "out"
      default: "Patches/a"
      }
    if link == "Patches/a" {
      try scratch.write("clone/Patches/series", "")
      try removeFile(scratch.file("clone/Patches/series"))
    }
    let target = (link == "Patches/a" ? "../../" : "../") + "victim"
    try #require(unsafe symlink(target, scratch.file("clone/" + link)) == 0)
    let before = try scratch.snapshot("victim")
    let words = line.replacing(" (debian)", with: "").split(separator: " ").map(String.init)
    let made = try await tool(
      words + (words[0] == "init" ? ["m.patch"] : []) + (words[0] == "verify" ? ["-q"] : []),
      in: scratch.file("clone"))
    #expect(
      made.code == 1 && made.errors.contains("leads out of the current folder"), "\(made.errors)")
    #expect(try scratch.snapshot("victim") == before)
    // Not by the repository's own configuration, which came with it.
    _ = try await run("git", ["init", "-q"], in: scratch.file("clone"))
    _ = try await run(
      "git", ["config", "patchkit.allowOutside", "true"], in: scratch.file("clone"))
    let again = try await tool(
      words + (words[0] == "init" ? ["m.patch"] : []), in: scratch.file("clone"))
    #expect(again.code == 1, "\(again.errors)")
    #expect(try scratch.snapshot("victim") == before)
    try scratch.write(".gitconfig", "[patchkit]\n\tallowOutside = true\n")
    let allowed = try await tool(
      words + (words[0] == "init" ? ["m.patch"] : []), in: scratch.file("clone"))
    #expect(!allowed.errors.contains("leads out"), "\(allowed.errors)")
    #expect(try scratch.snapshot("victim") != before, "\(allowed.errors)")
  }

  /// The copy of a patch that only its owner may read is one that only its owner may read.
  @Test func aPrivatePatchStaysPrivate() async throws {
    try scratch.write("g/patches/a.patch", Self.patch)
    try scratch.write("g/patches/series", "a.patch\n")
    func mode(_ name: String) -> mode_t {
      var info = stat()
      return unsafe stat(scratch.file(name), &info) == 0 ? info.st_mode & 0o777 : 0
    }
    for name in ["g/patches/a.patch", "p.patch"] {
      #expect(unsafe chmod(scratch.file(name), 0o600) == 0)
    }
    for (words, folder) in [
      (["series", "push", "-q"], "g"), (["series", "rename", "-q", "b.patch"], "g"),
      (["series", "import", "-q", "../g/patches/b.patch"], "q"),
      (["series", "import", "-q", "--patches", "other", "../g/patches"], "q"),
      (["init", "../p.patch"], "q"), (["split", "-o", "parts", "../p.patch"], "q"),
    ] {
      try scratch.write("q/x", "")
      let made = try await run(
        "sh",
        ["-c", "umask 022; HOME=\(scratch.path) exec \"$0\" \"$@\"", Project.program] + words,
        in: scratch.file(folder))
      #expect(made.code == 0, "\(words): \(made.errors)")
    }
    for name in [
      "g/patches/b.patch", "q/patches/b.patch", "q/other/b.patch",
      "q/Patches/f-change-a-line/p.patch", "q/parts/0001-f-change-a-line.patch",
    ] {
      #expect(mode(name) == 0o600, "\(name)")
    }
    #expect(mode("q/Patches/f-change-a-line/patch.yaml") == 0o644)
  }

  /// A crafted state of a cherry-pick neither deletes a file nor drops an edit.
  @Test func aCherryPickThatCameWithARepositoryIsNotBelieved() async throws {
    try await repository()
    let head = try await git("rev-parse", "HEAD", in: scratch.file("g")).line
    try scratch.write(
      "g/.git/patchkit/cherry-pick",
      """
      [{"original":"\(head)","last":"\(head)","branch":"main","current":{"repository":"\(scratch.file("g"))",\
      "id":"\(head)","parent":1},"remaining":[],"paths":["precious","f.c"],"marked":["precious","f.c"],\
      "written":{},"isWritten":true,"staged":[],"edited":[],\
      "options":{"signoff":false,"x":false,"provenance":false}}]
      """)
    try scratch.write("g/precious", "mine\n")
    try scratch.write("g/f.c", "mine\n")
    let before = try scratch.snapshot("g")
    for action in [["--abort"], ["--skip"], ["--continue"], ["HEAD"]] {
      let made = try await tool(["cherry-pick"] + action, in: scratch.file("g"))
      #expect(made.code == 1 && made.errors.contains("was not written by you"), "\(made.errors)")
      #expect(try scratch.snapshot("g") == before)
    }
    #expect(try await tool(["cherry-pick", "--quit"], in: scratch.file("g")).code == 0)
    let none = try await tool(["cherry-pick", "--abort"], in: scratch.file("g"))
    #expect(none.errors.contains("no cherry-pick has stopped here"), "\(none.errors)")
  }

  /// The state of one repository is not one of its copy, and what the user changed since a stop is not discarded.
  @Test func aCherryPickIsTheRepositorysOwn() async throws {
    try await repository()
    let folder = scratch.file("g")
    func commit(_ text: String, on branch: String) async throws {
      _ = try await git("checkout", "-q", "-B", branch, "base", in: folder)
      try scratch.write("g/f.c", (1...10).map { $0 == 4 ? text : "\($0)\n" }.joined())
      try scratch.write("g/new-\(branch)", "1\n")
      _ = try await git("add", "-A", in: folder)
      _ = try await git(
        "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-qm", branch, in: folder)
    }
    _ = try await git("tag", "base", in: folder)
    try await commit("theirs\n", on: "x")
    try await commit("mine\n", on: "main")
    let stopped = try await tool(["cherry-pick", "x"], in: folder)
    #expect(stopped.code == 1 && stopped.errors.contains("conflict in f.c"), "\(stopped.errors)")
    try scratch.copy(folder, to: "other")
    let before = try scratch.snapshot("other")
    let refused = try await tool(["cherry-pick", "--abort"], in: scratch.file("other"))
    #expect(refused.code == 1 && refused.errors.contains("was not written by you"))
    #expect(try scratch.snapshot("other") == before)
    // The new file of the commit, which the user edits.
    try scratch.write("g/new-x", "edited\n")
    let edited = try await tool(["cherry-pick", "--abort"], in: folder)
    #expect(edited.code == 1 && edited.errors.contains("new-x: was edited"), "\(edited.errors)")
    #expect(try scratch.read("g/new-x") == Array("edited\n".utf8))
    try removeFile(scratch.file("g/new-x"))
    let aborted = try await tool(["cherry-pick", "--abort"], in: folder)
    #expect(aborted.code == 0, "\(aborted.errors)")
    #expect(try await git("status", "--porcelain", in: folder).text.isEmpty)
  }

  @Test func aStoreThatIsALinkRedirectsNothing() async throws {
    try scratch.write("victim/config", "mine\n")
    try scratch.write("g/.patchkit/store.git/HEAD", "ref: refs/heads/main\n")
    #expect(unsafe symlink("../../../victim", scratch.file("g/.patchkit/store.git/objects")) == 0)
    let before = try scratch.snapshot("victim")
    let made = try await tool(["tree", "add", "x", "../victim"], in: scratch.file("g"))
    #expect(made.code == 1 && made.errors.contains("symbolic link"), "\(made.errors)")
    #expect(try scratch.snapshot("victim") == before)
  }

  @Test func settingsThatLeadOutNeedTheUsersConsent() async throws {
    try scratch.write("clone/.patchkit.yaml", "onto: ../g\n")
    try scratch.write("clone/p.patch", Self.patch)
    let before = try scratch.snapshot("g")
    let made = try await tool(["apply", "p.patch"], in: scratch.file("clone"))
    #expect(made.code == 1 && made.errors.contains("outside"), "\(made.errors)")
    #expect(try scratch.snapshot("g") == before)
    try scratch.write(".gitconfig", "[patchkit]\n\tallowOutside = true\n")
    #expect(try await tool(["apply", "p.patch"], in: scratch.file("clone")).code == 0)
  }

  @Test func aJournalThatCameWithATreeIsNotCarriedOut() async throws {
    let id = "56a6051ca2b02b04ef92d5150c9ef600403cb1de"
    try scratch.write(
      "g/.patchkit-journal/plan", "patchkit journal 2\n- 100644:\(id) .profile\nend\n")
    try scratch.write("g/.patchkit-journal/new.0", "1")
    for words in [["recover", "--onto", "g"], ["recover", "--rollback", "--onto", "g"]] {
      let made = try await tool(words)
      #expect(made.code == 1 && made.errors.contains("was not written by you"), "\(made.errors)")
      #expect(throws: (any Error).self) { try scratch.read("g/.profile") }
    }
  }

  @Test(arguments: [
    ".patchkit.yaml", ".PatchKit.yaml", ".patchkit/conflicts", ".pc/applied-patches",
  ])
  func aPatchMayNotWriteOurOwnFiles(_ name: String) async throws {
    try scratch.write("evil.patch", "--- /dev/null\n+++ b/\(name)\n@@ -0,0 +1 @@\n+onto: /\n")
    let before = try scratch.snapshot("g")
    let made = try await tool(["apply", "--onto", "g", "evil.patch"])
    #expect(made.code == 2, "\(made.errors)")
    #expect(try scratch.snapshot("g") == before)
  }

  @Test(arguments: [".git\\config", "git~1/config"])
  func aNameThatIsGitsOnSomeSystemIsBadInput(_ name: String) async throws {
    try scratch.write(
      "evil.patch", "--- /dev/null\n+++ b/\(name)\n@@ -0,0 +1 @@\n+x\n")
    #expect(try await tool(["apply", "--onto", "g", "evil.patch"]).code == 2)
  }

  @Test func gitAddLeavesAStoppedRunsJournalOut() async throws {
    try await repository()
    try scratch.write("g/.patchkit-journal/.gitignore", "*\n")
    try scratch.write("g/.patchkit-journal/new.0", "x")
    _ = try await git("add", "-A", in: scratch.file("g"))
    #expect(try await git("status", "--porcelain", in: scratch.file("g")).text.isEmpty)
  }

  @Test func aSeriesThatIsALinkIsNotReplaced() async throws {
    try scratch.write("elsewhere/series", "a.patch\n")
    try scratch.write("g/patches/a.patch", Self.patch)
    #expect(unsafe symlink("../../elsewhere/series", scratch.file("g/patches/series")) == 0)
    let before = try scratch.snapshot()
    let made = try await tool(["series", "new", "--onto", "g", "b.patch"])
    #expect(made.code == 1 && made.errors.contains("symbolic link"), "\(made.errors)")
    #expect(try scratch.snapshot() == before)
  }
}
