// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree
internal import Synchronization

/// The C files that a file may see by a way that no `#include` shows: the headers of the kernel, of all
/// architectures, and of its own part of the tree, and the C files of its folder, one of which may include
/// it.
///
/// They are many: the first searches only look for the bytes of a name, later ones keep the words
/// of every file.
final class OtherHeaders {
  /// What a search found.
  struct Found {
    /// Whether the name occurs.
    var isThere = false
    /// What macros would have to be called with to form it.
    var arguments: [String] = []
  }

  private struct File: Sendable {
    var path: TreePath
    /// The id of its blob; nil in a folder.
    var blob: String?
  }

  /// Files that are read together.
  private final class Group {
    let files: [File]
    var names: [FileNames]?
    init(_ files: [File]) { self.files = files }
  }

  /// Fewer files are read by one thread.
  private static let fewestForThreads = 400

  private let tree: any KernelTree
  private var groups: [[UInt8]: Group] = [:]

  init(_ tree: any KernelTree) { self.tree = tree }

  /// Looks for a name in all files that a file may see.
  func search(
    for name: SearchedName, seenBy path: TreePath
  ) throws(PatchkitError) -> Found {
    var found = Found()
    let keeps = FileNamesCache.shared.noteSearch()
    for group in try groups(for: path) {
      if keeps, group.names == nil { group.names = try read(group.files) }
      let part: Found
      if let names = group.names {
        part = Self.search(names, name)
      } else {
        part = try search(group.files, name)
      }
      found.isThere = part.isThere
      found.arguments += part.arguments
      if found.isThere { break }
    }
    return found
  }

  private static func search(_ files: [FileNames], _ name: SearchedName) -> Found {
    var found = Found()
    for file in files {
      if file.words.contains(name.hash) { return Found(isThere: true) }
      found.arguments += file.pasted.compactMap { $0.argument(in: name.text) }
    }
    return found
  }

  /// Looks for the bytes of a name first, and reads only what has them.
  private func search(_ files: [File], _ name: SearchedName) throws(PatchkitError) -> Found {
    let parts = try overAll(files, stoppingAt: \.isThere) { content in
      if !name.occurs(in: content), !name.mayBePasted(in: content) { return Found() }
      return Self.search([FileNames(content)], name)
    }.compactMap(\.self)
    return Found(
      isThere: parts.contains(where: \.isThere), arguments: parts.flatMap(\.arguments))
  }

  // MARK: Reading

  /// The names of files.
  private func read(_ files: [File]) throws(PatchkitError) -> [FileNames] {
    var names = files.map { FileNamesCache.shared.names(of: $0.blob) }
    let missing = names.indices.filter { names[$0] == nil }
    let read = try overAll(missing.map { files[$0] }, stoppingAt: { _ in false }) {
      FileNames($0)
    }
    for (index, made) in zip(missing, read) {
      guard let made else { continue }
      FileNamesCache.shared.keep(made, of: files[index].blob)
      names[index] = made
    }
    return names.compactMap(\.self)
  }

  /// Calls a body with the content of each file, on several threads where there are many.
  ///
  /// - Parameter isLast: whether no further file is to be read after a value.
  /// - Returns: the values by index; nil for files that are gone or that were not read.
  private func overAll<Value: Sendable>(
    _ files: [File], stoppingAt isLast: @Sendable (Value) -> Bool,
    _ body: @Sendable ([UInt8]) -> Value
  ) throws(PatchkitError) -> [Value?] {
    let isStopped = Mutex(false)
    @Sendable func values(
      _ files: ArraySlice<File>, _ tree: any KernelTree
    ) throws(PatchkitError) -> [Value?] {
      var values: [Value?] = []
      try tree.read(files.lazy.map(\.path)) { content in
        let value = content.map(body)
        if let value, isLast(value) { isStopped.withLock { $0 = true } }
        values.append(value)
        return !isStopped.withLock { $0 }
      }
      return values
    }
    let reader = tree.concurrentReader
    let open = reader == nil ? tree.opener : nil
    guard files.count >= Self.fewestForThreads, reader != nil || open != nil else {
      return try values(files[...], tree)
    }
    let step = 64
    let parts = try WorkerPool.map(
      count: (files.count + step - 1) / step,
      worker: { () throws(PatchkitError) -> any KernelTree in
        if let reader { return reader }
        guard let open else { throw PatchkitError(.badInput, "the tree cannot be opened again") }
        return try open()
      },
      { (tree, part) throws(PatchkitError) -> [Value?] in
        if isStopped.withLock({ $0 }) { return [] }
        return try values(files[part * step..<min(files.count, (part + 1) * step)], tree)
      })
    return parts.flatMap(\.self)
  }

  // MARK: Files

  /// The files that a file may see, those first that are most likely to have what it needs.
  private func groups(for path: TreePath) throws(PatchkitError) -> [Group] {
    let folders = path.folders
    let folder = folders.last ?? []
    var groups = [
      try group(Array("folder ".utf8) + folder) { () throws(PatchkitError) in
        try children(of: folder, ending: ".c")
      }
    ]
    let part = HeaderScope.part(of: path)
    if let part {
      groups.append(
        try group(part.below) { () throws(PatchkitError) in
          var files = try headers(below: part.below) { !HeaderScope.isShared($0) }
          for folder in part.directlyIn { files += try children(of: folder, ending: ".h") }
          return files
        })
    }
    // Not the tree as a whole: its size is not to matter.
    let shared = ["include", "arch"].map { Array($0.utf8) }
    if let part, folders.first == shared[1], folders.count > 1 {
      groups.append(
        try group(Array("shared ".utf8) + part.below) { () throws(PatchkitError) in
          try headers(below: part.below, where: HeaderScope.isShared)
        })
    }
    for part in shared {
      groups.append(
        try group(Array("shared ".utf8) + part) { () throws(PatchkitError) in
          try headers(below: part, where: HeaderScope.isShared)
        })
    }
    return groups
  }

  private func group(
    _ key: [UInt8], _ files: () throws(PatchkitError) -> [File]
  ) throws(PatchkitError) -> Group {
    if let known = groups[key] { return known }
    let made = Group(try files())
    groups[key] = made
    return made
  }

  private func headers(
    below folder: [UInt8], where isWanted: ([UInt8]) -> Bool
  ) throws(PatchkitError) -> [File] {
    guard let folder = try? TreePath(folder) else { return [] }
    func isHeader(_ path: [UInt8]) -> Bool {
      path.suffix(2).elementsEqual(".h".utf8) && isWanted(path)
    }
    if let revision = tree as? RevisionTree {
      return try revision.listing(below: folder, where: isHeader).map {
        File(path: $0.path, blob: String(decoding: $0.stamp, as: UTF8.self))
      }
    }
    return try tree.allFiles(below: folder).filter { isHeader($0.bytes) }.map { File(path: $0) }
  }

  /// The files in a folder whose names end in two characters.
  private func children(
    of folder: [UInt8], ending: String
  ) throws(PatchkitError) -> [File] {
    let ending = Array(ending.utf8)
    var found: [File] = []
    for path in try tree.files(in: folder) where path.bytes.suffix(2).elementsEqual(ending) {
      found.append(
        File(path: path, blob: tree is RevisionTree ? try tree.stamp(at: path)?.blob : nil))
    }
    return found
  }
}
