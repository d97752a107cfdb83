// SPDX-License-Identifier: GPL-2.0-only

import Backport
import FoundationEssentials
import KernelTree
import PatchFormat
import PatchSeries
import TestSupport
import Testing

/// Random cycles of push, edit, refresh and pop, with git apply, GNU patch and quilt as oracles.
///
/// Every patch makes its tree; a pop brings the tree before back, byte for byte; a refreshed patch
/// makes the same tree with git apply, GNU patch and quilt as with patchkit, and a refresh of what
/// was not edited changes nothing.
@Suite struct StackCycleTests {
  private static let hasOracles = Project.hasProgram("quilt") && Project.hasProgram("patch")

  /// A cycle's folders: `t` is the tree with its stack, `r` a repository of all states.
  private struct Cycle {
    let scratch: Scratch
    var random: SeededRandom
    var states: [RandomFiles] = []

    func stack() throws -> PatchStack {
      try PatchStack(
        on: try DirectoryTree(path: scratch.file("t")), patches: nil, environment: [:])
    }

    func tree() throws -> [String: String] {
      try scratch.snapshot("t").filter {
        !$0.key.hasPrefix(".pc/") && !$0.key.hasPrefix("patches/")
      }
    }

    /// git's patch from a state to the one after it.
    func diff(_ options: [String]) async throws -> [UInt8] {
      var stream: [UInt8] = Array("reset refs/heads/main\n".utf8)
      for (number, state) in states.suffix(2).enumerated() { stream += state.commit(number) }
      let made = try await git(
        "fast-import", "--quiet", "--force", in: scratch.file("r"), input: stream)
      #expect(made.code == 0, "\(made.errors)")
      let words = ["diff", "--binary"] + options + ["main~1", "main"]
      return try await TestSupport.run("git", words, in: scratch.file("r")).output
    }

    /// What a tool makes of the state before with a patch.
    func made(
      by tool: String, _ arguments: [String], from state: RandomFiles, with patch: String
    ) async throws -> (code: Int, tree: [String: String], said: String) {
      try? FileManager.default.removeItem(atPath: scratch.file("o"))
      try scratch.write("o/patches/series", patch + "\n")
      try scratch.write("o/patches/" + patch, try scratch.read("t/patches/" + patch))
      try state.write(to: scratch, "o", over: RandomFiles())
      let result = try await TestSupport.run(tool, arguments, in: scratch.file("o"))
      let tree = try scratch.snapshot("o").filter {
        !$0.key.hasPrefix(".pc/") && !$0.key.hasPrefix("patches/")
      }
      return (result.code, tree, result.errors + result.text)
    }
  }

  private func options(_ random: inout SeededRandom) -> [String] {
    [[], ["-M30%"], ["-M30%", "-C", "--find-copies-harder"]].randomElement(using: &random) ?? []
  }

