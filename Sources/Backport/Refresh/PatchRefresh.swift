// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
package import KernelTree
package import PatchFormat

/// Writes a patch anew for what it changes now, with as little of its text changed as can be.
///
/// An unchanged hunk stays byte for byte, except for the line numbers in its header if those
/// moved; headers, texts and everything between diffs stay as they are. A changed hunk is
/// written in git's form with three lines of context.
package struct PatchRefresh {
  /// A file before and after the patch; nil where there is none.
  package struct Versions: Sendable, Hashable {
    /// The file before.
    package var before: TreeFile?
    /// The file after.
    package var after: TreeFile?

    /// Makes a pair of versions.
    package init(before: TreeFile?, after: TreeFile?) {
      self.before = before
      self.after = after
    }

    /// The versions of the patch that undoes the change.
    package var swapped: Versions { Versions(before: after, after: before) }
  }

  /// Every file that the patch may change, by path; the patch no longer mentions others.
  private let versions: [TreePath: Versions]
  private var handled: Set<TreePath> = []
  /// How many file patches name each path.
  private var mentions: [TreePath: Int] = [:]

  private init(_ versions: [TreePath: Versions]) { self.versions = versions }

  /// A patch that was written anew.
  package struct Rewritten: Sendable {
    /// The patch.
    package var text: [UInt8]
    /// Whether all its names are in git's form, for `-p1`, whatever they were before.
    package var hasGitNames = false
  }

  /// The text of a patch for the versions of its files.
  package static func text(
    of document: PatchDocument, options: ApplyOptions, versions: [TreePath: Versions]
  ) throws -> [UInt8] {
    try rewritten(document, options: options, versions: versions).text
  }

  /// The text of a patch for the versions of its files.
  ///
  /// What the patch says already is left as it is. What is written anew is applied to the versions
  /// before, and has to make those after; where the part of the text that was kept prevents
  /// that, all diffs are written anew.
  ///
  /// - Parameters:
  ///   - document: the input that holds the patch, or a text without any diff yet.
  ///   - options: how its names are read.
  ///   - versions: all files that the tree has in two versions, and those that the patch copies.
  /// - Throws: `PatchkitError` where the input holds several patches.
  package static func rewritten(
    _ document: PatchDocument, options: ApplyOptions, versions: [TreePath: Versions]
  ) throws -> Rewritten {
    let check = RefreshCheck(versions)
    if !document.patches.isEmpty, check.isMade(by: document.patches, options, exactly: true) {
      return Rewritten(text: document.source)
    }
    guard document.patchMessages.count <= 1 else {
      throw PatchkitError.patch(
        input: document.name, message: "has several mails, which cannot be refreshed as one patch",
        hint: "'patchkit split' writes each mail to a file")
    }
    guard let patch = document.patches.first else {
      var refresh = PatchRefresh(versions)
      let added = try refresh.remaining()
      // Text that is added after an encoded one would be decoded too.
      let parts = document.messages.flatMap(\.parts)
      guard added.isEmpty || parts.count <= 1 && parts.allSatisfy(\.isVerbatim)
      else {
        throw PatchkitError.patch(
          input: document.name,
          message: "is a multipart or encoded mail without a diff, and cannot be refreshed",
          hint: "remove its Content-Type and Content-Transfer-Encoding fields first")
      }
      let text = document.source
      return Rewritten(
        text: text + (text.isEmpty || text.last == 0x0A || added.isEmpty ? [] : [0x0A]) + added,
        hasGitNames: !added.isEmpty)
    }
    let text = try text(of: patch, options: options, versions: versions)
    let reread = PatchDocument(parsing: text, name: document.name).patches
    if check.isMade(by: reread, options, exactly: false) { return Rewritten(text: text) }
    var refresh = PatchRefresh(versions)
    var replacements = patch.files.map { _ in [UInt8]() }
    replacements[0] = try refresh.remaining()
    return Rewritten(text: patch.printed(replacing: replacements), hasGitNames: true)
  }

  /// The text of one patch of an input, its message around it.
  ///
  /// - Parameter note: what is added in brackets at the end of the commit message; nil adds nothing.
  static func text(
    of patch: Patch, options: ApplyOptions, versions: [TreePath: Versions],
    noting note: String? = nil
  ) throws -> [UInt8] {
    var refresh = PatchRefresh(versions)
    for file in patch.files {
      let paths = refresh.paths(of: file, options)
      for path in Set([paths?.old, paths?.new].compactMap(\.self)) {
        refresh.mentions[path, default: 0] += 1
      }
    }
    var replacements: [[UInt8]] = []
    for part in patch.message.parts {
      for case .file(let file) in part.text.elements {
        replacements.append(try refresh.file(file, in: part.text, options))
      }
    }
    let added = try refresh.remaining()
    if !added.isEmpty {
      let isEnded = replacements[replacements.count - 1].last.map { $0 == 0x0A } ?? true
      replacements[replacements.count - 1] += (isEnded ? [] : [0x0A]) + added
    }
    return patch.printed(replacing: replacements, noting: note)
  }

  /// The changes as diffs in git's form, by path.
  static func diff(of changes: [TreeChange]) throws -> [UInt8] {
    let versions = changes.map { ($0.path, Versions(before: $0.before, after: $0.after)) }
    var refresh = PatchRefresh(Dictionary(versions, uniquingKeysWith: { $1 }))
    return try refresh.remaining()
  }

  /// The names of a file patch as paths of the tree; nil where they are none.
  private func paths(
    of file: FilePatch, _ options: ApplyOptions
  ) -> (old: TreePath?, new: TreePath?)? {
    guard let paths = file.paths(strip: options.strip ?? file.usualStrip) else { return nil }
    return (
      paths.old.flatMap { try? TreePath(options.prefix + $0) },
      paths.new.flatMap { try? TreePath(options.prefix + $0) }
    )
  }

  /// A file patch as it is to be now; empty where it has nothing to say.
  private mutating func file(
    _ file: FilePatch, in text: PatchText, _ options: ApplyOptions
  ) throws -> [UInt8] {
    guard let (old, new) = paths(of: file, options) else { return Array(text.bytes[file.range]) }
    guard let target = new ?? old, !handled.contains(target) else { return [] }
    let source = old ?? target
    // Tools differ in what a second part of a file builds on.
    if mentions[target] != 1 || mentions[source] != 1 { return try made(target) }
    let isMove = file.change == .rename || file.change == .copy
    let own = versions[target] ?? Versions(before: nil, after: nil)
    var pair = own
    if isMove {
      // A copy of a file that the patch changes, too, is read in two ways.
      guard let origin = versions[source], own.before == nil, own.after != nil,
        file.change == .copy ? origin.before == origin.after : origin.after == nil,
        let moved = origin.before, moved.mode.isLink == own.after?.mode.isLink
      else { return try made(target) }
      pair.before = moved
      if file.change == .rename { handled.insert(source) }
    }
    handled.insert(target)
    if pair.before == pair.after, !isMove { return [] }
    let change: FilePatch.Change =
      isMove ? file.change : pair.before == nil ? .create : pair.after == nil ? .delete : .modify
    if file.isBinary || pair.isBinary {
      if try file.isBinary && file.isFor(pair) { return Array(text.bytes[file.range]) }
      return try written(pair, change, old: source, new: target)
    }
    let (before, after) = (pair.before?.content ?? [], pair.after?.content ?? [])
    // Lines with the names, '---' and '+++', are for hunks: GNU patch reads neither without the other.
    guard change == file.change || file.mayCreate && change == .create, !file.hasTransportCR,
      file.hasModes(of: pair), file.hunks.isEmpty == (before == after)
    else { return try written(pair, change, old: source, new: target) }
    if before == after {
      // GNU patch reads a name with a blank in quotes alone, where no '---' line has it.
      let hasBlank = [source, target].contains { $0.bytes.contains(0x20) }
      return hasBlank
        ? try written(pair, change, old: source, new: target) : Array(text.bytes[file.range])
    }
    let hunks = try hunks(before, after, keeping: file.hunks, target)
    let saysTheSame = hunks.allSatisfy { if case .kept = $0 { true } else { false } }
    if saysTheSame, hunks.map(\.hunk) == file.hunks { return Array(text.bytes[file.range]) }
    var index: (old: [UInt8], new: [UInt8])?
    if !saysTheSame, file.oldID != nil { index = try Self.ids(pair) }
    return file.rewritten(in: text.bytes, hunks: hunks, index: index)
  }

  /// The patches of files that the patch said nothing of: those that go away first, so that others
  /// can replace them.
  private mutating func remaining() throws -> [UInt8] {
    var output: [UInt8] = []
    let paths = versions.keys.filter { !handled.contains($0) }.sorted()
    for path in paths.filter({ versions[$0]?.after == nil }) { output += try made(path) }
    for path in paths.filter({ versions[$0]?.after != nil }) { output += try made(path) }
    return output
  }

  private mutating func made(_ path: TreePath) throws -> [UInt8] {
    handled.insert(path)
    guard let pair = versions[path], pair.before != pair.after else { return [] }
    return try written(
      pair, pair.before == nil ? .create : pair.after == nil ? .delete : .modify, old: path,
      new: path)
  }

  private func hunks(
    _ before: [UInt8], _ after: [UInt8], keeping own: [Hunk], _ path: TreePath
  ) throws -> [RewrittenHunk] {
    let refresh = HunkRefresh(before: before, after: after)
    for kept in [own, []] {
      let hunks = refresh.hunks(keeping: kept)
      if refresh.isMade(by: hunks) { return hunks }
    }
    throw Defect("the hunks of \(path) do not make the tree's file")
  }

  private func written(
    _ pair: Versions, _ change: FilePatch.Change, old: TreePath, new: TreePath
  ) throws -> [UInt8] {
    if let before = pair.before, let after = pair.after,
      (before.mode == .symlink) != (after.mode == .symlink)
    {
      // git writes a change of type as a file that is deleted and one that is created.
      let gone = Versions(before: before, after: nil)
      let made = Versions(before: nil, after: after)
      return try (change == .copy ? [] : written(gone, .delete, old: old, new: old))
        + written(made, .create, old: new, new: new)
    }
    var file = FilePatch(dialect: .git, change: change, oldName: nil, newName: nil)
    file.oldMode = pair.before?.mode.rawValue
    file.newMode = pair.after?.mode.rawValue
    let (before, after) = (pair.before?.content ?? [], pair.after?.content ?? [])
    // Of a file without content, only the ids show that it is empty.
    if before != after || change == .create || change == .delete {
      let ids = try Self.ids(pair)
      if pair.isBinary {
        (file.oldID, file.newID) = ids
        file.binary = BinaryPatch(forward: Self.literal(after), reverse: Self.literal(before))
      } else {
        if before != after {
          file.hunks = try hunks(before, after, keeping: [], new).map(\.hunk)
        }
        (file.oldID, file.newID) = (Array(ids.old.prefix(12)), Array(ids.new.prefix(12)))
      }
    }
    return file.printedAsGit(paths: FilePatch.Paths(old: old.bytes, new: new.bytes))
  }

  private static func ids(_ pair: Versions) throws(Defect) -> (old: [UInt8], new: [UInt8]) {
    let zeros = [UInt8](repeating: 0x30, count: 40)
    do {
      return (
        try pair.before.map { Array(try ObjectID.ofBlob($0.content).description.utf8) } ?? zeros,
        try pair.after.map { Array(try ObjectID.ofBlob($0.content).description.utf8) } ?? zeros
      )
    } catch {
      throw Defect("libgit2 cannot hash: \(error)")
    }
  }

  private static func literal(_ content: [UInt8]) -> BinaryPatch.Block {
    BinaryPatch.Block(literal: ZlibData.packed(content), size: content.count)
  }
}

