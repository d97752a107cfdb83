// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// A repository that a test makes through `git fast-import`.
struct MadeHistory {
  let scratch: Scratch
  /// The bare repository.
  let path: String

  /// A commit to make.
  struct Commit {
    var message: String
    /// The positions of the parents among the commits; empty for a root.
    var parents: [Int]
    /// The files to write, and those to delete (nil), against the first parent.
    var files: [(path: String, content: String?)]
  }

  init() async throws {
    scratch = try Scratch()
    path = scratch.file("r.git")
    _ = try await git("init", "-q", "--bare", "-b", "main", path, in: scratch.path)
  }

  /// The folder for indexes.
  var cache: String { scratch.file("cache") }

  /// Makes commits on new branches and on `main`, which is moved to the last one.
  ///
  /// - Returns: the ids.
  func make(_ commits: [Commit], on branch: String = "main") async throws -> [String] {
    var stream = ""
    for (index, commit) in commits.enumerated() {
      stream += "commit refs/heads/\(branch)\nmark :\(index + 1)\n"
      stream += "author A U Thor <a@example.org> \(1_300_000_000 + index * 60) +0100\n"
      stream += "committer C O Mitter <c@example.org> \(1_300_000_000 + index * 60) +0000\n"
      stream += "data \(commit.message.utf8.count)\n\(commit.message)\n"
      if let first = commit.parents.first { stream += "from :\(first + 1)\n" }
      for other in commit.parents.dropFirst() { stream += "merge :\(other + 1)\n" }
      for (path, content) in commit.files {
        if let content {
          stream += "M 100644 inline \(path)\ndata \(content.utf8.count)\n\(content)\n"
        } else {
          stream += "D \(path)\n"
        }
      }
      stream += "\n"
    }
    let marks = scratch.file("marks")
    let made = try await git(
      "fast-import", "--quiet", "--force", "--export-marks=\(marks)", in: path,
      input: Array(stream.utf8))
    #expect(made.code == 0, "\(made.errors)")
    var ids = [String](repeating: "", count: commits.count)
    for line in String(decoding: try scratch.read("marks"), as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      if let mark = Int(words[0].dropFirst()) { ids[mark - 1] = String(words[1]) }
    }
    return ids
  }

  /// A chain of commits, each with a message and one changed file.
  static func chain(_ messages: [String], file: String = "a.c") -> [Commit] {
    messages.enumerated().map { index, message in
      Commit(
        message: message, parents: index == 0 ? [] : [index - 1],
        files: [(file, "\(index) \(message)\n")])
    }
  }

  /// Commits that edit, add, delete and merge at random.
  static func random(_ count: Int, seed: UInt64) -> [Commit] {
    var random = SeededRandom(seed: seed)
    var commits: [Commit] = []
    // What each commit's files are, so that only existing ones are deleted.
    var trees: [[String: [String]]] = []
    let names = ["a.c", "b.c", "fs/a.c", "fs/ext4/file.c", "fs/ext4/inode.c", "fs.h", "fs/x/y/z.h"]
    for index in 0..<count {
      var parents: [Int] = []
      if index > 0 {
        let near = max(0, index - 3)
        parents = [Int.random(in: near..<index, using: &random)]
        let other = Int.random(in: near..<index, using: &random)
        if other != parents[0], Int.random(in: 0..<2, using: &random) == 0 { parents.append(other) }
      }
      var tree = parents.first.map { trees[$0] } ?? [:]
      var files: [(path: String, content: String?)] = []
      if parents.count > 1 {
        // A merge takes what the other side has new, and now and then edits besides.
        for (name, lines) in trees[parents[1]] where tree[name] == nil {
          tree[name] = lines
          files.append((name, lines.joined(separator: "\n") + "\n"))
        }
      }
      for _ in 0..<Int.random(in: parents.count > 1 ? 0...1 : 1...3, using: &random) {
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        if files.contains(where: { $0.path == name }) { continue }
        if tree[name] != nil, Int.random(in: 0..<8, using: &random) == 0 {
          tree[name] = nil
          files.append((name, nil))
          continue
        }
        var lines = tree[name] ?? (0..<12).map { "line \($0) of \(name)" }
        let at = Int.random(in: 0..<lines.count, using: &random)
        lines.insert("commit \(index) writes \(at)", at: at)
        if Int.random(in: 0..<3, using: &random) == 0 { lines.remove(at: lines.count - 1) }
        tree[name] = lines
        files.append((name, lines.joined(separator: "\n") + "\n"))
      }
      trees.append(tree)
      commits.append(Commit(message: "change \(index)\n", parents: parents, files: files))
    }
    return commits
  }
}
