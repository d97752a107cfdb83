// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Glibc
internal import Testing

/// A program that tries, before its `main`, everything that the C of a patch may not do; it prints what it was
/// able to do.
public final class HostileProgram {
  /// The folder that the program and the files around it are in: `inside` is the program's own.
  private let scratch: Scratch
  /// A process that it tries to kill, which listens on the sockets that it tries to reach.
  private let victim: Int32
  /// Part of the names of what it makes outside.
  private let name = UUID().uuidString

  private static let home = ProcessInfo.processInfo.environment["HOME"] ?? "/root"

  /// Compiles the program as `inside/probe`, and starts its victim.
  public init(in scratch: Scratch) async throws {
    self.scratch = scratch
    try scratch.write(
      "listen.py",
      """
      import socket, sys, time
      a = socket.socket(socket.AF_UNIX); a.bind("\(scratch.file("outside"))/s"); a.listen()
      b = socket.socket(socket.AF_UNIX); b.bind("\\0patchkit-probe-\(name)"); b.listen()
      print("listens", flush=True)
      time.sleep(300)
      """)
    let started = try await run(
      "sh",
      [
        "-c",
        """
        python3 listen.py >listens 2>&1 & echo $!
        while kill -0 $! 2>/dev/null && ! grep -q listens listens; do sleep 0.1; done
        """,
      ], in: scratch.path)
    victim = try #require(Int32(started.line))
    let made = try await run(
      "gcc",
      [
        "-o", "inside/probe", Project.path("Tests/Fixtures/confinement/probe.c"),
        "-DOUTSIDE=\"\(scratch.file("outside"))\"", "-DBASE=\"\(scratch.path)\"",
        "-DHOME=\"\(Self.home)\"", "-DVICTIM=\(victim)", "-DNAME=\"\(name)\"",
      ], in: scratch.path)
    try #require(made.code == 0, "\(made.errors)")
  }

  /// Whether its victim was not killed.
  public var victimLives: Bool { kill(victim, 0) == 0 }

  /// Ends the victim.
  public func end() { _ = kill(victim, SIGKILL) }

  /// Runs it without confinement: it does all that it tries, so what it does elsewhere would be noticed.
  public func doesAllWhereItIsNotConfined() async throws {
    _ = try await run("chmod", ["-R", "a+rwX", "."], in: scratch.path)
    let free = try await run(
      "prlimit", ["--nproc=4000", "timeout", "-s", "KILL", "20", "./probe"],
      in: scratch.file("inside"))
    for word in ["wrote outside", "read outside", "wrote home", "killed", "connected", "files"] {
      #expect(free.text.contains(word), "\(word): \(free.text)")
    }
    try removeFile(Self.home + "/.patchkit-probe-\(name)")
  }
}
