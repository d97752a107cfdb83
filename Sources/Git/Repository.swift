// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

/// A git repository, opened through libgit2.
///
/// Its handles belong to the thread that made it.
package final class Repository {
  let handle: Handle
  let objects: OwnObjects
  /// The folders that paths were looked up in lately.
  var openFolders: [ObjectID: TreeContent] = [:]
  static let mostOpenFolders = 128
  /// The history that paths were looked up in last, and the renames that were found last.
  var knownHistory: KnownHistory?
  var knownRenames: KnownRenames?

  private init(_ handle: consuming Handle, _ objects: OwnObjects) {
    self.handle = handle
    self.objects = objects
  }

  /// Opens the repository at a path exactly: a work tree's root, a `.git` folder or a bare one.
  ///
  /// - Throws: `GitError` of kind `notFound` where there is none.
  package convenience init(openingAt path: String) throws(GitError) {
    try self.init(path, flags: GIT_REPOSITORY_OPEN_NO_SEARCH.rawValue)
  }

  /// Finds the repository that a folder lies in, looking upwards; nil where there is none.
  ///
  /// - Throws: `GitError` if there is one that cannot be used, such as another user's.
  package static func discover(from path: String) throws(GitError) -> Repository? {
    do {
      return try Repository(path, flags: 0)
    } catch  where error.kind == .notFound {
      return nil
    }
  }

  private convenience init(_ path: String, flags: UInt32) throws(GitError) {
    try Libgit2.setUp()
    try RepositoryFiles.check(from: path, searches: flags == 0)
    let handle = try Handle.make(
      "open the repository at \(path)", free: { unsafe git_repository_free($0) },
      { unsafe git_repository_open_ext(&$0, path, flags, nil) })
    try unsafe Configuration.addWorkTreeFile(of: handle.pointer)
    let common = unsafe String(cString: git_repository_commondir(handle.pointer))
    let database = try Handle.make(
      "open the object store", free: { unsafe git_odb_free($0) },
      { unsafe git_repository_odb(&$0, handle.pointer) })
    unsafe CheckedLooseObjects.install(
      in: database.pointer, folders: ObjectStore.folders(from: common + "objects").folders)
    let objects = OwnObjects(commonFolder: common)
    try unsafe objects.install(in: database.pointer)
    self.init(handle, objects)
  }

  /// Makes a bare repository.
  package convenience init(creatingBareAt path: String) throws(GitError) {
    try Libgit2.setUp()
    let handle = try Handle.make(
      "make a repository at \(path)", free: { unsafe git_repository_free($0) },
      { unsafe git_repository_init(&$0, path, 1) })
    let common = unsafe String(cString: git_repository_commondir(handle.pointer))
    self.init(handle, OwnObjects(commonFolder: common))
  }

  /// Whether there is no work tree.
  package var isBare: Bool { unsafe git_repository_is_bare(handle.pointer) == 1 }

  /// The repository's own folder, ended by a slash.
  package var gitFolder: String { unsafe String(cString: git_repository_path(handle.pointer)) }

  /// The folder that linked work trees share, ended by a slash.
  package var commonFolder: String {
    unsafe String(cString: git_repository_commondir(handle.pointer))
  }

  /// What the repository reads in the place of other objects, in a fixed order; nil where that is nothing.
  package var substitutes: String? { objects.substitutes?.text }

  /// The root of the work tree, ended by a slash; nil in a bare repository.
  package var workTree: String? {
    guard let path = unsafe git_repository_workdir(handle.pointer) else { return nil }
    return unsafe String(cString: path)
  }

  /// The object that a revision names, such as `v6.1`, `HEAD~2` or an id, taken to its commit; nil
  /// as commit where it is a tree.
  ///
  /// Of several objects whose ids begin with the digits, the only commit is meant, as in git.
  ///
  /// - Throws: `GitError` of kind `notFound` or `ambiguous`.
  package func resolve(_ revision: String) throws(GitError) -> (commit: ObjectID?, tree: ObjectID) {
    do throws(GitError) {
      return try resolved(revision)
    } catch {
      guard error.kind == .ambiguous else { throw error }
      let digits = revision.prefix { $0.isASCII && $0.isHexDigit }
      let rest = revision[digits.endIndex...]
      guard (4..<40).contains(digits.utf8.count),
        rest.isEmpty || "~^@:".contains(rest.first ?? " "),
        let commit = onlyCommit(withID: String(digits))
      else { throw error }
      return try resolved("\(commit)\(rest)")
    }
  }

  /// The only commit, or the commit of the only tags, whose id begins with some digits; nil where there are
  /// several.
  private func onlyCommit(withID digits: String) -> ObjectID? {
    // libgit2 lists the objects only of backends that patchkit does not use.
    var commits: Set<ObjectID> = []
    for object in ObjectStore.shared(of: self).ids(startingWith: digits.lowercased()) {
      if let commit = try? resolved(object.description).commit { commits.insert(commit) }
    }
    return commits.count == 1 ? commits.first : nil
  }

  private func resolved(_ revision: String) throws(GitError) -> (commit: ObjectID?, tree: ObjectID)
  {
    let object = try Handle.make(
      "find the revision '\(revision)'", free: { unsafe git_object_free($0) },
      { unsafe git_revparse_single(&$0, self.handle.pointer, revision) })
    var commit: OpaquePointer?
    if unsafe git_object_peel(&commit, object.pointer, GIT_OBJECT_COMMIT) == 0,
      let found = unsafe commit
    {
      defer { unsafe git_object_free(found) }
      guard let tree = unsafe git_commit_tree_id(found), let id = unsafe git_commit_id(found) else {
        throw GitError("read the commit '\(revision)'", "it has no tree")
      }
      return unsafe (ObjectID(id.pointee), ObjectID(tree.pointee))
    }
    let tree = try Handle.make(
      "take '\(revision)' to a tree", free: { unsafe git_object_free($0) },
      { unsafe git_object_peel(&$0, object.pointer, GIT_OBJECT_TREE) })
    guard let id = unsafe git_object_id(tree.pointer) else {
      throw GitError("read the tree '\(revision)'", "it has no id")
    }
    return unsafe (nil, ObjectID(id.pointee))
  }

  /// The commit that HEAD is at, with its tree; nil where the branch has no commit yet.
  package func head() throws(GitError) -> (commit: ObjectID, tree: ObjectID)? {
    let isUnborn = unsafe git_repository_head_unborn(handle.pointer)
    if try check(isUnborn, "read HEAD") == 1 { return nil }
    let found = try resolve("HEAD")
    return found.commit.map { ($0, found.tree) }
  }

  /// The full name of the branch that HEAD is on, such as `refs/heads/main`; nil where HEAD is
  /// detached.
  package func headBranch() throws(GitError) -> String? {
    let reference = try Handle.make(
      "read HEAD", free: { unsafe git_reference_free($0) },
      { unsafe git_reference_lookup(&$0, self.handle.pointer, "HEAD") })
    guard let target = unsafe git_reference_symbolic_target(reference.pointer) else { return nil }
    return unsafe String(cString: target)
  }
}
