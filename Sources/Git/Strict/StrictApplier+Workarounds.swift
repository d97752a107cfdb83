// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat
package import TextAlign

/// Why libgit2's strict apply, or a check that it leaves out, refuses a file patch.
package enum StrictRefusal: Sendable, Hashable {
  /// A line has a NUL byte.
  case lineWithNUL
  /// The patch deletes a file and leaves lines of it.
  case linesRemain
  /// The binary data is for another pre-image.
  case otherBinary
}

/// One file patch through libgit2's apply, whose peculiarities (version 1.5.1) are worked around
/// here, each by a function of its own.
extension StrictApplier {
  /// The result of a file patch.
  package enum Result: Sendable, Hashable {
    /// The file after: that of a deletion has no content.
    case file(GitFile)
    /// The file patch does not apply.
    case refused(StrictRefusal)
  }

  /// Applies one file patch to a file, its hunks at the very lines they state, its modes those of
  /// the file.
  ///
  /// - Parameters:
  ///   - patch: the file patch; its modes are the file's before and the result's after.
  ///   - before: the file; nil where the patch creates it.
  ///   - lines: the lines of the file; none where the patch creates it.
  ///   - keepsContent: whether the result of hunks has its content; else it has none.
  ///   - most: so many hunks are given to libgit2 at a time, which needs a kilobyte for each.
  /// - Throws: `GitError` where libgit2 does not take the patch, which a patch that was placed
  ///   before never is.
  package func apply(
    _ patch: FilePatch, to before: GitFile?, lines: LineTable, keepsContent: Bool = true,
    hunksAtOnce most: Int = 4096
  ) throws(GitError) -> Result {
    if Self.losesNUL(patch) { return .refused(.lineWithNUL) }
    if let result = Self.resultWithoutText(patch, before) { return result }
    if patch.hunks.isEmpty {
      let made: GitFile?
      do {
        made = try apply(strict: patch, to: before)
      } catch {
        // Which bytes a binary patch is for only libgit2 can say.
        if patch.binary != nil { return .refused(.otherBinary) }
        throw error
      }
      if patch.change == .delete, patch.binary != nil {
        return .file(GitFile(mode: .regular, content: []))
      }
      return try Self.checked(made, patch)
    }
    var after: GitFile?
    var content: [UInt8] = []
    var hasContent = false
    // Each batch of hunks gets the lines after those of the batch before.
    var (start, growth) = (0, 0)
    var next = 0
    let all = Self.smallHunks(Self.removedFirst(patch.hunks))
    while next < all.count {
      let hunks = Self.batch(of: all[next...], most: most, from: start)
      next = hunks.endIndex
      let isLast = hunks.endIndex == all.count
      let end = isLast ? lines.count : hunks.last.map { TouchedLines.lines($0).upperBound } ?? 0
      let areApart = zip(hunks, hunks.dropFirst()).allSatisfy {
        TouchedLines.lines($0).upperBound <= TouchedLines.lines($1).lowerBound
      }
      let first = hunks.first.map { TouchedLines.lines($0).lowerBound } ?? start
      let last = hunks.last.map { TouchedLines.lines($0).upperBound } ?? end
      guard start <= end, areApart, first >= start, last <= lines.count else {
        throw GitError("apply the adapted patch", "its hunks overlap")
      }
      let touched = TouchedLines(lines, hunks: hunks, part: start..<end)
      var strict = patch
      strict.hunks = touched.movedHunks(growth: growth)
      var existing = before.map { GitFile(mode: $0.mode, content: touched.reduced()) }
      if let mode = before?.mode, Self.startsWithInsertion(hunks, at: start) {
        Self.insertAsNewFile(&strict, mode)
        existing = nil
      }
      let made = try apply(strict: strict, to: existing.take())
      guard let made else { throw GitError("apply the adapted patch", "the result lacks the file") }
      if after == nil, keepsContent {
        // At once: a large file that has to be moved as it grows would be there twice.
        let growth =
          lines.bytes.count >= Self.fewestBytesOfLarge
          ? patch.growth : all.reduce(0) { $0 + $1.lines.byteCount }
        content.reserveCapacity(max(0, lines.bytes.count + growth))
      }
      let isRestored = touched.restore(from: made.content) { piece in
        hasContent = hasContent || !piece.isEmpty
        if keepsContent { content += piece }
      }
      guard isRestored else {
        throw GitError("apply the adapted patch", "the result is not the hunks' post-image")
      }
      after = made
      start = end
      growth += hunks.reduce(0) { $0 + $1.newCount - $1.oldCount }
    }
    if patch.change == .delete, hasContent { return .refused(.linesRemain) }
    after?.content = content
    return try Self.checked(after, patch)
  }

