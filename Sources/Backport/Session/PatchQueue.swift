// SPDX-License-Identifier: GPL-2.0-only

package import Host
internal import KernelTree
public import PatchFormat

/// Patches in the order in which they are applied, each with its own options.
public struct PatchQueue: Sendable {
  /// A patch with its options.
  public struct Item: Sendable {
    /// The file patches, with the mail or the text around them.
    public var patch: Patch
    /// Its options: those of the command line, with a series' own `-p` and `-R` over them.
    public var options: ApplyOptions
    /// What outcomes of other patches call it.
    package var label: String

    /// Takes a patch with its options.
    ///
    /// - Parameter label: what outcomes of other patches call it; nil for its input.
    package init(patch: Patch, options: ApplyOptions, label: String? = nil) {
      self.patch = patch
      self.options = options
      self.label = label ?? patch.input
    }

    /// The patch with its hunks at the lines that they state, where it is a diff without context, as
    /// quilt puts it on.
    package var placedByLine: Item {
      var item = self
      if patch.isWithoutContext { item.options.trustsLineNumbers = true }
      return item
    }
  }

  /// The patches in the order in which they are applied.
  public private(set) var items: [Item] = []
  /// The documents that were read, with their findings.
  public private(set) var documents: [PatchDocument] = []

  /// Reads patches: files, mailboxes, quilt series, folders of patches, and `-` for standard input.
  ///
  /// - Parameters:
  ///   - names: the inputs in their order.
  ///   - options: how the patches are to be applied.
  ///   - parsing: how hunks are read.
  /// - Throws: `PatchkitError` where an input cannot be read, `PatchFormatError` where it cannot be
  ///   used.
  public init(reading names: [String], options: ApplyOptions, parsing: ParseOptions) throws {
    try self.init(reading: names, options: options, parsing: parsing, commits: nil)
  }

  /// Reads patches; names that no file has are looked up as commits.
  ///
  /// - Parameter commits: where commits are looked up; nil takes names for files alone.
  /// - Throws: as `init(reading:options:parsing:)`, and `PatchkitError` where there is no such commit.
  package init(
    reading names: [String], options: ApplyOptions, parsing: ParseOptions, commits: CommitNames?
  ) throws {
    let files = try Self.files(names, commits: commits)
    for (file, document) in zip(files, Self.documents(files, parsing)) {
      try add(try document.get(), options: options, entry: file.entry)
    }
    finish(options)
  }

  /// Takes documents that were read already, each with its line in a series, if it is in one.
  ///
  /// - Throws: `PatchFormatError` where one cannot be used.
  init(
    _ documents: [(document: PatchDocument, entry: Series.Entry?)], options: ApplyOptions
  ) throws(PatchFormatError) {
    for (document, entry) in documents { try add(document, options: options, entry: entry) }
  }

  /// Takes patches that were read already.
  public init(_ items: [Item]) { self.items = items }

  /// Takes one patch that was read already.
  public init(_ patch: Patch, options: ApplyOptions) {
    items = [Item(patch: patch, options: options)]
  }

  /// Takes the patches of a document.
  ///
  /// - Throws: `PatchFormatError` where it cannot be used.
  public init(_ document: PatchDocument, options: ApplyOptions) throws(PatchFormatError) {
    try add(document, options: options, entry: nil)
    finish(options)
  }

  private mutating func add(
    _ document: PatchDocument, options: ApplyOptions, entry: Series.Entry?
  ) throws(PatchFormatError) {
    documents.append(document)
    // A patch of nothing is one that quilt takes: a letter, or a new patch that waits for its
    // changes. Of a mailbox that is read mail by mail, a letter is a part like that.
    let hasDamage = document.diagnostics.contains(where: options.strictness.refuses)
    let mayBeNothing =
      entry != nil && document.isBlankOrLetter || document.origin.mailsBefore != nil
    if mayBeNothing, !hasDamage, !document.messages.contains(where: \.hasDiff) { return }
    try document.requireSound(options.strictness)
    items += Self.items(of: document, options: options, entry: entry)
  }

  /// The patches of a document in the order in which they are applied, with the options that a series
  /// adds to those of the command line.
  package static func items(
    of document: PatchDocument, options: ApplyOptions, entry: Series.Entry?
  ) -> [Item] {
    var own = options
    if let entry {
      own.strip = entry.options.contains { $0.hasPrefix("-p") } ? entry.strip : own.strip
      own.isReversed = own.isReversed != entry.isReversed
    }
    let patches = document.patches.map { Item(patch: $0, options: own) }
    // In a mailbox that a series reverse-applies, too, the last mail comes first.
    return own.isReversed == options.isReversed ? patches : patches.reversed()
  }

  /// Reverse-applying patches starts with the last one.
  private mutating func finish(_ options: ApplyOptions) {
    if options.isReversed { items.reverse() }
  }

  /// A document, or why it cannot be read.
  package typealias Parsed = Result<PatchDocument, any Error>

  /// The documents of files, read in parallel; for one that cannot be read, its error.
  private static func documents(_ files: [File], _ parsing: ParseOptions) -> [Parsed] {
    read(files, parsing) { _, parsed in parsed }
  }

