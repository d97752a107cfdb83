// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Host
package import KernelTree
package import PatchFormat

extension PatchStack {
  /// The result of a push.
  package struct Pushed: Sendable {
    /// The patches that were applied, in order.
    package var names: [String]
    /// What became of each patch that was tried; the last one may be refused.
    package var outcome: SeriesOutcome
    /// The patch that was refused, where one was.
    package var refused: String?
    /// The files of a refused patch with conflicts for the user to decide.
    package var conflicts: [SeriesOutcome.ConflictFile]
    /// Whether the refused patch is on the tree, with conflicts.
    package var isMarked: Bool
  }

  /// Applies patches to the tree, one on the other, up to the first that does not apply.
  ///
  /// Those before it stay applied, each of them whole. With markers, the refused one is applied
  /// with its conflicts in the files, and counts as applied until it is refreshed.
  ///
  /// - Parameter refusesBareHunks: whether a diff without context is refused, which is put at the lines
  ///   that it states otherwise.
  /// - Throws: `PatchkitError` where there is none left or the topmost one waits to be refreshed,
  ///   `PatchkitError`, `PatchFormatError` and `PatchkitError` where something cannot be used.
  package func push(
    _ goal: Goal, options: ApplyOptions, refusesBareHunks: Bool = false,
    markers: ConflictRegion.Markers? = nil,
    base: (any KernelTree)?, memory: ResolutionMemory?, isDry: Bool = false
  ) throws -> Pushed {
    if let top = state.applied.last, try state.needsRefresh(top) {
      throw PatchkitError.series(
        .refused,
        "the topmost patch '\(String(decoding: top, as: UTF8.self))' was applied in a different version than its file has",
        hint: "run 'patchkit series refresh' first")
    }
    let wanted = try self.wanted(goal)
    let documents = try folder.documents(wanted, options, requiresDiffs: true)
    var queue: [PatchQueue.Item] = []
    var owners: [Int] = []
    for (number, (entry, document)) in zip(wanted, documents).enumerated() {
      let items = PatchQueue.items(of: document, options: options, entry: entry)
      let own = refusesBareHunks ? items : items.map(\.placedByLine)
      try Self.refuseStatePaths(own, entry)
      queue += own
      owners += own.map { _ in number }
    }
    try PatchQueue(queue).requireOmittedFiles()
    let outcome = try SeriesSession(
      on: tree, base: base, memory: memory,
      policy: SeriesPolicy(refusal: markers.map { .markConflicts($0) } ?? .stop)
    ).apply(PatchQueue(queue))
    let refused = outcome.applies ? nil : owners[outcome.patches.count - 1]
    let whole = wanted.prefix(refused ?? wanted.count)
    var overlay = Overlay(tree)
    var pushed: [(name: [UInt8], kept: [TreePath: TreeFile?], isAdapted: Bool)] = []
    for (number, entry) in whole.enumerated() {
      let own = zip(owners, outcome.patches).filter { $0.0 == number }.map(\.1)
      let kept = Self.stage(own.flatMap(\.changes), on: &overlay)
      pushed.append((entry.path, kept, own.contains { !$0.verdict.isStrict }))
    }
    var result = Pushed(
      names: whole.map(\.name), outcome: outcome, refused: refused.map { wanted[$0].name },
      conflicts: [], isMarked: false)
    // A mailbox that is refused in its middle has no single patch to refresh.
    if let refused, owners.count(where: { $0 == refused }) == 1,
      let marked = outcome.patches.last?.changesWithConflicts
    {
      pushed.append((wanted[refused].path, Self.stage(marked, on: &overlay), true))
      result.conflicts = try outcome.conflicts()
      result.isMarked = true
    }
    if !isDry, !pushed.isEmpty {
      try land(overlay.changes + state.pushing(pushed, settings: settings))
    }
    return result
  }

  /// Puts changes on an overlay, and gives back the files as they were before.
  private static func stage(
    _ changes: [TreeChange], on overlay: inout Overlay
  ) -> [TreePath: TreeFile?] {
    var kept: [TreePath: TreeFile?] = [:]
    for change in changes where kept[change.path] == nil {
      kept[change.path] = .some(change.before)
    }
    overlay.stage(changes)
    return kept
  }