extension PatchRefresh.Versions {
  /// Whether git takes the file for binary: it looks for a NUL near the start.
  fileprivate var isBinary: Bool {
    [before, after].contains { $0?.content.prefix(8000).contains(0) ?? false }
  }
}

extension TreeFile.Mode {
  fileprivate var isLink: Bool { self == .symlink }
}

extension ApplyOptions {
  /// What goes before every name.
  fileprivate var prefix: [UInt8] { directory.isEmpty ? [] : directory + [0x2F] }
}

extension FilePatch {
  /// Whether a binary patch is for these versions, by the blobs that it names.
  fileprivate func isFor(_ pair: PatchRefresh.Versions) throws -> Bool {
    guard let oldID, let newID else { return false }
    func isNamed(_ file: TreeFile?, _ id: [UInt8]) throws -> Bool {
      guard let file else { return id.allSatisfy { $0 == 0x30 } }
      return try ObjectID.ofBlob(file.content).description.utf8.starts(with: id)
    }
    return try isNamed(pair.before, oldID) && isNamed(pair.after, newID)
  }

  /// Whether the header says what becomes of the mode.
  fileprivate func hasModes(of pair: PatchRefresh.Versions) -> Bool {
    switch (pair.before, pair.after) {
    case (nil, let after?): return (newMode ?? 0o100644) == after.mode.rawValue
    case (let before?, nil): return oldMode.map { $0 == before.mode.rawValue } ?? true
    case (let before?, let after?):
      if before.mode == after.mode { return oldMode == newMode || newMode == nil }
      return oldMode == before.mode.rawValue && newMode == after.mode.rawValue
    case (nil, nil): return true
    }
  }
}
