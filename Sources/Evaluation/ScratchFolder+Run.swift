// SPDX-License-Identifier: GPL-2.0-only

internal import Host

extension ScratchFolder {
  /// What a program prints in the folder; nil where it ends with another code than 0.
  func run(_ program: String, _ arguments: [String]) async throws -> [UInt8]? {
    let variables = ["GIT_CEILING_DIRECTORIES": path, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"]
    let ended = try await SystemProgram(
      [program] + arguments, in: path, .inherited(adding: variables)
    ).run(output: 64 << 20)
    return ended.status.isSuccess ? ended.output : nil
  }
}
