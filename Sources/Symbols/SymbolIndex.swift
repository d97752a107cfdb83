// SPDX-License-Identifier: GPL-2.0-only

package import CSource
package import Host
package import KernelTree

/// The index of the names of a tree's C files: what they define, declare and use.
///
/// Nothing is read before a question needs it. `FileScope` answers what one file can use, from the headers
/// that it includes. `definitions()` answers what the whole tree defines, from a table that is kept from run
/// to run. What was read of a file is known by the id of its blob, or by the file's stamp,
/// for every tree of the process.
///
/// An index belongs to one thread, as its tree does; a table serves all threads.
package final class SymbolIndex {
  /// The tree, as it is before the first patch.
  package let tree: any KernelTree
  private let key: String?
  private let progress: WorkProgress?
  private var table: DefinitionTable?

  let paths: HeaderPaths
  private let others: OtherHeaders
  private var included: [TreePath: IncludedHeaders] = [:]
  private var known: [TreePath: FileNames] = [:]
  private var outlines: [TreePath: CSourceFile] = [:]
  private var parameters: [Definition: ParameterCount.Definitions?] = [:]

  /// How many outlines are kept: those of headers are asked for again soon.
  private static let mostOutlines = 64

  private struct Definition: Hashable {
    var path: TreePath
    var name: [UInt8]
  }

  /// Makes an index, and reads nothing.
  ///
  /// - Parameters:
  ///   - tree: the tree.
  ///   - key: what the tree is called among those whose tables are kept; nil keeps no table.
  ///   - table: the table of the tree, where it was made already.
  ///   - progress: receives how many files of the table were read, and of how many.
  package init(
    _ tree: any KernelTree, key: String? = nil, table: DefinitionTable? = nil,
    progress: WorkProgress? = nil
  ) {
    self.tree = tree
    self.key = key
    self.table = table
    self.progress = progress
    paths = HeaderPaths(tree)
    others = OtherHeaders(tree)
  }

  /// What all C files of the tree define; made when it is first asked for.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be listed or read.
  package func definitions() throws(PatchkitError) -> DefinitionTable {
    if let table { return table }
    let made = try DefinitionTable.of(tree, key: key, progress: progress).table
    table = made
    return made
  }

  // MARK: Headers

  /// Whether the tree has the kernel's headers, so that a name can be missing in it.
  package private(set) lazy var isKernel =
    (try? paths.existing("include/linux/kernel.h")) ?? nil != nil

  /// Whether the tree has a header, or can have made it once it is built.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  package func hasHeader(
    _ include: CInclude, from path: TreePath
  ) throws(PatchkitError) -> Bool {
    if include.name.hasPrefix("generated/") || include.name.hasPrefix("asm/") { return true }
    return try paths.leads(include, from: path)
  }

  /// What a file includes, in turn.
  func headers(of path: TreePath, _ file: FileNames) -> IncludedHeaders {
    if let known = included[path], known.includes == file.includes { return known }
    let made = IncludedHeaders(of: path, file.includes, paths) {
      [unowned self] path throws(PatchkitError) in try names(at: path)
    }
    included[path] = made
    return made
  }

  /// Looks for a name in all files that a file may see by a way that no `#include` shows.
  func search(
    for name: SearchedName, seenBy path: TreePath
  ) throws(PatchkitError) -> OtherHeaders.Found {
    // What is defined occurs, so a table that is at hand saves reading the files.
    if let table, table.symbols(named: name.text).contains(where: { Self.sees(path, $0.path) }) {
      return OtherHeaders.Found(isThere: true)
    }
    return try others.search(for: name, seenBy: path)
  }

  /// Whether a file may see what another one defines: the other is a header in its scope, or in its folder.
  private static func sees(_ path: TreePath, _ other: String) -> Bool {
    guard let other = try? TreePath(Array(other.utf8)) else { return false }
    if other.bytes.last == UInt8(ascii: "c") { return path.folders.last == other.folders.last }
    return HeaderScope.sees(path, other)
  }

  // MARK: Files

  /// The names in a file; nil where there is no such file.
  func names(at path: TreePath) throws(PatchkitError) -> FileNames? {
    if let found = known[path] { return found }
    let time = Machine.secondsSince1970
    let stamp = try tree.stamp(at: path)
    let key = stamp.flatMap { $0.blob ?? ($0.isSettled(at: time) ? Hex.text($0.bytes) : nil) }
    var names = FileNamesCache.shared.names(of: key)
    if names == nil, let content = try content(at: path) {
      let made = FileNames(content)
      FileNamesCache.shared.keep(made, of: key)
      names = made
    }
    known[path] = names
    return names
  }

  /// What a file defines or declares under a name outside of functions and types; nil where it defines no
  /// such name.
  func parameters(
    of name: SearchedName, at path: TreePath
  ) throws(PatchkitError) -> ParameterCount.Definitions? {
    let key = Definition(path: path, name: name.bytes)
    if let known = parameters[key] { return known }
    let found = try outline(of: path).flatMap { ParameterCount.definitions(of: name, in: $0) }
    parameters[key] = .some(found)
    return found
  }

  /// What a file defines; nil where there is no such file.
  func outline(of path: TreePath) throws(PatchkitError) -> CSourceFile? {
    if let known = outlines[path] { return known }
    guard let content = try content(at: path) else { return nil }
    let made = CSourceFile(content)
    if outlines.count >= Self.mostOutlines { outlines = [:] }
    outlines[path] = made
    return made
  }

  func content(at path: TreePath) throws(PatchkitError) -> [UInt8]? {
    try tree.file(at: path)?.content
  }
}
