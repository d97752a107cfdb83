// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Host
internal import KernelTree
internal import PatchFormat

/// Reads the commits of a range as the patches of a folder.
struct BranchImport {
  private(set) var patches: [MailboxImport.Patch] = []
  /// The lines of the series after the last patch.
  private(set) var end: [UInt8]?

  /// Takes commits, oldest first: as the file that a note keeps where the commit still is what it makes,
  /// else as `git format-patch` writes it.
  ///
  /// - Parameter first: the number of the first patch.
  /// - Throws: `PatchkitError` where a commit cannot be read.
  init(_ range: CommitRange, first: Int) throws {
    let records = range.records
    var index = 0
    while index < records.count {
      if let note = records[index].note.flatMap({ SeriesNote($0) }),
        index + note.mails <= records.count,
        try Self.holds(note, for: records[index..<(index + note.mails)], range)
      {
        patches.append(
          MailboxImport.Patch(name: note.name, bytes: note.patch, piece: note.piece))
        end = note.end.isEmpty ? end : note.end
        index += note.mails
      } else {
        patches.append(try Self.written(records[index], range, number: first + patches.count))
        index += 1
      }
    }
  }

  /// Whether a note's file makes just what its commits hold, messages and authors included.
  private static func holds(
    _ note: SeriesNote, for records: ArraySlice<CommitRange.Record>, _ range: CommitRange
  ) throws -> Bool {
    guard let first = records.first, let last = records.last,
      let entry = try? Series(parsing: note.piece).entries.last, entry.name == note.name
    else { return false }
    let document = PatchDocument(parsing: note.patch)
    let messages = document.patchMessages
    let described = messages.isEmpty ? Array(document.messages.prefix(1)) : messages
    guard described.count == records.count else { return false }
    for (index, (message, record)) in zip(described, records).enumerated() {
      let request = CommitRequest(message, named: note.name, changes: [], note: nil)
      let isStyled =
        try note.styled.indices.contains(index)
        && note.styled[index] == CommitRange.Record.id(ofMessage: record.message)
      guard request.message == record.message || isStyled,
        request.author.map({ $0 == record.author || $0.date == nil }) ?? true
      else { return false }
    }
    let items = PatchQueue.items(of: document, options: ApplyOptions(), entry: entry)
    let before = try range.tree(at: first.parent)
    guard let outcome = try? SeriesSession(on: before).apply(PatchQueue(items)),
      outcome.applies
    else { return false }
    let after = try range.tree(at: last.id)
    let changed = Set(records.flatMap(\.changedPaths))
    return try outcome.changes.allSatisfy { try after.file(at: $0.path) == $0.after }
      && changed.isSubset(of: Set(outcome.patches.flatMap(\.changes).map(\.path.bytes)))
  }

  /// A commit as a mail.
  private static func written(
    _ record: CommitRange.Record, _ range: CommitRange, number: Int
  ) throws -> MailboxImport.Patch {
    var writer = MailWriter(
      message: record.message,
      author: MailAddress(name: record.author.name, email: record.author.email),
      date: record.author.date.map { MailDate(seconds: $0.seconds, zoneMinutes: $0.zoneMinutes) })
    writer.commit = record.id
    let diff = try range.patch(of: record)
    var bytes = writer.mail(diff)
    // A mail says less than a message: brackets before the subject, lines of the title, blanks.
    if let message = PatchDocument(parsing: bytes).messages.first,
      CommitRequest(message, named: "", changes: [], note: nil).message != record.message
    {
      var fields = ExchangeFields()
      fields.message = Array(record.message.utf8)
      writer.fields = fields.fields
      bytes = writer.mail(diff)
    }
    let quoted = MailWriter.quoted(bytes)
    guard let message = PatchDocument(parsing: quoted).messages.first else {
      throw PatchkitError(.git, "the commit \(record.id) cannot be written as a mail")
    }
    return MailboxImport.Patch(
      name: message.fileName(number: number), bytes: quoted, piece: nil)
  }
}
