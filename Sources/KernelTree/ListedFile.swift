// SPDX-License-Identifier: GPL-2.0-only

internal import Git
public import Host

/// A file of a tree, with a stamp that shows without reading it whether it has changed.
public struct ListedFile: Sendable, Hashable {
  /// The path in the tree.
  public var path: TreePath
  /// The blob's id in a repository; the size and the time of change in a folder.
  ///
  /// Equal stamps of one path mean equal content.
  package var stamp: [UInt8]
  /// When the file was last changed, in seconds since 1970; nil where the stamp says what is in it.
  package var changed: Int?

  /// Makes one.
  package init(path: TreePath, stamp: [UInt8], changed: Int? = nil) {
    self.path = path
    self.stamp = stamp
    self.changed = changed
  }

  /// Whether what was read after the file was listed at a time can be kept under its stamp.
  package func isSettled(at time: Int) -> Bool {
    changed.map { $0 < time - FileStamp.settled } ?? true
  }
}

/// A stamp that shows without reading a file whether it has changed.
public struct FileStamp: Sendable, Hashable {
  /// The bytes that are equal where the file is the same: kind and content.
  public var bytes: [UInt8]
  /// The id of the file's blob as git has it, forty hex digits; nil where it is not known unread.
  package var blob: String?
  /// When the file was last changed, in seconds since 1970; nil where a file never changes.
  package var changed: Int?

  /// What was changed no longer ago than so many seconds may change again within the same tick of the file system's
  /// clock, and so with the same stamp.
  static let settled = 2

  /// Whether what was read after the stamp was taken at a time can be kept under the stamp: the last change was so
  /// long before that a later one has another time.
  package func isSettled(at time: Int) -> Bool { changed.map { $0 < time - Self.settled } ?? false }

  /// Makes one.
  package init(bytes: [UInt8], blob: String? = nil, changed: Int? = nil) {
    self.bytes = bytes
    self.blob = blob
    self.changed = changed
  }

  /// The stamp of a file that was read: its kind and the id of its blob.
  package init(of file: TreeFile) throws(PatchkitError) {
    let blob = try file.blobID
    self.init(bytes: Array("\(file.mode.rawValue) \(blob)".utf8), blob: blob)
  }
}

extension KernelTree {
  /// A tree that knows no shorter way reads the file.
  public func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp? {
    try file(at: path).map { file throws(PatchkitError) in try FileStamp(of: file) }
  }

  /// Reads a file that was listed; nil where it is gone.
  public func content(of file: ListedFile) throws(PatchkitError) -> [UInt8]? {
    try self.file(at: file.path)?.content
  }

  /// A tree that lists nothing by itself has no files to list.
  public func listing(
    where isWanted: (_ path: [UInt8]) -> Bool
  ) throws(PatchkitError) -> [ListedFile] { [] }

  /// Most trees cannot be opened once more.
  public var opener: (@Sendable () throws(PatchkitError) -> any KernelTree)? { nil }
}

extension KernelTree {
  /// Reads several files one after the other.
  ///
  /// - Parameters:
  ///   - paths: the files; neighbors that are in one folder are read fastest.
  ///   - body: called with each content, nil for a file that is gone; false ends the reading.
  package func read(
    _ paths: some Sequence<TreePath>, _ body: ([UInt8]?) -> Bool
  ) throws(PatchkitError) {
    if let reader = self as? FolderReader { return try reader.readFiles(paths, body) }
    for path in paths {
      if !body(try file(at: path)?.content) { return }
    }
  }
}

extension TreeFile {
  /// The id that git gives the content: forty hex digits.
  ///
  /// - Throws: `PatchkitError` where libgit2 cannot hash.
  package var blobID: String {
    get throws(PatchkitError) {
      try convertingGitErrors { try ObjectID.ofBlob(content).description }
    }
  }
}
