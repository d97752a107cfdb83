// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import Host
package import KernelTree
internal import PatchFormat

/// The patches of a folder with their `patch.yaml` and `patch.lock`.
///
/// It is the unit of a collection: a patch with its ports, a quilt series, or a folder of patches.
public struct PatchFolder: Sendable {
  /// What the patches are in.
  package enum Kind: String, Sendable, Hashable, Codable {
    /// A folder of patch files.
    case folder
    /// A folder with a quilt `series`.
    case series
    /// A single file.
    case file
  }

  /// What it is called in a collection.
  public let name: String
  /// The path of the folder that the patches are in.
  public let path: String
  /// What the patches are in.
  package let kind: Kind
  /// The patch files, in their order.
  package let files: [PatchQueue.File]
  /// What people say about them; an empty one where there is none.
  package let manifest: PatchManifest
  /// Whether there is a manifest in the folder.
  package let hasManifest: Bool
  /// What patchkit keeps of them; nil where there is none, or where it cannot be read.
  package let lock: PatchLock?
  /// What is wrong with the manifest.
  package let manifestError: PatchkitError?
  /// What is wrong with the lock.
  package let lockError: PatchkitError?
  /// The texts of the manifest and of the lock, then the same of the folders above whose manifests complete this one.
  let texts: [String]
  /// The folder that the user named, in which it was found; nil for the one that was named itself.
  private var base: String?

  static let manifestName = "patch.yaml"
  static let lockName = "patch.lock"
  /// The folder for patches as they were adapted to trees: no command that reads the folder's patches
  /// looks into it.
  static let adaptedName = "adapted"

  /// The path of the manifest.
  package var manifestPath: String { "\(path)/\(Self.manifestName)" }
  /// The path of the lock.
  package var lockPath: String { "\(path)/\(Self.lockName)" }

  /// Opens the folder of a patch; a patch file is a unit of its own, with the manifest and lock of its folder.
  ///
  /// - Parameters:
  ///   - location: the folder or the file.
  ///   - name: what to call it; nil takes the last component.
  ///   - outer: what a folder above gives to those that name none.
  ///   - adapted: the files that a folder above names as its own patches, adapted to a tree.
  ///   - outerTexts: the texts of that folder.
  /// - Throws: `PatchkitError` where there is no such folder, or its series cannot be used.
  package init(
    _ location: String, name: String? = nil, outer: PatchManifest? = nil,
    adapted: Set<String> = [], outerTexts: [String] = []
  ) throws {
    var folder = location
    while folder.count > 1, folder.hasSuffix("/") { folder.removeLast() }
    let isFolder = InputFile.kind(of: folder) == .folder
    let file = folder
    if !isFolder {
      folder = folder.lastIndex(of: "/").map { String(folder[..<$0]) } ?? "."
    }
    path = folder
    self.name =
      name ?? (folder == "." ? file : String(folder.split(separator: "/" as Character).last ?? "/"))
    let names = try InputFile.names(in: folder)
    func content(_ name: String) throws -> String? {
      guard names.contains(name) else { return nil }
      return String(
        decoding: try InputFile.read("\(folder)/\(name)", largest: 16 << 20), as: UTF8.self)
    }
    var (own, failure): (PatchManifest?, PatchkitError?)
    let manifestText = try content(Self.manifestName)
    if let text = manifestText {
      do throws(PatchkitError) {
        own = try PatchManifest(text, file: "\(folder)/\(Self.manifestName)")
      } catch { failure = error }
    }
    hasManifest = own != nil || failure != nil
    manifest = (own ?? PatchManifest()).completed(by: outer)
    manifestError = failure
    if !isFolder {
      kind = .file
      files = try PatchQueue.files([file])
    } else if names.contains("series"), PatchQueue.isSeries("\(folder)/series") {
      kind = .series
      files = try PatchQueue.files([folder])
    } else {
      kind = .folder
      files =
        try PatchQueue.isPatchFolder(folder)
        ? PatchQueue.files([folder]).filter { !adapted.contains($0.path) } : []
    }
    var (kept, broken): (PatchLock?, PatchkitError?)
    let lockText = try content(Self.lockName)
    if let text = lockText {
      do throws(PatchkitError) {
        kept = try PatchLock(text, file: "\(folder)/\(Self.lockName)")
      } catch { broken = error }
    }
    lock = kept
    lockError = broken
    texts = [manifestText, lockText].map { $0.map { "has " + $0 } ?? "none" } + outerTexts
  }

