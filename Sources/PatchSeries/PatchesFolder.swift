// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
internal import KernelTree
package import PatchFormat

/// A folder of patches with its series: what quilt calls `patches`, or SUSE's tree with `series.conf`.
package struct PatchesFolder: Sendable {
  /// The folder.
  package let path: String
  /// The name of the series file in it.
  package let seriesName: String
  /// The series.
  package internal(set) var series: Series
  /// The symbols that guards ask for.
  package let symbols: Set<String>

  /// The names that a series file may have.
  private static let seriesNames = ["series", "series.conf"]

  /// Opens a folder of patches.
  ///
  /// - Parameters:
  ///   - path: the folder, or the series file in it.
  ///   - seriesName: the series file's name; nil takes `series` or `series.conf`, as is there.
  ///   - symbols: the symbols that guards ask for.
  ///   - makes: whether a folder without a series is one with none yet.
  /// - Throws: `PatchkitError` where there is no series, `PatchFormatError` where it cannot be read.
  package init(
    at path: String, seriesName: String? = nil, symbols: Set<String> = [], makes: Bool = false
  ) throws {
    var folder = path
    var name = seriesName
    if let file = Self.seriesNames.first(where: { path == $0 || path.hasSuffix("/" + $0) }),
      InputFile.kind(of: path) != .folder
    {
      folder = path == file ? "." : String(path.dropLast(file.count + 1))
      name = file
    }
    let candidates = name.map { [$0] } ?? Self.seriesNames
    let found = candidates.first {
      InputFile.exists(folder + "/" + $0) && InputFile.kind(of: folder + "/" + $0) != .folder
    }
    self.path = folder
    self.seriesName = found ?? candidates[0]
    self.symbols = symbols
    if let found {
      let file = folder + "/" + found
      series = try Series(parsing: try InputFile.read(file), name: file)
    } else if makes {
      series = Series()
    } else {
      throw PatchkitError.series(
        .badInput, "there is no series in '\(folder)'",
        hint: "name the folder of patches with --patches")
    }
  }

  /// The patches whose guards let them in, in order.
  package var entries: [Series.Entry] { series.entries(symbols: symbols) }

  /// The line of the series that names a patch.
  func entry(_ name: [UInt8]) throws -> Series.Entry {
    guard let entry = series.entries.first(where: { $0.path == name }) else {
      throw PatchkitError.series(
        .badInput, "'\(String(decoding: name, as: UTF8.self))' is not in the series",
        hint: "'patchkit series list' shows the names")
    }
    return entry
  }

  /// A patch's file.
  func file(of entry: Series.Entry) -> PatchQueue.File {
    PatchQueue.File(
      path: path + "/" + String(decoding: entry.path, as: UTF8.self), entry: entry)
  }

  /// Reads patches; one that holds no diff is a document without patches.
  ///
  /// - Parameter requiresDiffs: whether a text without a diff is an error, unless it is blank or the
  ///   letter before a series: quilt, too, applies an empty file and refuses such a text.
  /// - Throws: `PatchkitError` where one cannot be read, `PatchFormatError` where one cannot be used.
  func documents(
    _ entries: [Series.Entry], _ options: ApplyOptions, requiresDiffs: Bool = false
  ) throws -> [PatchDocument] {
    let read = PatchQueue.read(entries.map(file), ParseOptions()) { _, parsed in parsed }
    return try read.map { parsed in
      let document = try parsed.get()
      if document.messages.contains(where: \.hasDiff) || document.hasRefusedFinding
        || requiresDiffs && !document.isBlankOrLetter
      {
        try document.requireSound(options.strictness)
      }
      return document
    }
  }

  /// Writes patches and the series at once: all of them, or none.
  ///
  /// - Parameters:
  ///   - files: the bytes by name; nil removes the file.
  ///   - copies: the files that new ones are copies of, by the names of those.
  /// - Throws: `PatchkitError` where the folder cannot be written.
  package func write(
    _ files: [[UInt8]: [UInt8]?], series new: Series, copies: [[UInt8]: String] = [:]
  ) throws {
    var changes: [TreeChange] = []
    try InputFile.makeFolder(path)
    let folder = try DirectoryTree(path: path)
    var all = files
    all[Array(seriesName.utf8)] = .some(new.serialized())
    for (name, content) in all.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      if var change = try Self.change(at: Self.filePath(name), to: content, in: folder) {
        change.copyOf = copies[name]
        changes.append(change)
      }
    }
    try folder.land(changes)
  }

  /// What writes a patch or the series into a tree; nil where it holds these bytes already.
  ///
  /// - Parameter content: nil removes the file.
  /// - Throws: `PatchkitError` if it is a symbolic link: its target may be another series'.
  static func change(
    at path: TreePath, to content: [UInt8]?, in tree: DirectoryTree
  ) throws -> TreeChange? {
    let before = try tree.file(at: path)
    if before?.mode == .symlink {
      let real = tree.path + "/" + path.description
      if let content, try InputFile.read(real) == content { return nil }
      throw PatchkitError(
        .symlinkInTheWay, path: real, "is a symbolic link, and would be replaced by a file",
        consequence: "nothing was changed",
        hint: "replace the link with its target, or work on the target's own series")
    }
    let name = path.bytes
    let after = content.map {
      TreeFile(mode: before?.mode ?? .regular, content: packed($0, named: name))
    }
    return before == after ? nil : TreeChange(path: path, before: before, after: after)
  }

  /// A patch's bytes as they are kept under a name: gzip data where that says so, as quilt does.
  static func packed(_ bytes: [UInt8], named name: [UInt8]) -> [UInt8] {
    String(decoding: name, as: UTF8.self).hasSuffix(".gz") && !InputFile.isPacked(bytes)
      ? InputFile.packed(bytes) : bytes
  }

  /// Throws where a line of a series cannot hold a name: it ends at a blank, and `#` starts a comment.
  static func requireSeriesName(_ name: [UInt8]) throws {
    _ = try filePath(name)
    let series = try? Series(parsing: name + [0x0A])
    if series?.entries.map(\.path) == [name], !name.contains(0x0A) { return }
    throw PatchkitError.series(
      .badInput,
      "'\(String(decoding: name, as: UTF8.self))' cannot be the name of a patch in a series",
      hint: "choose a name without blanks that does not start with '#', '+' or '-'")
  }

  /// A patch's name as a path below the folder.
  static func filePath(_ name: [UInt8]) throws -> TreePath {
    do { return try TreePath(name) } catch {
      throw PatchkitError.series(
        .badInput,
        "'\(String(decoding: name, as: UTF8.self))' is not a valid name for a patch: it \(error.reason.rawValue)"
      )
    }
  }
}

extension PatchDocument {
  fileprivate var hasRefusedFinding: Bool { diagnostics.contains { $0.severity == .refused } }
}
