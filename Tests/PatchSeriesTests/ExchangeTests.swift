// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

import PatchSeries

/// What notes and mail fields say about the patches of a quilt folder comes back as it was.
@Suite struct ExchangeTests {
  private let note: SeriesNote = {
    var note = SeriesNote(
      name: "dir/a b.patch", mails: 3, piece: Array("# why\ndir/a.patch -p0\n".utf8),
      end: Array("\n# end".utf8), patch: [0, 0x0A, 0xFF] + Array("lengths 1 2 3\n\n".utf8))
    note.styled = ["1a", "2b"]
    return note
  }()

  @Test func aNoteComesBack() {
    #expect(SeriesNote(note.bytes) == note)
    var plain = note
    plain.styled = []
    #expect(SeriesNote(plain.bytes) == plain)
    let empty = SeriesNote(name: "", mails: 1, piece: [], end: [], patch: [])
    #expect(SeriesNote(empty.bytes) == empty)
  }

  /// A note that was cut or edited is none, wherever it was.
  @Test func aDamagedNoteIsNone() {
    let bytes = note.bytes
    for length in 0..<bytes.count { #expect(SeriesNote(Array(bytes.prefix(length))) == nil) }
    #expect(SeriesNote(bytes + [0]) == nil)
    let text = String(decoding: bytes, as: UTF8.self)
    for (old, new) in [
      ("mails 3", "mails 0"), ("mails 3", "mails x"), ("lengths 25", "lengths 99"),
      ("lengths 25", "lengths -1"), ("note 1", "note 2"), ("name ", "nome "),
      ("lengths 25", "lengths 9223372036854775807"),
    ] where text.contains(old) {
      let start = Array(text.prefix { $0 != "\0" }.utf8).count
      let head = String(decoding: bytes.prefix(start), as: UTF8.self).replacing(old, with: new)
      #expect(SeriesNote(Array(head.utf8) + bytes.dropFirst(start)) == nil, "\(new)")
    }
  }

  @Test(arguments: 1...8) func fieldsComeBackThroughAMail(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    func bytes(_ most: Int) -> [UInt8]? {
      Bool.random(using: &random)
        ? (0..<Int.random(in: 0...most, using: &random)).map { _ in
          UInt8.random(in: 0...255, using: &random)
        } : nil
    }
    var fields = ExchangeFields()
    fields.name = Bool.random(using: &random) ? "fixes/lamp.patch" : nil
    fields.piece = bytes(200)
    fields.end = bytes(20)
    fields.text = bytes(400)
    fields.message = bytes(100)
    fields.part = Bool.random(using: &random) ? 2 : nil
    fields.hasAddedEnvelope = Bool.random(using: &random)
    fields.hasAddedNewline = Bool.random(using: &random)
    fields.isQuoted = Bool.random(using: &random)
    let envelope = "From x Mon Sep 17 00:00:00 2001\n"
    let rest =
      "From: A <a@example.org>\nSubject: s\n\ntext\n---\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n"
    let own = fields.fields.map { "\($0.name): \($0.value)\n" }.joined()
    let mail = Array((envelope + own + rest).utf8)
    #expect(
      ExchangeFields.removed(from: mail, envelopeEnd: envelope.utf8.count)
        == Array((envelope + rest).utf8))
    let header = PatchDocument(parsing: mail, name: "m").messages[0].fields
    #expect(ExchangeFields(header) == fields)
  }
}
