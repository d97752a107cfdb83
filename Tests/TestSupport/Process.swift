// SPDX-License-Identifier: GPL-2.0-only

internal import Subprocess
internal import SystemPackage

/// What a program printed and how it ended.
public struct ProcessResult: Sendable {
  /// Standard output.
  public var output: [UInt8]
  /// Standard error.
  public var errors: String
  /// The exit code, or minus the signal that ended it.
  public var code: Int

  /// Standard output as text.
  public var text: String { String(decoding: output, as: UTF8.self) }
  /// Standard output as text without the newline at its end.
  public var line: String { text.hasSuffix("\n") ? String(text.dropLast()) : text }
}

/// Runs a program to its end.
public func run(
  _ program: String, _ arguments: [String], in folder: String? = nil, input: [UInt8] = [],
  environment: [String: String] = [:]
) async throws -> ProcessResult {
  var variables: [Environment.Key: String?] = [
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "NO_COLOR": "1",
    "GIT_AUTHOR_NAME": "A U Thor", "GIT_AUTHOR_EMAIL": "author@example.org",
    "GIT_AUTHOR_DATE": "1297500000 +0000", "GIT_COMMITTER_NAME": "C O Mitter",
    "GIT_COMMITTER_EMAIL": "committer@example.org", "GIT_COMMITTER_DATE": "1297600000 +0000",
  ]
  for (key, value) in environment { variables[Environment.Key(stringLiteral: key)] = value }
  let result = try await Subprocess.run(
    program.contains("/") ? .path(FilePath(program)) : .name(program),
    arguments: Arguments(arguments), environment: .inherit.updating(variables),
    workingDirectory: folder.map { FilePath($0) },
    input: .fileDescriptor(try descriptor(of: input), closeAfterSpawningProcess: true),
    output: .bytes(limit: 1 << 26), error: .string(limit: 1 << 24))
  let code: Int =
    switch result.terminationStatus {
    case .exited(let code): Int(code)
    case .signaled(let signal): -Int(signal)
    }
  return ProcessResult(
    output: Array(result.standardOutput), errors: result.standardError, code: code)
}

/// A file without a name that holds the input.
///
/// Not a pipe: writing to a program that has ended would end the whole test run (SIGPIPE).
private func descriptor(of input: [UInt8]) throws -> FileDescriptor {
  guard !input.isEmpty else { return try .open(FilePath("/dev/null"), .readOnly) }
  let scratch = try Scratch()
  let path = FilePath(scratch.file("input"))
  let file = try withExtendedLifetime(scratch) {
    try FileDescriptor.open(
      path, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
  }
  try file.writeAll(input)
  try file.seek(offset: 0, from: FileDescriptor.SeekOrigin.start)
  return file
}

/// Runs git.
public func git(
  _ arguments: String..., in folder: String, input: [UInt8] = []
) async throws -> ProcessResult {
  try await run("git", arguments, in: folder, input: input)
}

/// Gives a repository a committer of its own: the user who runs the tests may have none.
public func setCommitter(ofRepository folder: String) async throws {
  _ = try await git("config", "user.name", "A Tester", in: folder)
  _ = try await git("config", "user.email", "tester@example.org", in: folder)
}

/// Runs this build's patchkit.
public func patchkit(
  _ arguments: String..., in folder: String? = nil, input: [UInt8] = []
) async throws -> ProcessResult {
  try await run(Project.program, arguments, in: folder, input: input)
}