  /// Throws what is wrong with the manifest or the lock.
  package func requireSound() throws(PatchkitError) {
    if let manifestError { throw manifestError }
    if let lockError { throw lockError }
  }

  /// The folders of patches at and below some paths, in the order of their names.
  ///
  /// A folder whose name begins with a dot is not entered, nor one below a series.
  ///
  /// - Throws: `PatchkitError` if there is no such path, or no patch in it, or if a
  ///   manifest above them cannot be read.
  public static func all(in paths: [String]) throws -> [PatchFolder] {
    var found: [PatchFolder] = []
    for path in paths {
      if !InputFile.exists(path) {
        throw PatchkitError(
          .badInput, path: path, "there is no such folder or file",
          hint: "'patchkit init PATCH' creates a folder for a first patch")
      }
      let before = found.count
      try collect(path, name: nil, outer: nil, outerTexts: [], adapted: [], base: nil, into: &found)
      if found.count == before {
        throw PatchkitError(
          .badInput, path: path, "there is no patch in this folder",
          hint: "'patchkit init PATCH' creates a folder for a first patch")
      }
    }
    return found
  }

  private static func collect(
    _ path: String, name: String?, outer: PatchManifest?, outerTexts: [String],
    adapted: Set<String>, base: String?, into found: inout [PatchFolder]
  ) throws {
    var own = try PatchFolder(
      path, name: name, outer: outer, adapted: adapted, outerTexts: outerTexts)
    own.base = base
    if !own.files.isEmpty { found.append(own) }
    if own.kind != .folder { return }
    // A manifest in a folder above patches is for those below it.
    if own.files.isEmpty, let error = own.manifestError { throw error }
    let prefix = name.map { $0 + "/" } ?? ""
    // What is adapted to one tree is not one more patch.
    let adapted = adapted.union(own.manifest.trees.compactMap(\.patch).map { "\(own.path)/\($0)" })
    for child in try InputFile.names(in: own.path) where !child.hasPrefix(".") {
      let inside = "\(own.path)/\(child)"
      guard InputFile.kind(of: inside) == .folder else { continue }
      try collect(
        inside, name: prefix + child, outer: own.files.isEmpty ? own.manifest : outer,
        outerTexts: own.files.isEmpty ? own.texts : outerTexts, adapted: adapted,
        base: base ?? own.path, into: &found)
    }
  }

  /// The paths that the patches may look at or change in a tree.
  ///
  /// - Throws: `PatchkitError` and `PatchFormatError` where the patches cannot be read.
  package func touchedPaths() throws -> [TreePath] {
    let queue = try PatchQueue(
      reading: files.map(\.path), options: ApplyOptions(), parsing: ParseOptions())
    return queue.items.flatMap { $0.paths ?? [] }.compactMap { try? TreePath($0) }
  }

  /// Throws where a link leads out of the folder that the user named, or of the current one: the collection may
  /// come from anywhere, and none of its links redirects a write.
  package func requireInside() throws(PatchkitError) {
    try TreeBounds.requireInside(path)
    if let base { try TreeBounds.requireInside(path, below: base) }
  }

  /// Writes the lock, if it differs.
  ///
  /// - Returns: whether it was written.
  /// - Throws: `PatchkitError` also where a link leads elsewhere.
  package func write(_ lock: PatchLock) throws -> Bool {
    let text = try lock.text
    if let old = self.lock, try old.text == text { return false }
    try requireInside()
    try AtomicFile.write(Array(text.utf8), to: lockPath)
    return true
  }
}
