// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit port check` and `patchkit port new`.
@Suite struct PortCheckCommandTests {
  private func checkout() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.copy(Project.path("Patches"), to: "Patches")
    try scratch.copy(Project.path("Tests/Fixtures"), to: "Tests/Fixtures")
    return scratch
  }

  @Test func itEndsWithTheCodeOfItsVerdict() async throws {
    let scratch = try Scratch()
    try scratch.write("x", "")
    try scratch.copy(Project.path("Patches"), to: "Patches")
    let lab = Project.lab("base")
    func check(_ more: String...) async throws -> ProcessResult {
      try await run(
        Project.program,
        [
          "port", "check", "Patches/ext4-serialize-unaligned-aio", "--onto", lab, "--values", "300",
          "--executions", "20",
        ] + more, in: scratch.path)
    }
    let good = try await check()
    #expect(good.code == 0, "\(good.text)\(good.errors)")
    #expect(good.text.hasPrefix("ext4-serialize-unaligned-aio: holds\n"))
    #expect(
      good.text.contains(/values of ext4_unaligned_aio, after: [0-9]+ cases, 2 paths, equal/))
    #expect(good.text.contains("'lab' represents 'upstream': 2 of 4 functions"))
    #expect(good.text.contains("traces of two-writers, after: 12 of the port, 12 of the C, equal"))
    let json = try await check("--json")
    #expect(json.code == 0 && json.text.contains("\"verdict\" : \"holds\""))
    // A lock that was edited is not read.
    let lock = "Patches/ext4-serialize-unaligned-aio/patch.lock"
    let text = String(decoding: try scratch.read(lock), as: UTF8.self)
    try scratch.write(lock, text.replacing("return 0 ;", with: "return 1 ;"))
    let edited = try await check()
    #expect(edited.code == 2 && edited.errors.contains("fingerprint mismatch"))
    try removeFile(scratch.file(lock))
    let unlocked = try await check()
    #expect(unlocked.code == 0 && unlocked.text.contains("not-locked"))
    let missing = try await check("--cc", "no-such-compiler")
    #expect(missing.code == 2 && missing.errors.contains("no compiler 'no-such-compiler'"))
  }

  /// The C of the patch runs in the explorer, without its port.
  @Test(.enabled(if: Project.hasProgram("gcc"), "gcc is not installed"))
  func theCIsExplored() async throws {
    let scratch = try checkout()
    func explore(_ more: String...) async throws -> ProcessResult {
      try await run(
        Project.program,
        [
          "port", "explore", "two-writers", "--c", "--onto", Project.lab("base"), "--json",
          "--quiet",
        ] + more, in: scratch.path)
    }
    func outcomes(_ result: ProcessResult) throws -> [String] {
      struct Report: Decodable {
        var function: String
        var outcomes: [String]
        var complete: Bool
      }
      let report = try JSONDecoder().decode(Report.self, from: Data(result.output))
      #expect(report.complete && report.function.hasSuffix(" (C)"))
      return report.outcomes
    }
    let after = try await explore()
    #expect(after.code == 0, "\(after.text)\(after.errors)")
    #expect(try outcomes(after) == ["all"])
    let before = try await explore("--before")
    #expect(before.code == 1)
    #expect(try outcomes(before) == ["none", "1", "2", "all"])
    // A patch whose C does not wait: no port is like it, and the explorer shows what it loses.
    let file =
      "Patches/ext4-serialize-unaligned-aio/ext4-serialize-unaligned-asynchronous-DIO.patch"
    let text = String(decoding: try scratch.read(file), as: UTF8.self)
    let changed = text.replacing("+\t\text4_aiodio_wait(inode);", with: "+\t\t;")
    #expect(changed != text)
    try scratch.write(file, changed)
    let mutant = try await explore()
    #expect(mutant.code == 1)
    #expect(try outcomes(mutant) == ["none", "1", "2", "all"])
    // C that the model cannot answer is not explored.
    try scratch.write(file, text.replacing("+\t\text4_aiodio_wait(inode);", with: "+\t\tnobody();"))
    let unknown = try await explore()
    #expect(unknown.code == 3 && unknown.errors.contains("rejects the C of the patch"))
    let alone = try await patchkit(
      "port", "explore", "two-writers", "--onto", "x", in: scratch.path)
    #expect(alone.code == 2 && alone.errors.contains("need --c"))
    let several = try await patchkit("port", "explore", "--all", "--c", in: scratch.path)
    #expect(several.code == 2 && several.errors.contains("--c takes a single scenario"))
  }

  /// Without namespaces and Landlock the C is not even compiled, unless the user trusts it.
  @Test(.enabled(if: Project.hasProgram("gcc"), "gcc is not installed"))
  func foreignCodeNeedsConfinementOrTrust() async throws {
    let scratch = try checkout()
    try scratch.write(
      "bin/cc",
      """
      #!/bin/sh
      case "$*" in *confine.c*) exit 1;; esac
      echo ran >> \(scratch.file("ran"))
      exec /usr/bin/gcc "$@"

      """)
    _ = try await run("chmod", ["755", "bin/cc"], in: scratch.path)
    for name in ["prlimit", "setpriv", "sh", "as", "ld"] {
      _ = try await run(
        "sh", ["-c", "ln -s \"$(command -v \(name))\" bin/"], in: scratch.path)
    }
    let words = [
      "port", "check", "Patches/ext4-count-unwritten-aio", "--values", "50", "--executions", "5",
    ]
    let path = ["PATH": scratch.file("bin")]
    let refused = try await run(Project.program, words, in: scratch.path, environment: path)
    #expect(refused.code == 3, "\(refused.text)\(refused.errors)")
    #expect(
      refused.text.contains("cannot be confined here") && refused.text.contains("--trust-c"),
      "\(refused.text)\(refused.errors)")
    #expect(throws: (any Error).self) { try scratch.read("ran") }
    let trusted = try await run(
      Project.program, words + ["--trust-c"], in: scratch.path, environment: path)
    #expect(trusted.code == 0, "\(trusted.text)\(trusted.errors)")
    #expect(try !scratch.read("ran").isEmpty)
  }

  /// Without namespaces, Landlock confines the C: the verdict is the same, and --trust-c is not needed.
  @Test(.enabled(if: Launcher.isUsable, "gcc or Landlock is missing"))
  func landlockIsEnoughConfinement() async throws {
    let scratch = try checkout()
    try FileManager.default.createDirectory(
      atPath: scratch.file("bin"), withIntermediateDirectories: true)
    for name in ["cc", "addr2line", "sh", "as", "ld"] {
      _ = try await run(
        "sh", ["-c", "ln -s \"$(command -v \(name))\" bin/"], in: scratch.path)
    }
    let words = [
      "port", "check", "Patches/ext4-count-unwritten-aio", "--values", "50", "--executions", "5",
    ]
    let usual = try await run(Project.program, words, in: scratch.path)
    let confined = try await run(
      Project.program, words, in: scratch.path, environment: ["PATH": scratch.file("bin")])
    #expect(usual.code == 0 && confined.code == 0, "\(confined.text)\(confined.errors)")
    #expect(confined.text == usual.text && !confined.errors.contains("unconfined"))
  }

  @Test func aMissingCompilerIsNoPass() async throws {
    let scratch = try checkout()
    let result = try await run(
      Project.program, ["port", "check", "Patches/ext4-count-unwritten-aio"], in: scratch.path,
      environment: ["PATH": scratch.path])
    #expect(result.code == 3, "\(result.text)\(result.errors)")
    #expect(result.text.hasPrefix("ext4-count-unwritten-aio: not-checked\n"))
    #expect(result.text.contains("not checked: there is no C compiler"))
  }

  @Test func withoutATreeItSaysWhatToDo() async throws {
    let scratch = try Scratch()
    try scratch.copy(Project.seed, to: "seed.patch")
    let result = try await patchkit("port", "check", "seed.patch", in: scratch.path)
    #expect(result.code == 2 && result.errors.contains("add --onto TREE"))
    // No ports here know that folder: every function lacks one.
    let bare = try await patchkit(
      "port", "check", "seed.patch", "--onto", Project.lab("base"), in: scratch.path)
    #expect(bare.code == 1)
    #expect(bare.text.contains("no port, and no reason in patch.yaml"))
  }

  @Test func newPortsBeginInACheckout() async throws {
    let scratch = try checkout()
    try scratch.write("Package.swift", "")
    try scratch.write(
      "Sources/Ports/Pairing/PatchPort.swift",
      "  package static let all: [PatchPort] = [\n    .ext4SerializeUnalignedAIO\n  ]\n")
    try scratch.copy(Project.seed, to: "fix.patch")
    let made = try await patchkit(
      "port", "new", "fix.patch", "--onto", "Tests/Fixtures/lab/base", "--name", "my-aio-fix",
      "--ports", in: scratch.path)
    #expect(made.code == 0, "\(made.errors)")
    let files = try scratch.snapshot()
    #expect(files["Patches/my-aio-fix/fix.patch"] == files["fix.patch"])
    let ports = String(
      decoding: try scratch.read("Sources/Ports/MyAIOFix/MyAIOFixPorts.swift"), as: UTF8.self)
    #expect(ports.contains("package static func ext4UnalignedAIO("))
    #expect(
      ports.contains(
        "_ kernel: Kernel, _ inode: Inode, _ iov: IOVector, _ nrSegs: UInt, _ pos: Int64"))
    #expect(ports.contains("///         int blockmask = sb->s_blocksize - 1;"))
    let tests = String(
      decoding: try scratch.read("Tests/PortTests/MyAIOFixTests.swift"), as: UTF8.self)
    #expect(tests.contains("ext4_file_write (after) is not ported yet"))
    let list = String(
      decoding: try scratch.read("Sources/Ports/Pairing/PatchPort.swift"), as: UTF8.self)
    #expect(
      list == "  package static let all: [PatchPort] = [\n    .ext4SerializeUnalignedAIO,\n"
        + "    .myAIOFix,\n  ]\n")
    // A second time everything stays as it is.
    let again = try await patchkit(
      "port", "new", "fix.patch", "--onto", "Tests/Fixtures/lab/base", "--name", "my-aio-fix",
      "--ports", in: scratch.path)
    #expect(again.code == 1 && again.errors.contains("already exists"))
    #expect(
      try scratch.snapshot()
        == files.merging(
          [
            "Sources/Ports/Pairing/PatchPort.swift": try scratch.snapshot()[
              "Sources/Ports/Pairing/PatchPort.swift"] ?? ""
          ]) { _, new in new })
    let elsewhere = try await patchkit(
      "port", "new", "fix.patch", "--onto", "lab", "--ports", in: scratch.file("Tests"))
    #expect(elsewhere.code == 2 && elsewhere.errors.contains("not a checkout of patchkit"))
  }
}
