// SPDX-License-Identifier: GPL-2.0-only

/// Takes a mail's body apart into its parts (RFC 2046) and decodes the ones that may hold text.
struct MimeReader {
  let bytes: [UInt8]
  let options: ParseOptions
  var parts: [Message.Part] = []
  /// Findings with offsets into the source.
  var diagnostics: [PendingDiagnostic] = []

  /// Reads one entity: its fields say how, its body is `range`.
  mutating func read(fields: [HeaderField], body range: Range<Int>, depth: Int = 0) {
    let type = fields.first(named: "Content-Type").map { ContentType($0.value) } ?? ContentType()
    if type.isMultipart, let boundary = type.parameters["boundary"], !boundary.isEmpty {
      let deepest = options.limits[.mimeDepth]
      guard depth < deepest else {
        report(
          .overLimit, .refused, range.lowerBound,
          "parts of the mail lie deeper in one another than \(deepest) levels (--limit mime-depth)")
        return
      }
      readParts(of: range, boundary: Array(boundary.utf8), depth: depth)
      return
    }
    // A part of another type (a picture, a signature) is kept in the mail and holds no patch.
    let isText =
      type.type.isEmpty || type.type.hasPrefix("text/") || type.type == "message/rfc822"
      || type.type.hasPrefix("application/")
    guard isText, type.type != "text/html", type.type != "application/pgp-signature" else { return }
    readLeaf(range, type: type, encoding: encoding(fields, at: range.lowerBound))
  }

  private mutating func encoding(_ fields: [HeaderField], at offset: Int) -> TransferEncoding? {
    guard let field = fields.first(named: "Content-Transfer-Encoding") else { return .identity }
    let name = String(lossy: field.value).trimmed.lowercased()
    switch name {
    case "7bit", "8bit", "binary", "": return .identity
    case "quoted-printable": return .quotedPrintable
    case "base64": return .base64
    default:
      report(
        .unknownTransferEncoding, .refused, offset, "the transfer encoding '\(name)' is not known")
      return nil
    }
  }

  private mutating func readLeaf(
    _ range: Range<Int>, type: ContentType, encoding: TransferEncoding?
  ) {
    guard let encoding else { return }
    var text: PatchText
    var map: OffsetMap?
    if encoding == .identity {
      text = PatchTextParser.parse(bytes, range: range, options: options)
    } else {
      let (decoded, offsets, damage) = encoding.decode(bytes, range)
      text = PatchTextParser.parse(decoded, range: 0..<decoded.count, options: options)
      map = offsets
      if let first = damage.first {
        if encoding == .base64 {
          report(
            .base64Damaged, .refused, first,
            "\(damage.count) place\(damage.count == 1 ? "" : "s") in the base64 text cannot be read"
          )
        } else {
          report(
            .quotedPrintableDamaged, .assumed, first, "an = that starts no escape",
            assumption: "the text means the = itself")
        }
      }
    }
    if type.isFlowed, let mended = FlowedText.mend(text, map: map, options: options) {
      text = mended.text
      map = mended.map
      report(
        .wrappedLine, .assumed, mended.firstJoin,
        "\(mended.joins) line\(mended.joins == 1 ? " was" : "s were") broken on the way",
        assumption: "format=flowed says where, and joined again the hunks' counts are right")
    }
    let charset = type.parameters["charset"]
    parts.append(Message.Part(range: range, encoding: encoding, charset: charset, text: text))
    diagnostics += text.diagnostics.map { diagnostic in
      var moved = diagnostic
      moved.offset = map?.source(of: diagnostic.offset) ?? diagnostic.offset
      return moved
    }
  }

  private mutating func readParts(of range: Range<Int>, boundary: [UInt8], depth: Int) {
    var position = range.lowerBound
    var partStart: Int?
    var isClosed = false
    while position < range.upperBound, !isClosed {
      let line = bytes.line(at: position, limit: range.upperBound)
      if let closes = isBoundary(line, boundary) {
        if let start = partStart {
          // The line end before a boundary belongs to the boundary.
          var end = line.start
          if end > start, bytes[end - 1] == 0x0A { end -= 1 }
          if end > start, bytes[end - 1] == 0x0D { end -= 1 }
          readPart(start..<max(start, keepsLineEnd(start, end, line.start)), depth: depth)
        }
        partStart = line.end
        isClosed = closes
      }
      position = line.end
    }
    if !isClosed {
      report(
        .mimeUnclosed, .assumed, range.lowerBound, "the multipart mail has no closing boundary",
        assumption: "its last part goes to the end")
      if let start = partStart { readPart(start..<range.upperBound, depth: depth) }
    }
  }

  /// A patch ends with a newline: where the part's text would lose the only one it has at its end,
  /// it is kept, as every mailer puts it there.
  private func keepsLineEnd(_ start: Int, _ end: Int, _ boundary: Int) -> Int {
    end > start && bytes[end - 1] != 0x0A ? boundary : end
  }

  private mutating func readPart(_ range: Range<Int>, depth: Int) {
    let most = options.limits[.mimeParts]
    guard parts.count < most else {
      if !diagnostics.contains(where: { $0.id == .overLimit }) {
        report(
          .overLimit, .refused, range.lowerBound,
          "the mail has more than \(most) parts (--limit mime-parts)")
      }
      return
    }
    let block = HeaderBlock.parse(bytes, from: range.lowerBound, limit: range.upperBound)
    read(fields: block.fields, body: block.bodyStart..<range.upperBound, depth: depth + 1)
  }

  private func isBoundary(_ line: Line, _ boundary: [UInt8]) -> Bool? {
    guard bytes.line(line, hasPrefix: "--") else { return nil }
    var rest = bytes[(line.start + 2)..<bytes.contentEndWithoutCR(line)]
    guard rest.starts(with: boundary) else { return nil }
    rest = rest.dropFirst(boundary.count)
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    if rest.isEmpty { return false }
    return rest.elementsEqual("--".utf8) ? true : nil
  }

  private mutating func report(
    _ id: DiagnosticID, _ severity: Diagnostic.Severity, _ offset: Int, _ message: String,
    assumption: String? = nil
  ) {
    diagnostics.append(
      PendingDiagnostic(
        id: id, severity: severity, offset: offset, message: message, assumption: assumption))
  }
}
