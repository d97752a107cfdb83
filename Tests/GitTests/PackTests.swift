// SPDX-License-Identifier: GPL-2.0-only

import Git
import TestSupport
import Testing

/// Packs of our own, read by git.
@Suite struct PackTests {
  private func change(_ path: String, _ content: [UInt8]?) -> GitChange {
    GitChange(
      path: Array(path.utf8),
      after: content.map { GitFile(mode: .regular, content: $0) })
  }

  private let identity = Signature(name: "A", email: "a@b", seconds: 1, zoneMinutes: 0)

  /// Random versions of files that grow, shrink, come and go, become equal to each other and empty.
  @Test(arguments: [1, 2, 3, 4])
  func gitReadsEveryObjectAsItWasMade(_ seed: UInt64) async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", "--bare", "r.git", in: scratch.path)
    _ = try await git(
      "commit-tree", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", in: scratch.file("r.git"))
    let repository = try Repository(openingAt: scratch.file("r.git"))
    let empty = try await git("mktree", in: scratch.file("r.git")).line
    let base = try #require(ObjectID(empty))
    var random = SeededRandom(seed: seed)
    var files: [String: [UInt8]] = [:]
    let paths = ["a", "d/b", "d/c", "d/e/f", "z"]
    var drafts: [CommitDraft] = []
    var states: [[String: [UInt8]]] = []
    for number in 0..<90 {
      let before = files
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let path = paths.randomElement(using: &random) ?? "a"
        var content = files[path] ?? []
        switch Int.random(in: 0..<10, using: &random) {
        case 0: content = []
        case 1: content = files.values.randomElement(using: &random) ?? []
        case 2:
          // Longer than one copy instruction takes, and nothing that zlib could make small.
          content = (0..<70_000).map { _ in UInt8.random(in: 0...255, using: &random) }
        case 3 where files.count > 1:
          files[path] = nil
          continue
        default:
          let position = Int.random(in: 0...content.count, using: &random)
          let length = Int.random(in: 0...min(300, content.count - position), using: &random)
          content.replaceSubrange(
            position..<(position + length),
            with: (0..<Int.random(in: 0...400, using: &random)).map { _ in
              UInt8.random(in: 32...126, using: &random)
            })
        }
        files[path] = content
      }
      let changes = paths.filter { before[$0] != files[$0] }.map { change($0, files[$0]) }
      drafts.append(CommitDraft(changes: changes, message: "\(number)\n", author: identity))
      states.append(files)
    }
    let made = try repository.commit(drafts, onto: nil, tree: base, committer: identity)
    let folder = scratch.file("r.git")
    _ = try await git(
      "update-ref", "refs/heads/main", made.commits.last?.description ?? "", in: folder)
    let check = try await git("fsck", "--full", "--strict", in: folder)
    #expect(check.code == 0, "\(check.errors)")
    let packs = try await run("sh", ["-c", "ls objects/pack/*.idx"], in: folder)
    let verified = try await git("verify-pack", "-v", packs.line, in: folder)
    #expect(verified.code == 0 && verified.text.contains("chain length = 2:"))
    for (commit, state) in zip(made.commits, states) {
      let list = try await git("ls-tree", "-r", "--name-only", commit.description, in: folder)
      #expect(
        list.text.split(separator: "\n").map(String.init) == state.keys.sorted())
    }
    for index in stride(from: 0, to: states.count, by: 7) {
      for (path, content) in states[index] {
        let shown = try await git("show", "\(made.commits[index]):\(path)", in: folder)
        #expect(shown.output == content, "\(index) \(path)")
      }
    }
    // And by git's own reading of a pack from a stream, which trusts no index.
    let pack = packs.line.replacing(".idx", with: ".pack")
    let again = try await run(
      "sh",
      [
        "-c",
        "git init -q --bare ../o.git && git -C ../o.git index-pack --strict --stdin < \(pack)",
      ],
      in: folder)
    #expect(again.code == 0, "\(again.errors)")
  }

  /// Pages are given back after so many different parts were read, and counted anew then.
  @Test func touchedPagesAreCountedOnce() {
    let part = 1 << 16
    var touched = TouchedPages(count: 1000 * part)
    for round in 0..<2 {
      let early = (0..<(TouchedPages.most - 1)).flatMap { index in
        [index * part + round, index * part + 1000].filter { touched.note($0) }
      }
      #expect(early == [])
      let isDue = touched.note(999 * part)
      #expect(isDue)
    }
    let isBeyond = touched.note(5000 * part)
    #expect(!isBeyond)
  }
}
