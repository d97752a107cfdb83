// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
package import KernelTree
internal import PatchFormat

/// The applied patches of a series, in quilt's format: either tool continues where the other
/// stopped.
package struct PatchStack {
  /// The tree.
  package let tree: DirectoryTree
  /// The patches and their series.
  package internal(set) var folder: PatchesFolder
  let state: QuiltState

  /// Opens the stack of a tree.
  ///
  /// - Parameters:
  ///   - tree: the folder that the patches are applied to.
  ///   - patches: the folder of the patches; nil takes the one that `.pc` names, else `QUILT_PATCHES`,
  ///     else `patches` or `debian/patches`, whichever is there.
  ///   - environment: the variables to look for `QUILT_PATCHES` and `QUILT_SERIES` in.
  ///   - symbols: the symbols that guards ask for.
  /// - Throws: `PatchkitError` where there is no series.
  package init(
    on tree: DirectoryTree, patches: String?, environment: [String: String],
    symbols: Set<String> = [], makes: Bool = false
  ) throws {
    self.tree = tree
    state = try QuiltState(of: tree)
    let noted = try QuiltState.setting(".quilt_patches", of: tree)
    let name =
      try QuiltState.setting(".quilt_series", of: tree) ?? environment["QUILT_SERIES"]
    let usual = ["patches", "debian/patches"]
      .first { InputFile.kind(of: tree.path + "/" + $0) == .folder }
    let inTree = noted ?? environment["QUILT_PATCHES"] ?? usual ?? "patches"
    let path = patches ?? (inTree.hasPrefix("/") ? inTree : tree.path + "/" + inTree)
    if patches == nil, noted != nil || environment["QUILT_PATCHES"] == nil {
      try Self.requireInside(path, of: tree)
    }
    folder = try PatchesFolder(
      at: path, seriesName: patches == nil ? name : nil, symbols: symbols, makes: makes)
  }

  /// Throws where the tree itself says that its patches are elsewhere: it may come from anywhere, and
  /// would choose what is overwritten.
  private static func requireInside(_ path: String, of tree: DirectoryTree) throws {
    guard let real = try TreeBounds.outside(path, of: tree.absolutePath) else { return }
    throw PatchkitError.series(
      .refused, "the patches of '\(tree.path)' are outside the tree, in '\(real)'",
      hint: "name the folder with --patches, or \(TreeBounds.remedy)")
  }

  /// The patches that are on the tree, the lowest first.
  package var applied: [String] { state.applied.map { String(decoding: $0, as: UTF8.self) } }

  /// The patches that are not on the tree, in order.
  package var unapplied: [String] {
    get throws { try next().map { String(decoding: $0.path, as: UTF8.self) } }
  }

  /// What the stack's state says about where the patches are.
  var settings: [String: String] {
    let inside = placeInTree.map { $0.isEmpty ? "." : String(decoding: $0, as: UTF8.self) }
    return [
      ".version": "2", ".quilt_series": folder.seriesName,
      ".quilt_patches": inside ?? InputFile.realPath(folder.path) ?? folder.path,
    ]
  }

  /// The way from the tree's root to the folder of patches; nil where it is not in the tree.
  private var placeInTree: [UInt8]? {
    guard let real = InputFile.realPath(folder.path) else { return nil }
    let root = tree.absolutePath
    if real == root { return [] }
    return real.hasPrefix(root + "/") ? Array(real.dropFirst(root.count + 1).utf8) : nil
  }

  /// The patches after the topmost one.
  func next() throws -> [Series.Entry] {
    let entries = folder.entries
    guard let top = state.applied.last else { return entries }
    guard let index = entries.lastIndex(where: { $0.path == top }) else {
      throw PatchkitError.series(
        .refused,
        "the topmost patch '\(String(decoding: top, as: UTF8.self))' is not in the series",
        hint: "pop it with --force, or add it to the series again")
    }
    return Array(entries[(index + 1)...])
  }

  /// The topmost patch.
  ///
  /// - Throws: `PatchkitError` where no patch is on the tree.
  func top() throws -> [UInt8] {
    guard let top = state.applied.last else {
      throw PatchkitError.series(
        .refused, "no patch is applied", hint: "'patchkit series push' applies the next one")
    }
    return top
  }

  /// A patch's name in the series, of one that may be written as the path of its file: `patches/NAME`.
  func patchName(_ given: String) -> [UInt8] {
    if folder.series.entries.contains(where: { $0.name == given }) || applied.contains(given) {
      return Array(given.utf8)
    }
    let folders = [folder.path, settings[".quilt_patches"] ?? ""].filter { !$0.isEmpty }
    for home in folders where given.hasPrefix(home + "/") {
      return Array(given.dropFirst(home.count + 1).utf8)
    }
    if let real = InputFile.realPath(given), let home = InputFile.realPath(folder.path),
      real.hasPrefix(home + "/")
    {
      return Array(real.dropFirst(home.count + 1).utf8)
    }
    return Array(given.utf8)
  }

  /// How far to go.
  package enum Goal: Sendable, Hashable {
    /// A number of patches.
    case count(Int)
    /// Through all patches.
    case all
    /// As far as a patch, which is the topmost one then.
    case patch(String)
  }

  /// Writes changes of the tree and of the patches: in one step if the patches are in the
  /// tree, else the patches first.
  ///
  /// - Parameters:
  ///   - changes: the tree's, and those of `.pc`.
  ///   - files: patches to write, by name; nil removes.
  ///   - series: the series as it is then; nil leaves it.
  ///   - copies: the files that new patches are copies of, by the names of those.
  func land(
    _ changes: [TreeChange], files: [[UInt8]: [UInt8]?] = [:], series: Series? = nil,
    copies: [[UInt8]: String] = [:]
  ) throws {
    guard !files.isEmpty || series != nil else { return try tree.land(changes) }
    let series = series ?? folder.series
    guard let prefix = placeInTree else {
      try folder.write(files, series: series, copies: copies)
      return try tree.land(changes)
    }
    var all = changes
    var written = files
    written[Array(folder.seriesName.utf8)] = .some(series.serialized())
    for (name, content) in written.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let path = try PatchesFolder.filePath((prefix.isEmpty ? [] : prefix + [0x2F]) + name)
      if var change = try PatchesFolder.change(at: path, to: content, in: tree) {
        change.copyOf = copies[name]
        all.append(change)
      }
    }
    try tree.land(all)
  }
}
