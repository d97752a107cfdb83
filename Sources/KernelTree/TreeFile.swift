// SPDX-License-Identifier: GPL-2.0-only

public import Host
internal import TextAlign

/// A file of a kernel tree: what kind it is, and its bytes.
public struct TreeFile: Sendable, Hashable {
  /// The kinds of files that a tree may hold.
  public enum Mode: UInt32, Sendable, Hashable, Codable {
    /// A file; git's 100644.
    case regular = 0o100644
    /// A file that may be run; git's 100755.
    case executable = 0o100755
    /// A symbolic link; its content is the target. git's 120000.
    case symlink = 0o120000
  }
  /// Whether it is a file, an executable file or a symbolic link.
  public var mode: Mode
  /// The bytes of the file; of a link, its target.
  public var content: [UInt8]

  /// Makes a file from a kind and bytes.
  public init(mode: Mode, content: [UInt8]) {
    self.mode = mode
    self.content = content
  }

  /// Whether another file is of the same kind and has the same bytes: what `==` says, in less time.
  package func isEqual(to other: TreeFile) -> Bool {
    mode == other.mode && content.isEqual(to: other.content)
  }
}

/// A change of one path: the file before and after, nil where there is none.
public struct TreeChange: Sendable, Hashable {
  /// The path below the tree's root.
  public var path: TreePath
  /// The file before the change; nil where the change makes it.
  public var before: TreeFile?
  /// The file after the change; nil where the change removes it.
  public var after: TreeFile?
  /// The path whose permissions a new file gets; nil for those of any new file.
  package var permissionsOf: TreePath?
  /// The file elsewhere that a new one is a copy of: others may read the copy only if they may read that.
  package var copyOf: String?

  /// Makes a change of one path.
  package init(path: TreePath, before: TreeFile?, after: TreeFile?) {
    self.path = path
    self.before = before
    self.after = after
  }
}

extension [TreeChange] {
  /// The paths that change.
  package var paths: [TreePath] { map(\.path) }
}

/// Something that holds a kernel's files: a folder, a work tree, a revision or a vendored tree.
public protocol KernelTree {
  /// What to call the tree in messages.
  var name: String { get }
  /// The file at a path; nil where there is none.
  ///
  /// - Throws: `PatchkitError` if the path, or a folder above it, exists and is not a file.
  func file(at path: TreePath) throws(PatchkitError) -> TreeFile?
  /// The content of the blob with an id, abbreviated or not, from the repository of the tree; nil
  /// where there is none, or several.
  func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]?
  /// The content of a file as a commit of the tree's repository has it; nil where there is none.
  func blob(at path: TreePath, inCommit id: String) throws(PatchkitError) -> [UInt8]?
  /// The paths whose last component is `name`, in no folder of git's; a look at the whole tree.
  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath]
  /// The files directly in a folder of the tree.
  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath]
  /// The files and links below a folder, in no special order; empty where there is no such folder.
  func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath]
  /// Where a path that is not there any more went, by the tree's history; nil without one.
  func laterName(of path: TreePath) throws(PatchkitError) -> TreePath?
  /// What a path was called before it was renamed, by the tree's history; nil without one.
  func formerName(of path: TreePath) throws(PatchkitError) -> TreePath?
  /// Every file whose path is wanted, links left out, in no special order.
  func listing(where isWanted: (_ path: [UInt8]) -> Bool) throws(PatchkitError) -> [ListedFile]
  /// Reads a file that was listed; nil where it is gone.
  func content(of file: ListedFile) throws(PatchkitError) -> [UInt8]?
  /// A stamp that shows without reading whether the file at a path has changed; nil if there is
  /// none.
  func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp?
  /// Opens the tree once more, for another thread; nil where that is not possible.
  var opener: (@Sendable () throws(PatchkitError) -> any KernelTree)? { get }
  /// Reads the same files from any thread; nil where the tree belongs to the thread that opened it.
  var concurrentReader: (any KernelTree & Sendable)? { get }
}

extension KernelTree {
  /// A tree without a repository has no history.
  public func laterName(of path: TreePath) throws(PatchkitError) -> TreePath? { nil }
  /// A tree without a repository has no history.
  public func formerName(of path: TreePath) throws(PatchkitError) -> TreePath? { nil }
  /// A tree without a repository has no blobs.
  public func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? { nil }
  /// A tree without a repository has no commits.
  public func blob(at path: TreePath, inCommit id: String) throws(PatchkitError) -> [UInt8]? { nil }
  /// Most trees belong to one thread, as libgit2's handles do.
  public var concurrentReader: (any KernelTree & Sendable)? { nil }
}
