// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import TextAlign

/// Who changed a line last.
extension RevisionHistory {
  /// Lines of a file in a commit that are looked for in its past.
  private struct Suspect {
    /// The commit whose tree has the file.
    var commit: Int
    var path: [UInt8]
    var blob: ObjectID
    /// The lines in that file, from 0, by their position in the answer.
    var lines: [Int: Int]
  }

  /// The commits that last changed lines of a file, as `git blame` finds them; renames are followed.
  ///
  /// Only commits that change the path are looked at, which the index names.
  ///
  /// - Parameters:
  ///   - path: the file.
  ///   - lines: the lines, from 1.
  ///   - start: the commit whose file it is.
  /// - Returns: the commit of each line; fewer where the file is shorter, none where there is no file.
  /// - Throws: `GitError` where the repository lacks an object.
  package func blame(
    _ path: [UInt8], lines: ClosedRange<Int>, at start: Int
  ) throws -> [Int] {
    guard let blob = try blob(at: path, in: start) else { return [] }
    let count = LineTable(try index.reader.read(blob, .blob)).count
    let wanted = lines.lowerBound...max(lines.lowerBound, min(lines.upperBound, count))
    guard lines.lowerBound >= 1, lines.lowerBound <= count else { return [] }
    var answer = [Int](repeating: start, count: wanted.count)
    var suspects = [
      Suspect(
        commit: start, path: path, blob: blob,
        lines: Dictionary(uniqueKeysWithValues: wanted.enumerated().map { ($0, $1 - 1) }))
    ]
    while let suspect = suspects.popLast() {
      guard let origin = try origin(of: suspect) else {
        for position in suspect.lines.keys { answer[position] = suspect.commit }
        continue
      }
      var rest = suspect
      for parent in parents(of: origin) where !rest.lines.isEmpty {
        guard let old = try source(of: suspect.path, in: parent, of: origin) else { continue }
        let passed = try pass(&rest.lines, from: suspect.blob, to: old.blob)
        if passed.isEmpty { continue }
        suspects.append(
          Suspect(commit: parent, path: old.path, blob: old.blob, lines: passed))
      }
      for position in rest.lines.keys { answer[position] = origin }
    }
    return answer
  }

  /// Takes away the lines that a file has from an older one.
  ///
  /// - Returns: these lines, where they are in the older one.
  private func pass(
    _ lines: inout [Int: Int], from new: ObjectID, to old: ObjectID
  ) throws -> [Int: Int] {
    if new == old {
      defer { lines = [:] }
      return lines
    }
    let partners = SequenceDiff().partners(
      LineTable(try index.reader.read(new, .blob)), LineTable(try index.reader.read(old, .blob)))
    var passed: [Int: Int] = [:]
    for (position, line) in lines {
      if line < partners.count, let partner = partners[line] {
        passed[position] = partner
        lines[position] = nil
      }
    }
    return passed
  }

  /// The newest commit up to a suspect's that made its file what it is.
  private func origin(of suspect: Suspect) throws -> Int? {
    for commit in try commits(changing: suspect.path).reversed() where commit <= suspect.commit {
      if try blob(at: suspect.path, in: commit) == suspect.blob,
        index.graph.isAncestor(commit, of: suspect.commit)
      {
        return commit
      }
    }
    return nil
  }

  /// The file that a path of a commit comes from in a parent.
  private func source(
    of path: [UInt8], in parent: Int, of commit: Int
  ) throws -> (path: [UInt8], blob: ObjectID)? {
    if let blob = try blob(at: path, in: parent) { return (path, blob) }
    guard let old = try renames(of: commit).first(where: { $0.new == path })?.old,
      let blob = try blob(at: old, in: parent)
    else { return nil }
    return (old, blob)
  }

  /// The file at a path of a commit; nil where there is none.
  private func blob(at path: [UInt8], in commit: Int) throws -> ObjectID? {
    var folder = try tree(of: commit)
    let names = path.split(separator: UInt8(ascii: "/"))
    for (depth, name) in names.enumerated() {
      let content = try index.reader.read(folder, .tree)
      guard
        let id = TreeComparison.entry(named: name, isFolder: depth + 1 < names.count, in: content)
      else { return nil }
      folder = id
    }
    return folder
  }
}

extension CommitGraph {
  /// Whether a commit is the same as a second one, or is in its past.
  func isAncestor(_ commit: Int, of other: Int) -> Bool {
    if commit == other { return true }
    if commit > other { return false }
    // Only the commits between the two can lie on the way.
    var seen = CommitSet(capacity: other - commit)
    seen.insert(other - commit)
    for number in stride(from: other, to: commit, by: -1) where seen.contains(number - commit) {
      for parent in parents(of: number) where parent >= commit { seen.insert(parent - commit) }
    }
    return seen.contains(0)
  }
}
