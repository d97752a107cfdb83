// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree

/// A patch with what is kept beside it: `patch.yaml` and `patch.lock`.
public struct PatchFolder: Sendable {
  /// The folder.
  public let path: String
  /// The patch's files, in their order.
  public let patches: [String]
  /// What people say about it; an empty one where there is none.
  public let manifest: PatchManifest
  /// What patchkit keeps of it; nil where there is none.
  public let lock: PatchLock?

  /// The folder's own name.
  public var name: String {
    String(path.split(separator: "/" as Character).last ?? "")
  }

  private static let manifestName = "patch.yaml"
  private static let lockName = "patch.lock"

  /// Opens the folder of a patch; a patch file stands for the folder that it is in.
  ///
  /// - Throws: `LedgerError` where the manifest or the lock cannot be read, `TreeError` where there is
  ///   no such folder.
  public init(_ name: String) throws {
    var folder = name
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    if InputFile.kind(of: folder) != .folder {
      folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "."
    }
    path = folder
    let names = try InputFile.names(in: folder)
    patches = names.filter { $0.hasSuffix(".patch") || $0.hasSuffix(".diff") }
      .map { "\(folder)/\($0)" }
    func content(_ name: String) throws -> String? {
      guard names.contains(name) else { return nil }
      return String(decoding: try InputFile.read("\(folder)/\(name)"), as: UTF8.self)
    }
    manifest =
      try content(Self.manifestName).map {
        try PatchManifest($0, file: "\(folder)/\(Self.manifestName)")
      } ?? PatchManifest()
    lock = try content(Self.lockName).map { try PatchLock($0, file: "\(folder)/\(Self.lockName)") }
  }

  /// The folders of patches below a folder, or the folder itself where it holds a patch.
  public static func all(in folder: String) throws -> [PatchFolder] {
    let own = try PatchFolder(folder)
    if !own.patches.isEmpty { return [own] }
    return try InputFile.names(in: own.path).compactMap {
      let inside = "\(own.path)/\($0)"
      guard InputFile.kind(of: inside) == .folder, !$0.hasPrefix(".") else { return nil }
      let found = try PatchFolder(inside)
      return found.patches.isEmpty ? nil : found
    }
  }

  /// The name of a tree as `--onto` takes it: a folder is from the manifest's own.
  public func location(of tree: PatchManifest.Tree) -> String {
    let isRelative = tree.location.hasPrefix("./") || tree.location.hasPrefix("../")
    return isRelative ? "\(path)/\(tree.location)" : tree.location
  }

  /// Writes the lock, where it is another.
  ///
  /// - Returns: whether it was written.
  public func write(_ lock: PatchLock) throws -> Bool {
    if let old = self.lock, old.text == lock.text { return false }
    try InputFile.write(Array(lock.text.utf8), to: "\(path)/\(Self.lockName)")
    return true
  }
}
