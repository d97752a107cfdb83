// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// Ends the trial of a patch at the first hunk that the tree does not have, where the trial is only to show
/// whether the tree has all of the patch.
///
/// The answer is that of a trial of the whole patch.
final class AbsenceTest {
  private let files: [FilePatch]
  private let tests: PresenceTests
  /// How many file patches change each path.
  private let uses: [String: Int]
  /// The results that no strategy changes: the file has all hunks unchanged, and no other part of the patch
  /// changes it.
  let settled: [FileOutcome]
  /// Whether a hunk was found that the tree does not have.
  private(set) var hasEnded = false

  /// Takes the file patches as they are tried, with their results without the strategies.
  init(_ files: [FilePatch], _ results: [FileOutcome], _ tests: PresenceTests) {
    self.files = files
    self.tests = tests
    let names = results.flatMap { [$0.path, $0.oldPath].compactMap(\.self) }
    let uses = Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
    self.uses = uses
    settled = results.filter {
      $0.verdict == .alreadyApplied && $0.change == FilePatch.Change.modify.rawValue
        && uses[$0.path] == 1
    }
  }

  /// The file patches to try, and the part of them that may be tried first: what they find does not depend on the
  /// others.
  func selection(of tasks: [FileTask], in states: FileStates) throws -> (
    tasks: [FileTask], first: [FileTask]
  ) {
    let done = Set(settled.map(\.index))
    let rest = tasks.filter { !done.contains($0.index) }
    if rest.count < 2 { return (rest, []) }
    let first = try rest.filter { task in
      guard task.file.change == .modify, let path = task.old, uses[path.description] == 1 else {
        return false
      }
      return try states.overlay.file(at: path) != nil
    }
    return (rest, first)
  }

  /// Whether the file patches after one need not be tried.
  func ends(after result: FileOutcome) throws -> Bool {
    guard files.indices.contains(result.index), !result.isSettledLast else { return false }
    var own = Presence()
    try own.add(files[result.index], result, isPlain: false, tests, stopsAtFirst: true)
    hasEnded = own.there < own.hunks
    return hasEnded
  }

  /// What ends the trial of a file patch at one of its hunks; nil where that may be of another file in the end.
  ///
  /// - Parameter changing: the files that the patch changes and that are still as they were before it.
  func hunks(
    of task: FileTask, in before: TreeFile?, _ relocator: Relocator, changing: Set<TreePath>
  ) throws -> HunkAbsence? {
    guard task.named == nil, task.numbers == nil, task.file.change == .modify,
      let path = task.old, task.new == path, let before,
      // Where an earlier part of the patch changed the file, it is not the one of the tree.
      let known = try tests.test(at: path.description, of: task.index),
      known.bytes == before.content
    else { return nil }
    return HunkAbsence(
      file: files[task.index], path: path, test: known.test, relocator: relocator,
      changing: changing
    ) { [unowned self] in hasEnded = true }
  }
}

/// What the hunks of a file patch show, one after the other, of whether its file has them all.
final class HunkAbsence {
  private let file: FilePatch
  private let path: TreePath
  private let test: HunkPresence
  private let relocator: Relocator
  private let changing: Set<TreePath>
  private let note: () -> Void
  /// Whether the file does not have one of the hunks so far.
  private var isLacking = false
  /// Whether no hunk will be tried on another file.
  private var staysHere = false
  /// Whether a hunk may be in another file: then no other hunk is searched for, as each search reads a folder.
  private var mayHaveMoved = false

  init(
    file: FilePatch, path: TreePath, test: HunkPresence, relocator: Relocator,
    changing: Set<TreePath>, note: @escaping () -> Void
  ) {
    (self.file, self.path, self.test, self.relocator) = (file, path, test, relocator)
    (self.changing, self.note) = (changing, note)
  }

  private func lacks(_ index: Int, _ hunk: HunkOutcome) -> Bool {
    hunk.verdict != .alreadyApplied
      && test.evidence(for: file.hunks[index], orAt: hunk.proposal) == nil
  }

  /// Whether a hunk decides after which all strategies were tried.
  ///
  /// A hunk without a position may belong to a function of another file, and be there. It may not where
  /// another one keeps all of them here, or where none of those files has what it adds.
  func ends(at index: Int, _ hunk: HunkOutcome, isAccepted: Bool) -> Bool {
    let isHere = hunk.verdict == .conflict && !isAccepted
    staysHere = staysHere || isHere && !MovedFunctions.isLost(hunk)
    var ends = false
    if lacks(index, hunk) {
      isLacking = true
      if isHere, !mayHaveMoved, MovedFunctions.isLost(hunk) {
        let may = try? relocator.mayHaveMoved(
          file.hunks[index], of: file, from: path, changing: changing)
        ends = may == false
        mayHaveMoved = !ends
      }
    }
    ends = ends || isLacking && staysHere
    if ends { note() }
    return ends
  }

  /// Whether the hunks decide, all of which have positions, before their result is read.
  ///
  /// What is read in it may refuse a hunk, which may then belong to a function of another file unless its
  /// position is in the function that it names.
  func ends(at hunks: [HunkOutcome]) -> Bool {
    let ends =
      hunks.indices.contains { lacks($0, hunks[$0]) }
      && hunks.allSatisfy { $0.edits?.isEmpty ?? false || $0.proposal?.function == .same }
    if ends { note() }
    return ends
  }
}

/// The tests of the files that a patch changes, each made once.
final class PresenceTests {
  private let files: [FilePatch]
  private let target: any KernelTree
  private var made: [Key: Test] = [:]

  private struct Key: Hashable {
    var index: Int
    var path: String
  }

  /// The test of a file, with what is in the file.
  typealias Test = (bytes: [UInt8], test: HunkPresence)

  /// More files than this are not kept: a patch may be of thousands.
  private static let most = 64

  init(_ files: [FilePatch], in target: any KernelTree) {
    (self.files, self.target) = (files, target)
  }

  /// The test of a file for the hunks of a file patch; nil where there is no such file.
  func test(at name: String, of index: Int) throws -> Test? {
    let key = Key(index: index, path: name)
    if let known = made[key] { return known }
    guard let path = try? TreePath(Array(name.utf8)),
      let content = try target.file(at: path)?.content
    else { return nil }
    let test = Test(content, HunkPresence(files[index].hunks, in: LineTable(content)))
    if made.count == Self.most { made = [:] }
    made[key] = test
    return test
  }
}

extension FileOutcome {
  /// Whether the verdict may change once all file patches were tried: a deletion of what is not there counts as applied
  /// where everything else is.
  var isSettledLast: Bool {
    change == FilePatch.Change.delete.rawValue && verdict == .missingPath
  }
}
