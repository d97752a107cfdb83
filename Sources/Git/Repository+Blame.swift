// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2

extension Repository {
  /// The commits that last changed lines of a file.
  ///
  /// - Parameters:
  ///   - path: the file, from the root of the tree.
  ///   - lines: the lines, from 1.
  ///   - newest: the commit to start at.
  /// - Returns: the commit of each line; fewer where the file is shorter.
  package func blame(
    _ path: [UInt8], lines: ClosedRange<Int>, at newest: ObjectID
  ) throws(GitError) -> [ObjectID] {
    var options = git_blame_options()
    unsafe git_blame_options_init(&options, UInt32(GIT_BLAME_OPTIONS_VERSION))
    options.newest_commit = newest.raw
    options.min_line = lines.lowerBound
    options.max_line = lines.upperBound
    let blame = try Handle.make(
      "find who changed \(String(decoding: path, as: UTF8.self))",
      free: { unsafe git_blame_free($0) },
      { pointer in
        path.withCString { name in
          unsafe git_blame_file(&pointer, self.handle.pointer, name, &options)
        }
      })
    var commits: [ObjectID] = []
    for line in lines {
      guard let hunk = unsafe git_blame_get_hunk_byline(blame.pointer, line) else { break }
      commits.append(unsafe ObjectID(hunk.pointee.final_commit_id))
    }
    return commits
  }
}
