// SPDX-License-Identifier: GPL-2.0-only

/// What one patch does to one file: names, modes, and hunks or binary data.
public struct FilePatch: Sendable {
  /// How the header is written.
  package enum Dialect: Sendable, Hashable {
    /// `diff --git`, with git's extended header lines.
    case git
    /// `---` and `+++` alone.
    case unified
  }

  /// What becomes of the file.
  public enum Change: String, Sendable, Hashable, Codable {
    /// Content, mode or both change.
    case modify
    /// The file is new.
    case create
    /// The file goes away.
    case delete
    /// The file moves, with or without a change of content.
    case rename
    /// The file is copied, with or without a change of content.
    case copy
  }

  // A patch may have a million files. Fields of one byte fill the gaps after optional numbers, and data that few files
  // have is in a box.

  /// The git mode before, such as 0o100644, where the header says it.
  public var oldMode: UInt32?
  /// How the header is written.
  package var dialect: Dialect
  /// What becomes of the file.
  public var change: Change
  /// Whether the names carry no prefix: those of git's `rename from` and `copy from` lines.
  package var namesHaveNoPrefix = false
  /// The git mode after, where the header says it.
  public var newMode: UInt32?
  /// Whether the file is said to differ and its data is not in the patch.
  package var isBinaryWithoutData = false
  /// Whether this is a combined or context diff, which is recognised and refused.
  package var isUnsupportedForm = false
  /// Whether the lines end with the CR LF of a mail's transport.
  package var hasTransportCR = false
  private var shortSimilarity: Int8?
  private var shortDissimilarity: Int8?
  private var headerInText = ShortRange()
  private var rangeInText = ShortRange()
  /// The name before, with its prefix (`a/`) as written, quotes decoded; nil where there is none.
  public var oldName: [UInt8]?
  /// The name after, with its prefix (`b/`) as written, quotes decoded; nil where there is none.
  public var newName: [UInt8]?
  /// The pre-image's blob id as written, in any abbreviation.
  package var oldID: [UInt8]?
  /// The post-image's blob id as written, in any abbreviation.
  package var newID: [UInt8]?
  /// The hunks, in the order of the patch.
  public var hunks: [Hunk] = []
  private var binaryBox: BinaryBox?

  /// A range of a text in eight bytes: the limit `input-size` is less than 4 GiB.
  private struct ShortRange {
    var start: UInt32 = 0
    var end: UInt32 = 0

    var range: Range<Int> {
      get { Int(start)..<Int(end) }
      set { (start, end) = (UInt32(newValue.lowerBound), UInt32(newValue.upperBound)) }
    }
  }

  private final class BinaryBox: Sendable {
    let patch: BinaryPatch
    init(_ patch: BinaryPatch) { self.patch = patch }
  }

  /// The percentage of a `similarity index` line.
  package var similarity: Int? {
    get { shortSimilarity.map { Int($0) } }
    set { shortSimilarity = newValue.map { Int8(clamping: $0) } }
  }
  /// The percentage of a `dissimilarity index` line.
  package var dissimilarity: Int? {
    get { shortDissimilarity.map { Int($0) } }
    set { shortDissimilarity = newValue.map { Int8(clamping: $0) } }
  }
  /// The binary data, where the file is binary.
  package var binary: BinaryPatch? {
    get { binaryBox?.patch }
    set { binaryBox = newValue.map { BinaryBox($0) } }
  }
  /// The range of the header lines in the text read; empty for a file patch that was made.
  package internal(set) var header: Range<Int> {
    get { headerInText.range }
    set { headerInText.range = newValue }
  }
  /// The range of the whole file patch in the text read.
  package internal(set) var range: Range<Int> {
    get { rangeInText.range }
    set { rangeInText.range = newValue }
  }

  /// Makes a file patch with names as in a header.
  package init(dialect: Dialect, change: Change, oldName: [UInt8]?, newName: [UInt8]?) {
    self.dialect = dialect
    self.change = change
    self.oldName = oldName
    self.newName = newName
  }

  /// Whether the only hunk is an insertion into nothing, as plain diffs write a new file.
  package var mayCreate: Bool {
    change == .create
      || (dialect == .unified && hunks.count == 1 && hunks[0].oldCount == 0
        && hunks[0].oldStart == 0)
  }

  /// The number of lines added.
  public var addedCount: Int { hunks.reduce(0) { $0 + $1.addedCount } }
  /// The number of lines removed.
  public var removedCount: Int { hunks.reduce(0) { $0 + $1.removedCount } }
  /// How many bytes the hunks add more than they remove.
  package var growth: Int {
    hunks.reduce(0) { sum, hunk in
      hunk.lines.reduce(sum) { sum, line in
        let count = line.content.count + (line.hasNewline ? 1 : 0)
        switch line.kind {
        case .removed: return sum - count
        case .added: return sum + count
        case .context, .noNewlineMarker: return sum
        }
      }
    }
  }
  /// Whether the patch treats the file as binary.
  public var isBinary: Bool { binary != nil || isBinaryWithoutData }
}

extension FilePatch {
  /// The file patch that reverses this one.
  ///
  /// A copy is reversed by deleting the new file; that needs no source.
  public var reversed: FilePatch {
    var copy = self
    (copy.oldName, copy.newName) = (newName, oldName)
    (copy.oldMode, copy.newMode) = (newMode, oldMode)
    (copy.oldID, copy.newID) = (newID, oldID)
    copy.hunks = hunks.map(\.reversed)
    if let binary { copy.binary = binary.reversed }
    switch change {
    case .create: copy.change = .delete
    case .delete: copy.change = .create
    case .modify, .rename, .copy: break
    }
    return copy
  }
}
