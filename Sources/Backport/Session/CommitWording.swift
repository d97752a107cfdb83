// SPDX-License-Identifier: GPL-2.0-only

package import KernelTree
package import PatchFormat

/// What a commit of a patch has in addition to the patch's changes, message and author.
package struct CommitWording: Sendable {
  /// Who signs off below the message; nil adds no line.
  package var signer: MailAddress?
  /// Whether an earlier Signed-off-by line of the signer is removed.
  package var movesSignOff: Bool
  /// Whether the author is the patch's; else it is the committer.
  package var keepsAuthor: Bool
  /// Whether the commit gets a signature.
  package var signing: CommitRequest.Signing
  /// The bytes of a note to put on the commit; nil for none.
  package var note: [UInt8]?

  /// Makes a wording; the default adds nothing.
  package init(
    signer: MailAddress? = nil, movesSignOff: Bool = false, keepsAuthor: Bool = true,
    signing: CommitRequest.Signing = .configured, note: [UInt8]? = nil
  ) {
    self.signer = signer
    self.movesSignOff = movesSignOff
    self.keepsAuthor = keepsAuthor
    self.signing = signing
    self.note = note
  }
}

extension CommitRequest {
  /// The commit of a patch: its author and date, and a message that is signed off where that is asked for.
  package init(
    of description: PatchDescription, _ changes: [TreeChange], message: String,
    _ wording: CommitWording
  ) {
    self.init(
      changes: changes,
      message: wording.signer.map {
        PatchDescription.signed(message, by: $0, isMoved: wording.movesSignOff)
      } ?? message,
      author: wording.keepsAuthor ? description.commitAuthor : nil, note: wording.note)
    signing = wording.signing
  }
}

extension PatchDescription {
  /// The author and the date of a commit of the patch; nil where the message names no author.
  fileprivate var commitAuthor: CommitRequest.Author? {
    author.map {
      CommitRequest.Author(
        name: $0.name, email: $0.email, date: date.map { ($0.seconds, $0.zoneMinutes) })
    }
  }
}