  @Test(
    .enabled(if: hasOracles, "quilt or patch is not installed"),
    arguments: 0..<(Project.isThorough ? 400 : 12))
  func everyCycleComesBack(seed: Int) async throws {
    let scratch = try Scratch()
    var cycle = Cycle(scratch: scratch, random: SeededRandom(seed: UInt64(seed) + 77_000))
    try scratch.write("t/patches/series", "")
    _ = try await run("git", ["init", "-q", "-b", "main", scratch.file("r")])
    var current = RandomFiles()
    for _ in 0..<4 { current.step(&cycle.random) }
    let first = current
    try current.write(to: scratch, "t", over: RandomFiles())
    var names: [String] = []
    for number in 1...3 {
      let name = "p\(number).patch"
      let before = current
      current.step(&cycle.random)
      cycle.states = [before, current]
      let text = try await cycle.diff(options(&cycle.random))
      if text.isEmpty { continue }
      names.append(name)
      try scratch.write("t/patches/" + name, text)
      try scratch.write("t/patches/series", names.map { $0 + "\n" }.joined())
      let pushed = try cycle.stack().push(
        .count(1), options: ApplyOptions(), base: nil, memory: nil)
      #expect(
        pushed.refused == nil, "\(seed) \(name): \(pushed.outcome.patches.flatMap(\.details))")
      if pushed.refused != nil { return }
      #expect(try cycle.tree() == current.snapshot, "\(seed) \(name): push")
      try reverse(cycle, name, from: current, to: before, seed)
      // What was not edited stays as it is.
      #expect(try cycle.stack().refresh([]).map(\.isChanged) == [false], "\(seed) \(name)")
      #expect(try scratch.read("t/patches/" + name) == text)
      if Int.random(in: 0..<4, using: &cycle.random) > 0 {
        let edited = try edit(current, in: &cycle, scratch)
        current = edited
        do { _ = try cycle.stack().refresh([]) } catch {
          Issue.record("\(seed) \(name): refresh: \(error)")
          return
        }
        try reverse(cycle, name, from: current, to: before, seed)
        try await compare(cycle, name, from: before, to: current, made: text, seed)
      }
      // Down and up again.
      do { _ = try cycle.stack().pop(.count(1)) } catch {
        let other = try? cycle.stack().diff(of: nil, isUnrefreshed: true, files: [])
        Issue.record(
          "\(seed) \(name): pop: \(error): \(String(decoding: other ?? [], as: UTF8.self))")
        return
      }
      #expect(try cycle.tree() == before.snapshot, "\(seed) \(name): pop")
      let again = try cycle.stack().push(
        .count(1), options: ApplyOptions(), base: nil, memory: nil)
      #expect(again.refused == nil, "\(seed) \(name): \(again.outcome.patches.flatMap(\.details))")
      #expect(try cycle.tree() == current.snapshot, "\(seed) \(name): push again")
    }
    if names.isEmpty { return }
    _ = try cycle.stack().pop(.all)
    #expect(try cycle.tree() == first.snapshot, "\(seed): all patches popped")
  }

  /// Edits the tree as a user does: files are added to the patch before they change.
  private func edit(
    _ current: RandomFiles, in cycle: inout Cycle, _ scratch: Scratch
  ) throws -> RandomFiles {
    var edited = current
    edited.step(&cycle.random)
    let paths = Set(edited.files.keys).union(current.files.keys)
      .filter { edited.files[$0] != current.files[$0] }
    let old = paths.filter { current.files[$0] != nil }.sorted()
    _ = try cycle.stack().add(old)
    try current.remove(from: scratch, "t") { paths.contains($0) }
    var rest = current
    rest.drop(paths)
    _ = try cycle.stack().add(paths.subtracting(old).sorted())
    try edited.write(to: scratch, "t", over: rest)
    return edited
  }

  /// Reverse-applies a patch to the tree as it left it, without writing; that gives the tree before.
  private func reverse(
    _ cycle: Cycle, _ name: String, from after: RandomFiles, to before: RandomFiles, _ seed: Int
  ) throws {
    let text = try cycle.scratch.read("t/patches/" + name)
    if text.isEmpty { return }
    let session = SeriesSession(on: try DirectoryTree(path: cycle.scratch.file("t")))
    let queue = try PatchQueue(
      PatchDocument(parsing: text, name: name), options: ApplyOptions(isReversed: true))
    let outcome = try session.apply(queue)
    #expect(
      outcome.applies,
      "\(seed) \(name) -R: \(outcome.patches.flatMap(\.details)) \(String(decoding: text, as: UTF8.self))"
    )
    if !outcome.applies { return }
    for path in Set(before.files.keys).union(after.files.keys) {
      // A path of a folder has no file's content.
      let file = (try? session.tree.file(at: TreePath(Array(path.utf8)))) ?? nil
      let known = before.files[path]
      #expect(
        file?.content == known?.content
          && file.map { String($0.mode.rawValue, radix: 8) } == known?.mode,
        "\(seed) \(name) -R: \(path)")
    }
  }

  /// Compares a refreshed patch's result by three other tools.
  private func compare(
    _ cycle: Cycle, _ name: String, from before: RandomFiles, to after: RandomFiles, made: [UInt8],
    _ seed: Int
  ) async throws {
    let text = try cycle.scratch.read("t/patches/" + name)
    let shown = String(decoding: text, as: UTF8.self)
    if text.isEmpty || !shown.contains("diff --git") { return }
    let patch = "patches/" + name
    let git = try await cycle.made(by: "git", ["apply", patch], from: before, with: name)
    // git's own diff of a link that becomes a folder by a rename is one that git apply refuses.
    let isRefused = git.said.contains("is beyond a symbolic link")
    #expect(
      git.code == 0 ? git.tree == after.snapshot : isRefused,
      "\(seed) \(name) git: \(git.said) \(shown)")
    // GNU patch has no binary patches.
    if shown.contains("GIT binary patch") { return }
    for (tool, words) in [
      ("patch", ["-p1", "-s", "-F0", "-i", patch]), ("quilt", ["push", "-q"]),
    ] {
      let other = try await cycle.made(by: tool, words, from: before, with: name)
      let isListed = (Self.refusals + (text == made ? Self.refusalsOfBlanks : []))
        .contains { other.said.contains($0) }
      #expect(
        other.code == 0 ? other.tree == after.snapshot : isListed,
        "\(seed) \(name) \(tool): \(other.said) \(shown)")
    }
  }

  /// What GNU patch cannot do, and says so: a link that is renamed or copied, or that takes a file's
  /// name; a file that becomes a folder, and one that moves into a folder that is not there yet.
  private static let refusals = [
    "is not a regular file -- refusing to patch", "is not a symbolic link -- refusing to patch",
    "Invalid file name", "Can't create temporary file",
  ]

  /// What GNU patch says of git's own part without hunks, where a name has a blank.
  ///
  /// git writes such a name without quotes. A refresh writes them, but leaves a patch as it is that
  /// did not change.
  private static let refusalsOfBlanks = [
    "without two valid file names", "No file to patch", "Skip this patch?",
  ]
}
