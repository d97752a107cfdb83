// SPDX-License-Identifier: GPL-2.0-only

import PatchFormat
import TestSupport
import Testing

/// Random discussions, read by `b4 am` and by patchkit: the same patches in the same order with the same
/// trailers.
///
/// b4 0.16.0 is the oracle, without network and attestation. These differ on purpose, and the generator makes
/// none of them:
/// - of two patches without a version, b4 takes the later one for a new version whatever its subject;
/// - a sender with a comma in the name may give every trailer in b4: it compares the name with itself;
/// - a trailer that b4 refuses from a mail is added where another mail answers that one;
/// - what the letter of an older version got is carried over by b4 only with its network.
@Suite(
  .enabled(
    if: Files.exists(Project.path(".build/b4/b4")) && Project.hasProgram("python3"),
    "b4 is not there: pip install --target .build/b4 b4==0.16.0"))
struct ThreadOracleTests {
  /// A sender, with trailers in the sender's own name.
  private static let people = [
    ("Rev Iewer <rev@example.com>", "Reviewed-by: Rev Iewer <rev@example.com>"),
    ("Rev Iewer <rev+kernel@example.com>", "reviewed-by: rev iewer <REV@example.com>"),
    ("Boss Man <boss@linux.example.com>", "Acked-by: The Boss <boss@example.com> # for fs"),
    ("Some One <some@example.net>", "Tested-by: Some Body <some@example.net>\n[on ext4]"),
    ("Some One <some@example.net>", "Reported-by: <some@example.net>"),
    ("Some One <other@example.net>", "Nacked-by: Some One <some@example.net>"),
    ("Long Named <long@example.org>", "Tested-by: Long Named\n<long@example.org>"),
    ("Ann Author <ann@example.org>", "Co-developed-by: Ann Author <ann@example.org>"),
  ]
  /// What anybody may give, and what is text.
  private static let others = [
    "Link: https://bugs.example.org/1", "Closes: https://bugs.example.org/2", "Phone: 12345",
    "Fixes: 0123456789ab (\"fs: that thing\nwhich was wrong\")", "Cc: stable@vger.kernel.org",
    "> Reviewed-by: Rev Iewer <rev@example.com>", "I think: this is good.", "Subject: x",
    "See https://example.org: good", "Fixes: the thing", "Looks good to me",
    "Patch: https://example.org/x", "Date: today", "link: https://bugs.example.org/1",
    "> > Tested-by: Some One <some@example.net>\n> Fine.",
  ]

  private static func box(_ seed: UInt64) -> String {
    var random = SeededRandom(seed: seed)
    var box = ThreadSamples()
    let count = Int.random(in: 1...3, using: &random)
    let hasLetter = count > 1 && Bool.random(using: &random)
    var patches: [String] = []
    let versions = Int.random(in: 1...3, using: &random)
    for version in 1...versions {
      let tag = version == 1 ? "PATCH" : "PATCH v\(version)"
      let letter = "c\(version)"
      let parent = patches.randomElement(using: &random)
      if hasLetter {
        box.mail(
          "[\(tag) 0/\(count)] fs: letter", id: letter, answers: parent,
          "About it.\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n")
      }
      var own: [String] = []
      for number in 1...count {
        let id = "p\(version)-\(number)"
        let part = count == 1 ? "" : " \(number)/\(count)"
        let answers: String? = hasLetter ? letter : number == 1 ? parent : Optional("p\(version)-1")
        box.patch(
          "[\(tag)\(part)] fs: change \(number)", id: id, answers: answers, file: "f\(number).c",
          word: Bool.random(using: &random) ? "TWO" : "TWO\(version)")
        own.append(id)
      }
      // Without its network b4 does not carry over what the letter of an older version got.
      let isLast = version == versions
      var targets = own + (hasLetter && isLast ? [letter] : [])
      for reply in 0..<Int.random(in: 0...4, using: &random) {
        let target = targets[Int.random(in: 0..<targets.count, using: &random)]
        let sender = people[Int.random(in: 0..<people.count, using: &random)]
        var body = "On that day, Ann wrote:\n> something\n\n"
        var isOwn = true
        for _ in 0...Int.random(in: 0...2, using: &random) {
          switch Int.random(in: 0...4, using: &random) {
          case 0...1: body += sender.1 + "\n"
          case 2:
            let other = people[Int.random(in: 0..<people.count, using: &random)]
            body += other.1 + "\n"
            isOwn = isOwn && other.0 == sender.0
          default: body += others[Int.random(in: 0..<others.count, using: &random)] + "\n"
          }
        }
        if Bool.random(using: &random) { body += "-- \nAcked-by: Rev Iewer <rev@example.com>\n" }
        let id = "r\(version)-\(reply)"
        box.mail("Re: [\(tag)] fs: something", id: id, answers: target, from: sender.0, body)
        // Through an answer to it, b4 takes a trailer that it refuses from the mail itself.
        if isOwn { targets.append(id) }
      }
      patches += own
    }
    return box.text
  }

  /// What counts of a series: each subject with the lines below the text.
  private static func series(_ document: PatchDocument) -> [String] {
    document.patchMessages.map { message in
      let description = message.description()
      return description.commitMessage
        + message.files.flatMap(\.hunks).map { "\($0.newStart)" }
        .joined()
    }
  }

  @Test func aThreadIsB4s() async throws {
    let scratch = try Scratch()
    _ = try await git("init", "-q", in: scratch.path)
    for (key, value) in [
      ("user.name", "Me"), ("user.email", "me@example.org"), ("b4.attestation-policy", "off"),
    ] {
      _ = try await git("config", key, value, in: scratch.path)
    }
    for seed in 0..<(Project.isThorough ? 400 : 10) as Range<UInt64> {
      let text = Self.box(seed)
      try scratch.write("t.mbox", text)
      let result = try await run(
        "python3",
        ["-m", "b4.command", "--offline-mode", "-n", "am", "-m", "t.mbox", "-o", "-"],
        in: scratch.path,
        environment: [
          "PYTHONPATH": Project.root + "/.build/b4", "HOME": scratch.path,
          "XDG_DATA_HOME": scratch.file("data"), "XDG_CACHE_HOME": scratch.file("cache"),
        ])
      let theirs = Self.series(PatchDocument(parsing: result.output))
      let ours = Self.series(PatchDocument(parsing: Array(text.utf8)))
      #expect(!theirs.isEmpty, "seed \(seed): \(result.errors)")
      #expect(ours == theirs, "seed \(seed):\n\(text)")
    }
  }
}
