// SPDX-License-Identifier: GPL-2.0-only

/// A text with diffs in it: file patches, and everything before, between and after them.
///
/// Every byte of `range` belongs to exactly one element, in order, so `serialized()` gives the text
/// back byte for byte.
package struct PatchText: Sendable {
  /// A part of the text.
  package enum Element: Sendable {
    /// Text that is not a diff: a range of `bytes`.
    case text(Range<Int>)
    /// A file patch.
    case file(FilePatch)
  }

  /// The bytes that the elements point into.
  package let bytes: [UInt8]
  /// The part of `bytes` that this text is.
  package let range: Range<Int>
  /// The parts in their order.
  package internal(set) var elements: [Element] = []
  /// The findings, with offsets into `bytes`.
  var diagnostics: [PendingDiagnostic] = []

  /// The file patches in their order.
  package var files: [FilePatch] {
    elements.compactMap { if case .file(let file) = $0 { file } else { nil } }
  }

  /// Whether there is a file patch.
  package var hasDiff: Bool {
    elements.contains { if case .file = $0 { true } else { false } }
  }

  /// The text before the first file patch.
  package var preamble: Range<Int> {
    guard case .text(let range)? = elements.first else {
      return range.lowerBound..<range.lowerBound
    }
    return range
  }

  /// The bytes of the text, put together from its parts: what was read, byte for byte.
  package func serialized() -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(range.count)
    for element in elements {
      switch element {
      case .text(let range): output += bytes[range]
      case .file(let file): file.appendAsRead(from: bytes, to: &output)
      }
    }
    return output
  }
}

extension FilePatch {
  /// Appends the file patch as it was read: header, hunk headers and raw lines, each from its own
  /// range, and binary data or unread lines up to the end.
  func appendAsRead(from bytes: [UInt8], to output: inout [UInt8]) {
    output += bytes[header]
    var position = header.upperBound
    for hunk in hunks {
      output += bytes[position..<hunk.header.lowerBound]
      output += bytes[hunk.header]
      position = hunk.header.upperBound
      for line in hunk.lines {
        output += bytes[line.start..<line.end]
        position = max(position, line.end)
      }
    }
    output += bytes[position..<range.upperBound]
  }
}

/// How an input is read.
public struct ParseOptions: Sendable, Hashable {
  /// Take the lines of hunks and ignore the counts in their headers (`git apply --recount`).
  public var recount: Bool
  /// How many bytes, lines, files and hunks are read before the input is refused.
  public var limits: InputLimits
  /// Take a numbered series although a part of it is missing or holds no diff.
  public var allowsIncomplete: Bool
  /// Whether the parts of a numbered series in one mailbox are counted.
  ///
  /// Those of a quilt series are not: its files are chosen by their names.
  public var countsParts = true
  /// What is made of a mailbox that holds a discussion.
  package var thread = MailThread.Options()

  /// Makes options; by default the counts are believed and every part of a series is needed.
  public init(
    recount: Bool = false, limits: InputLimits = InputLimits(), allowsIncomplete: Bool = false
  ) {
    self.recount = recount
    self.limits = limits
    self.allowsIncomplete = allowsIncomplete
  }
}