  private func wanted(_ goal: Goal) throws -> [Series.Entry] {
    let next = try next()
    if next.isEmpty {
      throw PatchkitError.series(
        .refused, "every patch of the series is applied",
        hint: "'patchkit series pop' removes the topmost one")
    }
    switch goal {
    case .all: return next
    case .count(let count): return Array(next.prefix(count))
    case .patch(let given):
      let name = String(decoding: patchName(given), as: UTF8.self)
      if let index = next.firstIndex(where: { $0.name == name }) {
        return Array(next[...index])
      }
      if applied.contains(name) {
        throw PatchkitError.series(
          .refused, "'\(name)' is already applied",
          hint: "'patchkit series list' shows which patches are applied")
      }
      return [try folder.entry(Array(name.utf8))]
    }
  }

  /// A patch must not write into what says which patches are on the tree.
  private static func refuseStatePaths(
    _ items: [PatchQueue.Item], _ entry: Series.Entry
  ) throws {
    let inside = QuiltState.folder + [0x2F]
    for path in items.flatMap({ $0.paths ?? [] })
    where path == QuiltState.folder || path.starts(with: inside) {
      throw PatchkitError.series(
        .badInput,
        "'\(entry.name)' changes '\(String(decoding: path, as: UTF8.self))', which is quilt's own",
        hint: "patches never touch paths outside the tree; do not apply this one by hand")
    }
  }

  /// Takes the topmost patches off the tree.
  ///
  /// - Parameter isForced: also where files have changes that are in no patch; they are lost then.
  /// - Returns: the patches that went, the topmost first.
  /// - Throws: `PatchkitError` where a file is not as the patch left it, or no patch is on the
  ///   tree.
  package func pop(_ goal: Goal, isForced: Bool = false) throws -> [String] {
    _ = try top()
    let count: Int
    switch goal {
    case .all: count = applied.count
    case .count(let number): count = min(number, applied.count)
    case .patch(let given):
      let name = String(decoding: patchName(given), as: UTF8.self)
      guard let index = applied.lastIndex(of: name) else {
        throw PatchkitError.series(
          .badInput, "'\(name)' is not applied",
          hint: "'patchkit series list' shows which patches are applied")
      }
      count = applied.count - index - 1
      if count == 0 {
        throw PatchkitError.series(
          .refused, "'\(name)' is the topmost patch",
          hint: "'patchkit series pop' without a name removes it")
      }
    }
    try land(popping(count, isForced: isForced))
    return state.applied.suffix(count).reversed().map { String(decoding: $0, as: UTF8.self) }
  }

  /// What takes the topmost patches off the tree.
  func popping(_ count: Int, isForced: Bool) throws -> [TreeChange] {
    let saved = try state.saved(by: state.applied.suffix(count).reversed())
    let kept = try saved.map { try self.kept(by: $0) }
    let reader = tree.filesAlone
    let paths = Set(kept.flatMap(\.keys)).sorted()
    let states = try WorkerPool.map(count: paths.count) { try reader.state(at: paths[$0]) }
    let current = Dictionary(uniqueKeysWithValues: zip(paths, states))
    if !isForced { try requireAsPatched(saved.map(\.patch), kept, current) }
    // Only what the lowest patch kept of a file is written.
    var last = current
    for files in kept { last.merge(files) { $1 } }
    let changes = paths.compactMap { path -> TreeChange? in
      let (before, after) = (current[path] ?? nil, last[path] ?? nil)
      return before == after ? nil : TreeChange(path: path, before: before, after: after)
    }
    return try changes + state.popping(saved)
  }

