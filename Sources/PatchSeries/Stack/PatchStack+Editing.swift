// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
internal import KernelTree
internal import PatchFormat

extension PatchStack {
  /// A patch by its name; the topmost one where none is given.
  private func named(_ name: String?) throws -> [UInt8] {
    guard let name else { return try top() }
    let bytes = patchName(name)
    _ = try folder.entry(bytes)
    return bytes
  }

  /// Takes a patch out of the series, and off the tree where it is the topmost one.
  ///
  /// - Parameters:
  ///   - name: the patch; nil for the topmost one.
  ///   - removesFile: whether its file is removed, too.
  /// - Returns: its name.
  /// - Throws: `PatchkitError` where other patches are applied on top of it, and what a pop throws.
  package func delete(_ name: String?, removesFile: Bool, isForced: Bool = false) throws -> String {
    let patch = try named(name)
    let shown = String(decoding: patch, as: UTF8.self)
    var changes: [TreeChange] = []
    if state.applied.contains(patch) {
      guard state.applied.last == patch else {
        throw PatchkitError.series(
          .refused, "'\(shown)' is applied, and others are on top of it",
          hint: "'patchkit series pop \(Shell.quoted(shown))' makes it the topmost patch")
      }
      changes = try popping(1, isForced: isForced)
    }
    var series = folder.series
    if let number = series.entries.firstIndex(where: { $0.path == patch }) {
      series.remove(at: number)
    }
    try land(changes, files: removesFile ? [patch: nil] : [:], series: series)
    return shown
  }

  /// Gives a patch another name, in the series, in its folder and on the tree.
  ///
  /// - Parameter name: the patch; nil for the topmost one.
  /// - Returns: the old name and the new one.
  /// - Throws: `PatchkitError` where the new name is taken.
  package func rename(_ name: String?, to given: String) throws -> (old: String, new: String) {
    let patch = try named(name)
    let new = patchName(given)
    try PatchesFolder.requireSeriesName(new)
    let shown = String(decoding: new, as: UTF8.self)
    guard !folder.series.entries.contains(where: { $0.path == new }),
      !InputFile.exists(folder.path + "/" + shown)
    else {
      throw PatchkitError.series(
        .refused, "a patch '\(shown)' already exists", hint: "choose another name")
    }
    var series = folder.series
    if let number = series.entries.firstIndex(where: { $0.path == patch }) {
      series.rename(at: number, to: new)
    }
    var files: [[UInt8]: [UInt8]?] = [:]
    let file = folder.path + "/" + String(decoding: patch, as: UTF8.self)
    if InputFile.exists(file) {
      files[patch] = .some(nil)
      files[new] = .some(try InputFile.read(file))
    }
    let changes = state.applied.contains(patch) ? try state.renaming(patch, to: new) : []
    try land(changes, files: files, series: series, copies: [new: file])
    return (String(decoding: patch, as: UTF8.self), shown)
  }

  /// The files that a patch changes: of one on the tree those that it keeps, else those that it names.
  ///
  /// - Parameter name: the patch; nil for the topmost one.
  package func files(of name: String?) throws -> [String] {
    let patch = try named(name)
    if state.applied.contains(patch) { return try kept(by: patch).keys.sorted().map(\.description) }
    let entry = try folder.entry(patch)
    let document = try folder.documents([entry], ApplyOptions())
    let paths = document.flatMap { PatchQueue.items(of: $0, options: ApplyOptions(), entry: entry) }
      .flatMap { $0.paths ?? [] }
    return Set(paths).map { String(decoding: $0, as: UTF8.self) }.sorted()
  }

  /// What a patch makes of the tree now, as a diff in git's form.
  ///
  /// - Parameters:
  ///   - name: the patch, which has to be applied; nil for the topmost one.
  ///   - isUnrefreshed: whether only the changes are wanted that are not in its file yet.
  ///   - files: the files that are wanted; empty for all.
  package func diff(of name: String?, isUnrefreshed: Bool, files: [String]) throws -> [UInt8] {
    let patch = try named(name)
    guard state.applied.contains(patch) else {
      throw PatchkitError.series(
        .refused, "'\(String(decoding: patch, as: UTF8.self))' is not applied",
        hint: "'patchkit series push' applies the next patch")
    }
    var versions = try self.versions(of: [patch])[patch] ?? [:]
    if isUnrefreshed {
      let made = try folder.asPatched(folder.entry(patch), kept(by: patch), in: tree)
      for (path, pair) in versions {
        versions[path] = PatchRefresh.Versions(before: try made.state(at: path), after: pair.after)
      }
    }
    if !files.isEmpty { versions = versions.filter { files.contains($0.key.description) } }
    return try PatchRefresh.text(
      of: PatchDocument(parsing: []), options: ApplyOptions(), versions: versions)
  }

  /// The text above the first diff of a patch.
  ///
  /// - Parameter name: the patch; nil for the topmost one.
  package func header(of name: String?) throws -> [UInt8] {
    try document(of: named(name)).preamble
  }

  /// Writes another text above the first diff of a patch.
  ///
  /// - Returns: the patch's name.
  /// - Throws: `PatchkitError` where the patch would not be read as the same text and diffs then.
  package func setHeader(of name: String?, to text: [UInt8]) throws -> String {
    let patch = try named(name)
    let shown = String(decoding: patch, as: UTF8.self)
    let document = try document(of: patch)
    let old = document.preamble
    let text = text.last.map { $0 == 0x0A } ?? true ? text : text + [0x0A]
    let source = text + document.source.dropFirst(old.count)
    let reread = PatchDocument(parsing: source, name: shown)
    let diffs = document.files.map { Array(document.source[$0.range]) }
    guard document.source.starts(with: old), reread.preamble == text,
      reread.files.map({ Array(source[$0.range]) }) == diffs
    else {
      throw PatchkitError.series(
        .refused, "the text cannot be written above the diffs of '\(shown)'",
        hint: "a mail in a transfer encoding has to be decoded, and the text must not hold a diff")
    }
    try land([], files: [patch: .some(source)])
    return shown
  }

  private func document(of patch: [UInt8]) throws -> PatchDocument {
    let entry = try folder.entry(patch)
    return try folder.documents([entry], ApplyOptions())[0]
  }

  /// The patch after another one in the series, or the next one to push; nil where there is none.
  package func patch(after name: String?) throws -> String? {
    guard let name else { return try unapplied.first }
    let patch = try named(name)
    let names = folder.entries.map(\.path)
    return names.firstIndex(of: patch).flatMap { names.dropFirst($0 + 1).first }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  /// The patch before another one in the series, or below the topmost one; nil where there is none.
  package func patch(before name: String?) throws -> String? {
    guard name != nil else { return applied.dropLast().last }
    let patch = try named(name)
    let names = folder.entries.map(\.path)
    return names.firstIndex(of: patch).flatMap { names.prefix($0).last }
      .map { String(decoding: $0, as: UTF8.self) }
  }
}
