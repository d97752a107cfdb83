// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Host
internal import KernelTree
internal import PatchFormat
internal import TextAlign

extension PatchStack {
  /// What a refresh did to a patch.
  package struct Refreshed: Sendable {
    /// The patch.
    package var name: String
    /// Whether its file has changed.
    package var isChanged: Bool
    /// The lines of its file that are new.
    package var added: Int
    /// The lines that are gone.
    package var removed: Int
  }

  /// Writes patches anew for what the tree holds now, with as little of their text changed as can be.
  ///
  /// - Parameter names: the patches; empty for the topmost one.
  /// - Throws: `PatchkitError` where a patch is not on the tree.
  package func refresh(_ names: [String]) throws -> [Refreshed] {
    let wanted = names.isEmpty ? [try top()] : names.map(patchName)
    var files: [[UInt8]: [UInt8]?] = [:]
    var series = folder.series
    var results: [Refreshed] = []
    var changes: [TreeChange] = []
    for name in wanted where !state.applied.contains(name) {
      throw PatchkitError.series(
        .badInput, "'\(String(decoding: name, as: UTF8.self))' is not applied",
        hint: "'patchkit series applied' lists the applied patches")
    }
    let versions = try versions(of: Set(wanted))
    for name in wanted {
      let (before, after) = try refreshed(
        name, versions: versions[name] ?? [:], series: &series)
      if before != after { files[name] = .some(after) }
      results.append(Refreshed(name, before, after))
      let mark = try QuiltState.path(of: name, Array("~refresh".utf8))
      if let marked = try tree.file(at: mark) {
        changes.append(TreeChange(path: mark, before: marked, after: nil))
      }
    }
    try land(changes, files: files, series: series)
    return results
  }

  /// A patch's file as it is and as it is to be.
  func refreshed(
    _ name: [UInt8], versions: [TreePath: PatchRefresh.Versions], series: inout Series
  ) throws -> (before: [UInt8], after: [UInt8]) {
    let entry = try folder.entry(name)
    let file = folder.file(of: entry)
    let document =
      InputFile.exists(file.path)
      ? try folder.documents([entry], ApplyOptions())[0]
      : PatchDocument(parsing: [], name: file.path)
    var options = ApplyOptions()
    if entry.options.contains(where: { $0.hasPrefix("-p") }) { options.strip = entry.strip }
    // Reverse-applying the patch makes the old version from the new one.
    let read = entry.isReversed ? versions.mapValues(\.swapped) : versions
    let rewritten = try PatchRefresh.rewritten(document, options: options, versions: read)
    let text = rewritten.text
    // What is written in git's form is for -p1.
    if text != document.source, entry.strip != 1,
      rewritten.hasGitNames || Self.mixesNames(text, strip: entry.strip, was: document),
      let number = series.entries.firstIndex(where: { $0.path == name })
    {
      series.setOptions(entry.isReversed ? ["-R"] : [], at: number)
      let bare = PatchDocument(parsing: document.preamble, name: file.path)
      return (
        document.source,
        try PatchRefresh.text(of: bare, options: ApplyOptions(), versions: read)
      )
    }
    return (document.source, text)
  }

  /// Whether a patch can be written anew for what the tree holds.
  func canRefresh(_ name: [UInt8]) -> Bool {
    var series = folder.series
    guard let versions = try? versions(of: [name])[name] else { return false }
    return (try? refreshed(name, versions: versions, series: &series)) != nil
  }

  /// Whether some file patches of a text would be read with another `-p` than the series' own: those in
  /// git's form that were made.
  private static func mixesNames(_ text: [UInt8], strip: Int, was: PatchDocument) -> Bool {
    let old = Set(was.files.compactMap { $0.paths(strip: strip)?.shown })
    return PatchDocument(parsing: text).files.contains { file in
      file.paths(strip: strip).map { !old.contains($0.shown) } ?? true
    }
  }

  /// The files of patches before them and after them: those before each are those after the patches
  /// below it.
  func versions(
    of names: Set<[UInt8]>
  ) throws -> [[UInt8]: [TreePath: PatchRefresh.Versions]] {
    var above: [TreePath: TreeFile?] = [:]
    var all: [[UInt8]: [TreePath: PatchRefresh.Versions]] = [:]
    for name in state.applied.reversed() where all.count < names.count {
      let kept = try kept(by: name)
      if names.contains(name) {
        all[name] = [:]
        for (path, before) in kept {
          all[name]?[path] = PatchRefresh.Versions(
            before: before, after: try above[path] ?? tree.state(at: path))
        }
        // A copy leaves its source as it is.
        for path in copied(by: name) where all[name]?[path] == nil {
          let file = try above[path] ?? tree.state(at: path)
          all[name]?[path] = PatchRefresh.Versions(before: file, after: file)
        }
      }
      above.merge(kept) { _, lower in lower }
    }
    return all
  }

