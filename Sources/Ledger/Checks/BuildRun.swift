// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Host
internal import KernelTree
internal import Subprocess
internal import SystemPackage

/// Runs a tree's commands in a copy of the tree that has the patches on it: one that builds, and one that runs
/// what was built.
struct BuildRun: Sendable {
  /// The tree, a plain folder: only such a one can be prepared for a build.
  let folder: String
  /// The commands, each a line for `sh`; the first that fails is the last that runs.
  let commands: [String]
  /// After this long each is stopped.
  let limit: Duration

  /// A command that failed, and what it printed last.
  struct Failure {
    var command: String
    var lines: [String]
  }

  /// What of its output is shown.
  private static let shownLines = 12

  /// Runs the commands.
  ///
  /// The copy is thrown away; the commands run confined, without the caller's environment.
  ///
  /// - Returns: the command that failed; nil where all succeeded.
  /// - Throws: `PatchkitError` and what Foundation says where there can be no copy.
  func run(_ changes: [TreeChange]) async throws -> Failure? {
    let scratch = try ScratchFolder()
    let copy = scratch.path + "/tree"
    // A copy that shares its blocks where the file system can.
    let made = try await Subprocess.run(
      .name("cp"), arguments: ["-a", "--reflink=auto", "--", folder, copy], output: .discarded,
      error: .string(limit: 1 << 16))
    guard made.terminationStatus.isSuccess else {
      throw PatchkitError(.system, "the tree cannot be copied: \(made.standardError)")
    }
    try DirectoryTree(path: copy).land(changes)
    for command in commands {
      if let lines = try await execute(command, scratch, copy) {
        return Failure(command: command, lines: lines)
      }
    }
    return nil
  }

  /// Runs one command; what it printed last if it failed, and nil if it succeeded.
  private func execute(
    _ command: String, _ scratch: ScratchFolder, _ copy: String
  ) async throws -> [String]? {
    let limitSeconds = limit.components.seconds
    // A kernel's build may use all cores for as long as it is let, and much of the memory.
    let limits = Confinement(
      seconds: Int(limitSeconds) * Machine.processors, memory: 16 << 30, fileSize: 4 << 30,
      files: 4096)
    if let refusal = Confinement.refusal {
      throw PatchkitError(
        .system, "the tree is not built: \(refusal)", consequence: "nothing was built",
        hint: "--trust-c runs the build command without confinement")
    }
    let tools = (Machine.variable("PATH") ?? "").split(separator: ":").map(String.init)
      .filter { $0.hasPrefix("/") && !$0.hasPrefix("/usr/") }
    let words = limits.command(
      [
        "timeout", "--kill-after=5", "\(limitSeconds)", "sh", "-c",
        "exec >../log 2>&1\n" + command,
      ], in: scratch.path, at: copy, readable: ["/opt"] + tools)
    var variables: [Environment.Key: String] = [:]
    for (name, value) in Confinement.environment(home: scratch.path) {
      variables[Environment.Key(stringLiteral: name)] = value
    }
    let done = try await Subprocess.run(
      .name(words[0]), arguments: Arguments(Array(words.dropFirst())),
      environment: .custom(variables),
      workingDirectory: FilePath(copy), output: .discarded, error: .discarded)
    if done.terminationStatus.isSuccess { return nil }
    var lines = String(decoding: scratch.read("log") ?? [], as: UTF8.self)
      .split(separator: "\n" as Character).suffix(Self.shownLines).map(String.init)
    if case .exited(124) = done.terminationStatus {
      lines.append("it was stopped after \(limitSeconds) seconds")
    }
    return lines.isEmpty ? ["it printed nothing: \(done.terminationStatus)"] : lines
  }
}
