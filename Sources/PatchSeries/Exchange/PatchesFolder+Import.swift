// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
package import KernelTree
package import PatchFormat

extension PatchesFolder {
  /// Takes patches into the folder and its series, byte for byte: a mailbox, patch files, another quilt
  /// folder with its options and comments.
  ///
  /// - Parameters:
  ///   - source: a file, a folder, or `-`.
  ///   - number: where in the series they go; nil for its end.
  ///   - strip: the components to take off the names of patches that come without a series; nil for
  ///     what their names show.
  ///   - tree: the tree that they are for, whose files show how the names are meant.
  ///   - parsing: how the input is read.
  /// - Returns: the names of the patches.
  /// - Throws: `PatchkitError` where a name is taken; what reading throws.
  package func imported(
    _ source: String, at number: Int? = nil, strip: Int? = nil, tree: DirectoryTree? = nil,
    parsing: ParseOptions = ParseOptions()
  ) throws -> (folder: PatchesFolder, names: [String]) {
    let first = series.entries.count + 1
    if source != "-",
      InputFile.kind(of: source) == .folder || source.hasSuffix("/series")
        || source.hasSuffix("series.conf")
    {
      if let other = try? PatchesFolder(at: source) {
        let pieces = other.series.pieces
        let patches = try zip(other.series.entries, pieces).map { entry, piece in
          MailboxImport.Patch(
            name: entry.name, bytes: try Self.checked(other.file(of: entry), parsing.limits),
            piece: piece,
            source: other.file(of: entry).path)
        }
        return try taking(patches, end: pieces.last, at: number)
      }
      let patches = try PatchQueue.files([source]).map { file in
        MailboxImport.Patch(
          name: file.path.split(separator: "/").last.map(String.init) ?? file.path,
          bytes: try Self.checked(file, parsing.limits), piece: nil, source: file.path)
      }.map { Self.stripping($0, strip, tree) }
      return try taking(patches, end: nil, at: number)
    }
    let bytes = try InputFile.read(
      source, largest: parsing.limits[.inputSize], kinds: .filesAndStreams)
    let document = PatchDocument(
      parsing: try PatchQueue.unpacked(bytes, of: source, parsing.limits), name: source,
      options: parsing)
    try Self.check(document)
    let isMailbox =
      source == "-" || document.messages.count > 1
      || document.messages.first.map { ExchangeFields($0.fields) != ExchangeFields() } ?? false
    if isMailbox {
      let mails = MailboxImport(document, first: first)
      let patches = mails.patches.map { patch in
        var patch = Self.stripping(patch, strip, tree)
        patch.source = source == "-" ? nil : source
        return patch
      }
      return try taking(patches, end: mails.end, at: number)
    }
    let name = source.split(separator: "/").last.map(String.init) ?? source
    let patch = MailboxImport.Patch(name: name, bytes: bytes, piece: nil, source: source)
    return try taking([Self.stripping(patch, strip, tree)], end: nil, at: number)
  }

  /// A patch whose line in the series says how its names are meant, where that is not `-p1`: quilt
  /// reads no more than that line.
  private static func stripping(
    _ patch: MailboxImport.Patch, _ strip: Int?, _ tree: DirectoryTree?
  ) -> MailboxImport.Patch {
    guard patch.piece == nil,
      let bytes = try? PatchQueue.unpacked(patch.bytes, of: patch.name)
    else { return patch }
    let count = strip ?? usualStrip(of: PatchDocument(parsing: bytes).files, in: tree)
    if count == 1 { return patch }
    var copy = patch
    copy.piece = Array("\(patch.name) -p\(count)\n".utf8)
    return copy
  }

  /// The components to take off all names of a patch: 0 where a name has no folder, or where the tree
  /// has the files by their whole names and not without the first component.
  private static func usualStrip(of files: [FilePatch], in tree: DirectoryTree?) -> Int {
    let plain = files.filter { $0.dialect == .unified }
    guard !plain.isEmpty, plain.count == files.count else { return 1 }
    if plain.contains(where: { $0.usualStrip == 0 }) { return 0 }
    guard let tree else { return 1 }
    func isThere(_ file: FilePatch, _ strip: Int) -> Bool {
      guard let old = file.paths(strip: strip)?.old, let path = try? TreePath(old) else {
        return false
      }
      return (try? tree.file(at: path)) ?? nil != nil
    }
    let changed = plain.filter { $0.paths(strip: 0)?.old != nil && !$0.mayCreate }
    let isWhole = changed.contains { isThere($0, 0) } && !changed.contains { isThere($0, 1) }
    return isWhole ? 0 : 1
  }

  /// The bytes of a patch file as they are, where it is one that can be pushed.
  private static func checked(
    _ file: PatchQueue.File, _ limits: InputLimits
  ) throws -> [UInt8] {
    try PatchQueue.requireInside(file)
    let bytes = try InputFile.read(file.path, largest: limits[.inputSize])
    let document = PatchDocument(
      parsing: try PatchQueue.unpacked(bytes, of: file.path, limits), name: file.path,
      options: ParseOptions(limits: limits))
    try check(document)
    return bytes
  }

  /// Throws where an input is not a patch, or lacks a part; other damage is left to the push.
  private static func check(_ document: PatchDocument) throws(PatchFormatError) {
    let found = document.diagnostics.first {
      $0.severity == .refused && ($0.id == .foreignFormat || $0.id == .missingPart)
    }
    let absence = document.isBlankOrLetter ? nil : document.absence
    if let diagnostic = found ?? absence {
      throw PatchFormatError(input: document.name, diagnostic: diagnostic, others: 0)
    }
  }

  /// Takes the commits of a range into the folder and its series.
  package func imported(_ range: CommitRange, at number: Int? = nil) throws -> (
    folder: PatchesFolder, names: [String]
  ) {
    let patches = try BranchImport(range, first: series.entries.count + 1)
    return try taking(patches.patches, end: patches.end, at: number)
  }

  private func taking(
    _ patches: [MailboxImport.Patch], end: [UInt8]?, at number: Int?
  ) throws -> (folder: PatchesFolder, names: [String]) {
    guard !patches.isEmpty else {
      throw PatchkitError.series(
        .refused, "there is no patch to import",
        hint: "'patchkit lint' shows what is in the input")
    }
    var files: [[UInt8]: [UInt8]?] = [:]
    var lines: [UInt8] = []
    for patch in patches {
      let name = Array(patch.name.utf8)
      try Self.requireSeriesName(name)
      guard files[name] == nil, !series.entries.contains(where: { $0.path == name }),
        !InputFile.exists(path + "/" + patch.name)
      else {
        throw PatchkitError.series(
          .refused, "a patch '\(patch.name)' already exists",
          hint: "rename or remove the existing one")
      }
      files[name] = .some(patch.bytes)
      if lines.last.map({ $0 != 0x0A }) ?? false { lines.append(0x0A) }
      lines += patch.piece ?? name + [0x0A]
    }
    var folder = self
    let wasEmpty = series.serialized().isEmpty
    if wasEmpty {
      folder.series = try Series(parsing: lines + (end ?? []))
    } else {
      try folder.series.insert(
        lines.last == 0x0A ? lines : lines + [0x0A], at: number ?? series.entries.count)
    }
    let sources = patches.compactMap { patch in
      patch.source.map { (Array(patch.name.utf8), $0) }
    }
    try folder.write(
      files, series: folder.series, copies: Dictionary(sources, uniquingKeysWith: { $1 }))
    return (folder, patches.map(\.name))
  }
}
