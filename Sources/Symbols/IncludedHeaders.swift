// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree

/// What a C file includes, directly and through others, each header once.
///
/// The headers are read as they are asked for, those that the file names itself first: most names are
/// found in one of the first.
final class IncludedHeaders {
  /// A header.
  struct Header {
    var path: TreePath
    var names: FileNames
  }

  /// The includes of the file.
  let includes: [CInclude]
  private let path: TreePath
  private let paths: HeaderPaths
  private let read: (TreePath) throws(PatchkitError) -> FileNames?
  private var headers: [Header] = []
  private var seen: Set<TreePath> = []
  /// How many files' includes were followed: the file's own, then those of the headers in order.
  private var followed = 0
  /// The includes that are followed now, and how many of them were.
  private var open: (from: TreePath, includes: [CInclude], count: Int)?
  /// Includes that lead to no usual folder: the whole tree is searched for them last.
  private var unusual: [CInclude] = []

  init(
    of path: TreePath, _ includes: [CInclude], _ paths: HeaderPaths,
    read: @escaping (TreePath) throws(PatchkitError) -> FileNames?
  ) {
    self.path = path
    self.includes = includes
    self.paths = paths
    self.read = read
  }

  /// Whether one of them is wanted, or something else is.
  ///
  /// - Parameters:
  ///   - isWanted: asked about each.
  ///   - count: so many headers are asked about before anything else, those apart that the whole tree is
  ///     searched for.
  ///   - isElsewhere: asked then.
  func contains(
    where isWanted: (Header) throws(PatchkitError) -> Bool, first count: Int = .max,
    then isElsewhere: () -> Bool
  ) throws(PatchkitError) -> Bool {
    var index = 0
    func look(upTo limit: Int, takesUnusual: Bool) throws(PatchkitError) -> Bool {
      while index < limit {
        if index == headers.count {
          guard try readMore(takesUnusual: takesUnusual) else { return false }
        } else {
          if try isWanted(headers[index]) { return true }
          index += 1
        }
      }
      return false
    }
    if try look(upTo: count, takesUnusual: false) { return true }
    if isElsewhere() { return true }
    return try look(upTo: .max, takesUnusual: true)
  }

  /// All of them.
  func all() throws(PatchkitError) -> [Header] {
    while try readMore(takesUnusual: true) {}
    return headers
  }

  /// Follows one more include; false where there is none.
  ///
  /// - Parameter takesUnusual: whether the whole tree may be searched.
  private func readMore(takesUnusual: Bool) throws(PatchkitError) -> Bool {
    if let next = open {
      guard next.count < next.includes.count else {
        open = nil
        followed += 1
        return true
      }
      open?.count += 1
      let include = next.includes[next.count]
      let found = try paths.usual(include, from: next.from)
      if found.isEmpty { unusual.append(include) }
      try add(found)
      return true
    }
    if followed == 0 {
      open = (path, includes, 0)
      return true
    }
    if followed <= headers.count {
      let header = headers[followed - 1]
      open = (header.path, header.names.includes, 0)
      return true
    }
    guard takesUnusual, let include = unusual.popLast() else { return false }
    try add(paths.named(include))
    return true
  }

  private func add(_ found: [TreePath]) throws(PatchkitError) {
    for path in found where seen.insert(path).inserted {
      if let names = try read(path) { headers.append(Header(path: path, names: names)) }
    }
  }
}
