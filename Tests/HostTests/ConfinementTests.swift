// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// What foreign code may not do, tried by a program that is run as it is.
@Suite(.enabled(if: Confinement.shortfall == nil, "there are no namespaces for users"))
struct ConfinementTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("inside/x", "")
    try scratch.write("outside/secret", "secret\n")
  }

  /// What a shell prints that is run confined.
  private func confined(_ script: String, seconds: Int = 20) async throws -> ProcessResult {
    let limits = Confinement(seconds: seconds, memory: 1 << 30, fileSize: 1 << 20, files: 64)
    let words = limits.program(["sh", "-c", script], in: scratch.file("inside")).words
    return try await run(words[0], Array(words.dropFirst()), in: scratch.file("inside"))
  }

  @Test func theFolderIsThereAndTheProgramRuns() async throws {
    let made = try await confined("echo made > y; cat y; pwd")
    #expect(made.text == "made\n\(scratch.file("inside"))\n", "\(made.errors)")
    #expect(try scratch.read("inside/y") == Array("made\n".utf8))
  }

  @Test func nothingOutsideIsReadOrWritten() async throws {
    let outside = scratch.file("outside")
    let made = try await confined(
      """
      cat \(outside)/secret; echo x > \(outside)/new; echo x > \(scratch.file("new"))
      cat /etc/passwd; ls "$HOME" /root /home; echo x > /usr/patchkit-test; echo x > /new-file
      ls /old; cat ../outside/secret; true
      """)
    #expect(!made.text.contains("secret") && !made.text.contains("root:"), "\(made.text)")
    #expect(try InputFile.names(in: scratch.path) == ["inside", "outside"])
    #expect(try InputFile.names(in: outside) == ["secret"])
    #expect(!InputFile.exists("/usr/patchkit-test") && !InputFile.exists("/new-file"))
  }

  @Test func theRootCannotBeMadeWritable() async throws {
    let made = try await confined(
      """
      mount -o remount,bind,rw /usr && echo remounted
      unshare --user --map-root-user --mount sh -c 'mount -o remount,bind,rw /usr' && echo nested
      umount /usr && echo unmounted; chroot / true && echo chroot; true
      """)
    #expect(made.text.isEmpty, "\(made.text)")
  }

  @Test func noOtherProcessIsSeenOrKilled() async throws {
    let made = try await confined("kill -0 \(getpid()) && echo seen; ls -d /proc/[0-9]* | wc -l")
    #expect(!made.text.contains("seen"))
    #expect((Int(made.line) ?? 99) < 10, "\(made.text)")
  }

  /// They are root's, who needs no capability for them: 'core_pattern' names a program that the system runs.
  @Test func noSettingOfTheSystemIsChanged() async throws {
    let made = try await confined(
      """
      for name in $(find /proc/sys -type f -perm -u+w | head -2000); do
        (: >> "$name") 2>/dev/null && echo "opened $name"
      done
      find /proc/sys -type f -perm -u+w | head -2000 | wc -l
      """)
    let lines = made.text.split(separator: "\n")
    #expect(
      lines.count == 1 && (lines.first.flatMap { Int($0) } ?? 0) > 100, "\(made.text.prefix(500))")
  }

  @Test func noSocketIsReached() async throws {
    let made = try await confined(
      "ls /run /var/run /sys/class/net; cat /proc/net/dev | wc -l")
    // Two lines of heads and the loopback that is down.
    #expect(made.line == "3", "\(made.text)")
  }

  @Test func nothingOutlivesTheProgram() async throws {
    let name = "patchkit-outlives-\(getpid())"
    try scratch.write(
      "inside/stay", "#!/bin/sh\nsleep 30; echo alive > \(scratch.file("inside"))/alive\n")
    _ = try await confined("(setsid nohup sh ./stay \(name) >/dev/null 2>&1 &) ; exit 0")
    let left = try await run("pgrep", ["-f", name])
    #expect(left.text.isEmpty)
  }

  /// What is mounted below a folder that is shown is shown, too, and is as little written.
  @Test(.enabled(if: geteuid() == 0, "needs root, to mount"))
  func whatIsMountedBelowIsShownAndNotWritten() async throws {
    let limits = Confinement(seconds: 20, memory: nil, fileSize: 1 << 20, files: 64)
    let outside = scratch.file("outside")
    try scratch.write("outside/a b/x", "")
    let words = limits.program(
      [
        "sh", "-c",
        "cat '\(outside)/a b/inner'; for f in '\(outside)/a b' \(outside); do echo x > \"$f/new\"; done; true",
      ], in: scratch.file("inside"), readable: [outside]
    ).words
    let mounted = """
      set -e; mount -t tmpfs -o nosuid tmpfs '\(outside)/a b'; echo secret > '\(outside)/a b/inner'
      "$@"; ls '\(outside)/a b' \(outside)
      """
    let made = try await run(
      "unshare", ["--mount", "sh", "-c", mounted, "sh"] + words, in: scratch.file("inside"))
    #expect(made.code == 0 && made.text.hasPrefix("secret\n"), "\(made.text)\(made.errors)")
    #expect(!made.text.contains("new"), "\(made.text)")
  }

  /// A search path names folders that are links, that are shown already, and that do not exist.
  @Test func moreFoldersAreShownAndNotWritten() async throws {
    let limits = Confinement(seconds: 20, memory: nil, fileSize: 1 << 20, files: 64)
    let outside = scratch.file("outside")
    let words = limits.program(
      ["sh", "-c", "cat \(outside)/secret; echo x > \(outside)/new; true"],
      in: scratch.file("inside"), readable: ["/bin", "/usr/bin", "/no/such", outside, outside]
    ).words
    let made = try await run(words[0], Array(words.dropFirst()), in: scratch.file("inside"))
    #expect(made.text == "secret\n", "\(made.errors)")
    #expect(try InputFile.names(in: outside) == ["secret"])
  }

  @Test func filesAndTimeAreLimited() async throws {
    let made = try await confined("head -c 3000000 /dev/zero > big; wc -c < big", seconds: 2)
    #expect((Int(made.line) ?? 0) <= 1 << 20)
    // That it ends at all shows the limit.
    let endless = try await confined("while :; do :; done", seconds: 1)
    #expect(endless.code != 0)
  }

  /// An ordinary user's search path lacks the system's own folders, where pivot_root is.
  @Test func anOrdinarySearchPathIsEnough() async throws {
    let limits = Confinement(seconds: 20, memory: nil, fileSize: 1 << 20, files: 64)
    let words = limits.program(["sh", "-c", "echo works"], in: scratch.file("inside")).words
    let made = try await run(
      words[0], Array(words.dropFirst()), in: scratch.file("inside"),
      environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"])
    #expect(made.text == "works\n", "\(made.errors)")
  }

  /// A build that was started by a program which is killed ends with it.
  @Test func nothingOutlivesWhoStartedIt() async throws {
    let name = "patchkit-orphan-\(getpid())"
    let limits = Confinement(seconds: 60, memory: nil, fileSize: 1 << 20, files: 64)
    let words = limits.program(
      ["sh", "-c", "setsid sh -c 'sleep 50; : \(name)' & sleep 50; : \(name)"],
      in: scratch.file("inside")
    ).words
    _ = try await run(
      "timeout", ["-s", "KILL", "3", "sh", "-c", "\"$@\"; true", "sh"] + words, in: scratch.path)
    let left = try await stillRunning(name)
    #expect(left.isEmpty, "\(left)")
  }

  /// Other users may not look at the copy of a tree.
  @Test func scratchFoldersAreClosedToOthers() throws {
    var info = stat()
    let folder = try ScratchFolder()
    #expect(unsafe stat(folder.path, &info) == 0 && info.st_mode & 0o077 == 0)
  }

  /// System V shared memory counts for no process, and keys of the caller are the caller's.
  @Test(.enabled(if: Project.hasProgram("perl"), "perl is not installed"))
  func sharedMemoryAndKeysAreOutOfReach() async throws {
    #if arch(x86_64)
      let (add, control) = (248, 250)
    #else
      let (add, control) = (217, 219)
    #endif
    let limits = Confinement(seconds: 20, memory: nil, fileSize: 1 << 20, files: 64)
    let look = #"""
      my $id = shmget(0, 300 << 20, 01600); print defined $id ? "shared\n" : "refused\n";
      my $key = syscall(\#(control), 10, -3, my $a = "user", my $b = "patchkit-test", 0);
      print $key >= 0 ? "key\n" : "no key\n"
      """#
    let words = limits.program(["perl", "-e", look], in: scratch.file("inside")).words
    // A session of its own, with a key.
    let start = #"""
      syscall(\#(control), 1, 0); my $a = "user"; my $b = "patchkit-test"; my $c = "secret";
      syscall(\#(add), $a, $b, $c, 6, -3) >= 0 or die; exec @ARGV
      """#
    let usual = try await run("perl", ["-e", start, "perl", "-e", look])
    #expect(usual.text == "shared\nkey\n", "\(usual.text) \(usual.errors)")
    let made = try await run("perl", ["-e", start] + words, in: scratch.file("inside"))
    #expect(made.text == "refused\nno key\n", "\(made.text) \(made.errors)")
  }

  // MARK: A program in C, as a patch may bring one

  private static let compilers = Project.hasProgram("gcc")

  @Test(.enabled(if: compilers, "gcc is not installed"))
  func aHostileProgramReachesNothing() async throws {
    let probe = try await HostileProgram(in: scratch)
    defer { probe.end() }
    let limits = Confinement(
      seconds: 20, memory: 1 << 30, fileSize: 1 << 20, files: 64, processes: 32, writes: false)
    let words = limits.program(["./probe"], in: scratch.file("inside")).words
    let made = try await run(words[0], Array(words.dropFirst()), in: scratch.file("inside"))
    #expect(made.code == 0, "\(made.errors)")
    let said = made.line.split(separator: " ").compactMap { Int($0) }
    #expect(made.line.hasSuffix("files") && said.count == 2, "\(made.text)")
    if said.count == 2 { #expect(said[0] < 32 && said[1] == 0, "\(made.text)") }
    #expect(probe.victimLives)
    try await probe.doesAllWhereItIsNotConfined()
  }

  /// The compiler runs confined, too: text of a patch can make it read any file.
  @Test(
    .enabled(if: compilers, "gcc is not installed"),
    arguments: [
      "#include \"/etc/passwd\"\n", "#include \"OUTSIDE/secret\"\n",
      "__asm__(\".incbin \\\"OUTSIDE/secret\\\"\");\n",
      "__asm__(\".include \\\"OUTSIDE/secret\\\"\");\n",
    ]) func aCompilerReadsNothingOutside(_ text: String) async throws
  {
    let outside = scratch.file("outside")
    let isAssembler = text.contains("incbin")
    try scratch.write("inside/x.c", text.replacing("OUTSIDE", with: outside))
    let limits = Confinement(
      seconds: 20, memory: 1 << 30, fileSize: 1 << 20, files: 64, processes: 32)
    let words = limits.program(["gcc", "-c", "x.c", "-o", "x.o"], in: scratch.file("inside")).words
    let made = try await run(words[0], Array(words.dropFirst()), in: scratch.file("inside"))
    #expect(
      made.code != 0
        && made.errors.lowercased().contains(isAssembler ? "not found" : "no such file"),
      "\(made.errors)")
    #expect(!made.errors.contains("secret\n ") && !made.errors.contains("root:"))
    try scratch.write("inside/x.c", "int x;\n")
    let good = try await run(words[0], Array(words.dropFirst()), in: scratch.file("inside"))
    #expect(good.code == 0, "\(good.errors)")
  }

  /// A program that is killed takes everything along that it started.
  @Test func aKilledProgramLeavesNothingRunning() async throws {
    let name = "patchkit-stays-\(getpid())"
    let limits = Confinement(seconds: 60, memory: nil, fileSize: 1 << 20, files: 64, processes: 32)
    let words = limits.program(
      ["sh", "-c", "setsid sh -c 'sleep 50; : \(name)' & sleep 50; : \(name)"],
      in: scratch.file("inside")
    ).words
    let made = try await run(
      "timeout", ["-s", "KILL", "3"] + words, in: scratch.file("inside"))
    #expect(made.code != 0)
    _ = try await run("sleep", ["0.5"])
    let left = try await run("pgrep", ["-f", name])
    #expect(left.text.isEmpty, "\(left.text)")
  }
}