  /// Throws where a file that patches change is not as the topmost of them leaves it.
  ///
  /// - Parameters:
  ///   - names: the topmost patches, the uppermost first.
  ///   - kept: the files that each of them has kept.
  ///   - current: what these files are in the tree.
  private func requireAsPatched(
    _ names: [[UInt8]], _ kept: [[TreePath: TreeFile?]], _ current: [TreePath: TreeFile?]
  ) throws {
    var checked: Set<TreePath> = []
    let own = kept.map { $0.keys.filter { checked.insert($0).inserted }.sorted() }
    // Each thread begins with the tree without the patches above, and takes some more off it one by one.
    let length = max(1, names.count / (32 * Machine.processors))
    var above = StagedFiles()
    var starts: [StagedFiles] = []
    for (index, files) in kept.enumerated() {
      if index % length == 0 { starts.append(above) }
      above.put(files)
    }
    let (reader, folder) = (tree.filesAlone, folder)
    let isAsPatched = WorkerPool.map(count: starts.count) { [starts] number in
      var tree = Overlay(reader, staged: starts[number])
      return (number * length..<min(names.count, (number + 1) * length)).map { index in
        defer { tree.put(kept[index]) }
        if own[index].isEmpty { return true }
        guard let entry = try? folder.entry(names[index]),
          let after = try? folder.asPatched(entry, kept[index], in: tree)
        else { return false }
        return own[index].allSatisfy { path in
          (try? after.state(at: path) == current[path]) ?? false
        }
      }
    }.flatMap(\.self)
    // What the files alone do not show, the tree's repository may; and the refusal is that of the uppermost patch.
    var tree = Overlay(self.tree)
    for (index, name) in names.enumerated() {
      if try !own[index].isEmpty && (!isAsPatched[index] || state.needsRefresh(name)) {
        try requireAsPatched(name, kept[index], own[index], in: tree)
      }
      tree.put(kept[index])
    }
  }

  /// Throws where one of a patch's own files is not as the patch leaves it.
  ///
  /// - Parameter tree: the tree without the patches above this one.
  private func requireAsPatched(
    _ name: [UInt8], _ kept: [TreePath: TreeFile?], _ own: [TreePath], in tree: Overlay
  ) throws {
    let shown = String(decoding: name, as: UTF8.self)
    func refusal(_ path: TreePath) -> PatchkitError {
      let refresh = "patchkit series refresh" + (name == state.applied.last ? "" : " " + shown)
      return PatchkitError.series(
        .refused, "\(path) has changes that are not in '\(shown)'",
        hint: canRefresh(name)
          ? "'\(refresh)' adds them to the patch; --force discards them"
          : "'patchkit series diff' shows them; --force discards them")
    }
    guard !(try state.needsRefresh(name)) else { throw refusal(own[0]) }
    let after = try folder.asPatched(folder.entry(name), kept, in: tree)
    for path in own where try after.state(at: path) != tree.state(at: path) { throw refusal(path) }
  }

  /// The files that a patch saved.
  ///
  /// The record shows whether an empty one means a missing file; for a patch that quilt applied, the
  /// patch shows it.
  func kept(by name: [UInt8]) throws -> [TreePath: TreeFile?] {
    try state.saved(by: [name]).first.map(kept) ?? [:]
  }

  private func kept(by saved: QuiltState.Saved) throws -> [TreePath: TreeFile?] {
    var kept = saved.kept
    let record = saved.record
    guard kept.contains(where: { $0.value == nil && record[$0.key] == nil }),
      let entry = try? folder.entry(saved.patch),
      let document = try? folder.documents([entry], ApplyOptions()).first
    else { return kept }
    var made: Set<TreePath> = []
    for item in PatchQueue.items(of: document, options: ApplyOptions(), entry: entry) {
      for file in item.patch.files {
        let own = item.options.isReversed ? file.reversed : file
        let paths = own.paths(strip: item.options.strip ?? own.usualStrip)
        let path = paths?.old.flatMap { try? TreePath($0) }
        if let path, own.change != .create, !own.mayCreate, !made.contains(path),
          let file = kept[path], file == nil, record[path] == nil
        {
          let mode = own.oldMode.flatMap(TreeFile.Mode.init)
          kept[path] = .some(TreeFile(mode: mode ?? .regular, content: []))
        }
        if let new = paths?.new.flatMap({ try? TreePath($0) }) { made.insert(new) }
      }
    }
    return kept
  }
}

extension Series.Entry {
  /// The path as text.
  package var name: String { String(decoding: path, as: UTF8.self) }
}

extension Verdict {
  /// Whether the patch was applied as it is written, at other lines at most.
  var isStrict: Bool { self == .exact || self == .offset }
}
