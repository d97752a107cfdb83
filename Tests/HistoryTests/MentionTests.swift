// SPDX-License-Identifier: GPL-2.0-only

import History
import Testing

/// What messages say about the commits that they name.
@Suite struct MentionTests {
  private static let id = "3b5c8d1e9f0a"

  /// The mentions in a message, as `role id`.
  private func mentions(_ text: String) -> [String] {
    CommitMessage(Array(text.utf8)[...]).mentions.map { "\($0.role.name) \($0.id)" }
  }

  @Test(arguments: [
    ("Fixes: 3b5c8d1e9f0a (\"ext4: a title\")", MentionRole.fixes),
    ("fixes: 3b5c8d1e9f0a", .fixes),
    ("This fixes commit 3b5c8d1e9f0a.", .fixes),
    ("Fix commit 3b5c8d1e9f0a (ext4: a title) for real.", .fixes),
    ("The problem was introduced by commit 3b5c8d1e9f0a.", .blames),
    ("A regression from 3b5c8d1e9f0a.", .blames),
    ("Commit 3b5c8d1e9f0a (\"ext4: a title\") broke it.", .blames),
    ("This got broken in commit\n3b5c8d1e9f0a, long ago.", .blames),
    ("This reverts commit 3b5c8d1e9f0a.", .reverts),
    ("This reverts commit\n3b5c8d1e9f0a, which broke suspend.", .reverts),
    ("Revert commit 3b5c8d1e9f0a as it breaks booting.", .reverts),
    ("reverts 3b5c8d1e9f0a", .reverts),
    ("Reverts: 3b5c8d1e9f0a", .reverts),
    ("So revert \"ext4: a title\" (commit 3b5c8d1e9f0a) for now.", .reverts),
    ("Back out 3b5c8d1e9f0a until it works.", .reverts),
    ("This backs out commit 3b5c8d1e9f0a.", .reverts),
    ("undo commit 3b5c8d1e9f0a", .reverts),
    ("This undoes the change 3b5c8d1e9f0a.", .reverts),
    ("This is a revert of commit 3b5c8d1e9f0a.", .reverts),
    ("This partially reverts commit 3b5c8d1e9f0a.", .partlyReverts),
    ("This reverts parts of commit 3b5c8d1e9f0a.", .partlyReverts),
    ("This reverts commit 3b5c8d1e9f0a partially.", .partlyReverts),
    ("commit 3b5c8d1e9f0a upstream.", .upstream),
    ("Commit 3b5c8d1e9f0a upstream", .upstream),
    ("[ Upstream commit 3b5c8d1e9f0a ]", .upstream),
    ("upstream commit: 3b5c8d1e9f0a", .upstream),
    ("This is upstream commit 3b5c8d1e9f0a.", .upstream),
    ("commit 3b5c8d1e9f0a in mainline.", .upstream),
    ("Git-commit: 3b5c8d1e9f0a", .upstream),
    ("(cherry picked from commit 3b5c8d1e9f0a)", .cherryPicked),
    ("[cherry-picked from 3b5c8d1e9f0a]", .cherryPicked),
    ("(backported from commit 3b5c8d1e9f0a)", .backported),
    ("Backport of commit 3b5c8d1e9f0a for the old locking.", .backported),
    ("This is a backport of mainline commit 3b5c8d1e9f0a.", .backported),
    ("Cc: <stable@vger.kernel.org> # 3.3.x: 3b5c8d1e9f0a: ext4: a title", .stablePrerequisite),
    ("Link: https://git.kernel.org/linus/3b5c8d1e9f0a", .link),
    ("See https://git.kernel.org/?p=linux.git;h=3b5c8d1e9f0a", .link),
    ("As in commit 3b5c8d1e9f0a, take the lock.", .named),
  ])
  func aRoleFollowsFromTheWords(_ line: String, _ role: MentionRole) {
    let found = mentions("ext4: a change\n\n\(line)\n\nSigned-off-by: A <a@b.c>\n")
    #expect(found.contains("\(role.name) \(Self.id)"), "\(found)")
    #expect(found.filter { $0.hasSuffix(" \(Self.id)") }.count == 1, "\(found)")
  }

  /// What is only wished, tried or done by another commit reverts nothing.
  @Test(arguments: [
    "I had to revert commit 3b5c8d1e9f0a to boot.", "If you revert 3b5c8d1e9f0a, it works.",
    "Reverting commit 3b5c8d1e9f0a helps.", "This does not revert commit 3b5c8d1e9f0a.",
    "The change was reverted in commit 3b5c8d1e9f0a.",
  ])
  func aWishIsNoRevert(_ line: String) {
    #expect(mentions("ext4: a change\n\n\(line)\n") == ["named \(Self.id)"])
  }

