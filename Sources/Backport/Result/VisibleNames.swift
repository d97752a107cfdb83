// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree

/// Which names the files of a kernel tree can use: those of the headers that they include, in turn.
///
/// A name that no included header has is looked for in every header of the kernel, of the architectures and
/// of the file's part of the tree before it counts as unknown, as a header may come by a way that no
/// `#include` shows. Nothing is known of a tree without
/// the kernel's headers, such as a vendored file system. What is read is kept for the patches that
/// follow.
final class VisibleNames {
  private let tree: any KernelTree
  private var closures: [TreePath: (includes: [HeaderWords.Include], headers: [HeaderWords])] = [:]
  private var known: [TreePath: HeaderWords] = [:]
  private var existing: [TreePath: Bool] = [:]
  private var shared: [String: [TreePath]] = [:]
  private var headers: [[UInt8]: [HeaderWords]] = [:]
  private var neighbors: [[UInt8]: [HeaderWords]] = [:]
  private var headerPaths: [String: [TreePath]]?

  /// Takes a tree as it is before the first patch.
  init(_ tree: any KernelTree) { self.tree = tree }

  /// Whether the tree has the kernel's headers, so that a name can be missing in it.
  private(set) lazy var isKernel: Bool = {
    guard let path = try? TreePath(Array("include/linux/kernel.h".utf8)) else { return false }
    return (try? exists(path)) ?? false
  }()

  /// Whether a name occurs in what a file includes, or in any header that it may see.
  ///
  /// - Parameters:
  ///   - changed: the files that earlier patches changed.
  ///   - words: the hashes of further names that macros may form others from.
  func knows(
    _ name: String, in path: TreePath, _ file: HeaderWords, _ changed: [HeaderWords],
    with words: Set<UInt32>
  ) throws(PatchkitError) -> Bool {
    let hash = HeaderWords.hash(name.utf8)
    let near = try [file] + closure(of: path, file) + changed
    if near.dropFirst().contains(where: { $0.has(hash) }) { return true }
    if Self.isPasted(name, near, words) { return true }
    let all = try allHeaders(for: path) + besides(path)
    return all.contains { $0.has(hash) } || Self.isPasted(name, near + all, words)
  }

  /// Whether a macro that a file can use joins what it is called with, or makes a text of it, by itself
  /// or by another macro that it calls.
  func pastes(
    _ macro: String, in path: TreePath, _ file: HeaderWords
  ) throws(PatchkitError) -> Bool {
    let near = try [file] + closure(of: path, file)
    var open = [HeaderWords.hash(macro.utf8)]
    var seen: Set<UInt32> = []
    while let hash = open.popLast() {
      guard seen.insert(hash).inserted, seen.count < 64 else { continue }
      if near.contains(where: { $0.pasting.contains(hash) }) { return true }
      open += near.flatMap { $0.passing[hash] ?? [] }
    }
    return false
  }

  /// What the headers that a file includes define under a name: the parameters of the functions and
  /// macros of that name; nil where they define nothing.
  func definitions(
    of name: String, in path: TreePath, _ file: HeaderWords, _ changed: [HeaderWords]
  ) throws(PatchkitError) -> [ParameterCount]? {
    let hash = HeaderWords.hash(name.utf8)
    let near = try closure(of: path, file) + changed
    let found = near.compactMap { $0.definitions(of: hash) }
    if !found.isEmpty { return found.flatMap(\.self) }
    return Self.isPasted(name, [file] + near, []) ? [] : nil
  }

  /// Whether the headers of a file are all at hand, so that what they do not define is not defined: a
  /// header is included by files that have others as well.
  func hasAllHeaders(of path: TreePath, _ file: HeaderWords) throws(PatchkitError) -> Bool {
    guard path.description.hasSuffix(".c"), !file.includes.isEmpty else { return false }
    var missing = 0
    for include in file.includes where try paths(of: include, from: path).isEmpty { missing += 1 }
    return missing == 0
  }

  /// Whether a header is in the tree.
  func hasHeader(_ include: HeaderWords.Include, from path: TreePath) throws(PatchkitError) -> Bool
  {
    // Made while building.
    if include.name.hasPrefix("generated/") || include.name.hasPrefix("asm/") { return true }
    return try !paths(of: include, from: path).isEmpty
  }

  private static func isPasted(
    _ name: String, _ all: [HeaderWords], _ words: Set<UInt32>
  ) -> Bool {
    for header in all {
      for pattern in header.pasted {
        guard let argument = pattern.argument(in: name) else { continue }
        let hash = HeaderWords.hash(argument.utf8)
        if words.contains(hash) || all.contains(where: { $0.has(hash) }) { return true }
      }
    }
    return false
  }

  // MARK: Headers

  /// What a file includes, directly and through others, each header once.
  private func closure(
    of path: TreePath, _ file: HeaderWords
  ) throws(PatchkitError) -> [HeaderWords] {
    if let known = closures[path], known.includes == file.includes { return known.headers }
    var found: [HeaderWords] = []
    var seen: Set<TreePath> = []
    var open: [(path: TreePath, words: HeaderWords)] = [(path, file)]
    while let next = open.popLast() {
      for include in next.words.includes {
        for header in try paths(of: include, from: next.path) where seen.insert(header).inserted {
          guard let words = try words(at: header) else { continue }
          found.append(words)
          open.append((header, words))
        }
      }
    }
    closures[path] = (file.includes, found)
    return found
  }

