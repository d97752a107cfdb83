// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
package import PatchFormat
internal import TextAlign

/// Finds the file that a file patch, or some of its hunks, belongs to where that is not the one named.
///
/// A renamed file is found by history where the tree or the patch's base has one, else by its name in
/// another folder, else by its name with other capital letters and separators, else by its text in the same folder; a function that moved, by its text in the
/// folder. Several files that fit equally well are a tie.
package struct Relocator {
  package let tree: any KernelTree
  package let base: (any KernelTree)?
  package let strategies: StrategySequence

  package init(tree: any KernelTree, base: (any KernelTree)?, strategies: StrategySequence) {
    self.tree = tree
    self.base = base
    self.strategies = strategies
  }

  /// The most files of a folder that are read.
  private static let mostSiblings = 600
  /// The most bytes of a folder's files that are read.
  private static let mostBytes = 64 << 20

  /// How a search ended.
  package enum Found {
    /// The hunks belong here, and why.
    case moved(TreePath, TreeFile, Reason.Relocation)
    /// They fit several files.
    case tie([TreePath])
    /// A file holds some of their text, and that is not enough.
    case traces(TreePath)
    /// Nothing like them is in the tree.
    case nothing
  }

  /// Finds the file to use instead of a missing one.
  package func file(for file: FilePatch, at path: TreePath) throws -> Found {
    if let found = try byHistory(file, path) { return found }
    guard let name = path.components.last else { return .nothing }
    let namesakes = try tree.paths(named: name).filter { $0 != path }
    let elsewhere = try best(namesakes, for: file, .name)
    if case .nothing = elsewhere {} else { return elsewhere }
    if let found = try respelled(file, path) { return found }
    return try inFolder(of: path, file, except: nil, .text)
  }

  /// Finds the file of a folder that hunks moved to from another file of it.
  package func moved(_ file: FilePatch, from path: TreePath) throws -> Found {
    try inFolder(of: path, file, except: path, .function)
  }

  /// Whether a file of the folder, to which hunks could move from another file of it, may have the result of one of
  /// them; false is certain.
  ///
  /// - Parameter changing: files that may be other ones when hunks move.
  func mayHaveMoved(
    _ hunk: Hunk, of file: FilePatch, from path: TreePath, changing: Set<TreePath>
  ) throws -> Bool {
    var mayHave = false
    let others = try candidates(inFolderOf: path, except: path)
    if others.contains(where: changing.contains) { return true }
    try forEach(of: others, with: Self.tellingLines(of: file)) { _, _, table in
      mayHave = HunkPresence.isPossible(hunk, in: table)
      return !mayHave
    }
    return mayHave
  }

  private func byHistory(_ file: FilePatch, _ path: TreePath) throws -> Found? {
    let names = [try tree.laterName(of: path), try base?.formerName(of: path)]
    for name in names.compactMap(\.self) {
      guard let there = try tree.file(at: name),
        fits(file, LineTable(there.content)) != nil
      else { continue }
      return .moved(name, there, .history)
    }
    return nil
  }

  private func inFolder(
    of path: TreePath, _ file: FilePatch, except: TreePath?, _ reason: Reason.Relocation
  ) throws -> Found {
    try best(try candidates(inFolderOf: path, except: except), for: file, reason)
  }

  /// The files of the folder of a path that end alike.
  private func candidates(inFolderOf path: TreePath, except: TreePath?) throws -> [TreePath] {
    let ending = path.components.last.flatMap { name in
      name.lastIndex(of: UInt8(ascii: ".")).map { Array(name[$0...]) }
    }
    let siblings = try siblings(of: path)
      .filter { $0 != except && $0.bytes.suffix(ending?.count ?? 0) == ending ?? [] }
    return Array(siblings.prefix(Self.mostSiblings))
  }

  /// The other files in the folder of a path.
  private func siblings(of path: TreePath) throws -> [TreePath] {
    guard let name = path.components.last else { return [] }
    let folder = Array(path.bytes.dropLast(name.count + 1))
    return try tree.files(in: path.bytes.count > name.count ? folder : []).filter { $0 != path }
  }

  /// The only file of the folder with the same name but for capital letters and separators, as when `RingBuffer.c`
  /// became `ring_buffer.c`; nil where there is none, several, or where the hunks do not fit.
  private func respelled(_ file: FilePatch, _ path: TreePath) throws -> Found? {
    func spelling(_ path: TreePath) -> [UInt8] {
      (path.components.last ?? []).compactMap { byte in
        switch byte {
        case UInt8(ascii: "_"), UInt8(ascii: "-"): nil
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte + 0x20
        default: byte
        }
      }
    }
    let alike = try siblings(of: path).filter { spelling($0) == spelling(path) }
    guard alike.count == 1, let there = try tree.file(at: alike[0]), there.mode != .symlink,
      fits(file, LineTable(there.content)) != nil
    else { return nil }
    return .moved(alike[0], there, .spelling)
  }

  /// Whether a file of a file's folder has a name as a whole word.
  package func folderHolds(_ name: [UInt8], near path: TreePath) throws -> Bool {
    var bytes = 0
    let siblings = try siblings(of: path)
    // Where too much is there to be read, it may have the name.
    if siblings.count > Self.mostSiblings { return true }
    for sibling in siblings {
      guard let there = try? tree.file(at: sibling), there.mode != .symlink else { continue }
      bytes += there.content.count
      if bytes > Self.mostBytes || there.content.holds(word: name) { return true }
    }
    return false
  }

  private func best(_ paths: [TreePath], for file: FilePatch, _ reason: Reason.Relocation) throws
    -> Found
  {
    let telling = Self.tellingLines(of: file)
    guard !telling.isEmpty else { return .nothing }
    var fitting: [(path: TreePath, file: TreeFile, fit: Confidence)] = []
    var trace: TreePath?
    try forEach(of: paths, with: telling) { path, there, table in
      if let fit = fits(file, table) { fitting.append((path, there, fit)) } else { trace = path }
      return true
    }
    let surest = fitting.filter { $0.fit == fitting.map(\.fit).max() }
    if surest.count > 1 { return .tie(surest.map(\.path)) }
    if let only = surest.first { return .moved(only.path, only.file, reason) }
    return trace.map { .traces($0) } ?? .nothing
  }

  /// Reads the files that have one of some lines, until one of them ends it.
  private func forEach(
    of paths: [TreePath], with telling: [[UInt8]],
    _ body: (TreePath, TreeFile, LineTable) throws -> Bool
  ) throws {
    var bytes = 0
    for path in paths {
      guard let there = try? tree.file(at: path), there.mode != .symlink else { continue }
      bytes += there.content.count
      if bytes > Self.mostBytes { return }
      // The bytes of most files show that no line of theirs is one of the patch's.
      guard telling.contains(where: { there.content.firstIndex(of: $0) != nil }) else { continue }
      let table = LineTable(there.content)
      guard telling.contains(where: { table.holds($0) }) else { continue }
      if try !body(path, there, table) { return }
    }
  }

  /// How sure the least sure hunk is in a file; nil where one does not belong there.
  private func fits(_ file: FilePatch, _ there: LineTable) -> Confidence? {
    var probe = file
    probe.change = .modify
    var strategies = strategies
    strategies.endsAtRefusal = true
    let (adapted, hunks) = FileAdapter(trustsLineNumbers: false, strategies: strategies)
      .adapt(probe, to: there)
    guard let adapted, !adapted.hunks.isEmpty else { return nil }
    return hunks.map { $0.confidence ?? .certain }.min()
  }

  /// The lines of the pre-images that are longest, and so rarest: one of each hunk.
  private static func tellingLines(of file: FilePatch) -> [[UInt8]] {
    file.hunks.compactMap { hunk in
      let lines = hunk.image(.removed).map { Array(hunk.content(of: $0)) }
      guard let longest = lines.max(by: { $0.count < $1.count }), longest.count >= 16 else {
        return nil
      }
      return longest
    }
  }
}