  /// What a body makes of each file's document, or of why it cannot be read; side by side, from
  /// several threads.
  package static func read<Value: Sendable>(
    _ files: [File], _ parsing: ParseOptions, _ body: @Sendable (Int, Parsed) -> Value
  ) -> [Value] {
    // Standard input is read once and from here.
    let isShort = files.count < 8 || files.contains { $0.path == "-" }
    return WorkerPool.map(count: files.count, threads: isShort ? 1 : Machine.processors) { index in
      let document = Parsed {
        var options = parsing
        options.countsParts = files[index].entry == nil
        // What a series names is a patch, not a discussion.
        options.thread.takesMails = options.thread.takesMails || files[index].entry != nil
        return try Self.document(files[index], options)
      }
      return body(index, document)
    }
  }

  /// Reads the document of a file or a commit.
  package static func document(_ file: File, _ parsing: ParseOptions) throws -> PatchDocument {
    guard let commit = file.commit else {
      return PatchDocument(
        parsing: try read(file, parsing.limits), name: file.path, options: parsing)
    }
    let (mail, origin) = try commit.read()
    return PatchDocument(parsing: mail, name: file.path, options: parsing, origin: origin)
  }

  /// A file to read, with its line in a series, if it is in one; or a commit.
  package struct File: Sendable {
    /// The path to read; for a commit, its name.
    package var path: String
    /// The commit to read; nil for a file.
    package var commit: CommitSource?
    /// The line of the series that names it.
    package var entry: Series.Entry?
    /// Whether the user named the file itself: only then may it be a pipe.
    var isNamed = false

    /// Names a file to read.
    package init(path: String, entry: Series.Entry? = nil) {
      self.path = path
      self.entry = entry
    }

    /// A commit to read.
    package init(_ commit: CommitSource) {
      path = commit.name
      self.commit = commit
    }

    /// A file that the user named.
    static func named(_ path: String) -> File {
      var file = File(path: path)
      file.isNamed = true
      return file
    }
  }

  /// The bytes of a file, gzip data unpacked; one that a series names has to stay below the series'
  /// folder.
  package static func read(_ file: File, _ limits: InputLimits = InputLimits()) throws -> [UInt8] {
    try requireInside(file)
    return try InputFile.readUnpacked(
      file.path, largest: limits[.inputSize], unpacked: limits[.unpackedSize],
      kinds: file.isNamed ? .filesAndStreams : .files)
  }

  /// The bytes of a file that was read already, gzip data unpacked.
  package static func unpacked(
    _ bytes: [UInt8], of path: String, _ limits: InputLimits = InputLimits()
  ) throws -> [UInt8] {
    try InputFile.unpacked(bytes, of: path, largest: limits[.unpackedSize])
  }

  /// Throws where a series names a file that is not below its folder.
  package static func requireInside(_ file: File) throws(PatchkitError) {
    if let entry = file.entry, (try? TreePath(entry.path)) == nil {
      throw PatchkitError(
        .badInput, path: file.path, "line \(entry.line) of the series leads out of its folder",
        hint: "remove the line: a series names patches in its own folder and below")
    }
  }

  /// The files that names refer to: a folder with a `series` is that series, any other folder is the
  /// patches in it by name, a file called `series` is a series; the commits that other names mean.
  ///
  /// - Parameter commits: where commits are looked up; nil takes names for files alone.
  package static func files(_ names: [String], commits: CommitNames? = nil) throws -> [File] {
    var files: [File] = []
    for name in names {
      if name != "-", InputFile.kind(of: name) == .folder {
        let children = try InputFile.names(in: name)
        if children.contains("series"), isSeries(name + "/series") {
          files += try series(name + "/series", below: name)
          continue
        }
        let patches = children.filter(isPatchName)
        if patches.isEmpty {
          throw PatchkitError(
            .badInput, path: name, "there is no series and no patch in the folder",
            hint: "patches end in .patch, .diff, .mbox or .eml")
        }
        files += patches.map { File(path: name + "/" + $0) }
      } else if isSeries(name) {
        let folder = name.lastIndex(of: "/").map { String(name[..<$0]) } ?? "."
        files += try series(name, below: folder)
      } else if let commits, CommitNames.mayBeCommit(name) {
        files += try commits.commits(name).map { File($0) }
      } else {
        files.append(.named(name))
      }
    }
    return files
  }

  /// Whether a path names a quilt series: a file called `series`; a folder of that name is not one.
  package static func isSeries(_ path: String) -> Bool {
    (path == "series" || path.hasSuffix("/series")) && InputFile.kind(of: path) != .folder
  }

  private static func isPatchName(_ name: String) -> Bool {
    let name = name.hasSuffix(".gz") ? name.dropLast(3) : name[...]
    return [".patch", ".diff", ".mbox", ".eml", ".mbx"].contains { name.hasSuffix($0) }
  }

  /// Whether a folder holds patches, by their names.
  package static func isPatchFolder(_ folder: String) throws(PatchkitError) -> Bool {
    try InputFile.names(in: folder).contains(where: isPatchName)
  }

  private static func series(_ path: String, below folder: String) throws -> [File] {
    let series = try Series(parsing: try InputFile.read(path), name: path)
    if series.entries.isEmpty {
      throw PatchkitError(
        .badInput, path: path, "there is no patch in the series",
        hint: "check the file; lines that begin with '#' are comments")
    }
    return series.entries.map { entry in
      File(path: folder + "/" + String(decoding: entry.path, as: UTF8.self), entry: entry)
    }
  }
}
