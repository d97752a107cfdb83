// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// The last stage: libgit2's strict apply makes the file after of a file patch that was placed and
/// adapted.
struct StrictStage {
  private let applier: StrictApplier

  /// Sets up libgit2's apply, which belongs to the thread.
  init() throws(GitError) { applier = try StrictApplier() }

  /// The longest target of a symbolic link that Linux takes.
  private static let longestTarget = 4095

  /// The file after, or why there is none.
  enum Result {
    case file(TreeFile)
    case refused(Reason)
  }

  /// Applies a file patch, its hunks at the lines they state, its modes those of the file.
  ///
  /// - Parameters:
  ///   - file: the file patch.
  ///   - paths: its paths, for messages.
  ///   - before: the file; nil where it is created.
  ///   - lines: the lines of the file.
  ///   - keepsContent: whether the file after has its content, which may be as large as the patch.
  /// - Throws: `Defect` where libgit2 refuses hunks that were placed.
  func result(
    of file: FilePatch, _ paths: FilePatch.Paths, _ before: TreeFile?, _ lines: LineTable,
    keepsContent: Bool = true
  ) throws(Defect) -> Result {
    let made: StrictApplier.Result
    do {
      // A link's target is looked at.
      let isLink = [before?.mode.rawValue, file.newMode].contains(TreeFile.Mode.symlink.rawValue)
      made = try applier.apply(
        file, to: before.map(GitFile.init), lines: lines,
        keepsContent: keepsContent || isLink)
    } catch {
      let path = String(decoding: paths.shown, as: UTF8.self)
      throw Defect("libgit2 refuses the adapted patch of \(path): \(error.message)")
    }
    switch made {
    case .refused(.lineWithNUL): return .refused(.holdsNUL)
    case .refused(.linesRemain): return .refused(.linesRemain)
    case .refused(.otherBinary): return .refused(.binaryOther)
    case .file(let made):
      let after = TreeFile(made)
      let isLink = after.mode == .symlink && file.change != .delete
      if isLink,
        after.content.isEmpty || after.content.count > Self.longestTarget
          || after.content.contains(0)
      {
        return .refused(.badLinkTarget)
      }
      return .file(after)
    }
  }
}

extension GitFile {
  init(_ file: TreeFile) {
    self.init(mode: FileMode(rawValue: file.mode.rawValue) ?? .regular, content: file.content)
  }
}

extension TreeFile {
  init(_ file: GitFile) {
    self.init(mode: Mode(rawValue: file.mode.rawValue) ?? .regular, content: file.content)
  }
}
