// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
package import PatchFormat

/// The patches of inputs, read in batches: a mailbox of any length needs no more memory than its
/// largest mails.
package struct PatchBatches {
  /// A patch file or a mail that is read and not parsed yet.
  struct Piece: Sendable {
    var name: String
    var bytes: [UInt8]
    var origin: PatchDocument.Origin
    var entry: Series.Entry?
  }

  let options: ApplyOptions
  let parsing: ParseOptions
  private var files: ArraySlice<PatchQueue.File>
  private var waiting: [Piece] = []
  private var open: (file: PatchQueue.File, pieces: InputPieces, splitter: MailboxSplitter)?

  /// Names the inputs, as `PatchQueue.init(reading:options:parsing:commits:)` takes them.
  ///
  /// - Throws: `PatchkitError` where a folder or a series cannot be read, or there is no such commit.
  package init(
    _ names: [String], options: ApplyOptions, parsing: ParseOptions, commits: CommitNames? = nil
  ) throws {
    self.options = options
    self.parsing = parsing
    files = try PatchQueue.files(names, commits: commits)[...]
  }

  /// The next patch files and mails, no more than a number of them and of bytes; empty at the end.
  mutating func next(most: Int, bytes: Int) throws -> [Piece] {
    var batch: [Piece] = []
    var room = bytes
    while batch.count < most, room > 0 {
      if waiting.isEmpty, try !fill() { break }
      if waiting.isEmpty { continue }
      let piece = waiting.removeFirst()
      room -= piece.bytes.count
      batch.append(piece)
    }
    return batch
  }

  /// Whether nothing is left.
  mutating func isAtEnd() throws -> Bool {
    while waiting.isEmpty { if try !fill() { return true } }
    return false
  }

  /// Reads on; false at the end of all inputs.
  private mutating func fill() throws -> Bool {
    if open == nil {
      guard let file = files.popFirst() else { return false }
      if let commit = file.commit {
        let (mail, origin) = try commit.read()
        waiting.append(Piece(name: file.path, bytes: mail, origin: origin))
        return true
      }
      try PatchQueue.requireInside(file)
      let limits = parsing.limits
      let pieces = try InputPieces(
        file.path, largest: limits[.inputSize], unpacked: limits[.unpackedSize])
      if file.entry == nil, !parsing.thread.takesMails,
        let mailbox = try Self.discussion(pieces)
      {
        waiting.append(Piece(name: file.path, bytes: mailbox, origin: PatchDocument.Origin()))
        return true
      }
      open = (file, pieces, MailboxSplitter())
    }
    guard var current = open else { return false }
    let parts: [MailboxSplitter.Part]
    // Not held here as well, as the splitter would have to copy what it has.
    open = nil
    let pieces = current.pieces
    let fed = try current.splitter.feed { buffer throws(PatchkitError) in
      try pieces.read(to: &buffer)
    }
    if let fed {
      parts = fed
      let isWhole = current.splitter.isMailbox == false
      if isWhole {
        current.splitter.reserve(
          min(current.pieces.size, InputFile.largest) + InputPieces.leastFree)
      }
      let waiting = current.splitter.waiting
      try current.pieces.requireRoom(
        for: isWhole ? max(current.pieces.size, waiting) : waiting,
        largest: parsing.limits[.inputSize])
      open = current
    } else {
      parts = current.splitter.finish()
    }
    waiting += parts.map {
      Piece(name: current.file.path, bytes: $0.bytes, origin: $0.origin, entry: current.file.entry)
    }
    return true
  }
}
