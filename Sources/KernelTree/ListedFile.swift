// SPDX-License-Identifier: GPL-2.0-only

/// A file of a tree, with what tells whether it is still the same without reading it.
public struct ListedFile: Sendable, Hashable {
  /// The path in the tree.
  public var path: TreePath
  /// The blob's id in a repository; the size and the time of change in a folder.
  ///
  /// Equal stamps of one path mean equal content.
  public var stamp: [UInt8]

  /// Makes one.
  public init(path: TreePath, stamp: [UInt8]) {
    self.path = path
    self.stamp = stamp
  }
}

extension KernelTree {
  /// Reads a file that was listed; nil where it is gone.
  public func content(of file: ListedFile) throws(TreeError) -> [UInt8]? {
    try self.file(at: file.path)?.content
  }

  /// A tree that lists nothing by itself has no files to list.
  public func listing(
    where isWanted: (_ path: [UInt8]) -> Bool
  ) throws(TreeError) -> [ListedFile] { [] }

  /// Most trees cannot be opened once more.
  public var opener: (@Sendable () throws(TreeError) -> any KernelTree)? { nil }
}
