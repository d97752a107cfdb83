// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// The reference of the notes on commits that patches became.
  package static let notesReference = "refs/notes/patchkit"

  /// The note on a commit; nil where there is none.
  package func note(on commit: ObjectID) throws(GitError) -> [UInt8]? {
    guard let notes = try target(ofReference: Self.notesReference) else { return nil }
    return try note(on: commit, in: try self.commit(notes).tree)?.text
  }

  /// The note on a commit in a tree of notes, with its path; nil where there is none.
  func note(
    on commit: ObjectID, in tree: ObjectID
  ) throws(GitError) -> (path: [UInt8], text: [UInt8])? {
    let name = commit.description
    // git keeps few notes flat, and many in folders of two digits each.
    for folders in 0...2 {
      var path = ""
      var rest = name[...]
      for _ in 0..<folders {
        path += rest.prefix(2) + "/"
        rest = rest.dropFirst(2)
      }
      let whole = Array((path + rest).utf8)
      if let entry = try entry(at: whole, inTree: tree) { return (whole, try blob(entry.id)) }
    }
    return nil
  }

  /// The author of a commit.
  package func author(of commit: ObjectID) throws(GitError) -> Signature {
    let found = try openCommit(commit)
    guard let author = unsafe git_commit_author(found.pointer)?.pointee else {
      throw GitError("read the commit \(commit)", "it has no author")
    }
    return unsafe Signature(
      name: String(cString: author.name), email: String(cString: author.email),
      seconds: author.when.time, zoneMinutes: Int(author.when.offset))
  }
}
