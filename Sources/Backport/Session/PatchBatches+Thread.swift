// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import PatchFormat

extension PatchBatches {
  /// Words of a header without which no mailbox holds a discussion.
  private static let signs = [
    "In-Reply-To:", "In-reply-to:", "in-reply-to:", "PATCH v", "PATCHv", "RFC v", "patch v",
    "Subject: Re:", "Subject: RE:",
  ].map { Array($0.utf8) }

  /// The size above which a mailbox is taken mail by mail: no discussion is that long.
  private static let longest = 16 << 20

  /// The whole input, where it is a mailbox with a discussion whose mails cannot be taken one by one; nil
  /// otherwise.
  ///
  /// - Parameter pieces: the input at its start, where it is left.
  static func discussion(_ pieces: InputPieces) throws -> [UInt8]? {
    // Few inputs are mailboxes, and most of those have none of the words above.
    let start = try pieces.peek(limit: 1)
    guard start.drop(while: { $0 <= 0x20 }).starts(with: "From ".utf8) else { return nil }
    let bytes = try pieces.peek(limit: longest)
    guard bytes.count < longest, signs.contains(where: { bytes.firstIndex(of: $0) != nil }) else {
      return nil
    }
    var splitter = MailboxSplitter()
    let mails = splitter.feed(bytes) + splitter.finish()
    return MailThread.isPossible(mails.map { ThreadMail(unread: $0.bytes) }) ? bytes : nil
  }
}
