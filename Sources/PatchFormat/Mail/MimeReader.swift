// SPDX-License-Identifier: GPL-2.0-only

/// Takes a mail's body apart into its parts (RFC 2046) and decodes the ones that may hold text.
struct MimeReader {
  let bytes: [UInt8]
  let options: ParseOptions
  var parts: [Message.Part] = []
  /// The patches with a header of their own.
  var attached: [Message] = []
  /// What the first part without a diff is that is not plain text.
  var foreign: ForeignPart?
  /// Findings with offsets into the source.
  var diagnostics: [PendingDiagnostic] = []
  /// How many leaves there were.
  private var leaves = 0

  init(bytes: [UInt8], options: ParseOptions) {
    self.bytes = bytes
    self.options = options
  }

  /// An entity of a mail: its type and how it is meant.
  private struct Entity {
    var type: ContentType
    var isAttachment: Bool
    var depth: Int
    /// How many leaves came before it in the mail.
    var index: Int
  }

  /// Reads one entity: its fields say how, its body is `range`.
  ///
  /// - Parameter usualType: the type of an entity that names none.
  mutating func read(
    fields: [HeaderField], body range: Range<Int>, depth: Int = 0, usualType: String? = nil
  ) {
    var type = fields.first(named: "Content-Type").map { ContentType($0.value) } ?? ContentType()
    if let usualType, fields.first(named: "Content-Type") == nil { type.type = usualType }
    let deepest = options.limits[.mimeDepth]
    guard depth < deepest || depth == deepest && !type.isMultipart else {
      report(
        .overLimit, .refused, range.lowerBound,
        "the parts of the mail are nested more than \(deepest) levels deep (--limit mime-depth)")
      return
    }
    if type.type == "multipart/encrypted" {
      note(.encrypted, range.lowerBound)
      return
    }
    if type.isMultipart, let boundary = type.parameters["boundary"], !boundary.isEmpty {
      readParts(
        of: range, boundary: Array(boundary.utf8), depth: depth,
        usualType: type.type == "multipart/digest" ? "message/rfc822" : nil)
      return
    }
    leaves += 1
    if let format = Self.format(of: type.type) {
      note(format, range.lowerBound)
      return
    }
    // A part of another type (a picture, a signature) is kept in the mail and holds no patch.
    let isText =
      type.type.isEmpty || type.type.hasPrefix("text/") || type.type == "message/rfc822"
      || type.type.hasPrefix("application/")
    guard isText, type.type != "application/pgp-signature",
      type.type != "application/pkcs7-signature"
    else { return }
    let disposition = fields.first(named: "Content-Disposition").map { ContentType($0.value).type }
    let entity = Entity(
      type: type, isAttachment: disposition == "attachment", depth: depth, index: leaves - 1)
    guard let encoding = encoding(fields, at: range.lowerBound) else { return }
    readLeaf(range, entity, encoding)
  }

  /// What a type of data is that is never read as text.
  private static func format(of type: String) -> ForeignFormat? {
    switch type {
    case "text/html", "application/xhtml+xml": .html
    case "message/partial": .partialMail
    case "application/pkcs7-mime", "application/x-pkcs7-mime": .encrypted
    default: nil
    }
  }

  private mutating func note(_ format: ForeignFormat, _ offset: Int) {
    if foreign == nil { foreign = ForeignPart(format: format, offset: offset) }
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
    _ range: Range<Int>, _ entity: Entity, _ encoding: TransferEncoding
  ) {
    var decoded = bytes
    var textRange = range
    var map: OffsetMap?
    if encoding != .identity {
      let (output, offsets, damage) = encoding.decode(bytes, range)
      (decoded, textRange, map) = (output, 0..<output.count, offsets)
      report(damage, of: encoding)
    }
    if readAttached(decoded, textRange, map, entity) { return }
    var text = PatchTextParser.parse(decoded, range: textRange, options: options)
    if entity.type.isFlowed,
      let flowed = FlowedText.read(
        text, map: map, deletesSpace: entity.type.deletesSpace, options: options)
    {
      (text, map) = (flowed.text, flowed.map)
      if let first = flowed.firstJoin {
        report(
          .wrappedLine, .assumed, first,
          "\(flowed.joins) line\(flowed.joins == 1 ? " was" : "s were") broken by the mailer",
          assumption: "format=flowed shows where; after joining, the hunks' counts are correct")
      }
    }
    if !text.hasDiff, let found = ForeignFormat.recognize(text.bytes, text.range),
      found.format != .empty
    {
      note(found.format, map?.source(of: found.offset) ?? found.offset)
    }
    let isText = entity.type.type.isEmpty || entity.type.type.hasPrefix("text/")
    parts.append(
      Message.Part(
        range: range, encoding: encoding, charset: entity.type.parameters["charset"],
        isText: isText, text: text))
    take(text.diagnostics, map)
  }