  /// The size of a file from which on its result is measured before it is made.
  private static let fewestBytesOfLarge = 1 << 20

  /// The hunks, long ones as parts: libgit2 needs many times the size of one, and its time grows with it.
  private static func smallHunks(_ hunks: [Hunk]) -> [Hunk] {
    let isSmall = hunks.allSatisfy {
      $0.oldCount + $0.newCount <= mostLinesOfHunk && $0.lines.byteCount <= mostBytesOfHunk
    }
    return isSmall
      ? hunks : hunks.flatMap { $0.parts(most: mostLinesOfHunk, bytes: mostBytesOfHunk) }
  }

  /// The first hunks, as many as are given to libgit2 at a time: it needs 48 bytes for each of their lines.
  ///
  /// - Parameter start: the first line of the file, from 0, that no hunk before had.
  private static func batch(
    of hunks: ArraySlice<Hunk>, most: Int, from start: Int
  ) -> ArraySlice<Hunk> {
    if startsWithInsertion(hunks, at: start) { return hunks.prefix(1) }
    var (lines, bytes) = (0, 0)
    let count = hunks.prefix(most).prefix { hunk in
      lines += hunk.oldCount + hunk.newCount
      bytes += hunk.lines.byteCount
      return lines <= mostLinesOfBatch && bytes <= 4 * mostBytesOfHunk
    }.count
    return hunks.prefix(max(1, count))
  }

  /// The most lines in the hunks of a batch.
  private static let mostLinesOfBatch = 100_000
  /// Longer hunks are given to libgit2 in parts.
  private static let (mostLinesOfHunk, mostBytesOfHunk) = (16_384, 1 << 20)

  /// Whether the first of some hunks has no line of the file, and none is left before it.
  private static func startsWithInsertion(_ hunks: ArraySlice<Hunk>, at start: Int) -> Bool {
    hunks.first.map { $0.oldCount == 0 && TouchedLines.lines($0).lowerBound == start } ?? false
  }

  /// The file that libgit2 makes; nil where its result lacks it.
  private func apply(
    strict patch: FilePatch, to before: consuming GitFile?
  ) throws(GitError) -> GitFile? {
    var strict = patch
    Self.deleteByComparing(&strict)
    Self.nameMode(&strict)
    Self.stateSimilarity(&strict)
    Self.dropSections(&strict)
    Self.nameLineAfter(&strict)
    let paths = Self.shortPaths(of: strict)
    return try apply(
      strict.printedAsGit(paths: paths, shortensAdditions: true), to: before.take(),
      at: paths.old ?? paths.shown, resultAt: paths.shown)
  }

  /// Names of one letter: for each folder in a path, libgit2 makes a tree, hashes it, and reads and checks it again.
  private static func shortPaths(of patch: FilePatch) -> FilePatch.Paths {
    let isMoved = patch.change == .rename || patch.change == .copy
    let (old, new) = ([UInt8(ascii: "f")], [UInt8(ascii: isMoved ? "g" : "f")])
    return .init(
      old: patch.change == .create ? nil : old, new: patch.change == .delete ? nil : new)
  }