  @Test func aListHasOneRole() {
    let found = mentions(
      """
      ext4: a change

      This reverts commits 1111111aaaaa ("ext4: one, and a half"), 2222222bbbbb
      and 3333333ccccc.  It is unlike commit 4444444ddddd.

      """)
    #expect(
      found == [
        "reverts 1111111aaaaa", "reverts 2222222bbbbb", "reverts 3333333ccccc",
        "named 4444444ddddd",
      ])
  }

  /// Addresses, words and numbers are not ids.
  @Test func whatOnlyLooksLikeAnID() {
    let found = mentions(
      """
      x86: a change

      EIP: 0060:[<c01234ab>] at 0xc01234ab, the defaced effaced 1234567 message_1234abc
      of a1b2c3d-dirty.  See bug 12345678 and 3b5c8d1e9f0a@example.org.
      """)
    #expect(found == ["named c01234ab"])
    #expect(mentions("x\n\nAs commit 1234567 has it.\n") == ["named 1234567"])
  }

  @Test func titlesAreTaken() {
    func titles(_ subject: String, _ body: String = "") -> [String] {
      CommitMessage(Array("\(subject)\n\n\(body)\n".utf8)[...]).titles.map {
        "\($0.role.name) \($0.title)"
      }
    }
    #expect(titles("Revert \"ext4: a title\"") == ["reverts ext4: a title"])
    #expect(titles("Revert \"Revert \"ext4: a title\"\"") == ["reverts Revert \"ext4: a title\""])
    #expect(titles("revert: ext4: a title") == ["reverts ext4: a title"])
    #expect(titles("ext4: back out \"ext4: a title\" again") == ["reverts ext4: a title"])
    #expect(titles("ext4: undo a title") == ["reverts a title"])
    #expect(titles("Partially revert \"ext4: a title\"") == ["partly-reverts ext4: a title"])
    #expect(titles("ext4: reverting is hard") == [])
    for words in [
      "This undoes the effect of", "It reverts the changes made by the commit", "Undo the change",
      "This reverts", "Reverse all effects of the earlier patch",
    ] {
      #expect(
        titles("ext4: x", "Text.\n\n\(words) \"ext4: a\ntitle\".") == ["reverts ext4: a title"],
        "\(words)")
      #expect(
        mentions("ext4: x\n\nText.\n\n\(words) 3b5c8d1e9f0a.\n") == ["reverts 3b5c8d1e9f0a"],
        "\(words)")
    }
    for words in [
      "If you undo the effect of", "This has the effect of", "The effect of", "Do not revert",
      "It changes the effect of", "Be sure to see",
    ] {
      #expect(titles("ext4: x", "Text.\n\n\(words) \"ext4: a title\".") == [], "\(words)")
      #expect(
        !mentions("ext4: x\n\nText.\n\n\(words) commit 3b5c8d1e9f0a.\n").contains {
          $0.hasPrefix("reverts")
        }, "\(words)")
      #expect(
        !mentions("ext4: x\n\nText.\n\n\(words) 3b5c8d1e9f0a.\n").contains {
          $0.hasPrefix("reverts")
        }, "\(words)")
    }
    #expect(
      titles("ext4: x", "Fixes: 3b5c8d1e9f0a (\"ext4: a\n title\")") == ["fixes ext4: a title"])
  }

  @Test func subjectAndTrailers() {
    let message = CommitMessage(
      Array(
        """
        ext4: a title that
        continues

        Text: prose with a colon is not a trailer, and
        neither is this.

        Reported-by: R <r@b.c>
        Signed-off-by: A <a@b.c>
        [ B: fixed a typo ]
        Cc: <stable@vger.kernel.org> # 3.3.x:
         more

        """.utf8)[...])
    #expect(String(decoding: message.subject, as: UTF8.self) == "ext4: a title that continues")
    let trailers = message.trailers.map {
      String(decoding: $0.token + [0x3D] + $0.value, as: UTF8.self)
    }
    #expect(
      trailers == [
        "Reported-by=R <r@b.c>", "Signed-off-by=A <a@b.c>",
        "Cc=<stable@vger.kernel.org> # 3.3.x: more",
      ])
  }
}
