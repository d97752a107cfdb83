// SPDX-License-Identifier: GPL-2.0-only

/// Writes patches as the mails of a mailbox, in the form of `git format-patch`.
package struct MailWriter: Sendable {
  /// The commit that the patch was made of, as 40 hex digits; zeros where there is none.
  package var commit = String(repeating: "0", count: 40)
  /// The author.
  package var author: MailAddress
  /// The author's date.
  package var date: MailDate?
  /// The subject, without `[PATCH]`.
  package var subject: String
  /// The text below the subject, in which nothing has to be quoted.
  package var body: String
  /// Header fields to add after the envelope, with their values.
  package var fields: [(name: String, value: String)] = []

  /// Makes a writer for a description and its author.
  package init(author: MailAddress, date: MailDate?, subject: String, body: String) {
    self.author = author
    self.date = date
    self.subject = subject
    self.body = body
  }

  /// Makes a writer for a commit: its first paragraph is the subject.
  package init(message: String, author: MailAddress, date: MailDate?) {
    let lines = message.split(separator: "\n", omittingEmptySubsequences: false)
      .drop { $0.allSatisfy(\.isWhitespace) }
    let title = lines.prefix { !$0.allSatisfy(\.isWhitespace) }
    let body = lines.dropFirst(title.count).drop { $0.allSatisfy(\.isWhitespace) }
      .joined(separator: "\n")
    self.init(
      author: author, date: date, subject: title.joined(separator: " "),
      body: body.last == "\n" ? String(body.dropLast()) : body)
  }

  /// The mail with a diff below its text.
  package func mail(_ diff: [UInt8]) -> [UInt8] {
    var head = "From \(commit) Mon Sep 17 00:00:00 2001\n"
    head += Self.lines(fields)
    let name = author.name.isEmpty ? author.email : author.name
    let isPlain = name.utf8.allSatisfy { $0 < 0x80 }
    let needsQuotes = name.contains { "()<>@,;:\\\".[]".contains($0) }
    let shown =
      isPlain
      ? needsQuotes ? "\"\(name.filter { !"\\\"".contains($0) })\"" : name
      : EncodedWord.encode(name)
    head += "From: \(shown) <\(author.email)>\n"
    if let date { head += "Date: \(date.text)\n" }
    let title =
      "[PATCH] " + (subject.utf8.allSatisfy { $0 < 0x80 } ? subject : EncodedWord.encode(subject))
    head += "Subject: \(title)\n"
    if !(body + subject + name).utf8.allSatisfy({ $0 < 0x80 }) {
      head += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
      head += "Content-Transfer-Encoding: 8bit\n"
    }
    // A line that would end the message, or begin a diff, is text here: what comes after it would be lost.
    let text = body.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let opensDiff =
        DescriptionReader.startsPatch(line)
        || ["--- ", "*** ", "@@ -"].contains(where: line.hasPrefix)
      return opensDiff ? " " + line : String(line)
    }
    head += body.isEmpty ? "\n" : "\n\(text.joined(separator: "\n"))\n"
    return Array((head + "---\n\n").utf8) + diff
  }

  /// Header fields as lines, long values folded.
  package static func lines(_ fields: [(name: String, value: String)]) -> String {
    fields.map { name, value in
      var lines: [Substring] = []
      var rest = value[...]
      while rest.utf8.count > 66 {
        lines.append(rest.prefix(66))
        rest = rest.dropFirst(66)
      }
      return "\(name): " + (lines + [rest]).joined(separator: "\n ") + "\n"
    }.joined()
  }

  /// A mail's text with the lines quoted that would start another mail (mboxrd), after its first one.
  package static func quoted(_ mail: [UInt8]) -> [UInt8] {
    requoted(mail) { line in line.isEmpty ? [] : [UInt8(ascii: ">")] + line }
  }

  /// A mail's text with those quotes taken off.
  package static func unquoted(_ mail: [UInt8]) -> [UInt8] {
    requoted(mail) { $0.first == UInt8(ascii: ">") ? Array($0.dropFirst()) : Array($0) }
  }

  private static func requoted(
    _ mail: [UInt8], _ change: (ArraySlice<UInt8>) -> [UInt8]
  ) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(mail.count + 8)
    var position = 0
    while position < mail.count {
      let line = mail.line(at: position, limit: mail.count)
      let text = mail[line.start..<line.end]
      let bare = text.drop { $0 == UInt8(ascii: ">") }
      let isFrom =
        position > 0 && bare.starts(with: "From ".utf8)
        && Mbox.isFromLine(Array(bare), Array(bare).line(at: 0, limit: bare.count))
      output += isFrom ? change(text) : Array(text)
      position = line.end
    }
    return output
  }
}

extension EncodedWord {
  /// Words of UTF-8 in quoted-printable, none longer than 75 letters, a folded line each.
  static func encode(_ text: String) -> String {
    var words: [String] = []
    var word = ""
    for character in text {
      let encoded = character.utf8.map { byte -> String in
        switch byte {
        case 0x20: "_"
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
        default: "=" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }
      }.joined()
      if word.utf8.count + encoded.utf8.count > 62 {
        words.append(word)
        word = ""
      }
      word += encoded
    }
    return (words + [word]).map { "=?UTF-8?q?\($0)?=" }.joined(separator: "\n ")
  }
}

extension MailDate {
  /// The date as mail writes it: `Mon, 7 Feb 2011 10:20:30 -0500`.
  package var text: String {
    let local = seconds + Int64(zoneMinutes) * 60
    let days = Int((Double(local) / 86_400).rounded(.down))
    let ofDay = Int(local - Int64(days) * 86_400)
    // Years that start in March, as in `daysSince1970`.
    let shifted = days + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let ofEra = shifted - era * 146_097
    let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
    let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let month = (5 * ofYear + 2) / 153
    let day = ofYear - (153 * month + 2) / 5 + 1
    let number = month < 10 ? month + 2 : month - 10
    let year = yearOfEra + era * 400 + (number < 2 ? 1 : 0)
    let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((days % 7) + 7) % 7]
    let name = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ][number]
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let zone = abs(zoneMinutes)
    return "\(weekday), \(day) \(name) \(year) \(two(ofDay / 3600)):\(two(ofDay / 60 % 60)):"
      + "\(two(ofDay % 60)) \(zoneMinutes < 0 ? "-" : "+")\(two(zone / 60))\(two(zone % 60))"
  }
}