  private static func checked(
    _ made: GitFile?, _ patch: FilePatch
  ) throws(GitError) -> Result {
    guard let made else { throw GitError("apply the adapted patch", "the result lacks the file") }
    if patch.change == .delete, !made.content.isEmpty { return .refused(.linesRemain) }
    return .file(made)
  }

  // MARK: Peculiarities

  /// libgit2 reads lines up to a NUL byte and drops the rest: such a patch is refused.
  static func losesNUL(_ patch: FilePatch) -> Bool { patch.hunks.contains(where: \.hasNUL) }

  /// libgit2 finds "no patch" in a file patch that has neither hunks nor binary data nor a change
  /// of mode, and gives renames and copies without an index line the mode 100644: the result of a
  /// file patch without text is the file before, with the mode after.
  ///
  /// That covers an empty file that is created or deleted, a mode, and a pure rename or copy.
  static func resultWithoutText(_ patch: FilePatch, _ before: GitFile?) -> Result? {
    guard patch.hunks.isEmpty, patch.binary == nil else { return nil }
    switch patch.change {
    case .create:
      return .file(GitFile(mode: patch.newMode.flatMap(FileMode.init) ?? .regular, content: []))
    case .delete:
      // What is in the file is not deleted by a patch of no lines.
      guard let before, before.content.isEmpty else { return .refused(.linesRemain) }
      return .file(before)
    case .modify, .rename, .copy:
      guard let before else { return nil }
      let mode = patch.newMode.flatMap(FileMode.init) ?? before.mode
      return .file(GitFile(mode: mode, content: before.content))
    }
  }

  /// libgit2 deletes whatever is there, without comparing: the same hunks as a change of the file
  /// show what they leave.
  static func deleteByComparing(_ patch: inout FilePatch) {
    guard patch.change == .delete, patch.binary == nil else { return }
    patch.change = .modify
    patch.newMode = patch.oldMode
  }

  /// libgit2 makes every result a 100644 unless the index line has a mode; it does not look at the
  /// ids there.
  static func nameMode(_ patch: inout FilePatch) {
    guard patch.binary == nil else { return }
    let ids = patch.hunks.isEmpty ? nil : Array("0000000".utf8)
    (patch.oldID, patch.newID) = (ids, ids)
  }

  /// libgit2 takes a hunk without context for one that makes a file, unless a line of the file is before it:
  /// where none is left, the lines are those of a new file.
  static func insertAsNewFile(_ patch: inout FilePatch, _ mode: FileMode) {
    patch.change = .create
    (patch.oldMode, patch.newMode) = (nil, patch.newMode ?? mode.rawValue)
  }

  /// git takes a rename that does not say how alike the files are, libgit2 does not.
  static func stateSimilarity(_ patch: inout FilePatch) {
    guard patch.change == .rename || patch.change == .copy, patch.similarity == nil else { return }
    patch.similarity = patch.hunks.isEmpty ? 100 : 50
  }

  /// libgit2 rejects some of what git puts after the numbers of a hunk header, and uses none of it.
  static func dropSections(_ patch: inout FilePatch) {
    for index in patch.hunks.indices { patch.hunks[index].section = [] }
  }

  /// libgit2 goes by the line after, which git states one too low for a hunk that leaves no line.
  static func nameLineAfter(_ patch: inout FilePatch) {
    for index in patch.hunks.indices
    where patch.hunks[index].newCount == 0 && patch.hunks[index].newStart > 0 {
      patch.hunks[index].newStart += 1
    }
  }

  /// libgit2 takes the last line of a hunk for that of both images, and finds a newline missing where an added
  /// line at the end of the file comes before a removed one.
  static func removedFirst(_ hunks: [Hunk]) -> [Hunk] {
    hunks.contains(where: \.endsWithAddedFirst)
      ? hunks.map { $0.endsWithAddedFirst ? $0.removedFirst : $0 } : hunks
  }
}
