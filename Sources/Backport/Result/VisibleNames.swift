// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree

/// Which names the files of a kernel tree can use: those of the headers that they include, in turn.
///
/// A name that no included header has is looked for in every header of the kernel, of the architectures and
/// of the file's part of the tree before it counts as unknown, as a header may come by a way that no
/// `#include` shows. Nothing is known of a tree without
/// the kernel's headers, such as a vendored file system.
///
/// Only as many headers are read as an answer needs. What is read is kept for the patches that follow.
final class VisibleNames {
  private let tree: any KernelTree
  private let paths: HeaderPaths
  private let others: OtherHeaders
  private var included: [TreePath: IncludedHeaders] = [:]
  private var known: [TreePath: HeaderWords] = [:]
  private var definitions: [Definition: ParameterCount.Definitions?] = [:]

  private struct Definition: Hashable {
    var path: TreePath
    var name: [UInt8]
  }

  /// Takes a tree as it is before the first patch.
  init(_ tree: any KernelTree) {
    self.tree = tree
    paths = HeaderPaths(tree)
    others = OtherHeaders(tree)
  }

  /// Whether the tree has the kernel's headers, so that a name can be missing in it.
  private(set) lazy var isKernel = (try? paths.existing("include/linux/kernel.h")) ?? nil != nil

  /// Whether a name occurs in what a file includes, or in any header that it may see.
  ///
  /// - Parameters:
  ///   - changed: the files that earlier patches changed.
  ///   - words: the numbers of further names that macros may form others from.
  func knows(
    _ name: String, in path: TreePath, _ file: HeaderWords, _ changed: [ChangedText],
    with words: Set<UInt32>
  ) throws(PatchkitError) -> Bool {
    let name = SearchedName(name)
    let headers = included(by: path, file)
    if try headers.contains(
      where: { $0.words.names.contains(name.hash) }, first: 40,
      then: {
        changed.contains { $0.has(name) }
      })
    {
      return true
    }
    let near = try [file] + headers.all().map(\.words)
    func occurs(_ argument: SearchedName) -> Bool {
      words.contains(argument.hash) || near.contains { $0.names.contains(argument.hash) }
        || changed.contains { $0.has(argument) }
    }
    let arguments = Self.arguments(of: name, near, changed)
    if arguments.contains(where: occurs) { return true }
    let found = try others.search(for: name, seenBy: path)
    if found.isThere { return true }
    let further = found.arguments.map(SearchedName.init)
    if further.contains(where: occurs) { return true }
    for argument in arguments + further where try others.search(for: argument, seenBy: path).isThere
    {
      return true
    }
    return false
  }

  /// Whether a macro that a file can use joins what it is called with, or makes a text of it, by itself
  /// or by another macro that it calls.
  func pastes(
    _ macro: String, in path: TreePath, _ file: CSourceFile, _ words: HeaderWords
  ) throws(PatchkitError) -> Bool {
    let headers = try included(by: path, words).all()
    var open = [SearchedName(macro)]
    var seen: Set<UInt32> = []
    while let name = open.popLast() {
      guard seen.insert(name.hash).inserted, seen.count < 64 else { continue }
      let own = ParameterCount.pasting(of: name, in: file)
      if own.pastes { return true }
      open += own.calls
      for header in headers where header.words.names.contains(name.hash) {
        guard let content = try content(at: header.path) else { continue }
        let found = ParameterCount.pasting(of: name, in: CSourceFile(content))
        if found.pastes { return true }
        open += found.calls
      }
    }
    return false
  }

  /// The numbers of parameters of the functions and macros of a name in the headers that a file includes,
  /// where none of them takes so many arguments; none where one does, or where there are none.
  func refusals(
    of arguments: Int, by name: String, in path: TreePath, _ file: HeaderWords,
    _ changed: [ChangedText]
  ) throws(PatchkitError) -> [ParameterCount] {
    let name = SearchedName(name)
    var found: [ParameterCount] = []
    let takes = try contains(name, path, file, changed) { definitions in
      found += definitions.counts
      return definitions.take(arguments)
    }
    return takes ? [] : found
  }