  /// Reads a part that is a patch with a header of its own: an attached patch file, a forwarded mail.
  ///
  /// - Returns: whether the part is one, and holds a diff.
  private mutating func readAttached(
    _ decoded: [UInt8], _ range: Range<Int>, _ map: OffsetMap?, _ entity: Entity
  ) -> Bool {
    let isMail = entity.type.type == "message/rfc822"
    let mayBePatch =
      entity.isAttachment || entity.index > 0
      || !entity.type.type.isEmpty && entity.type.type != "text/plain"
    guard isMail || mayBePatch else { return false }
    var reader = MessageReader(bytes: decoded, options: options, depth: entity.depth + 1)
    guard isMail || reader.startsPatchMail(range) else { return false }
    let messages = reader.readAll(range)
    let isTooDeep = reader.diagnostics.contains { $0.id == .overLimit }
    guard isTooDeep || messages.contains(where: \.hasDiff) else { return false }
    attached += messages
    take(reader.diagnostics, map)
    return true
  }

  /// Takes over findings of a text, their offsets brought back to the source.
  private mutating func take(_ findings: [PendingDiagnostic], _ map: OffsetMap?) {
    diagnostics += findings.map { finding in
      var moved = finding
      moved.offset = map?.source(of: finding.offset) ?? finding.offset
      return moved
    }
  }

  private mutating func readParts(
    of range: Range<Int>, boundary: [UInt8], depth: Int, usualType: String?
  ) {
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
          readPart(
            start..<max(start, keepsLineEnd(start, end, line.start)), depth: depth, usualType)
        }
        partStart = line.end
        isClosed = closes
      }
      position = line.end
    }
    if !isClosed {
      report(
        .mimeUnclosed, .assumed, range.lowerBound, "the multipart mail has no closing boundary",
        assumption: "its last part ends with the mail")
      if let start = partStart { readPart(start..<range.upperBound, depth: depth, usualType) }
    }
  }

  /// A patch ends with a newline: where the part's text would lose the only one it has at its end,
  /// it is kept, as every mailer puts it there.
  private func keepsLineEnd(_ start: Int, _ end: Int, _ boundary: Int) -> Int {
    end > start && bytes[end - 1] != 0x0A ? boundary : end
  }

  private mutating func readPart(_ range: Range<Int>, depth: Int, _ usualType: String?) {
    let most = options.limits[.mimeParts]
    guard leaves < most else {
      if !diagnostics.contains(where: { $0.id == .overLimit }) {
        report(
          .overLimit, .refused, range.lowerBound,
          "the mail has more than \(most) parts (--limit mime-parts)")
      }
      return
    }
    let block = HeaderBlock.parse(bytes, from: range.lowerBound, limit: range.upperBound)
    read(
      fields: block.fields, body: block.bodyStart..<range.upperBound, depth: depth + 1,
      usualType: usualType)
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

  private mutating func report(_ damage: [Int], of encoding: TransferEncoding) {
    guard let first = damage.first else { return }
    if encoding == .base64 {
      report(
        .base64Damaged, .refused, first,
        "the base64 text cannot be read at \(damage.count) position\(damage.count == 1 ? "" : "s")")
    } else {
      report(
        .quotedPrintableDamaged, .assumed, first, "an = that does not start an escape",
        assumption: "the text means the = itself")
    }
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
