// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Mailboxes that hold a discussion are read as the series in them.
@Suite struct MailThreadTests {
  private func read(
    _ samples: ThreadSamples, _ change: (inout MailThread.Options) -> Void = { _ in }
  ) -> PatchDocument {
    var options = ParseOptions()
    change(&options.thread)
    return PatchDocument(parsing: Array(samples.text.utf8), name: "t.mbox", options: options)
  }

  private func subjects(_ document: PatchDocument) -> [String] {
    document.patchMessages.map { $0.description().subject }
  }

  private func trailers(_ message: Message) -> [String] {
    message.description().trailers.map { "\($0.token): \($0.value)" }
  }

  @Test func trailersOfRepliesCountForThePatchThatIsAnswered() throws {
    var box = ThreadSamples()
    box.mail("[PATCH 0/2] fs: two things", id: "c", "Two things.\n")
    box.patch("[PATCH 1/2] fs: first", id: "p1", answers: "c", file: "a.c", word: "TWO")
    box.patch("[PATCH 2/2] fs: second", id: "p2", answers: "c", file: "b.c", word: "TWO")
    box.mail(
      "Re: [PATCH 1/2] fs: first", id: "r1", answers: "p1", from: "Rev Iewer <rev@example.com>",
      "> Acked-by: Quo Ted <quo@example.com>\nGood.\n\nReviewed-by: Rev Iewer <rev@example.com>\n"
        + "-- \nTested-by: Rev Iewer <rev@example.com>\n")
    box.mail(
      "Re: [PATCH 1/2] fs: first", id: "r2", answers: "r1", from: "Deep <d+kernel@example.net>",
      "Tested-by: Deep Reader <d@example.net>\n[on ext4]\nCc: stable@vger.kernel.org\nPhone: 1\n")
    box.mail(
      "Re: [PATCH 0/2] fs: two things", id: "r3", answers: "c", from: "Boss <boss@l.example.com>",
      "Acked-by: Boss Man <boss@example.com> # for fs\n")
    let document = read(box)
    let own = "Signed-off-by: Ann Author <ann@example.org>"
    #expect(subjects(document) == ["fs: first", "fs: second"])
    let patches = document.patchMessages
    try #require(patches.count == 2)
    #expect(
      trailers(patches[0]) == [
        own, "Reviewed-by: Rev Iewer <rev@example.com>", "Tested-by: Deep Reader <d@example.net>",
        "Acked-by: Boss Man <boss@example.com>",
      ])
    #expect(trailers(patches[1]) == [own, "Acked-by: Boss Man <boss@example.com>"])
    #expect(
      patches[0].description().commitMessage == """
        fs: first

        Why it is done.

        \(own)
        Reviewed-by: Rev Iewer <rev@example.com>
        Tested-by: Deep Reader <d@example.net>
        [on ext4]
        Acked-by: Boss Man <boss@example.com> # for fs

        """)
    // Each is said, and every byte of the mailbox is kept.
    #expect(document.diagnostics.filter { $0.id == .givenTrailer }.count == 3)
    #expect(document.serialized() == Array(box.text.utf8))
  }

  @Test func aTrailerOfAnotherPersonIsSaidAndNotAdded() throws {
    var box = ThreadSamples()
    box.patch("[PATCH] fs: only", id: "p", file: "a.c", word: "TWO")
    box.mail(
      "Re: [PATCH] fs: only", id: "r", answers: "p", from: "Third Writer <third@example.net>",
      "Tested-by: Some Other <other@example.com>\n")
    let document = read(box)
    #expect(trailers(try #require(document.patchMessages.first)).count == 1)
    let finding = try #require(document.diagnostics.first { $0.id == .foreignTrailer })
    #expect(finding.message.contains("Third Writer <third@example.net> sent it"))
    #expect(
      finding.location.line
        == box.text.split(separator: "\n", omittingEmptySubsequences: false)
        .lastIndex { $0.hasPrefix("From mboxrd") }.map { $0 + 1 })
    let sloppy = read(box) { $0.takesAllTrailers = true }
    #expect(trailers(try #require(sloppy.patchMessages.first)).count == 2)
  }

  @Test func theNewestVersionIsTaken() throws {
    var box = ThreadSamples()
    box.patch("[PATCH 1/2] fs: first", id: "p1", file: "a.c", word: "TWO")
    box.patch("[PATCH 2/2] fs: second", id: "p2", answers: "p1", file: "b.c", word: "TWO")
    for part in ["1", "2"] {
      box.mail(
        "Re: [PATCH \(part)/2] fs", id: "r\(part)", answers: "p\(part)",
        from: "Rev Iewer <rev@example.com>", "Reviewed-by: Rev Iewer <rev@example.com>\n")
    }
    box.patch("[PATCHv2 2/2] fs: second", id: "q2", answers: "q1", file: "b.c", word: "TWICE")
    box.patch("[PATCH v2 1/2] fs: first", id: "q1", answers: "p1", file: "a.c", word: "TWO")
    let document = read(box)
    #expect(subjects(document) == ["fs: first", "fs: second"])
    let patches = document.patchMessages
    // The first one is the same change as before, the second one is not.
    #expect(patches.map { trailers($0).count } == [2, 1])
    let added = patches.map { $0.files.flatMap(\.hunks).map(\.addedCount) }
    #expect(added == [[1], [1]])
    #expect(document.diagnostics.contains { $0.id == .supersededPatch })
    #expect(subjects(read(box) { $0.takesMails = true }).count == 4)
  }

  @Test func onePartThatIsSentAgainReplacesItself() throws {
    var box = ThreadSamples()
    box.patch("[PATCH 1/2] fs: first", id: "p1", file: "a.c", word: "TWO")
    box.patch("[PATCH 2/2] fs: second", id: "p2", answers: "p1", file: "b.c", word: "TWO")
    box.patch("[PATCH v2 2/2] fs: again", id: "q2", answers: "p2", file: "b.c", word: "TWICE")
    #expect(subjects(read(box)) == ["fs: first", "fs: again"])
  }

  @Test func mailsInAnotherOrderAreSorted() throws {
    var box = ThreadSamples()
    box.patch("[PATCH 2/2] fs: second", id: "p2", answers: "p1", file: "b.c", word: "TWO")
    box.patch("[PATCH 1/2] fs: first", id: "p1", file: "a.c", word: "TWO")
    #expect(subjects(read(box)) == ["fs: first", "fs: second"])
  }

  @Test func twoConversationsAreTwoSeries() throws {
    var box = ThreadSamples()
    box.patch("[PATCH v2] fs: this", id: "p1", file: "a.c", word: "TWO")
    box.patch("[PATCH] fs: that", id: "p2", file: "b.c", word: "TWO")
    box.mail(
      "Re: [PATCH] fs: that", id: "r", answers: "p2", from: "Rev Iewer <rev@example.com>",
      "Reviewed-by: Rev Iewer <rev@example.com>\n")
    let document = read(box)
    #expect(subjects(document) == ["fs: this", "fs: that"])
    #expect(document.patchMessages.map { trailers($0).count } == [1, 2])
  }

  @Test func aDamagedOldVersionDoesNoHarm() throws {
    var box = ThreadSamples()
    box.mail(
      "[PATCH] fs: only", id: "p",
      "Text\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,3 +1,3 @@\n one\n-two\n")
    box.patch("[PATCH v2] fs: only", id: "q", answers: "p", file: "a.c", word: "TWO")
    #expect(throws: Never.self) { try read(box).requireSound() }
    #expect(throws: PatchFormatError.self) {
      try read(box) { $0.takesMails = true }.requireSound()
    }
  }

  @Test func aMailboxOfPatchesIsReadAsItIs() throws {
    var box = ThreadSamples()
    box.patch("[PATCH 1/2] fs: first", id: "p1", file: "a.c", word: "TWO")
    box.patch("[PATCH 2/2] fs: second", id: "p2", answers: "p1", file: "b.c", word: "TWO")
    let document = read(box)
    #expect(document.takenMessages.count == 2)
    #expect(document.diagnostics.isEmpty)
  }

  @Test func aLinkIsAddedOnRequest() throws {
    var box = ThreadSamples()
    box.patch("[PATCH] fs: only", id: "p", file: "a.c", word: "TWO")
    let document = read(box) { $0.linkMask = "https://lore.example.org/r/%s" }
    let message = try #require(document.patchMessages.first)
    #expect(trailers(message).last == "Link: https://lore.example.org/r/p@x")
    // Not where the text links to the same mail.
    var linked = ThreadSamples()
    linked.patch(
      "[PATCH] fs: only", id: "p", file: "a.c", word: "TWO",
      trailers: "Link: https://other.example.org/p@x\nSigned-off-by: A <a@example.org>\n")
    let again = read(linked) { $0.linkMask = "https://lore.example.org/r/%s" }
    #expect(trailers(try #require(again.patchMessages.first)).count == 2)
  }

  @Test(arguments: [
    ("a@example.com", "A", "B", "a@example.com", true),
    ("a+x@example.com", "A", "B", "a@example.com", true),
    ("a@linux.example.com", "A", "B", "a@example.com", true),
    ("a@a.linux.example.com", "A", "B", "a@example.com", false),
    ("a@example.org", "A", "a", "b@example.com", true),
    ("a@example.org", "Iewer, Rev", "Rev Iewer", "b@example.com", true),
    ("a@notexample.com", "A", "B", "a@example.com", false),
    ("a@example.org", "A", "", "b@example.com", false),
  ]) func whoMayGiveATrailer(
    from: String, sender: String, name: String, address: String, isGiven: Bool
  ) throws {
    var box = ThreadSamples()
    box.patch("[PATCH] fs: only", id: "p", file: "a.c", word: "TWO")
    box.mail(
      "Re: [PATCH] fs: only", id: "r", answers: "p", from: "\"\(sender)\" <\(from)>",
      "Acked-by: \(name) <\(address)>\n")
    let message = try #require(read(box).patchMessages.first)
    #expect((trailers(message).count == 2) == isGiven)
  }

  @Test(arguments: ["Rev\u{1B}[2J Iewer", String(repeating: "Rev", count: 400)])
  func whatNoNameIsIsText(_ name: String) throws {
    var box = ThreadSamples()
    box.patch("[PATCH] fs: only", id: "p", file: "a.c", word: "TWO")
    box.mail(
      "Re: [PATCH] fs: only", id: "r", answers: "p", from: "Rev <rev@example.org>",
      "Acked-by: \(name) <rev@example.org>\n")
    #expect(trailers(try #require(read(box).patchMessages.first)).count == 1)
  }

  @Test func aBaseIsRead() throws {
    var box = ThreadSamples()
    let id = String(repeating: "ab12", count: 10)
    box.mail("[PATCH 0/1] fs: one", id: "c", "A letter.\n\nbase-commit: \(id)\n-- \n2.39\n")
    box.patch("[PATCH 1/1] fs: one", id: "p", answers: "c", file: "a.c", word: "TWO")
    #expect(read(box).baseCommit == id)
    var single = ThreadSamples()
    single.patch(
      "[PATCH] fs: one", id: "p", file: "a.c", word: "TWO", end: "\nbase-commit: \(id)\n")
    #expect(read(single).baseCommit == id)
  }
}
