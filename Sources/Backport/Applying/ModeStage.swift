// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat

/// What a file patch says of the type and the mode of its file, compared with the file that the
/// tree has.
struct ModeStage {
  private static let link = TreeFile.Mode.symlink.rawValue
  private static let submodule: UInt32 = 0o160000

  /// The file patch with the modes of the file before and after written into it.
  private(set) var file: FilePatch
  /// Why the file patch cannot be for this file; nil where it can.
  private(set) var problem: Reason?
  /// The mode that the file patch sets, where that is all that it does and the file has it already.
  private(set) var presentMode: UInt32?

  /// Compares a file patch with the file that it is for; nil where it creates one.
  init(_ file: FilePatch, _ before: TreeFile?) {
    self.file = file
    problem = Self.problem(file, before)
    let sets = file.newMode != nil && file.oldMode != file.newMode
    if let before {
      let hasNoText = file.hunks.isEmpty && file.binary == nil && !file.isBinaryWithoutData
      if file.change == .modify, hasNoText, sets, file.newMode == before.mode.rawValue {
        presentMode = file.newMode
      }
      self.file.oldMode = before.mode.rawValue
    }
    switch file.change {
    case .create: self.file.newMode = file.newMode ?? TreeFile.Mode.regular.rawValue
    case .delete: self.file.newMode = nil
    // A rename or a copy without a mode keeps that of its source.
    case .modify, .rename, .copy: if !sets { self.file.newMode = self.file.oldMode }
    }
  }

  /// Whether a file patch changes the path or the mode of its file; its modes are those that `init` wrote.
  static func changesPathOrMode(_ file: FilePatch) -> Bool {
    switch file.change {
    case .rename, .copy: true
    case .modify: file.oldMode != file.newMode
    case .create, .delete: false
    }
  }

  /// A patch of a file of one type cannot change one of another.
  private static func problem(_ file: FilePatch, _ before: TreeFile?) -> Reason? {
    if file.oldMode == submodule || file.newMode == submodule { return .submodule }
    guard let before else { return nil }
    let isLink = file.oldMode.map { $0 == link } ?? (before.mode == .symlink)
    if isLink != (before.mode == .symlink) { return .otherKind(isPatchOfLink: isLink) }
    // git writes a change of type as a file that is deleted and one that is created.
    if let new = file.newMode, file.change != .delete, (new == link) != isLink {
      return .typeByMode
    }
    return nil
  }
}
