// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A folder of patchkit's own inside a tree or a project, such as `.patchkit`.
///
/// The tree may come from anywhere, so each step to the folder is opened without following links, and
/// a link in the place of a file is an error: nothing inside a tree redirects a read or a write.
package struct OwnFolder: Sendable {
  /// The folder that the user named, whose own links are the user's and are followed.
  private let base: String
  private let steps: [String]

  /// Names a folder below one that the user named.
  package init(in base: String, _ steps: [String]) {
    self.base = base
    self.steps = steps
  }

  /// The path, for messages and for programs that need one.
  package var path: String { ([base] + steps).joined(separator: "/") }

  /// A folder in this one.
  package func folder(_ name: String) -> OwnFolder { OwnFolder(in: base, steps + [name]) }

  /// Opens the folder; nil where it, or one above it, does not exist.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` where a link is in the place of one of them.
  private func open(making: Bool) throws(PatchkitError) -> Folder? {
    var folder = try Folder.open(base)
    var shown = ""
    for step in steps {
      shown += shown.isEmpty ? step : "/" + step
      if making {
        folder = try folder.makeFolder(Array(step.utf8), path: shown)
      } else {
        guard let next = try folder.folder(Array(step.utf8), path: shown) else { return nil }
        folder = next
      }
    }
    return folder
  }

  /// Whether the folder exists, as a folder.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` if it is a symbolic link.
  package func exists() throws(PatchkitError) -> Bool { try open(making: false) != nil }

  /// Makes the folder and the ones above it.
  package func make() throws(PatchkitError) { _ = try open(making: true) }

  /// The bytes of a file; nil where there is none.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` or `notAFile` where something else is there.
  package func read(_ name: String) throws(PatchkitError) -> [UInt8]? {
    guard let folder = try open(making: false), let status = try checked(name, in: folder) else {
      return nil
    }
    return try folder.read(Array(name.utf8), status, path: path + "/" + name)
  }

  /// Whether there is a file of that name.
  package func has(_ name: String) throws(PatchkitError) -> Bool {
    guard let folder = try open(making: false) else { return false }
    return try checked(name, in: folder) != nil
  }

  /// The names of what is in the folder; empty where it does not exist.
  package func names() throws(PatchkitError) -> [String] {
    guard let folder = try open(making: false) else { return [] }
    return try folder.children().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Writes a file as a whole; the folder is made where it is missing.
  ///
  /// - Throws: `PatchkitError` of kind `symlinkInTheWay` or `notAFile` where something else is there.
  package func write(_ content: [UInt8], to name: String) throws(PatchkitError) {
    guard let folder = try open(making: true) else { return }
    _ = try checked(name, in: folder)
    let file = try AtomicFile(
      name, in: folder, path: path + "/" + name, permissions: .usual)
    unsafe content.withUnsafeBytes { unsafe file.append($0) }
    try file.finish()
  }

  /// Removes a file; one that is gone already is fine.
  package func remove(_ name: String) throws(PatchkitError) {
    guard let folder = try open(making: false) else { return }
    try folder.remove(Array(name.utf8))
  }

  /// Throws where a link is anywhere in the folder, down to some depth: for a folder that a library is
  /// given by its path.
  package func requireNoLinks(depth: Int) throws(PatchkitError) {
    guard let folder = try open(making: false) else { return }
    try Self.requireNoLinks(folder, depth: depth, path)
  }

  private static func requireNoLinks(
    _ folder: borrowing Folder, depth: Int, _ path: String
  ) throws(PatchkitError) {
    for entry in try folder.entries() {
      let shown = path + "/" + String(decoding: entry.name, as: UTF8.self)
      if entry.isLink {
        throw PatchkitError(
          .symlinkInTheWay, path: shown, "is a symbolic link and is not followed")
      }
      if entry.isFolder, depth > 0, let inner = try folder.folder(entry.name, path: shown) {
        try requireNoLinks(inner, depth: depth - 1, shown)
      }
    }
  }

  private func checked(
    _ name: String, in folder: borrowing Folder
  ) throws(PatchkitError) -> Folder.Status? {
    guard let status = try folder.status(of: Array(name.utf8)) else { return nil }
    if status.isLink {
      throw PatchkitError(
        .symlinkInTheWay, path: path + "/" + name, "is a symbolic link and is not followed")
    }
    guard status.isRegular else {
      throw PatchkitError(.notAFile, path: path + "/" + name, "is not a regular file")
    }
    return status
  }
}
