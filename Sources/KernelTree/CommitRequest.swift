// SPDX-License-Identifier: GPL-2.0-only

package import Git

/// A commit that a patch is to become: its author and message are the patch's own.
package struct CommitRequest: Sendable {
  /// Whether it is signed.
  package typealias Signing = CommitSigning

  /// The changes, in the tree's paths.
  package var changes: [TreeChange]
  /// The message, in UTF-8.
  package var message: String
  /// The author; nil takes the committer.
  package var author: Author?
  /// The bytes of a note to put on the commit; nil for none.
  package var note: [UInt8]?
  /// Whether it is signed: as git's configuration says, always or never.
  package var signing = Signing.configured

  /// The author and the date that a patch names.
  package struct Author: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The mail address.
    package var email: String
    /// Seconds since 1970 in UTC and minutes east of UTC; nil takes the committer's.
    package var date: (seconds: Int64, zoneMinutes: Int)? {
      seconds.map { ($0, zoneMinutes) }
    }
    private var seconds: Int64?
    private var zoneMinutes: Int

    /// Makes an author from a name, an address and a time, where there is one.
    package init(name: String, email: String, date: (seconds: Int64, zoneMinutes: Int)?) {
      self.name = name
      self.email = email
      seconds = date?.seconds
      zoneMinutes = date?.zoneMinutes ?? 0
    }
  }

  /// Makes a request from all of its parts.
  package init(changes: [TreeChange], message: String, author: Author?, note: [UInt8]? = nil) {
    self.changes = changes
    self.message = message
    self.author = author
    self.note = note
  }

  /// The first line of the message.
  package var subject: String {
    String(message.prefix { $0 != "\n" })
  }

  func draft(committer: Signature, prefix: [UInt8] = []) -> CommitDraft {
    var signature = committer
    if let author {
      signature.name = author.name.isEmpty ? author.email : author.name
      signature.email = author.email
      if let date = author.date { (signature.seconds, signature.zoneMinutes) = date }
    }
    return CommitDraft(
      changes: changes.map { GitChange($0, prefix: prefix) }, message: message, author: signature,
      note: note, signing: signing)
  }
}

extension GitChange {
  init(_ change: TreeChange, prefix: [UInt8] = []) {
    self.init(path: prefix + change.path.bytes, after: change.after.map(GitFile.init))
  }
}

extension GitFile {
  init(_ file: TreeFile) {
    self.init(mode: FileMode(rawValue: file.mode.rawValue) ?? .regular, content: file.content)
  }
}
