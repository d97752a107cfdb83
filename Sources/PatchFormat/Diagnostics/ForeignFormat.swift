// SPDX-License-Identifier: GPL-2.0-only

/// A form of data that is given as a patch and is not a unified diff.
///
/// It is looked for only in an input, or a part of a mail, that holds no diff.
package enum ForeignFormat: String, Sendable, Hashable, CaseIterable {
  case empty
  case gzip, xz, bzip2, zstd, lzma, lzip, lz4, compress, zip, sevenZip, tar
  case pdf, bundle, lfsPointer, annexPointer, binaryData
  case utf16, utf32
  case html, json, xml
  case encrypted, partialMail, outlookData
  case edScript, normalDiff, rcsDiff, contextDiff
  case quotedDiff, indentedDiff, colouredDiff, base64, uuencoded, carriageReturns

  /// What the data is, in words that can follow "this is".
  package var name: String {
    switch self {
    case .empty: "an empty file"
    case .gzip: "gzip data"
    case .xz: "xz data"
    case .bzip2: "bzip2 data"
    case .zstd: "zstd data"
    case .lzma: "lzma data"
    case .lzip: "lzip data"
    case .lz4: "lz4 data"
    case .compress: "data of the old 'compress'"
    case .zip: "a zip archive"
    case .sevenZip: "a 7z archive"
    case .tar: "a tar archive"
    case .pdf: "a PDF document"
    case .bundle: "a git bundle"
    case .lfsPointer: "a git-lfs pointer"
    case .annexPointer: "a git-annex pointer"
    case .binaryData: "binary data"
    case .utf16: "UTF-16 text"
    case .utf32: "UTF-32 text"
    case .html: "HTML"
    case .json: "JSON"
    case .xml: "XML"
    case .encrypted: "an encrypted message"
    case .partialMail: "one piece of a mail that was sent in several (message/partial)"
    case .outlookData: "a winmail.dat of Outlook (TNEF)"
    case .edScript: "an ed script (diff -e)"
    case .normalDiff: "a normal diff, without names and context"
    case .rcsDiff: "an RCS diff (diff -n)"
    case .contextDiff: "a context diff (diff -c)"
    case .quotedDiff: "a quoted diff, with a '>' or '|' before each line"
    case .indentedDiff: "an indented diff, with blanks before each line"
    case .colouredDiff: "a diff with terminal colors"
    case .base64: "base64 text without the mail header that says so"
    case .uuencoded: "uuencoded data"
    case .carriageReturns: "text whose lines end with only CR"
    }
  }

  /// What to do to get a patch.
  ///
  /// - Parameter file: the file that holds the data; nil where it is a part of a mail, or standard
  ///   input.
  func hint(file: String?) -> String {
    guard let command, file != nil || self != .quotedDiff else { return advice }
    let source = file ?? "saved-part"
    var target = source
    if let dot = target.lastIndex(of: "."), dot > target.startIndex,
      !target[dot...].contains("/"), isPacked
    {
      target = String(target[..<dot])
    }
    if target == source, target.hasSuffix(".patch") { target = target.dropLast(6) + ".text" }
    if !target.hasSuffix(".patch") { target += ".patch" }
    let line = command.replacing("FILE", with: Self.quoted(source))
      .replacing("TARGET", with: Self.quoted(target))
    return (file == nil ? "save it as '\(source)' and run: " : "\(advice): ") + line
  }

  /// What to do, in words that may be followed by a command.
  private var advice: String {
    switch self {
    case .empty: "check whether the download or the redirection was complete"
    case .gzip, .xz, .bzip2, .zstd, .lzma, .lzip, .lz4, .compress, .zip, .sevenZip, .tar:
      "unpack it first"
    case .pdf, .binaryData: "check the name of the file"
    case .bundle: "fetch its commits with 'git fetch', then run 'git format-patch'"
    case .lfsPointer: "'git lfs pull' fetches the file itself"
    case .annexPointer: "'git annex get' fetches the file itself"
    case .utf16, .utf32, .carriageReturns: "convert it"
    case .html, .json, .xml:
      "fetch the raw patch: this can be an error page, or a page that shows the patch"
    case .encrypted: "decrypt it first"
    case .partialMail: "ask for the patch in one piece, or as an attachment"
    case .outlookData: "ask for a plain text mail"
    case .edScript, .normalDiff, .rcsDiff, .contextDiff: "make a unified diff with 'diff -u'"
    case .quotedDiff: "use the original, or remove the marks"
    case .indentedDiff: "remove the blanks at the start of each line"
    case .colouredDiff: "make the diff again with --no-color"
    case .base64, .uuencoded: "decode it first"
    }
  }

  /// The command that does it: it reads FILE and writes TARGET.
  private var command: String? {
    switch self {
    case .gzip, .compress: "gzip -dc FILE > TARGET"
    case .xz: "xz -dc FILE > TARGET"
    case .bzip2: "bzip2 -dc FILE > TARGET"
    case .zstd: "zstd -dc FILE > TARGET"
    case .lzma: "xz --format=lzma -dc FILE > TARGET"
    case .lzip: "lzip -dc FILE > TARGET"
    case .lz4: "lz4 -dc FILE > TARGET"
    case .zip: "unzip FILE"
    case .sevenZip: "7z x FILE"
    case .tar: "tar -xf FILE"
    case .utf16: "iconv -f UTF-16 -t UTF-8 FILE > TARGET"
    case .utf32: "iconv -f UTF-32 -t UTF-8 FILE > TARGET"
    case .carriageReturns: "tr '\\r' '\\n' < FILE > TARGET"
    case .quotedDiff: "sed 's/^[>|] \\{0,1\\}//' FILE > TARGET"
    case .base64: "base64 -di FILE > TARGET"
    case .uuencoded: "uudecode -o TARGET FILE"
    default: nil
    }
  }

  /// Whether the file's name ends with the form's own suffix, such as `.gz`.
  private var isPacked: Bool {
    switch self {
    case .gzip, .xz, .bzip2, .zstd, .lzma, .lzip, .lz4, .compress: true
    default: false
    }
  }

  /// A name as a shell reads it.
  private static func quoted(_ name: String) -> String {
    let isPlain =
      !name.isEmpty && !name.hasPrefix("-")
      && name.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || "._/+-".utf8.contains($0)
      }
    return isPlain ? name : "'" + name.replacing("'", with: "'\\''") + "'"
  }

  /// Whether the data is a diff in a form that hides it, so that leaving it out would lose a change.
  package var hidesDiff: Bool {
    switch self {
    case .quotedDiff, .indentedDiff, .colouredDiff, .base64, .carriageReturns,
      .edScript, .normalDiff, .rcsDiff, .contextDiff:
      true
    default: false
    }
  }
}
