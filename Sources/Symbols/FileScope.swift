// SPDX-License-Identifier: GPL-2.0-only

package import CSource
package import Host
package import KernelTree

/// What one C file can use: the names of the headers that it includes, in turn.
///
/// A name that no included header has is looked for in every header of the kernel, of the architectures and
/// of the file's part of the tree before it counts as unknown, as a header may come by a way that no
/// `#include` shows. Nothing is known of a tree without
/// the kernel's headers, such as a vendored file system.
///
/// Only as many headers are read as an answer needs. What is read stays in the index.
package final class FileScope {
  let path: TreePath
  let source: CSourceFile
  let index: SymbolIndex
  private let changed: () -> [ChangedText]
  /// The file's own.
  private lazy var own = FileNames(source)

  /// Takes a file.
  ///
  /// - Parameters:
  ///   - source: the file as it is to be, which the tree need not have.
  ///   - index: the names of the tree.
  ///   - changed: the files that earlier patches changed.
  package init(
    of path: TreePath, _ source: CSourceFile, in index: SymbolIndex,
    changed: @escaping () -> [ChangedText]
  ) {
    self.path = path
    self.source = source
    self.index = index
    self.changed = changed
  }

  /// Whether the tree has the kernel's headers, so that a name can be missing in it.
  package var isKernel: Bool { index.isKernel }

  /// Whether a name occurs in what the file includes, or in any header that it may see.
  ///
  /// - Parameter words: the numbers of further names that macros may form others from.
  package func knows(_ name: String, with words: Set<UInt32>) throws(PatchkitError) -> Bool {
    let name = SearchedName(name)
    let headers = headers
    let changed = changed()
    if try headers.contains(
      where: { $0.names.words.contains(name.hash) }, first: 40,
      then: {
        changed.contains { $0.has(name) }
      })
    {
      return true
    }
    let near = try [own] + headers.all().map(\.names)
    func occurs(_ argument: SearchedName) -> Bool {
      words.contains(argument.hash) || near.contains { $0.words.contains(argument.hash) }
        || changed.contains { $0.has(argument) }
    }
    let arguments = Self.arguments(of: name, near, changed)
    if arguments.contains(where: occurs) { return true }
    let found = try index.search(for: name, seenBy: path)
    if found.isThere { return true }
    let further = found.arguments.map(SearchedName.init)
    if further.contains(where: occurs) { return true }
    for argument in arguments + further where try index.search(for: argument, seenBy: path).isThere
    {
      return true
    }
    return false
  }

  /// Whether a macro that the file can use joins what it is called with, or makes a text of it, by itself
  /// or by another macro that it calls.
  package func pastes(_ macro: String) throws(PatchkitError) -> Bool {
    let headers = try headers.all()
    var open = [SearchedName(macro)]
    var seen: Set<UInt32> = []
    while let name = open.popLast() {
      guard seen.insert(name.hash).inserted, seen.count < 64 else { continue }
      let own = ParameterCount.pasting(of: name, in: source)
      if own.pastes { return true }
      open += own.calls
      for header in headers where header.names.words.contains(name.hash) {
        guard let source = try index.outline(of: header.path) else { continue }
        let found = ParameterCount.pasting(of: name, in: source)
        if found.pastes { return true }
        open += found.calls
      }
    }
    return false
  }

  /// The numbers of parameters of the functions and macros of a name in the headers that the file includes,
  /// where none of them takes so many arguments; none where one does, or where there are none.
  package func refusals(
    of arguments: Int, by name: String
  ) throws(PatchkitError) -> [ParameterCount] {
    var found: [ParameterCount] = []
    let takes = try contains(SearchedName(name)) { definitions in
      found += definitions.counts
      return definitions.take(arguments)
    }
    return takes ? [] : found
  }

  /// Whether the headers that the file includes define or declare a name outside of functions and types.
  package func defines(_ name: String) throws(PatchkitError) -> Bool {
    let searched = SearchedName(name)
    if try contains(searched, where: { _ in true }) { return true }
    let near = try [own] + headers.all().map(\.names)
    let changed = changed()
    return Self.arguments(of: searched, near, changed).contains { argument in
      near.contains { $0.words.contains(argument.hash) } || changed.contains { $0.has(argument) }
    }
  }

  /// Whether the definitions of a name in an included header, or in a file that earlier patches changed,
  /// are wanted; the first that are end the search.
  private func contains(
    _ name: SearchedName, where isWanted: (ParameterCount.Definitions) -> Bool
  ) throws(PatchkitError) -> Bool {
    let index = index
    return try headers.contains {
      header throws(PatchkitError) in
      guard header.names.words.contains(name.hash) else { return false }
      return try index.parameters(of: name, at: header.path).map(isWanted) ?? false
    } then: {
      changed().contains { $0.definitions(of: name).map(isWanted) ?? false }
    }
  }

  /// Whether the headers of the file are all at hand, so that what they do not define is not defined: a
  /// header is included by files that have others as well.
  package func hasAllHeaders() throws(PatchkitError) -> Bool {
    guard path.description.hasSuffix(".c"), !own.includes.isEmpty else { return false }
    for include in own.includes where try !index.paths.leads(include, from: path) { return false }
    return true
  }

  /// Whether a header is in the tree, or is made while building.
  package func hasHeader(_ include: CInclude) throws(PatchkitError) -> Bool {
    try index.hasHeader(include, from: path)
  }

  /// Whether a file that earlier patches changed has a name.
  func isChanged(_ name: SearchedName) -> Bool { changed().contains { $0.has(name) } }

  var headers: IncludedHeaders { index.headers(of: path, own) }

  /// What macros would have to be called with to form a name.
  private static func arguments(
    of name: SearchedName, _ near: [FileNames], _ changed: [ChangedText]
  ) -> [SearchedName] {
    let patterns = near.flatMap(\.pasted) + changed.flatMap { $0.pasted(for: name) }
    return patterns.compactMap { $0.argument(in: name.text) }.map(SearchedName.init)
  }
}
