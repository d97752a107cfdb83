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
      // It tries 200. The user's other processes count, so the limit is above theirs; those that end make room.
      #expect(mode == "run" ? said[0] == 0 : (1..<200).contains(said[0]), "\(made.text)")
      #expect(mode == "compile" ? said[1] > 0 : said[1] == 0, "\(made.text)")
    }
    #expect(probe.victimLives)
    try await probe.doesAllWhereItIsNotConfined()
  }

  /// Landlock does not hold these back, or not in its first versions: the filter of system calls does.
  @Test(arguments: [
    "chmod(OWN, 0777)", "chown(OWN, -1, -1)", "utimes(OWN, 0)",
    "setxattr(OWN, \"user.x\", \"1\", 1, 0)", "truncate(OWN, 0)",
    "socket(AF_INET, SOCK_STREAM, 0)", "socket(AF_UNIX, SOCK_DGRAM, 0)",
    "shmget(77, 4096, IPC_CREAT | 0600)", "msgget(77, IPC_CREAT | 0600)",
    "unshare(CLONE_NEWUSER)", "ptrace(PTRACE_TRACEME, 0, 0, 0)", "kill(getpid(), 0)", "setsid()",
    "setpgid(0, 0)", "syscall(SYS_io_uring_setup, 4, block)", "syscall(SYS_clone3, block, 64)",
    "syscall(SYS_bpf, 0, block, 64)", "syscall(SYS_keyctl, 0, 0)",
    "syscall(SYS_perf_event_open, block, 0, -1, -1, 0)", "chroot(\"/\")",
    "mount(\"none\", \"/mnt\", \"tmpfs\", 0, 0)", "setuid(getuid())",
    "syscall(SYS_openat2, -100, OWN, block, 24)", "syscall(SYS_pidfd_open, getpid(), 0)",
  ])
  func aCallDoesNotExist(_ call: String) async throws { try await expect("ENOSYS", of: call) }

  /// Of these the filter looks at the arguments.
  @Test(arguments: [
    "open(OWN, O_RDONLY | O_TRUNC)", "open(OWN, O_ACCMODE | O_TRUNC)",
    "syscall(SYS_tgkill, getppid(), getppid(), 0)",
    "prlimit(getpid(), RLIMIT_CPU, 0, &(struct rlimit){ 0 })", "prctl(PR_SET_PDEATHSIG, 0)",
    "fcntl(0, F_SETOWN, getpid())", "fcntl(0, F_SETSIG, SIGKILL)", "fcntl(0, F_SETFL, O_ASYNC)",
    "syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)",
    "sendto(0, block, 1, 0, (void *)block, 16)",
  ])
  func anArgumentIsRefused(_ call: String) async throws { try await expect("EPERM", of: call) }

  /// What is as before, so that a compiler and a computing program work.
  @Test(arguments: [
    "open(OWN, O_RDONLY)", "fcntl(0, F_GETFL)", "fcntl(0, F_SETFL, O_RDONLY)",
    "prctl(PR_SET_NAME, \"x\")", "syscall(SYS_tgkill, getpid(), getpid(), 0)",
  ])
  func aCallWorks(_ call: String) async throws { try await expect("done", of: call) }

  private func expect(_ answer: String, of call: String) async throws {
    try scratch.write(
      "call.c",
      """
      #define _GNU_SOURCE
      #include <errno.h>
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
      #define OWN "\(scratch.file("inside"))/x"
      char block[4096];
      int main(void)
      {
      \tint failed = (long)(\(call)) == -1;
      \tputs(!failed ? "done" : errno == ENOSYS ? "ENOSYS" : errno == EPERM ? "EPERM" : "other");
      \treturn 0;
      }
      """)
    let made = try await run("gcc", ["-w", "-o", "inside/call", "call.c"], in: scratch.path)
    try #require(made.code == 0, "\(made.errors)")
    for mode in ["run", "fork", "compile"] {
      let result = try await confined(mode, ["./call"])
      #expect(result.line == answer, "\(mode): \(result.text) \(result.errors)")
    }
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
    let left = try await stillRunning(name)
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
