// SPDX-License-Identifier: GPL-2.0-only

/// Writes the mails of a discussion.
struct ThreadSamples {
  static let author = "Ann Author <ann@example.org>"
  private(set) var text = ""
  private var minute = 0

  /// Adds a mail.
  mutating func mail(
    _ subject: String, id: String, answers: String? = nil, from: String = author, _ body: String
  ) {
    text += """
      From mboxrd@z Thu Jan  1 00:00:00 1970
      From: \(from)
      Date: Mon, 2 Jan 2023 \(10 + minute / 60):\(10 + minute % 50):00 +0000
      Subject: \(subject)
      Message-ID: <\(id)@x>

      """
    minute += 1
    if let answers { text += "In-Reply-To: <\(answers)@x>\nReferences: <\(answers)@x>\n" }
    text += "\n" + body + "\n"
  }

  /// Adds a patch that changes a file's second line.
  mutating func patch(
    _ subject: String, id: String, answers: String? = nil, file: String, word: String,
    trailers: String = "Signed-off-by: Ann Author <ann@example.org>\n", end: String = ""
  ) {
    let body = """
      Why it is done.

      \(trailers)---
       \(file) | 2 +-
       1 file changed, 1 insertion(+), 1 deletion(-)

      diff --git a/\(file) b/\(file)
      --- a/\(file)
      +++ b/\(file)
      @@ -1,3 +1,3 @@
       one
      -two
      +\(word)
       three

      """
    mail(subject, id: id, answers: answers, body + end + "-- \n2.39.2\n")
  }
}
