// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree

/// Where the includes of a kernel tree lead.
final class HeaderPaths {
  private let tree: any KernelTree
  private var existing: [String: TreePath?] = [:]
  private var shared: [String: [TreePath]] = [:]
  private var byName: [String: [TreePath]] = [:]

  /// Takes a tree.
  init(_ tree: any KernelTree) { self.tree = tree }

  /// The path of a file, if there is one.
  func existing(_ path: String) throws(PatchkitError) -> TreePath? {
    if let known = existing[path] { return known }
    var found = try? TreePath(Array(TreePath.withoutDots(path).utf8))
    if let path = found, try tree.stamp(at: path) == nil { found = nil }
    existing[path] = .some(found)
    return found
  }

  /// A header next to the file, of the kernel or of the architecture.
  func usual(
    _ include: CInclude, from path: TreePath
  ) throws(PatchkitError) -> [TreePath] {
    let folder = path.folders.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let near = folder.isEmpty ? include.name : "\(folder)/\(include.name)"
    if include.isQuoted, let found = try existing(near) { return [found] }
    // Of a file that all architectures share, the headers of one are enough: a name that only another
    // one has is found among all headers.
    let parts = path.description.split(separator: "/" as Character, maxSplits: 2)
    let architecture = parts.first == "arch" && parts.count > 2 ? String(parts[1]) : "x86"
    let key = "\(architecture)\n\(include.name)"
    let found: [TreePath]
    if let known = shared[key] {
      found = known
    } else {
      found = try shared(include.name, architecture)
      shared[key] = found
    }
    if found.isEmpty, !include.isQuoted, let found = try existing(near) { return [found] }
    return found
  }

  private func shared(
    _ name: String, _ architecture: String
  ) throws(PatchkitError) -> [TreePath] {
    var candidates = ["include/\(name)", "include/uapi/\(name)"]
    candidates.append("arch/\(architecture)/include/\(name)")
    candidates.append("arch/\(architecture)/include/uapi/\(name)")
    let isOfArchitecture = name.hasPrefix("asm/")
    if isOfArchitecture { candidates.append("include/asm-generic/\(name.dropFirst(4))") }
    var found: [TreePath] = []
    for candidate in candidates {
      guard let path = try existing(candidate) else { continue }
      found.append(path)
      // A generic header and the architecture's own may both be meant.
      if !isOfArchitecture { break }
    }
    return found
  }

  /// The headers whose path ends with the name of an include, in whole components; none where too many
  /// do.
  ///
  /// The whole tree is searched.
  func named(_ include: CInclude) throws(PatchkitError) -> [TreePath] {
    guard include.name.hasSuffix(".h") else { return [] }
    let found = try files(endingWith: include)
    return found.count <= 8 ? found : []
  }

  /// The files whose path ends with the name of an include; empty for `linux/…` and others of the kernel's own folders.
  private func files(endingWith include: CInclude) throws(PatchkitError) -> [TreePath] {
    let isFixed = ["asm/", "linux/", "generated/"].contains(where: include.name.hasPrefix)
    if isFixed { return [] }
    let wanted = TreePath.withoutDots(include.name)
    let name = String(wanted.split(separator: "/" as Character).last ?? "")
    return try files(named: name).filter {
      $0.description == wanted || $0.description.hasSuffix("/" + wanted)
    }
  }

  /// All files of the tree with a name, links left out.
  private func files(named name: String) throws(PatchkitError) -> [TreePath] {
    if let known = byName[name] { return known }
    var found: [TreePath] = []
    for path in try tree.paths(named: Array(name.utf8))
    where try tree.file(at: path)?.mode != .symlink {
      found.append(path)
    }
    byName[name] = found
    return found
  }

  /// Whether an include leads to a file of the tree.
  func leads(_ include: CInclude, from path: TreePath) throws(PatchkitError) -> Bool {
    if try !usual(include, from: path).isEmpty { return true }
    return try !files(endingWith: include).isEmpty
  }
}
