// SPDX-License-Identifier: GPL-2.0-only

/// The kinds of findings about an input; each raw value is a stable name for `--refuse`.
public enum DiagnosticID: String, Sendable, Hashable, CaseIterable, Codable {
  /// The last line of a hunk has no newline and no `\ No newline at end of file` follows it.
  case missingFinalNewline = "missing-final-newline"
  /// A context line that is empty, or starts with a tab, lost the space in front of it.
  case contextLostSpace = "context-lost-space"
  /// Every line ends with CR LF although the diff was written with LF.
  case crlfTransport = "crlf-transport"
  /// A hunk's header counts differ from its lines.
  case hunkCountMismatch = "hunk-count-mismatch"
  /// More lines that look like the hunk's follow than its header counts.
  case hunkLinesBeyondCount = "hunk-lines-beyond-count"
  /// Blank context lines at the end of the last hunk are gone.
  case trailingBlankContextLost = "trailing-blank-context-lost"
  /// A `\ No newline at end of file` before further lines of the same side.
  case misplacedEndMarker = "misplaced-end-marker"
  /// A line was broken in two on its way.
  case wrappedLine = "wrapped-line"
  /// The input ends inside a hunk.
  case truncatedHunk = "truncated-hunk"
  /// A hunk without a file header before it.
  case fragmentWithoutHeader = "fragment-without-header"
  /// A line of text that looks like a hunk header.
  case hunkHeaderInText = "hunk-header-in-text"
  /// A line starts like a hunk header and is none.
  case badHunkHeader = "bad-hunk-header"
  /// A number is larger than any file could need.
  case numberTooLarge = "number-too-large"
  /// A combined diff of a merge (`diff --cc`).
  case combinedDiff = "combined-diff"
  /// A context diff (`diff -c`).
  case contextDiff = "context-diff"
  /// A binary file differs and its data is not in the patch.
  case binaryWithoutData = "binary-without-data"
  /// The data of a binary patch is damaged.
  case binaryDamaged = "binary-damaged"
  /// The header does not identify a file.
  case missingName = "missing-name"
  /// A file name that only damage gives, such as `b/dev/null`.
  case damagedName = "damaged-name"
  /// Two lines of a header name different files.
  case inconsistentNames = "inconsistent-names"
  /// A file mode that git does not know.
  case badMode = "bad-mode"
  /// The header says one thing (new, deleted) and the hunks another.
  case inconsistentChange = "inconsistent-change"
  /// The header says that content changes, and the patch holds neither hunks nor binary data.
  case missingContent = "missing-content"
  /// The `index` line contradicts the rest of its header.
  case indexMismatch = "index-mismatch"
  /// A file header that nothing follows.
  case emptyFilePatch = "empty-file-patch"
  /// No diff in an input that should hold one.
  case noDiff = "no-diff"
  /// The input, or one mail of it, is something other than a unified diff.
  case foreignFormat = "foreign-format"
  /// A part of a numbered series is missing or holds no diff.
  case missingPart = "missing-part"
  /// A `From` field that names no author.
  case unreadableAuthor = "unreadable-author"
  /// A `Date` field that names no date.
  case unreadableDate = "unreadable-date"
  /// A line that looks like a header field is part of the commit message.
  case headerInText = "header-in-text"
  /// A line of a quilt series with an option that is none.
  case badSeriesLine = "bad-series-line"
  /// More of something than is read: `--limit` reads more.
  case overLimit = "over-limit"
  /// A multipart mail without its closing boundary.
  case mimeUnclosed = "mime-unclosed"
  /// A transfer encoding that is not known.
  case unknownTransferEncoding = "unknown-transfer-encoding"
  /// Base64 text with bytes that do not belong in it, or of a wrong length.
  case base64Damaged = "base64-damaged"
  /// An escape of quoted-printable that is none.
  case quotedPrintableDamaged = "quoted-printable-damaged"
  /// A text that is not in the character set that it names, or one that cannot be converted.
  case unknownCharset = "unknown-charset"
  /// A patch of a thread that a newer version replaces, or a diff in a reply.
  case supersededPatch = "superseded-patch"
  /// A mail with the `Message-ID` of an earlier one.
  case repeatedMail = "repeated-mail"
  /// A trailer of a reply that is added to patches.
  case givenTrailer = "given-trailer"
  /// A trailer of a reply that does not name the reply's sender.
  case foreignTrailer = "foreign-trailer"

