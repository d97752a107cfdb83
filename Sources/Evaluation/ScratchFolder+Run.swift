// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import Subprocess
internal import SystemPackage

extension ScratchFolder {
  /// What a program prints in the folder; nil where it ends with another code than 0.
  func run(_ program: String, _ arguments: [String]) async throws -> [UInt8]? {
    let result = try await Subprocess.run(
      .name(program), arguments: Arguments(arguments),
      environment: .inherit.updating([
        "GIT_CEILING_DIRECTORIES": path, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C",
      ]),
      workingDirectory: FilePath(path), output: .bytes(limit: 64 << 20), error: .discarded)
    return result.terminationStatus.isSuccess ? result.standardOutput : nil
  }
}
