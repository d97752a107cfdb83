// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import TestSupport
import Testing

/// What the C of a patch may not do where there are no namespaces: Landlock and seccomp confine it.
@Suite(.enabled(if: Launcher.isUsable, "gcc or Landlock is missing"))
struct LauncherTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("inside/x", "")
    try scratch.write("outside/secret", "secret\n")
  }

  private func confined(
    _ mode: String, _ words: [String], processes: Int = 32, seconds: Int = 20,
    readable: [String] = []
  ) async throws -> ProcessResult {
    try await run(
      Launcher.program,
      [mode, scratch.file("inside"), "\(seconds)", "0", "\(1 << 20)", "64", "\(processes)"]
        + readable + ["--"] + words,
      in: scratch.path, environment: ["TMPDIR": scratch.file("inside")])
  }

  @Test(arguments: ["run", "fork", "compile"])
  func aHostileProgramReachesNothing(_ mode: String) async throws {
    let probe = try await HostileProgram(in: scratch)
    defer { probe.end() }
    let made = try await confined(mode, ["./probe"])
    #expect(made.code == 0, "\(made.errors)")
    let said = made.line.split(separator: " ").compactMap { Int($0) }
    #expect(made.line.hasSuffix("files") && said.count == 2, "\(made.text)")
    if said.count == 2 {
      #expect(mode == "run" ? said[0] == 0 : (1..<32).contains(said[0]), "\(made.text)")
      #expect(mode == "compile" ? said[1] > 0 : said[1] == 0, "\(made.text)")
    }
    #expect(probe.victimLives)
    try await probe.doesAllWhereItIsNotConfined()
  }

  /// Landlock does not hold these back: the filter of system calls has to.
  @Test(arguments: [
    "chmod(OUTSIDE, 0777)", "chown(OUTSIDE, 0, 0)", "utimes(OUTSIDE, 0)",
    "setxattr(OUTSIDE, \"user.x\", \"1\", 1, 0)", "open(OUTSIDE, O_RDONLY | O_TRUNC)",
    "truncate(OUTSIDE, 0)", "socket(AF_INET, SOCK_STREAM, 0)", "socket(AF_UNIX, SOCK_DGRAM, 0)",
    "shmget(77, 4096, IPC_CREAT | 0600)", "msgget(77, IPC_CREAT | 0600)",
    "unshare(CLONE_NEWUSER)", "ptrace(PTRACE_ATTACH, getppid(), 0, 0)", "kill(getppid(), 0)",
    "prlimit(getppid(), RLIMIT_CPU, &(struct rlimit){ 100, 100 }, 0)", "setsid()",
    "setpgid(0, 0)", "prctl(PR_SET_PDEATHSIG, 0)", "syscall(SYS_io_uring_setup, 4, block)",
    "syscall(SYS_clone3, block, 64)", "syscall(SYS_bpf, 0, block, 64)",
    "syscall(SYS_keyctl, 0, 0)", "syscall(SYS_perf_event_open, block, 0, -1, -1, 0)",
    "open(\"/proc/1/environ\", O_RDONLY)", "open(\"/dev/tty\", O_RDWR)", "chroot(\"/\")",
    "mount(\"none\", \"/mnt\", \"tmpfs\", 0, 0)", "setuid(0)",
    "syscall(SYS_openat2, -100, OUTSIDE, block, 24)",
  ])
  func aCallIsRefused(_ call: String) async throws {
    try scratch.write(
      "call.c",
      """
      #define _GNU_SOURCE
      #include <fcntl.h>
      #include <sched.h>
      #include <signal.h>
      #include <stdio.h>
      #include <sys/ipc.h>
      #include <sys/mount.h>
      #include <sys/msg.h>
      #include <sys/prctl.h>
      #include <sys/ptrace.h>
      #include <sys/resource.h>
      #include <sys/shm.h>
      #include <sys/socket.h>
      #include <sys/stat.h>
      #include <sys/syscall.h>
      #include <sys/time.h>
      #include <sys/xattr.h>
      #include <unistd.h>
      #define OUTSIDE "\(scratch.file("outside"))/secret"
      char block[4096];
      int main(void) { puts((long)(\(call)) == -1 ? "refused" : "done"); return 0; }
      """)
    let made = try await run("gcc", ["-w", "-o", "inside/call", "call.c"], in: scratch.path)
    try #require(made.code == 0, "\(made.errors)")
    let before = try scratch.snapshot("outside")
    for mode in ["run", "fork", "compile"] {
      let result = try await confined(mode, ["./call"])
      #expect(result.line == "refused", "\(mode): \(result.text) \(result.errors)")
    }
    #expect(try scratch.snapshot("outside") == before)
  }

  @Test(arguments: [
    "#include \"/etc/passwd\"\n", "#include \"OUTSIDE/secret\"\n",
    "__asm__(\".incbin \\\"OUTSIDE/secret\\\"\");\n",
  ])
  func aCompilerReadsNothingOutside(_ text: String) async throws {
    let outside = scratch.file("outside")
    try scratch.write("inside/x.c", text.replacing("OUTSIDE", with: outside))
    let words = ["gcc", "-c", "x.c", "-o", "x.o"]
    let made = try await confined("compile", words)
    #expect(
      made.code != 0 && made.errors.lowercased().contains("permission denied")
        || made.errors.contains("file not found"), "\(made.errors)")
    #expect(!made.errors.contains("secret\n ") && !made.errors.contains("root:"))
    try scratch.write("inside/x.c", "int x;\n")
    let good = try await confined("compile", words)
    #expect(good.code == 0, "\(good.errors)")
    // With leave, it reads.
    try scratch.write("outside/y.h", "int y;\n")
    try scratch.write("inside/x.c", "#include \"\(outside)/y.h\"\n")
    let read = try await confined("compile", words, readable: [outside])
    #expect(read.code == 0, "\(read.errors)")
  }

  /// A launcher that is killed, and one whose caller is killed, takes everything along that it started.
  @Test(arguments: [false, true])
  func nothingOutlivesTheLauncher(_ killsCaller: Bool) async throws {
    let name = "patchkit-stays-\(getpid())-\(killsCaller)"
    let command =
      [
        Launcher.program, "compile", scratch.file("inside"), "60", "0", "0", "64", "32", "--", "sh",
        "-c", "sh -c 'sleep 50; : \(name)' & sleep 50; : \(name)",
      ]
    let words = killsCaller ? ["sh", "-c", "\"$@\"; true", "sh"] + command : command
    _ = try await run("timeout", ["-s", "KILL", "2"] + words, in: scratch.path)
    var left = ""
    for _ in 0..<100 {
      left = try await run("pgrep", ["-f", name]).text
      if left.isEmpty { break }
      _ = try await run("sleep", ["0.1"])
    }
    #expect(left.isEmpty, "\(left)")
  }

  @Test func theCodeOfTheProgramIsTheLaunchers() async throws {
    #expect(try await confined("compile", ["sh", "-c", "exit 7"]).code == 7)
    #expect(try await confined("compile", ["sh", "-c", "kill -9 $$; exit 3"]).code == 3)
    #expect(try await confined("run", ["no-such-program"]).code == 125)
    let endless = try await confined("compile", ["sh", "-c", "while :; do :; done"], seconds: 1)
    #expect(endless.code == 124)
  }
}