  /// One sentence on what the finding means, for `lint --explain` and the documentation.
  public var summary: String {
    switch self {
    case .missingFinalNewline:
      "The last line of a hunk has no newline and no marker says that the file has none."
    case .contextLostSpace:
      "A context line that is empty or starts with a tab lost the space in front of it."
    case .crlfTransport:
      "Header and body lines end with CR LF: the mail's line ends, not the file's."
    case .hunkCountMismatch:
      "The counts in a hunk header differ from the lines below it."
    case .hunkLinesBeyondCount:
      "More lines follow a hunk than its header counts."
    case .trailingBlankContextLost:
      "Up to three blank context lines are missing at the end of the input."
    case .misplacedEndMarker:
      "A '\\ No newline at end of file' comes before further lines of the same side."
    case .wrappedLine:
      "A line inside a hunk was broken in two, as mailers do with long lines."
    case .truncatedHunk:
      "The input ends before the hunk is complete."
    case .fragmentWithoutHeader:
      "A hunk header has no file header before it."
    case .hunkHeaderInText:
      "A line of the text above a diff looks like a hunk header; it is read as text."
    case .badHunkHeader:
      "A line starts like a hunk header, but its numbers cannot be read."
    case .numberTooLarge:
      "A line number or count is larger than any file could need."
    case .combinedDiff:
      "A combined diff of a merge cannot be applied to one parent."
    case .contextDiff:
      "A context diff (diff -c); only unified diffs are read."
    case .binaryWithoutData:
      "A binary file differs, and the patch does not have its data."
    case .binaryDamaged:
      "The base85 data of a binary patch is damaged."
    case .missingName:
      "The header of a file patch has no file name."
    case .damagedName:
      "A damaged file name, such as b/dev/null for /dev/null."
    case .inconsistentNames:
      "Two lines of one file header name different files."
    case .badMode:
      "A file mode that git does not know."
    case .inconsistentChange:
      "The header shows a new or deleted file, and the hunks do not."
    case .missingContent:
      "The header shows that a file's content changes, and the patch does not have the change."
    case .indexMismatch:
      "The index line of a header contradicts its other lines."
    case .emptyFilePatch:
      "A file header is followed by neither hunks nor a change of name or mode."
    case .noDiff:
      "The input has no diff."
    case .foreignFormat:
      "The input is something other than a unified diff: compressed, HTML, UTF-16, quoted ..."
    case .missingPart:
      "A part of a numbered series is missing or has no diff."
    case .unreadableAuthor:
      "The From field of a patch has no readable author."
    case .unreadableDate:
      "The Date field of a patch has no readable date."
    case .headerInText:
      "A line that looks like a header field is read as text of the commit message."
    case .badSeriesLine:
      "A line of a quilt series has an option that quilt does not know."
    case .overLimit:
      "More bytes, files, hunks or parts than the limit; --limit raises it."
    case .mimeUnclosed:
      "A multipart mail ends without its closing boundary."
    case .unknownTransferEncoding:
      "The mail's transfer encoding is not known."
    case .base64Damaged:
      "The base64 text of a mail is damaged."
    case .quotedPrintableDamaged:
      "An escape in quoted-printable text is damaged and was not decoded."
    case .unknownCharset:
      "A text is not in the character set that it names, or cannot be converted from it."
    case .supersededPatch:
      "A thread has a newer version of the patch, or the diff is in a reply; it is left out."
    case .repeatedMail:
      "The mailbox holds the mail twice; the first copy is used."
    case .givenTrailer:
      "A reply of the thread gives the trailer; it is added to the commit message."
    case .foreignTrailer:
      "A trailer of a reply does not name the reply's sender; it is not added."
    }
  }
}