  /// The files that a patch copies.
  private func copied(by name: [UInt8]) -> [TreePath] {
    guard let entry = try? folder.entry(name), InputFile.exists(folder.file(of: entry).path),
      let document = try? folder.documents([entry], ApplyOptions()).first
    else { return [] }
    let strip = entry.options.contains { $0.hasPrefix("-p") } ? entry.strip : nil
    return document.files.compactMap { file in
      guard file.change == .copy, let paths = file.paths(strip: strip ?? file.usualStrip) else {
        return nil
      }
      return paths.old.flatMap { try? TreePath($0) }
    }
  }

  /// Puts a new patch of nothing on top.
  ///
  /// - Throws: `PatchkitError` where the name is taken.
  package func makePatch(_ name: String) throws {
    let bytes = patchName(name)
    let name = String(decoding: bytes, as: UTF8.self)
    try PatchesFolder.requireSeriesName(bytes)
    guard !folder.series.entries.contains(where: { $0.path == bytes }),
      !InputFile.exists(folder.path + "/" + name)
    else {
      throw PatchkitError.series(
        .refused, "a patch '\(name)' already exists", hint: "choose another name")
    }
    var series = folder.series
    try series.insert(bytes + [0x0A], at: numberAboveTop)
    try InputFile.makeFolder(folder.path)
    try land(
      state.pushing([(bytes, [:], false)], settings: settings), files: [bytes: .some([])],
      series: series)
  }

  /// The number in the series of a patch on top of the topmost one.
  package var numberAboveTop: Int {
    guard let top = state.applied.last else { return 0 }
    let entries = folder.series.entries
    return entries.lastIndex { $0.path == top }.map { $0 + 1 } ?? entries.count
  }

  /// Takes files into the topmost patch as they are now, so that what is changed from here on is in it.
  ///
  /// - Returns: the files that were not in it yet.
  package func add(_ paths: [String]) throws -> [String] {
    let top = try top()
    let known = try state.kept(by: top)
    var kept: [TreePath: TreeFile?] = [:]
    for path in paths {
      let treePath: TreePath
      do { treePath = try TreePath(ofPatch: Array(path.utf8)) } catch {
        throw PatchkitError.series(
          .badInput, "the path '\(path)' \(error.reason.rawValue)",
          hint: "name files by their paths from the top of the tree")
      }
      if known[treePath] == nil { kept[treePath] = .some(try tree.state(at: treePath)) }
    }
    try land(
      state.pushing([(top, kept, try state.needsRefresh(top))], settings: settings))
    return kept.keys.sorted().map(\.description)
  }

  /// Puts patches on the tree as a part of the topmost one.
  ///
  /// A patch that has no text of its own yet takes over that of the first one folded in.
  ///
  /// - Returns: what became of the patches; where one is refused nothing is changed.
  package func fold(_ queue: PatchQueue) throws -> (outcome: SeriesOutcome, patch: Refreshed?) {
    let top = try top()
    let outcome = try SeriesSession(on: tree).apply(queue)
    guard outcome.applies else { return (outcome, nil) }
    var versions = try self.versions(of: [top])[top] ?? [:]
    var kept: [TreePath: TreeFile?] = [:]
    for change in outcome.changes {
      if versions[change.path] == nil { kept[change.path] = .some(change.before) }
      versions[change.path, default: PatchRefresh.Versions(before: change.before, after: nil)]
        .after = change.after
    }
    var series = folder.series
    let (before, text) = try refreshed(top, versions: versions, series: &series)
    var after = text
    let isUntitled = PatchDocument(parsing: after).preamble.allSatisfy { $0 <= 0x20 }
    if isUntitled, let first = queue.items.first?.patch.document.preamble {
      after = first + after
    }
    try land(
      outcome.changes + state.pushing([(top, kept, false)], settings: settings),
      files: [top: .some(after)], series: series)
    return (outcome, Refreshed(top, before, after))
  }
}

extension PatchStack.Refreshed {
  fileprivate init(_ name: [UInt8], _ before: [UInt8], _ after: [UInt8]) {
    self.init(
      name: String(decoding: name, as: UTF8.self), isChanged: before != after, added: 0, removed: 0)
    if before == after { return }
    let (old, new) = (LineTable(before), LineTable(after))
    let same = SequenceDiff().partners(old, new).count { $0 != nil }
    (added, removed) = (new.count - same, old.count - same)
  }
}

extension PatchDocument {
  /// The text before the first diff.
  var preamble: [UInt8] {
    guard let message = patchMessages.first, let part = message.parts.first else { return source }
    let end = part.text.preamble.upperBound
    return part.isVerbatim
      ? Array(message.source[message.range.lowerBound..<end]) : Array(part.text.bytes[..<end])
  }
}
