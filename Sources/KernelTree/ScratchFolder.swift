// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Synchronization

/// A folder for the files that another program is run on, removed when it goes.
public final class ScratchFolder: Sendable {
  /// The folder.
  public let path: String

  /// Makes an empty folder where the system keeps what is temporary.
  ///
  /// - Throws: what Foundation says where there can be none.
  public init() throws {
    let base = FileManager.default.temporaryDirectory.path
    path = "\(base)/patchkit.\(ProcessInfo.processInfo.processIdentifier).\(UUID())"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let path = path
    _ = Self.open.withLock { $0.insert(path) }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    let path = path
    _ = Self.open.withLock { $0.remove(path) }
  }

  private static let open = Mutex<Set<String>>([])

  /// Removes every folder that this process has made: it is about to end in the middle of its work.
  public static func removeAll() {
    for path in open.withLock(\.self) { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Removes everything in the folder.
  public func clear() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      try FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  /// Writes a file, with the folders above it.
  public func write(_ content: [UInt8], to name: String) throws {
    let file = path + "/" + name
    if let slash = name.lastIndex(of: "/") {
      try FileManager.default.createDirectory(
        atPath: path + "/" + name[..<slash], withIntermediateDirectories: true)
    }
    try Data(content).write(to: URL(filePath: file))
  }

  /// Reads a file; nil where there is none.
  public func read(_ name: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(filePath: path + "/" + name))).map(Array.init)
  }
}
