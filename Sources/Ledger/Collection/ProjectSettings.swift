// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

/// What a project sets for everybody who works in it: `.patchkit.yaml` in its folder.
package struct ProjectSettings: Sendable {
  /// The file's name.
  package static let fileName = ".patchkit.yaml"
  /// The file.
  package let path: String
  /// The values by their keys.
  package let values: [String: String]

  /// Reads the nearest file, in a folder or above it; nil where there is none.
  ///
  /// - Parameter keys: the keys that are known.
  /// - Throws: `PatchkitError` for invalid YAML and for an unknown key.
  package init?(from folder: String, keys: [String]) throws {
    guard var current = InputFile.realPath(folder) else { return nil }
    while !InputFile.isOwn(current + "/" + Self.fileName) {
      guard let slash = current.lastIndex(of: "/"), current != "/" else { return nil }
      current = slash == current.startIndex ? "/" : String(current[..<slash])
      if current == "/" { return nil }
    }
    path = current + "/" + Self.fileName
    let text = String(decoding: try InputFile.read(path, largest: 1 << 20), as: UTF8.self)
    var values: [String: String] = [:]
    for (key, reader) in try YAMLReader(text, file: path).fields(keys) {
      values[key] = try reader.text()
    }
    self.values = values
  }

  /// A tree that is named in the file, where its path is meant from the file's folder.
  ///
  /// - Throws: `PatchkitError` where it is outside of that folder: the file may come with a clone, and
  ///   would choose what is changed.
  package func resolved(_ tree: String) throws -> String {
    let folder = path.dropLast(Self.fileName.count)
    let file = tree.lastIndex(of: "@").map { String(tree[..<$0]) } ?? tree
    let whole = file.hasPrefix("/") ? file : folder + file
    guard InputFile.exists(whole) else { return tree }
    if try TreeBounds.outside(whole, of: String(folder)) != nil {
      throw PatchkitError(
        .refused, path: path, "sets onto to '\(tree)', which is outside its folder",
        hint: "name the tree with --onto, or \(TreeBounds.remedy)")
    }
    return file.hasPrefix("/") ? tree : folder + tree
  }
}
