// SPDX-License-Identifier: GPL-2.0-only

import CLinux
import FoundationEssentials
import Git
import Glibc
import Host
import TestSupport
import Testing

import KernelTree

/// Runs that were stopped, and journals that came with a tree.
@Suite struct JournalTests {
  private let scratch: Scratch
  private var tree: String { scratch.file("t") }

  init() throws {
    scratch = try Scratch()
    for (name, text) in Self.old { try scratch.write("t/\(name)", text) }
  }

  private static let old = ["a": "1", "gone": "2", "sub/b": "3"]
  private static let files = [
    "a": "- 6e 65 77", "sub/b": "- 6e 65 77", "fresh/deep/c": "- 6e 65 77",
  ]

  private func path(_ text: String) throws -> TreePath { try TreePath(Array(text.utf8)) }
  private func regular(_ text: String) -> TreeFile {
    TreeFile(mode: .regular, content: Array(text.utf8))
  }

  private func changes() throws -> [TreeChange] {
    [
      TreeChange(path: try path("a"), before: regular("1"), after: regular("new")),
      TreeChange(path: try path("gone"), before: regular("2"), after: nil),
      TreeChange(path: try path("sub/b"), before: regular("3"), after: regular("new")),
      TreeChange(path: try path("fresh/deep/c"), before: nil, after: regular("new")),
    ]
  }

  /// Leaves a journal as a run does that is killed after its plan is in place, and after some files.
  private func stop(after done: Int) throws {
    let journal = try Journal(in: tree, gitFolder: nil)
    var steps: [Journal.Step] = []
    for (number, change) in try changes().enumerated() {
      steps.append(
        try journal.write(
          change, number: number, flushes: false, on: journal.trails()))
    }
    try journal.publish(JournalPlan(steps: steps), flushesAll: false)
    if done >= 1 { try removeFile(scratch.file("t/gone")) }
    for (position, number, name) in [(2, 0, "a"), (3, 2, "sub/b"), (4, 3, "fresh/deep/c")]
    where done >= position {
      if number == 3 { try InputFile.makeFolder(scratch.file("t/fresh/deep")) }
      let moved = unsafe rename(
        scratch.file("t/.patchkit-journal/new.\(number)"), scratch.file("t/\(name)"))
      #expect(moved == 0)
    }
  }

  @Test(arguments: 0...4, [false, true])
  func aStoppedRunIsRecovered(_ done: Int, _ rollingBack: Bool) throws {
    let before = try scratch.snapshot("t")
    try scratch.write("t/empty/x", "")
    try removeFile(scratch.file("t/empty/x"))
    try stop(after: done)
    #expect(throws: PatchkitError.self) { try DirectoryTree(path: tree).requireIdle() }
    let result = try DirectoryTree.recover(at: tree, rollingBack: rollingBack)
    #expect(result == (rollingBack ? .rolledBack : .finished))
    #expect(try scratch.snapshot("t") == (rollingBack ? before : Self.files))
    // No folder of the run is left, and one that was empty before stays.
    let names = try InputFile.names(in: tree)
    #expect(names == ["a", "empty"] + (rollingBack ? ["gone", "sub"] : ["fresh", "sub"]))
    #expect(try DirectoryTree.recover(at: tree, rollingBack: false) == .nothing)
  }

