// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat
internal import TextAlign

/// A file patch with the line ends of the file that it changes.
///
/// Lines that are added to a file whose lines all end alike get the same ends: a work tree with
/// `core.autocrlf`, a patch that lost its CRs in the mail, a patch that was converted as a whole.
struct LineEndFit {
  /// The file patch, its hunks converted where that is certain.
  private(set) var file: FilePatch
  /// Why the hunks were converted; nil where they were not, or have the bytes of the patch.
  private(set) var reason: Reason?

  /// Fits a file patch to a file.
  init(_ file: FilePatch, to before: TreeFile?) {
    self.file = file
    guard let before, before.mode != .symlink, !file.hunks.isEmpty, let own = file.lineEnds,
      own != .mixed, Self.mayDiffer(own, before.content),
      let ends = LineEnds(of: before.content), ends != own, ends != .mixed
    else { return }
    self.file = file.withLineEnds(ends)
    // CRs that were taken for the mail's are the file's own: the patch fits byte for byte.
    reason = file.hasTransportCR && ends == .crlf ? nil : .lineEndsFollow(ends)
  }

  /// Whether the first line of a text ends otherwise: nothing else needs a look at the whole.
  private static func mayDiffer(_ ends: LineEnds, _ text: [UInt8]) -> Bool {
    guard let newline = text.firstIndex(of: 0x0A) else { return false }
    let isCRLF = newline > 0 && text[newline - 1] == 0x0D
    return isCRLF != (ends == .crlf)
  }

  /// Why hunks that do not apply would apply if line ends did not count; nil where they would not.
  static func difference(_ file: FilePatch, _ content: [UInt8]) -> Reason? {
    guard content.contains(0x0D) || file.lineEnds != .lf, let ends = LineEnds(of: content) else {
      return nil
    }
    let bare = LineTable(content.withLineFeeds)
    let (fitted, _) = FileAdapter(trustsLineNumbers: false).adapt(file.withLineEnds(.lf), to: bare)
    return fitted == nil ? nil : .lineEndsDiffer(file: ends)
  }
}
