// SPDX-License-Identifier: GPL-2.0-only

/// Where paths appear and disappear on the line of a commit's first parents.
///
/// The commits, their trees and the folders in them are read once for all paths, and no further than
/// the paths need: a path is looked up again only where its folder differs from the one before. The
/// trees are read from the packs; libgit2 spends several times as long on each.
package final class PathHistory {
  /// The commits between which a path comes or goes.
  package struct Change: Sendable, Hashable {
    /// The tree of the older commit.
    package var old: ObjectID
    /// The tree of the newer commit.
    package var new: ObjectID
  }

  /// Commits in a row in which a path has the same entry; counted from the commit to start from.
  private struct Run {
    /// The first of them.
    var start: Int
    /// The entry's object; nil where there is none.
    var id: ObjectID?
    /// Whether the object is a folder.
    var isFolder: Bool
  }

  /// The runs of a path, as far as they were asked for.
  private final class Line {
    /// The path's last component; empty for the root.
    let name: ArraySlice<UInt8>
    /// The folder that the path is in; nil for the root.
    let folder: Line?
    var runs: [Run] = []
    /// How many runs of the folder these are made of.
    var seen = 0

    init(_ name: ArraySlice<UInt8>, in folder: Line?) {
      self.name = name
      self.folder = folder
    }
  }

  /// Reads an object: nil where there is none.
  package typealias Read = (ObjectID) throws(GitError) -> ObjectReader.Object?

  private let limit: Int
  private let read: Read
  private let root = Line([], in: nil)
  private var folders: [[UInt8]: Line] = [:]
  /// The commit to read next, and how many were read.
  private var next: ObjectID?
  private var count = 0
  /// Starts at a commit.
  ///
  /// - Parameters:
  ///   - limit: how many parents are looked at.
  ///   - read: reads an object.
  package init(from commit: ObjectID, limit: Int, read: @escaping Read) {
    next = commit
    self.limit = limit
    self.read = read
  }

  /// The latest commit in which a path comes or goes; nil where the line shows none, or where the
  /// path's presence in the first commit is not as expected.
  ///
  /// - Throws: `GitError` of kind `notFound` where an object is not in the repository.
  package func change(of path: [UInt8], isPresent: Bool) throws(GitError) -> Change? {
    let steps = path.split(separator: 0x2F)
    guard let name = steps.last else { return nil }
    // A file's line is of no use to other paths.
    let line = Line(name, in: folder(steps.dropLast()))
    var index = 0
    while let run = try run(index, of: line) {
      let isThere = run.id != nil
      if index == 0, isThere != isPresent { return nil }
      if isThere != isPresent { return try change(at: run.start) }
      index += 1
    }
    return nil
  }

  private func change(at position: Int) throws(GitError) -> Change? {
    guard let old = tree(at: position), let new = tree(at: position - 1) else { return nil }
    return Change(old: old, new: new)
  }

  private func tree(at position: Int) -> ObjectID? {
    var (low, high) = (0, root.runs.count)
    while low < high {
      let middle = (low + high) / 2
      if root.runs[middle].start <= position { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? nil : root.runs[low - 1].id
  }

  private func folder(_ steps: ArraySlice<ArraySlice<UInt8>>) -> Line {
    guard let name = steps.last else { return root }
    let path = Array(steps.joined(separator: [0x2F]))
    if let known = folders[path] { return known }
    let made = Line(name, in: folder(steps.dropLast()))
    folders[path] = made
    return made
  }

  /// A run of a line, which is followed that far; nil where it ends before.
  private func run(_ index: Int, of line: Line) throws(GitError) -> Run? {
    while line.runs.count <= index {
      guard let folder = line.folder else {
        guard let run = try nextTree() else { return nil }
        if line.runs.last?.id != run.id { line.runs.append(run) }
        continue
      }
      guard let above = try run(line.seen, of: folder) else { return nil }
      var own = Run(start: above.start, id: nil, isFolder: false)
      if let id = above.id, above.isFolder,
        let entry = TreeContent(try object(id, .tree)).entry(named: line.name)
      {
        (own.id, own.isFolder) = (entry.id, entry.mode == nil)
      }
      line.seen += 1
      if let last = line.runs.last, last.id == own.id, last.isFolder == own.isFolder { continue }
      line.runs.append(own)
    }
    return line.runs[index]
  }

  private func nextTree() throws(GitError) -> Run? {
    guard let id = next, count <= limit else { return nil }
    let content = try object(id, .commit)
    guard let (tree, parent) = Self.links(ofCommit: content) else {
      throw GitError("read the commit \(id)", "it is damaged")
    }
    defer { count += 1 }
    next = parent
    return Run(start: count, id: tree, isFolder: true)
  }

  private func object(_ id: ObjectID, _ kind: ObjectKind) throws(GitError) -> [UInt8] {
    guard let object = try read(id) else {
      throw GitError(
        "read the \(kind) \(id)", "object not found - no match for id (\(id))", .notFound)
    }
    guard object.kind == kind else {
      throw GitError("read the \(kind) \(id)", "it is a \(object.kind)")
    }
    return object.content
  }

  /// The tree and the first parent that a commit's first lines name; nil where it is damaged.
  private static func links(ofCommit content: [UInt8]) -> (tree: ObjectID, parent: ObjectID?)? {
    let (tree, parent) = (Array("tree ".utf8), Array("parent ".utf8))
    guard content.starts(with: tree), content.count >= 46,
      let id = ObjectID(hexDigits: content[5..<45])
    else { return nil }
    let rest = content[46...]
    guard rest.starts(with: parent), rest.count >= 48 else { return (id, nil) }
    guard let first = ObjectID(hexDigits: rest[53..<93]) else { return nil }
    return (id, first)
  }
}