  /// An edit after the stop is not lost in either direction.
  ///
  /// Also one in place: the old version in the journal is the same file. Where that was not replaced yet, a roll back leaves it and restores the others.
  @Test(arguments: 0...4, [false, true])
  func anEditAfterTheStopIsNotLost(_ done: Int, _ rollingBack: Bool) throws {
    let old = try scratch.snapshot("t")
    try stop(after: done)
    let file = unsafe open(scratch.file("t/a"), O_WRONLY | O_APPEND)
    #expect(unsafe write(file, " edited", 7) == 7)
    close(file)
    let before = try scratch.snapshot("t")
    let isReplaced = done >= 2
    if rollingBack, !isReplaced {
      #expect(try DirectoryTree.recover(at: tree, rollingBack: true) == .rolledBack)
      var expected = old
      expected["a"] = before["a"]
      #expect(try scratch.snapshot("t") == expected)
      return
    }
    let error = #expect(throws: PatchkitError.self) {
      try DirectoryTree.recover(at: tree, rollingBack: rollingBack)
    }
    #expect(error?.kind == .changedMeanwhile && error?.path == "a")
    #expect(try scratch.snapshot("t") == before)
    // The way that the hint shows works.
    if isReplaced {
      try removeFile(scratch.file("t/a"))
      try FileManager.default.copyItem(
        atPath: scratch.file("t/.patchkit-journal/old.0"), toPath: scratch.file("t/a"))
    }
    #expect(error?.hint?.contains(isReplaced ? "old.0" : "--rollback") == true)
    #expect(try DirectoryTree.recover(at: tree, rollingBack: true) == .rolledBack)
  }

  /// Permissions that the user sets between the stop and the recovery stay, in either direction.
  @Test(arguments: 0...4, [false, true])
  func permissionsThatWereSetSinceTheStopStay(_ done: Int, _ rollingBack: Bool) throws {
    try stop(after: done)
    #expect(unsafe chmod(scratch.file("t/a"), 0o600) == 0)
    _ = try DirectoryTree.recover(at: tree, rollingBack: rollingBack)
    var info = stat()
    #expect(unsafe stat(scratch.file("t/a"), &info) == 0 && info.st_mode & 0o777 == 0o600)
    #expect(unsafe stat(scratch.file("t/sub/b"), &info) == 0 && info.st_mode & 0o077 != 0)
  }

  /// A run that was stopped in a folder stops runs in the folders above and below it that change the same files.
  @Test(arguments: [false, true], [false, true])
  func aStoppedRunStopsRunsAboveAndBelow(_ isBelow: Bool, _ isWorkTree: Bool) async throws {
    try scratch.write("t/sub/deep/c", "4")
    if isWorkTree {
      for words in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]] {
        _ = try await run("git", words, in: tree)
      }
    }
    let (stopped, other) = isBelow ? ("t/sub", "t") : ("t", "t/sub/deep")
    let gitFolder = isWorkTree ? tree + "/.git/" : nil
    func change(_ name: String, _ text: String) throws -> TreeChange {
      TreeChange(path: try path(name), before: regular(text), after: regular("new"))
    }
    do {
      let journal = try Journal(in: scratch.file(stopped), gitFolder: gitFolder)
      let step = try journal.write(
        change(isBelow ? "deep/c" : "sub/deep/c", "4"), number: 0, flushes: false,
        on: journal.trails())
      try journal.publish(JournalPlan(steps: [step]), flushesAll: false)
    }
    let before = try scratch.snapshot("t")
    let error = #expect(throws: PatchkitError.self) {
      try DirectoryTree(path: scratch.file(other)).land([
        change(isBelow ? "sub/deep/c" : "c", "4")
      ])
    }
    #expect(error?.kind == .busy, "\(String(describing: error))")
    #expect(error?.hint?.hasSuffix("\(stopped)'") == true, "\(String(describing: error?.hint))")
    #expect(try scratch.snapshot("t") == before)
    // A run that changes other files is not held up by one in a folder below it.
    if isBelow { try DirectoryTree(path: tree).land([change("a", "1")]) }
    #expect(try DirectoryTree.recover(at: scratch.file(stopped), rollingBack: true) == .rolledBack)
    try DirectoryTree(path: scratch.file(other)).land([
      change(isBelow ? "sub/deep/c" : "c", "4")
    ])
  }

  /// Two runs that start at the same time, one in a folder of the other's: at most one changes the file.
  @Test func runsInAFolderAndBelowItDoNotStartAtOnce() async throws {
    var started = 0
    for round in 0..<12 {
      started += try await startBoth(innerFirst: round % 2 == 0)
      for folder in ["t/sub", "t"] {
        _ = try DirectoryTree.recover(at: scratch.file(folder), rollingBack: true)
      }
    }
    #expect(started > 0)
  }

  /// Starts a run in a folder and one below it, until each has prepared its change or gave up.
  ///
  /// - Returns: how many prepared their change, at most one.
  private func startBoth(innerFirst: Bool) async throws -> Int {
    let targets = [(scratch.file("t/sub"), try path("b")), (tree, try path("sub/b"))]
    let (old, new) = (regular("3"), regular("x"))
    let made = await withTaskGroup(of: Journal.Shared?.self) { group in
      for (folder, path) in innerFirst ? targets : targets.reversed() {
        group.addTask {
          do {
            let journal = try Journal(in: folder, gitFolder: nil)
            _ = try journal.write(
              TreeChange(path: path, before: old, after: new), number: 0, flushes: false,
              on: journal.trails())
            return Journal.Shared(journal)
          } catch {
            #expect((error as? PatchkitError)?.kind == .busy, "\(error)")
            return nil
          }
        }
      }
      var made: [Journal.Shared] = []
      for await journal in group { if let journal { made.append(journal) } }
      return made
    }
    #expect(made.count <= 1)
    return made.count
  }

  /// A look whether a run was stopped does not keep a run from starting, and none leaves anything.
  @Test func aLookDoesNotKeepARunFromStarting() async throws {
    let tree = tree
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<2 {
        group.addTask {
          for _ in 0..<100 { _ = try? Journal.isStopped(in: tree, gitFolder: nil) }
        }
      }
      group.addTask {
        for _ in 0..<60 {
          #expect(throws: Never.self) { try Journal(in: tree, gitFolder: nil).land([]) }
        }
      }
    }
    #expect(try !InputFile.names(in: tree).contains(Journal.folder))
  }

  /// A journal that another user wrote, or that was copied with its tree, is not carried out.
  @Test func aJournalFromElsewhereIsNotBelieved() async throws {
    try stop(after: 1)
    try scratch.copy(tree, to: "copy")
    let before = try scratch.snapshot("copy")
    for rollingBack in [false, true] {
      let error = #expect(throws: PatchkitError.self) {
        try DirectoryTree.recover(at: scratch.file("copy"), rollingBack: rollingBack)
      }
      #expect(error?.kind == .refused)
    }
    #expect(try scratch.snapshot("copy") == before)
    // The true one still is.
    #expect(try DirectoryTree.recover(at: tree, rollingBack: false) == .finished)
  }

  /// After a restart of the system the tree's device may have another number.
  @Test(arguments: [false, true])
  func aJournalIsBelievedAfterTheDeviceWasRenumbered(_ isOtherTree: Bool) throws {
    try stop(after: 2)
    var info = stat()
    #expect(unsafe stat(tree, &info) == 0)
    let base = try #require(
      Machine.variable("XDG_STATE_HOME") ?? Machine.variable("HOME").map { $0 + "/.local/state" })
    let records = base + "/patchkit/journals/"
    let inode = isOtherTree ? info.st_ino + 1 : info.st_ino
    let other = records + "\(info.st_dev + 7777)-\(inode)"
    #expect(unsafe rename(records + "\(info.st_dev)-\(info.st_ino)", other) == 0)
    if isOtherTree {
      let error = #expect(throws: PatchkitError.self) {
        try DirectoryTree.recover(at: tree, rollingBack: false)
      }
      #expect(error?.kind == .refused)
      try removeFile(other)
    } else {
      #expect(try DirectoryTree.recover(at: tree, rollingBack: false) == .finished)
      #expect(!InputFile.exists(other))
      #expect(try scratch.snapshot("t") == Self.files)
    }
  }

  /// A kill between the last file of a folder and the folder, where a file takes the folder's name.
  @Test(arguments: 0...4, [false, true])
  func aFileTakesTheNameOfAFolder(_ done: Int, _ rollingBack: Bool) throws {
    try scratch.write("t/sub/deep/c", "4")
    let before = try scratch.snapshot("t")
    let journal = try Journal(in: tree, gitFolder: nil)
    let all = [
      TreeChange(path: try path("sub/b"), before: regular("3"), after: nil),
      TreeChange(path: try path("sub/deep/c"), before: regular("4"), after: nil),
      TreeChange(path: try path("sub"), before: nil, after: regular("new")),
    ]
    var steps: [Journal.Step] = []
    for (number, change) in all.enumerated() {
      steps.append(
        try journal.write(
          change, number: number, flushes: false, on: journal.trails()))
    }
    try journal.publish(JournalPlan(steps: steps), flushesAll: false)
    _ = consume journal
    for (number, name) in ["sub/b", "sub/deep/c"].enumerated() where done > number {
      try removeFile(scratch.file("t/" + name))
    }
    for (number, name) in ["sub/deep", "sub"].enumerated() where done > number + 2 {
      #expect(unsafe rmdir(scratch.file("t/" + name)) == 0)
    }
    _ = try DirectoryTree.recover(at: tree, rollingBack: rollingBack)
    let new = ["a": "- 31", "gone": "- 32", "sub": "- 6e 65 77"]
    #expect(try scratch.snapshot("t") == (rollingBack ? before : new))
  }

  /// In a work tree the journal is in the git directory, where no command of git picks it up.
  @Test(arguments: [false, true]) func aWorkTreesJournalIsInItsGitFolder(
    _ rollingBack: Bool
  ) async throws {
    for words in [["init", "-q"], ["add", "-A"], ["commit", "-qm", "base"]] {
      _ = try await run("git", words, in: tree)
    }
    let before = try scratch.snapshot("t").filter { !$0.key.hasPrefix(".git/") }
    let gitFolder = tree + "/.git/"
    do {
      let journal = try Journal(in: tree, gitFolder: gitFolder)
      var steps: [Journal.Step] = []
      for (number, change) in try changes().enumerated() {
        steps.append(
          try journal.write(
            change, number: number, flushes: false, on: journal.trails()))
      }
      try journal.publish(JournalPlan(steps: steps), flushesAll: false)
    }
    #expect(try !InputFile.names(in: tree).contains(Journal.folder))
    #expect(throws: PatchkitError.self) { try DirectoryTree(path: tree).requireIdle() }
    _ = try await run("git", ["add", "-A"], in: tree)
    _ = try await run("git", ["clean", "-dfxq"], in: tree)
    #expect(try await git("status", "--porcelain", in: tree).text == "")
    let result = try DirectoryTree.recover(at: tree, rollingBack: rollingBack)
    #expect(result == (rollingBack ? .rolledBack : .finished))
    let after = try scratch.snapshot("t").filter { !$0.key.hasPrefix(".git/") }
    #expect(after == (rollingBack ? before : Self.files))
    let left = try InputFile.names(in: gitFolder).filter { $0.hasPrefix("patchkit") }
    #expect(left.isEmpty)
  }

  @Test(arguments: [
    "patchkit journal 2\n- 100644:\(Self.id) ../evil\nend\n",
    "patchkit journal 2\nbranch \(Self.id) \(Self.id) refs/heads/main\nend\n",
    "patchkit journal 2\n100644:\(Self.id) - a\nend\n", "patchkit journal 1\nend\n", "",
  ]) func aCraftedPlanIsRefused(_ plan: String) throws {
    try scratch.write("t/.patchkit-journal/plan", plan)
    try scratch.write("t/.patchkit-journal/new.0", "x")
    let before = try scratch.snapshot()
    for rollingBack in [false, true] {
      let error = #expect(throws: PatchkitError.self) {
        try DirectoryTree.recover(at: tree, rollingBack: rollingBack)
      }
      #expect(error?.kind == .refused)
    }
    let after = try scratch.snapshot().filter { !$0.key.hasSuffix("/lock") }
    #expect(after == before)
  }

  private static let id = "56a6051ca2b02b04ef92d5150c9ef600403cb1de"

  @Test func aPlanIsReadAsItWasWritten() throws {
    var plan = JournalPlan(
      steps: [
        JournalPlan.Step(
          path: try path("a b/c"), number: 0, before: JournalPlan.Version(regular("1")),
          after: nil),
        JournalPlan.Step(
          path: try path("new/d"), number: 1, before: nil,
          after: JournalPlan.Version(TreeFile(mode: .symlink, content: [0x61])),
          missingFolders: [try path("new")]),
      ],
      moves: [ReferenceMove(name: "refs/heads/x", from: nil, to: ObjectID(Self.id))])
    plan.steps[1].missingFolders = []
    let again = try #require(JournalPlan(plan.content))
    #expect(again.content == plan.content && again.steps.map(\.before) == plan.steps.map(\.before))
    #expect(again.folders.map(\.description) == ["new"] && again.moves == plan.moves)
    for length in 0..<plan.content.count {
      #expect(JournalPlan(Array(plan.content[..<length])) == nil)
    }
  }

  /// A file that cannot be put in place in the middle of a run: what was changed is undone at once.
  @Test func aFailureInTheMiddleIsRolledBackAtOnce() throws {
    try scratch.write("t/wall/x", "")
    let before = try scratch.snapshot("t")
    var all = try changes()
    // A folder that is not empty is in the place of the new file: only the rename finds out.
    all.append(TreeChange(path: try path("wall"), before: nil, after: regular("new")))
    let error = #expect(throws: PatchkitError.self) {
      try DirectoryTree(path: tree).land(all)
    }
    #expect(error?.kind == .changedMeanwhile || error?.consequence.contains("rolled back") == true)
    #expect(try scratch.snapshot("t") == before)
    #expect(try InputFile.names(in: tree) == ["a", "gone", "sub", "wall"])
  }

  /// The same of many files, which several threads remove and put in place: what each of them did is undone.
  @Test(arguments: [false, true])
  func aFailureAmongManyFilesIsRolledBackAtOnce(_ comesFirst: Bool) throws {
    for number in 0..<150 { try scratch.write("t/d\(number / 10)/e/f\(number)", "\(number)") }
    try scratch.write("t/wall/x", "")
    let before = try scratch.snapshot("t")
    var all = try (0..<150).flatMap { number in
      [
        TreeChange(
          path: try path("d\(number / 10)/e/f\(number)"), before: regular("\(number)"),
          after: number % 3 == 0 ? regular("new") : nil),
        TreeChange(path: try path("n\(number % 7)/m/f\(number)"), before: nil, after: regular("n")),
      ]
    }
    let wall = TreeChange(path: try path("wall"), before: nil, after: regular("new"))
    all.insert(wall, at: comesFirst ? 0 : 200)
    #expect(throws: PatchkitError.self) { try DirectoryTree(path: tree).land(all) }
    #expect(try scratch.snapshot("t") == before)
    #expect(try !InputFile.names(in: tree).contains { $0.hasPrefix("n") })
    all.removeAll { $0 == wall }
    try DirectoryTree(path: tree).land(all)
    let after = try scratch.snapshot("t")
    #expect(
      after.keys.count { $0.hasPrefix("d") } == 50 && after.keys.count { $0.hasPrefix("n") } == 150)
    // Folders that the removed files left empty are gone.
    #expect(try InputFile.names(in: tree).count { $0.hasPrefix("d") } == 15)
    try DirectoryTree(path: tree).land(
      (0..<150).filter { $0 % 3 == 0 }.map { number in
        TreeChange(
          path: try path("d\(number / 10)/e/f\(number)"), before: regular("new"), after: nil)
      })
    #expect(try InputFile.names(in: tree).allSatisfy { !$0.hasPrefix("d") })
  }

  @Test func filesKeepTheirPermissionsAndNewOnesFollowTheMask() throws {
    #expect(unsafe chmod(scratch.file("t/a"), 0o600) == 0)
    try DirectoryTree(path: tree).land(try changes())
    func permissions(_ name: String) -> mode_t {
      var info = stat()
      guard unsafe stat(scratch.file("t/" + name), &info) == 0 else { return 0 }
      return info.st_mode & 0o7777
    }
    let mask = umask(0o022)
    umask(mask)
    #expect(permissions("a") == 0o600 && permissions("fresh/deep/c") == 0o666 & ~mask)
    #expect(permissions("fresh") & 0o777 == 0o777 & ~mask)
  }

  /// The mask is the process's, and other threads make files at the same time.
  @Test func manyNewFilesFromManyThreadsFollowTheMask() throws {
    let landing = try DirectoryTree(path: tree).landing()
    let paths = try (0..<400).map { try path("many/d\($0 % 9)/f\($0)") }
    let content = regular("x")
    _ = try WorkerPool.map(count: paths.count, threads: 4) { (index) throws(PatchkitError) in
      try landing.add(TreeChange(path: paths[index], before: nil, after: content))
    }
    #expect(try landing.finish().count == 400)
    let mask = umask(0o022)
    umask(mask)
    for path in paths {
      var info = stat()
      #expect(unsafe stat(scratch.file("t/\(path)"), &info) == 0)
      #expect(info.st_mode & 0o777 == 0o666 & ~mask)
    }
  }

  /// A file that a patch makes has the access control list that any program's file in the folder has, and a changed
  /// one keeps its own.
  @Test func accessControlListsAreThoseOfTheFolder() throws {
    /// A list in the form of the system: tags, permissions and ids.
    func list(_ entries: [(tag: UInt8, permissions: UInt8, id: UInt32)]) -> [UInt8] {
      [2, 0, 0, 0]
        + entries.flatMap { entry in
          [entry.tag, 0, entry.permissions, 0]
            + (0..<4).map { UInt8(truncatingIfNeeded: entry.id >> (8 * UInt32($0))) }
        }
    }
    func open(_ name: String, _ flags: Int32 = O_RDONLY, _ mode: mode_t = 0) -> Int32 {
      unsafe Glibc.open(scratch.file("t/" + name), flags, mode)
    }
    func accessList(_ name: String) -> [UInt8] {
      let file = open(name)
      defer { close(file) }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = unsafe fgetxattr(file, "system.posix_acl_access", &bytes, bytes.count)
      return Array(bytes.prefix(max(0, count)))
    }
    let none = UInt32.max
    let own = list([(1, 6, none), (2, 4, 12345), (4, 4, none), (0x10, 4, none), (0x20, 0, none)])
    let usual = list([(1, 7, none), (2, 6, 12345), (4, 5, none), (0x10, 7, none), (0x20, 0, none)])
    for name in ["system.posix_acl_default", "system.posix_acl_access"] {
      let isFolder = name.hasSuffix("default")
      let file = open(isFolder ? "sub" : "sub/b")
      defer { close(file) }
      let bytes = isFolder ? usual : own
      guard unsafe fsetxattr(file, name, bytes, bytes.count, 0) == 0 else {
        // A file system without such lists.
        #expect(errno == ENOTSUP)
        return
      }
    }
    try DirectoryTree(path: tree).land([
      TreeChange(path: try path("sub/b"), before: regular("3"), after: regular("new")),
      TreeChange(path: try path("sub/x"), before: nil, after: regular("x")),
      TreeChange(
        path: try path("sub/run"), before: nil,
        after: TreeFile(mode: .executable, content: Array("x".utf8))),
      TreeChange(path: try path("sub/deep/er/x"), before: nil, after: regular("x")),
    ])
    close(open("sub/plain", O_CREAT | O_WRONLY, 0o666))
    close(open("sub/program", O_CREAT | O_WRONLY, 0o777))
    #expect(accessList("sub/b") == own)
    #expect(!accessList("sub/plain").isEmpty && accessList("sub/x") == accessList("sub/plain"))
    #expect(accessList("sub/run") == accessList("sub/program"))
    #expect(accessList("sub/deep/er/x") == accessList("sub/plain"))
    #expect(accessList("sub/deep") == accessList("sub/deep/er"))
    #expect(!accessList("sub/deep").isEmpty)
  }

  // Only root may choose a group that it is not in.
  @Test(.enabled(if: getuid() == 0, "needs root"))
  func aSetgidFolderGivesNewFilesItsGroup() throws {
    try InputFile.makeFolder(scratch.file("t/shared"))
    #expect(unsafe chown(scratch.file("t/shared"), 0, 4242) == 0)
    #expect(unsafe chmod(scratch.file("t/shared"), 0o2775) == 0)
    try scratch.write("t/mine", "1")
    #expect(unsafe chown(scratch.file("t/mine"), 4243, 4244) == 0)
    try DirectoryTree(path: tree).land([
      TreeChange(path: try path("shared/x"), before: nil, after: regular("x")),
      TreeChange(path: try path("mine"), before: regular("1"), after: regular("2")),
    ])
    var info = stat()
    #expect(unsafe stat(scratch.file("t/shared/x"), &info) == 0 && info.st_gid == 4242)
    #expect(unsafe stat(scratch.file("t/mine"), &info) == 0)
    #expect(info.st_uid == 4243 && info.st_gid == 4244)
  }
}
