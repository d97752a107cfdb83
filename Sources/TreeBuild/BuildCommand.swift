// SPDX-License-Identifier: GPL-2.0-only

package import Host

/// A command that builds a tree, or a part of it: a line for `sh`.
///
/// `{objects}` and `{files}` in it become the objects and the paths of the touched source files.
package struct BuildCommand: Sendable, Hashable {
  /// The line, as the user wrote it.
  package var line: String
  /// After this many seconds it is stopped.
  package var seconds: Int

  /// Makes a command.
  package init(_ line: String, seconds: Int) {
    self.line = line
    self.seconds = seconds
  }

  private static let placeholders = ["{objects}", "{files}"]

  /// Whether the command uses `{objects}` or `{files}`.
  package var namesFiles: Bool { Self.placeholders.contains { line.contains($0) } }

  /// The line for some files.
  func line(objects: [String], files: [String]) -> String {
    func words(_ paths: [String]) -> String {
      paths.map { Shell.quoted($0) }.joined(separator: " ")
    }
    var made = ""
    var rest = line[...]
    // Not one replacement after the other: a path may have a placeholder in its name.
    while let brace = rest.firstIndex(of: "{") {
      made += rest[..<brace]
      rest = rest[brace...]
      // ${objects} is the shell's own.
      let isOwn = made.last == "$"
      if !isOwn, rest.hasPrefix("{objects}") {
        made += words(objects)
        rest = rest.dropFirst("{objects}".count)
      } else if !isOwn, rest.hasPrefix("{files}") {
        made += words(files)
        rest = rest.dropFirst("{files}".count)
      } else {
        made += "{"
        rest = rest.dropFirst()
      }
    }
    return made + rest
  }

  /// The object that is made of a source file; nil if it is not a source file.
  static func object(of path: String) -> String? {
    let endings = [".c", ".S", ".cc", ".cpp", ".cxx", ".rs"]
    guard let ending = endings.first(where: { path.hasSuffix($0) }) else { return nil }
    return path.dropLast(ending.count) + ".o"
  }

  // MARK: Running

  /// How a run ended.
  package enum Status: Sendable, Hashable {
    /// It succeeded.
    case succeeded
    /// It failed; how, in words.
    case failed(String)
    /// It was stopped at the limit of time.
    case stopped
  }

  /// How a run ended, and what it printed.
  package struct Run: Sendable {
    /// How it ended.
    package var status: Status
    /// What it printed, on either stream.
    package var log: [UInt8]

    /// What a run that did not succeed printed last; nil where it succeeded.
    ///
    /// - Parameter seconds: the limit of time, for a run that reached it.
    package func lastLines(_ most: Int, seconds: Int) -> [String]? {
      let lines = CompilerOutput(log, folder: "").last(most)
      switch status {
      case .succeeded: return nil
      case .stopped: return lines + ["it was stopped after \(seconds) seconds"]
      case .failed(let how): return lines.isEmpty ? ["it printed nothing: \(how)"] : lines
      }
    }
  }

  /// What is read of the output, in bytes: its beginning has the first errors.
  private static let readOutput = 32 << 20

  /// Runs a line in a copy of a tree, confined, without the caller's environment.
  ///
  /// - Throws: `PatchkitError` of kind `system` where it cannot be confined, or the disk is full.
  package static func run(_ line: String, in tree: ScratchTree, seconds: Int) async throws -> Run {
    try requireConfinement()
    let tools = (Machine.variable("PATH") ?? "").split(separator: ":").map(String.init)
      .filter { $0.hasPrefix("/") && !$0.hasPrefix("/usr/") && isForPrograms($0) }
    let program = limits(seconds: seconds).program(
      ["timeout", "--kill-after=5", "\(seconds)", "sh", "-c", "exec >../log 2>&1\n" + line],
      in: tree.scratch.path, at: tree.path, readable: ["/opt"] + tools)
    let path = tree.scratch.path
    let ended = try await ScratchRoom.kept(for: path) { try await program.run().status }
    guard let status = ended else {
      throw PatchkitError(
        .system, path: path, "the build was stopped: less than 1 GiB is left on the disk",
        hint: "TMPDIR names the folder that copies are made in")
    }
    let log = tree.scratch.read("log", most: readOutput) ?? []
    if status.isSuccess { return Run(status: .succeeded, log: log) }
    if case .exited(124) = status { return Run(status: .stopped, log: log) }
    return Run(status: .failed("\(status)"), log: log)
  }

  /// Whether a folder of `PATH` may be shown to a build: not the home folder, a folder for what is temporary, one
  /// above them, or one that every user can write into.
  private static func isForPrograms(_ folder: String) -> Bool {
    guard let real = InputFile.realPath(folder), !InputFile.isWritableForAll(real) else {
      return false
    }
    let kept = [Machine.variable("HOME"), Machine.variable("TMPDIR"), "/tmp", "/var/tmp"]
      .compactMap { $0.flatMap(InputFile.realPath) }
    return !kept.contains { $0 == real || $0.hasPrefix(real == "/" ? "/" : real + "/") }
  }

  /// Throws where foreign code can be neither confined nor trusted.
  package static func requireConfinement() throws(PatchkitError) {
    guard let refusal = limits(seconds: 1).refusal else { return }
    throw PatchkitError(
      .system, "the tree is not built: \(refusal)", consequence: "nothing was built",
      hint: "--trust-c runs the build command without confinement")
  }

  /// What a build may use: a kernel's may use all cores for as long as it is let, and much of the memory.
  private static func limits(seconds: Int) -> Confinement {
    Confinement(
      seconds: seconds * Machine.processors, memory: 16 << 30, fileSize: 4 << 30, files: 4096)
  }
}