  /// Whether the headers that a file includes define or declare a name outside of functions and types.
  func defines(
    _ name: String, in path: TreePath, _ file: HeaderWords, _ changed: [ChangedText]
  ) throws(PatchkitError) -> Bool {
    let searched = SearchedName(name)
    if try contains(searched, path, file, changed, where: { _ in true }) { return true }
    let near = try [file] + included(by: path, file).all().map(\.words)
    return Self.arguments(of: searched, near, changed).contains { argument in
      near.contains { $0.names.contains(argument.hash) } || changed.contains { $0.has(argument) }
    }
  }

  /// Whether the definitions of a name in an included header, or in a file that earlier patches changed,
  /// are wanted; the first that are end the search.
  private func contains(
    _ name: SearchedName, _ path: TreePath, _ file: HeaderWords, _ changed: [ChangedText],
    where isWanted: (ParameterCount.Definitions) -> Bool
  ) throws(PatchkitError) -> Bool {
    return try included(by: path, file).contains {
      header throws(PatchkitError) in
      guard header.words.names.contains(name.hash) else { return false }
      return try definitions(of: name, at: header.path).map(isWanted) ?? false
    } then: {
      changed.contains { $0.definitions(of: name).map(isWanted) ?? false }
    }
  }

  private func definitions(
    of name: SearchedName, at path: TreePath
  ) throws(PatchkitError) -> ParameterCount.Definitions? {
    let key = Definition(path: path, name: name.bytes)
    if let known = definitions[key] { return known }
    let found = try content(at: path).flatMap {
      ParameterCount.definitions(of: name, in: CSourceFile($0))
    }
    definitions[key] = .some(found)
    return found
  }

  /// Whether the headers of a file are all at hand, so that what they do not define is not defined: a
  /// header is included by files that have others as well.
  func hasAllHeaders(of path: TreePath, _ file: HeaderWords) throws(PatchkitError) -> Bool {
    guard path.description.hasSuffix(".c"), !file.includes.isEmpty else { return false }
    for include in file.includes where try !paths.leads(include, from: path) { return false }
    return true
  }

  /// Whether a header is in the tree, or is made while building.
  func hasHeader(_ include: CInclude, from path: TreePath) throws(PatchkitError) -> Bool {
    try paths.has(include, from: path)
  }

  /// What macros would have to be called with to form a name.
  private static func arguments(
    of name: SearchedName, _ near: [HeaderWords], _ changed: [ChangedText]
  ) -> [SearchedName] {
    let text = String(decoding: name.bytes, as: UTF8.self)
    let patterns = near.flatMap(\.pasted) + changed.flatMap { $0.pasted(for: name) }
    return patterns.compactMap { $0.argument(in: text) }.map(SearchedName.init)
  }

  // MARK: Headers

  private func included(by path: TreePath, _ file: HeaderWords) -> IncludedHeaders {
    if let known = included[path], known.includes == file.includes { return known }
    let made = IncludedHeaders(of: path, file.includes, paths) {
      [unowned self] path throws(PatchkitError) in try words(at: path)
    }
    included[path] = made
    return made
  }

  private func words(at path: TreePath) throws(PatchkitError) -> HeaderWords? {
    if let found = known[path] { return found }
    let blob = try tree.stamp(at: path)?.blob
    var words = HeaderCache.shared.words(ofBlob: blob)
    if words == nil, let content = try content(at: path) {
      let made = HeaderWords(content)
      HeaderCache.shared.keep(made, ofBlob: blob)
      words = made
    }
    known[path] = words
    return words
  }

  private func content(at path: TreePath) throws(PatchkitError) -> [UInt8]? {
    try tree.file(at: path)?.content
  }
}
