// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Subprocess
internal import SystemPackage

/// A folder for the files that a program is run on, removed when it goes.
final class ScratchFolder: Sendable {
  /// The folder.
  let path: String

  init() throws {
    let base = FileManager.default.temporaryDirectory.path
    path = "\(base)/patchkit-evaluate.\(ProcessInfo.processInfo.processIdentifier).\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func clear() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      try FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  func write(_ content: [UInt8], to name: String) throws {
    let file = path + "/" + name
    if let slash = name.lastIndex(of: "/") {
      try FileManager.default.createDirectory(
        atPath: path + "/" + name[..<slash], withIntermediateDirectories: true)
    }
    try Data(content).write(to: URL(filePath: file))
  }

  func read(_ name: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(filePath: path + "/" + name))).map(Array.init)
  }

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
