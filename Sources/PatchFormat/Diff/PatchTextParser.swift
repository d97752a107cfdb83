// SPDX-License-Identifier: GPL-2.0-only

/// Finds the file patches in a text and reads them; everything else stays text.
struct PatchTextParser {
  private let bytes: [UInt8]
  private let hunkText: Hunk.Text
  private let limit: Int
  private let options: ParseOptions
  private var result: PatchText
  private var textStart: Int
  private var position: Int
  private var fileCount = 0
  private var hunkCount = 0
  /// Memory for the lines of a hunk that is read.
  private var lines: [HunkLine] = []

  static func parse(
    _ bytes: [UInt8], range: Range<Int>, options: ParseOptions
  ) -> PatchText {
    var parser = PatchTextParser(bytes: bytes, range: range, options: options)
    parser.run()
    return parser.result
  }

  private init(bytes: [UInt8], range: Range<Int>, options: ParseOptions) {
    self.bytes = bytes
    hunkText = Hunk.Text(bytes)
    limit = range.upperBound
    self.options = options
    result = PatchText(bytes: bytes, range: range)
    textStart = range.lowerBound
    position = range.lowerBound
  }

  private mutating func run() {
    guard hasOnlyLinesToRead() else { return }
    if limit - position >= 3, bytes.hasByteOrderMark(at: position) { position += 3 }
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      switch bytes[line.start] {
      case UInt8(ascii: "d")
      where bytes.line(line, hasPrefix: "diff --git ") && !holdsCarriageReturn(line):
        var header = FileHeaderParser(bytes: bytes, limit: limit)
        let file = header.parseGit(line)
        result.diagnostics += header.diagnostics
        take(file)
      case UInt8(ascii: "d")
      where bytes.line(line, hasPrefix: "diff --cc ")
        || bytes.line(line, hasPrefix: "diff --combined "):
        refuse(
          line, until: isDiffStart, .combinedDiff,
          "a combined diff of a merge cannot be applied: make one against a single parent")
      case UInt8(ascii: "-") where isUnifiedStart(line):
        var header = FileHeaderParser(bytes: bytes, limit: limit)
        let file = header.parseUnified(line)
        result.diagnostics += header.diagnostics
        take(file)
      case UInt8(ascii: "*") where isContextDiffStart(line):
        refuse(
          line, until: isDiffStart, .contextDiff,
          "a context diff is not supported: make a unified diff (diff -u)")
      case UInt8(ascii: "@") where bytes.line(line, hasPrefix: "@@ -"):
        if (try? HunkHeader(bytes, line: line)) != nil { reportFragment(line) }
        position = line.end
      default:
        position = line.end
      }
    }
    flushText(upTo: limit)
  }

  /// Says what a line is that reads as a hunk header and has no file header before it.
  ///
  /// Above the `---` of a mail's message it is text. Elsewhere it is text where no line with a `+` or
  /// a `-` follows it, and else a hunk whose file header was lost.
  private mutating func reportFragment(_ line: Line) {
    if line.start < messageEnd { return }
    let scanner = HunkParser(hunkText, limit: limit, recount: true, stripsCR: false)
    let shape = scanner.scanShape(from: line.end)
    if shape.lines.contains(where: { $0.kind == .added || $0.kind == .removed }) {
      report(
        .fragmentWithoutHeader, .refused, line.start,
        "a hunk with no file header (---/+++ or diff --git) before it")
    } else {
      report(
        .hunkHeaderInText, .note, line.start,
        "a line of the text looks like a hunk header; no hunk follows it")
    }
  }

  /// Where the commit message of a mail ends: at the `---` before the first diff; where there is none,
  /// at the start of the text.
  private lazy var messageEnd: Int = {
    var start = result.range.lowerBound
    while start < limit {
      let line = bytes.line(at: start, limit: limit)
      let isMark = bytes.line(line, hasPrefix: "---")
      if isMark, bytes[(line.start + 3)..<line.contentEnd].allSatisfy(Whitespace.contains) {
        return start
      }
      if isDiffStart(line) { return result.range.lowerBound }
      start = line.end
    }
    return result.range.lowerBound
  }()

  /// Whether no line is longer than is read; looks only where one could be.
  private mutating func hasOnlyLinesToRead() -> Bool {
    let longest = options.limits[.lineLength]
    guard limit - position > longest else { return true }
    var start = position
    while start < limit {
      let line = bytes.line(at: start, limit: limit)
      if line.contentEnd - line.start > longest {
        report(
          .overLimit, .refused, line.start,
          "a line has \(line.contentEnd - line.start) bytes, more than the limit of \(longest) "
            + "(--limit line-length)")
        flushText(upTo: limit)
        return false
      }
      start = line.end
    }
    return true
  }

  /// Whether the limit allows so many; the first one beyond it is reported.
  private mutating func takes(_ count: Int, _ name: InputLimits.Name, _ offset: Int) -> Bool {
    let most = options.limits[name]
    if count == most + 1 {
      report(
        .overLimit, .refused, offset,
        "one mail or patch file has more \(name.rawValue) than the limit of \(most) (--limit \(name.rawValue))"
      )
    }
    return count <= most
  }

  /// Adds the hunks or the binary data after a header, and the file patch to the result.
  private mutating func take(_ header: FilePatch) {
    var file = header
    fileCount += 1
    guard takes(fileCount, .files, file.header.lowerBound) else {
      position = limit
      return
    }
    flushText(upTo: file.header.lowerBound)
    position = file.header.upperBound
    readHunks(into: &file)
    if file.hunks.isEmpty, position < limit {
      readBinary(into: &file)
    }
    file.range = file.header.lowerBound..<position
    textStart = position
    check(&file)
    result.elements.append(.file(file))
  }

  private mutating func readHunks(into file: inout FilePatch) {
    var reportedCR = false
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      guard bytes.line(line, hasPrefix: "@@ -") else { return }
      hunkCount += 1
      guard takes(hunkCount, .hunks, line.start) else {
        position = limit
        return
      }
      let header: HunkHeader
      do {
        header = try HunkHeader(bytes, line: line)
      } catch .tooLarge(let offset) {
        report(
          .numberTooLarge, .refused, offset,
          "a number in the hunk header is larger than any file could need")
        return skipBrokenHunk(line)
      } catch {
        report(.badHunkHeader, .refused, line.start, "the hunk header cannot be read")
        return skipBrokenHunk(line)
      }
      if file.hasTransportCR, !reportedCR {
        report(
          .crlfTransport, .assumed, file.header.lowerBound, "the lines end with CR LF",
          assumption: "the mail added the CRs, unless all lines of the file end with CR LF, too"
        )
        reportedCR = true
      }
      var parser = HunkParser(
        hunkText, limit: limit, recount: options.recount, stripsCR: file.hasTransportCR)
      swap(&parser.lines, &lines)
      let (hunk, end) = parser.parse(header, line: line)
      swap(&parser.lines, &lines)
      result.diagnostics += parser.diagnostics
      if let marker = hunk.misplacedEnd {
        report(
          .misplacedEndMarker, .refused, marker.start,
          "a line without a newline is not the last one of its side")
      }
      file.hunks.append(hunk)
      position = end
    }
  }

  private mutating func skipBrokenHunk(_ line: Line) {
    position = line.end
    while position < limit {
      let next = bytes.line(at: position, limit: limit)
      if isDiffStart(next) { return }
      position = next.end
    }
  }

  private mutating func readBinary(into file: inout FilePatch) {
    let line = bytes.line(at: position, limit: limit)
    let end = bytes.contentEndWithoutCR(line)
    if bytes.line(line, hasPrefix: "GIT binary patch"), end - line.start == 16 {
      do {
        let (patch, end) = try BinaryPatch.parse(bytes, from: line.end, limit: limit)
        file.binary = patch
        position = end
      } catch {
        let (offset, message) =
          switch error {
          case .header(let offset):
            (offset, "a binary block does not start with a literal or delta line")
          case .line(let offset): (offset, "a line of base85 data is damaged")
          case .truncated(let offset): (offset, "the binary data ends without its empty line")
          }
        report(.binaryDamaged, .refused, offset, message)
        skipBrokenHunk(line)
        file.isUnsupportedForm = true
      }
    } else if isBinaryNotice(line) {
      file.isBinaryWithoutData = true
      position = line.end
      report(
        .binaryWithoutData, .note, line.start,
        "a binary file differs, and the patch does not have its data, so it cannot be applied")
    }
  }

  /// `Binary files a and b differ`, as git and diff write it.
  private func isBinaryNotice(_ line: Line) -> Bool {
    guard bytes.line(line, hasPrefix: "Binary files ") || bytes.line(line, hasPrefix: "Files ")
    else { return false }
    return bytes[line.start..<bytes.contentEndWithoutCR(line)].suffix(7)
      .elementsEqual(" differ".utf8)
  }

  /// Says what is wrong with a file patch as a whole.
  private mutating func check(_ file: inout FilePatch) {
    let offset = file.header.lowerBound
    let old = file.hunks.reduce(0) { $0 + $1.oldCount }
    let new = file.hunks.reduce(0) { $0 + $1.newCount }
    if file.change == .create, old > 0 {
      report(.inconsistentChange, .refused, offset, "a new file whose hunks need old lines")
    }
    if file.change == .delete, new > 0, file.dialect == .git {
      report(.inconsistentChange, .refused, offset, "a deleted file that still has lines")
    } else if file.change == .delete, new > 0 {
      // An epoch timestamp on a file that has lines is just a strange clock.
      file.change = .modify
    }
    checkIndexLine(file, at: offset)
    let changesHeader =
      file.change != .modify
      || (file.oldMode != nil && file.newMode != nil && file.oldMode != file.newMode)
    let isBroken = result.diagnostics.reversed().prefix { $0.offset >= offset }
      .contains { $0.severity == .refused }
    if file.hunks.isEmpty, !file.isBinary, !changesHeader, !isBroken {
      report(.emptyFilePatch, .refused, offset, "a file header is not followed by a change")
    }
  }

  /// Compares the `index` line with what else the patch says of the file.
  private mutating func checkIndexLine(_ file: FilePatch, at offset: Int) {
    guard file.dialect == .git, let old = file.oldID, let new = file.newID else { return }
    let isZero = { (id: [UInt8]) in id.allSatisfy { $0 == 0x30 } }
    let isEmptyBlob = { (id: [UInt8]) in
      [
        "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
        "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141",
      ]
      .contains { id.count >= 4 && $0.utf8.starts(with: id.prefix($0.utf8.count)) }
    }
    let hasContent = !file.hunks.isEmpty || file.isBinary || file.isUnsupportedForm
    let ids = "\(String(lossy: old))..\(String(lossy: new))"
    let needsContent =
      switch file.change {
      case .create: !isZero(new) && !isEmptyBlob(new)
      case .delete: !isZero(old) && !isEmptyBlob(old)
      case .modify, .rename, .copy: !(old.starts(with: new) || new.starts(with: old))
      }
    if !hasContent, needsContent {
      let what =
        switch file.change {
        case .create: "the new file has content"
        case .delete: "the deleted file has content"
        case .modify, .rename, .copy: "the content changes"
        }
      report(
        .missingContent, .refused, offset,
        "\(what) by the index line (\(ids)), and no hunk follows the header")
      return
    }
    let isContradiction =
      switch file.change {
      case .create: !isZero(old)
      case .delete: !isZero(new)
      case .modify, .rename, .copy: isZero(old) != isZero(new)
      }
    if isContradiction {
      report(
        .indexMismatch, .note, offset,
        "the index line (\(ids)) contradicts a file that is "
          + (file.change == .create
            ? "new" : file.change == .delete ? "deleted" : "changed"))
    }
  }

  /// Reports a form that is not supported and keeps its lines as a file patch of that form.
  private mutating func refuse(
    _ line: Line, until isEnd: (Line) -> Bool, _ id: DiagnosticID, _ message: String
  ) {
    flushText(upTo: line.start)
    report(id, .refused, line.start, message)
    position = line.end
    while position < limit {
      let next = bytes.line(at: position, limit: limit)
      if isEnd(next) { break }
      position = next.end
    }
    var file = FilePatch(dialect: .unified, change: .modify, oldName: nil, newName: nil)
    file.isUnsupportedForm = true
    file.header = line.start..<position
    file.range = file.header
    textStart = position
    result.elements.append(.file(file))
  }

  /// Whether there is a CR inside a line: git quotes one in a name, so the lines end with only CR.
  private func holdsCarriageReturn(_ line: Line) -> Bool {
    bytes[line.start..<bytes.contentEndWithoutCR(line)].contains(0x0D)
  }

  private func isDiffStart(_ line: Line) -> Bool {
    bytes.line(line, hasPrefix: "diff --") || isUnifiedStart(line)
  }

  /// A `---` line, then a `+++` line, then a hunk header: nothing less, as text may hold the first
  /// two.
  private func isUnifiedStart(_ line: Line) -> Bool {
    guard bytes.line(line, hasPrefix: "--- ") else { return false }
    let plus = bytes.line(at: line.end, limit: limit)
    guard bytes.line(plus, hasPrefix: "+++ ") else { return false }
    return bytes.line(bytes.line(at: plus.end, limit: limit), hasPrefix: "@@ -")
  }

  /// `*** name`, `--- name`, then fifteen stars.
  private func isContextDiffStart(_ line: Line) -> Bool {
    guard bytes.line(line, hasPrefix: "*** ") else { return false }
    let minus = bytes.line(at: line.end, limit: limit)
    guard bytes.line(minus, hasPrefix: "--- ") else { return false }
    return bytes.line(bytes.line(at: minus.end, limit: limit), hasPrefix: "***************")
  }

  private mutating func flushText(upTo end: Int) {
    if textStart < end { result.elements.append(.text(textStart..<end)) }
    textStart = end
  }

  private mutating func report(
    _ id: DiagnosticID, _ severity: Diagnostic.Severity, _ offset: Int, _ message: String,
    assumption: String? = nil
  ) {
    result.diagnostics.append(
      PendingDiagnostic(
        id: id, severity: severity, offset: offset, message: message, assumption: assumption))
  }
}