  private func words(at path: TreePath) throws(PatchkitError) -> HeaderWords? {
    if let found = known[path] { return found }
    let id = try tree.stamp(at: path)?.blob
    let words = try HeaderCache.shared.words(ofBlob: id) { () throws(PatchkitError) in
      try tree.file(at: path)?.content
    }
    known[path] = words
    return words
  }

  /// The words of a file, without what it defines: most of a tree's headers are only searched.
  private func onlyWords(at path: TreePath) throws(PatchkitError) -> HeaderWords? {
    try HeaderCache.shared.words(ofBlob: try tree.stamp(at: path)?.blob, outlined: false) {
      () throws(PatchkitError) in try tree.file(at: path)?.content
    }
  }

  private func exists(_ path: TreePath) throws(PatchkitError) -> Bool {
    if let known = existing[path] { return known }
    let found = try tree.stamp(at: path) != nil
    existing[path] = found
    return found
  }

  private func existing(_ path: String) throws(PatchkitError) -> TreePath? {
    guard let path = try? TreePath(Array(TreePath.withoutDots(path).utf8)), try exists(path) else {
      return nil
    }
    return path
  }

  /// Where an include leads: a header next to the file, of the kernel, of the architecture, or, where
  /// there is none of those, one of that name anywhere.
  private func paths(
    of include: HeaderWords.Include, from path: TreePath
  ) throws(PatchkitError) -> [TreePath] {
    let folder = path.folders.last.map { String(decoding: $0, as: UTF8.self) } ?? ""
    let near = folder.isEmpty ? include.name : "\(folder)/\(include.name)"
    if include.isQuoted, let found = try existing(near) { return [found] }
    // Of a file that all architectures share, the headers of one are enough: a name that only another
    // one has is found among all headers.
    let parts = path.description.split(separator: "/" as Character)
    let architecture = parts.first == "arch" && parts.count > 2 ? String(parts[1]) : "x86"
    let key = "\(architecture)\n\(include.name)"
    if let known = shared[key], !known.isEmpty { return known }
    if !include.isQuoted, let found = try existing(near) { return [found] }
    if let known = shared[key] { return known }
    var candidates = ["include/\(include.name)", "include/uapi/\(include.name)"]
    candidates.append("arch/\(architecture)/include/\(include.name)")
    candidates.append("arch/\(architecture)/include/uapi/\(include.name)")
    if include.name.hasPrefix("asm/") {
      candidates.append("include/asm-generic/\(include.name.dropFirst(4))")
    }
    var found: [TreePath] = []
    for candidate in candidates {
      guard let path = try existing(candidate) else { continue }
      found.append(path)
      // A generic header and the architecture's own may both be meant.
      if !include.name.hasPrefix("asm/") { break }
    }
    let isFixed = ["asm/", "linux/", "generated/"].contains(where: include.name.hasPrefix)
    if found.isEmpty, !isFixed { found = try named(include.name) }
    shared[key] = found
    return found
  }

  /// The headers whose path ends with a name, in whole components.
  private func named(_ name: String) throws(PatchkitError) -> [TreePath] {
    func last(_ path: String) -> String {
      String(path.split(separator: "/" as Character).last ?? "")
    }
    if headerPaths == nil {
      headerPaths = Dictionary(
        grouping: try tree.listing { $0.suffix(2).elementsEqual(".h".utf8) }.map(\.path)
      ) { last($0.description) }
    }
    let wanted = TreePath.withoutDots(name)
    let found = (headerPaths?[last(wanted)] ?? []).filter {
      $0.description == wanted || $0.description.hasSuffix("/" + wanted)
    }
    return found.count <= 8 ? found : []
  }

  /// The words of the headers that a file may see by whatever way: those of the kernel, of all
  /// architectures, and of its own part of the tree.
  private func allHeaders(for path: TreePath) throws(PatchkitError) -> [HeaderWords] {
    // Drivers and file systems of other folders have headers of their own.
    let folders = path.folders
    let own = folders.count > 1 ? folders[1] : folders.first ?? []
    return try headers(below: []) + (own.isEmpty ? [] : headers(below: own))
  }

  private func headers(below folder: [UInt8]) throws(PatchkitError) -> [HeaderWords] {
    if let known = headers[folder] { return known }
    // Not the tree as a whole: its size is not to matter.
    let parts = folder.isEmpty ? ["include", "arch"].map { Array($0.utf8) } : [folder]
    var found: [HeaderWords] = []
    for part in parts {
      guard let below = try? TreePath(part) else { continue }
      for header in try tree.allFiles(below: below)
      where header.bytes.suffix(2).elementsEqual(".h".utf8)
        && Self.isShared(header.bytes) == folder.isEmpty
      {
        if let words = try onlyWords(at: header) { found.append(words) }
      }
    }
    headers[folder] = found
    return found
  }

  /// Whether a header is one of the kernel or of an architecture.
  private static func isShared(_ path: [UInt8]) -> Bool {
    if path.starts(with: "include/".utf8) { return true }
    return path.starts(with: "arch/".utf8)
      && String(decoding: path, as: UTF8.self).contains("/include/")
  }

  /// The C files in a file's folder, one of which may include it; the file itself among them.
  private func besides(_ path: TreePath) throws(PatchkitError) -> [HeaderWords] {
    let folder = path.folders.last ?? []
    if let known = neighbors[folder] { return known }
    var found: [HeaderWords] = []
    for other in try tree.files(in: folder) where other.description.hasSuffix(".c") {
      if let words = try onlyWords(at: other) { found.append(words) }
    }
    neighbors[folder] = found
    return found
  }
}
