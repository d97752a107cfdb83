// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Glibc

/// Where the project's own files are.
public enum Project {
  /// The root of the checkout.
  public static let root: String = {
    let file = #filePath
    return file.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
  }()

  /// A path below the root.
  public static func path(_ relative: String) -> String { root + "/" + relative }

  /// A lab tree, such as `base` or `shifted`.
  public static func lab(_ name: String) -> String { path("Tests/Fixtures/lab/\(name)") }

  /// The seed patch.
  public static let seed = path(
    "Patches/ext4-serialize-unaligned-aio/ext4-serialize-unaligned-asynchronous-DIO.patch")

  /// Whether a program is installed.
  public static func hasProgram(_ name: String) -> Bool {
    ["/usr/bin/", "/usr/local/bin/", "/bin/"]
      .contains { FileManager.default.isExecutableFile(atPath: $0 + name) }
  }

  /// The command line's program, as this build made it next to the tests.
  public static let program = built("patchkit")

  /// The same program with shared libraries, whose calls `LD_PRELOAD` can replace.
  public static let sharedProgram = built("SharedProgram")

  private static func built(_ name: String) -> String {
    let tests = CommandLine.arguments.first ?? ""
    let folder = tests.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    let candidates = [folder + "/" + name, path(".build/release/" + name)]
    return candidates.first { FileManager.default.isExecutableFile(atPath: $0) } ?? candidates[1]
  }

  /// Whether tests try everything that they can, for minutes: `.ci/slow` asks for it.
  public static let isThorough = ProcessInfo.processInfo.environment["PATCHKIT_THOROUGH"] != nil
}

/// A folder for one test, removed with the value that holds it.
public final class Scratch: Sendable {
  /// The folder's path.
  public let path: String

  /// Makes an empty folder.
  public init() throws {
    path = NSTemporaryFolder.path + "/patchkit-test-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A path in the folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file, with the folders above it.
  public func write(_ name: String, _ content: [UInt8]) throws {
    let whole = file(name)
    let folder = String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)])
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(content).write(to: URL(filePath: whole))
  }

  /// Writes a text file.
  public func write(_ name: String, _ content: String) throws {
    try write(name, Array(content.utf8))
  }

  /// Reads a file.
  public func read(_ name: String) throws -> [UInt8] { try Files.read(file(name)) }

  /// Copies a folder of the project into this one.
  public func copy(_ source: String, to name: String) throws {
    try FileManager.default.copyItem(atPath: source, toPath: file(name))
  }

  /// Copies a folder of this one, without one of its own folders.
  public func copyTree(_ name: String, to other: String, without folder: String) async throws {
    try FileManager.default.copyItem(atPath: file(name), toPath: file(other))
    try FileManager.default.removeItem(atPath: file(other + "/" + folder))
  }

  /// Every file below a folder with its content, and links with their targets: two equal snapshots
  /// are two equal trees.
  ///
  /// Git's own folder is left out.
  public func snapshot(_ name: String = "") throws -> [String: String] {
    try Files.snapshot(name.isEmpty ? path : file(name))
  }
}

private enum NSTemporaryFolder {
  static let path = FileManager.default.temporaryDirectory.path()
    .split(separator: "/").reduce("") { $0 + "/" + $1 }
}

/// Reading whole files and whole trees.
public enum Files {
  /// Reads a file.
  public static func read(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(filePath: path)))
  }

  /// Writes bytes over those of a file, which stays the same file.
  public static func overwrite(_ path: String, at offset: Int, with bytes: [UInt8]) throws {
    let file = unsafe open(path, O_WRONLY)
    defer { close(file) }
    guard unsafe pwrite(file, bytes, bytes.count, offset) == bytes.count else {
      throw CocoaError(.fileWriteUnknown)
    }
  }

  /// Whether anything is at a path.
  public static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path)
  }

  /// Every file below a folder with its mode and content.
  public static func snapshot(_ root: String) throws -> [String: String] {
    var found: [String: String] = [:]
    let manager = FileManager.default
    for name in try manager.subpathsOfDirectory(atPath: root) where !name.hasPrefix(".git/") {
      let path = root + "/" + name
      let attributes = try manager.attributesOfItem(atPath: path)
      switch attributes[.type] as? FileAttributeType {
      case .typeRegular?:
        let content = try read(path).map { String($0, radix: 16) }.joined(separator: " ")
        let mode = (attributes[.posixPermissions] as? Int) ?? 0
        found[name] = "\(mode & 0o111 != 0 ? "x" : "-") \(content)"
      case .typeSymbolicLink?:
        found[name] = "-> " + (try manager.destinationOfSymbolicLink(atPath: path))
      default: continue
      }
    }
    return found
  }
}

/// Removes one file.
public func removeFile(_ path: String) throws { try FileManager.default.removeItem(atPath: path) }
