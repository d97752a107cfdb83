// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import Host
import TestSupport
import Testing

/// Programs that run to their end without the terminal.
@Suite struct SystemProgramTests {
  private func shell(
    _ script: String, in folder: String? = nil,
    _ variables: SystemProgram.Variables = .inherited()
  ) -> SystemProgram { SystemProgram(["sh", "-c", script], in: folder, variables) }

  @Test func whatIsAskedForIsRead() async throws {
    let program = shell("echo out; echo err >&2; exit 3")
    for (output, errors) in [(nil, nil), (16, nil), (nil, 16), (16, 16)] as [(Int?, Int?)] {
      let ended = try await program.run(output: output, errors: errors)
      #expect(ended.status == .exited(3) && !ended.status.isSuccess)
      #expect(ended.output == (output == nil ? [] : Array("out\n".utf8)))
      #expect(ended.errors == (errors == nil ? "" : "err\n"))
    }
    let killed = try await shell("kill -KILL $$").run()
    #expect(killed.status == .signaled(SIGKILL) && !killed.status.isSuccess)
    #expect(try await shell("cat").run(output: 16).output.isEmpty)
  }

  @Test func whatPrintsMoreThanTheLimitIsAnError() async throws {
    #expect(try await shell("printf 1234").run(output: 4, errors: 4).output == Array("1234".utf8))
    await #expect(throws: (any Error).self) { try await shell("printf 12345").run(output: 4) }
    await #expect(throws: (any Error).self) { try await shell("printf 12345 >&2").run(errors: 4) }
    await #expect(throws: (any Error).self) {
      try await SystemProgram(["there-is-no-such-program"]).run()
    }
  }

  @Test func itHasItsFolderAndItsVariables() async throws {
    let scratch = try Scratch()
    try scratch.write("inside/x", "")
    let words = "pwd -P; echo \"$OWN ${HOME:-none}\""
    let folder = try #require(InputFile.realPath(scratch.file("inside")))
    let inherited = try await shell(words, in: folder, .inherited(adding: ["OWN": "a b"]))
      .run(output: 1 << 12)
    let home = Machine.variable("HOME") ?? "none"
    #expect(String(decoding: inherited.output, as: UTF8.self) == "\(folder)\na b \(home)\n")
    let only = try await shell(words, in: folder, .only(["OWN": "c", "PATH": "/usr/bin:/bin"]))
      .run(output: 1 << 12)
    #expect(String(decoding: only.output, as: UTF8.self) == "\(folder)\nc none\n")
  }

  @Test func itTalksOverDescriptors() async throws {
    var ends: [Int32] = [-1, -1]
    try #require(
      unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0
    )
    let (own, first) = (ends[0], ends[1])
    let second = fcntl(first, F_DUPFD_CLOEXEC, 3)
    let program = shell("read word; echo \"got $word\"; echo err >&2")
    async let ended = program.run(from: first, to: second, errors: 64)
    #expect(unsafe write(own, "hello\n", 6) == 6)
    let status = try await ended
    #expect(status.status.isSuccess && status.errors == "err\n")
    var answer = [UInt8](repeating: 0, count: 64)
    let count = unsafe read(own, &answer, 64)
    #expect(answer.prefix(max(0, count)) == Array("got hello\n".utf8)[...])
    // Both were closed here: the other end sees the end of the program.
    #expect(unsafe read(own, &answer, 64) == 0)
    close(own)
  }

  @Test func aCancelledTaskKillsItsProgram() async throws {
    let scratch = try Scratch()
    let task = Task {
      try await shell("echo $$ > pid; exec sleep 60", in: scratch.path).run()
    }
    // A minute is for a program that cannot start.
    for _ in 0..<6000
    where try !InputFile.exists(scratch.file("pid")) || scratch.read("pid").isEmpty {
      try await Task.sleep(for: .milliseconds(10))
    }
    let pid = try #require(
      pid_t(String(decoding: try scratch.read("pid"), as: UTF8.self).filter(\.isNumber)))
    #expect(kill(pid, 0) == 0)
    task.cancel()
    let result = await task.result
    #expect(kill(pid, 0) != 0, "\(result)")
  }
}
