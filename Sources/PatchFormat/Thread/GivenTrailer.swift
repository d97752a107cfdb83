// SPDX-License-Identifier: GPL-2.0-only

/// A trailer that a reply gives to a patch, with the remark that its giver added.
package struct GivenTrailer: Sendable, Hashable {
  /// The trailer.
  package var trailer: Trailer
  /// A remark such as `# v6.1` after the value, or `[for the ext4 part]` on the next line.
  var remark: String?

  /// Gives a trailer without a remark.
  package init(trailer: Trailer, remark: String? = nil) {
    self.trailer = trailer
    self.remark = remark
  }

  /// The trailer as it is written: one line, or two with the remark.
  package var text: String {
    let line = "\(trailer.token): \(trailer.value)"
    guard let remark else { return line }
    return line + (remark.hasPrefix("#") ? " " : "\n") + remark
  }

  /// What distinguishes a trailer from others: the case of letters does not count, and links to the same mail are
  /// the same.
  static func key(of trailer: Trailer) -> String {
    let token = trailer.token.lowercased()
    let mail = token == "link" ? mail(in: trailer.value) : nil
    return "\(token): \(mail ?? trailer.value.lowercased())"
  }

  /// The mail that a link names; nil where it names something else.
  private static func mail(in link: String) -> String? {
    link.split(separator: "/").last { $0.contains("@") || $0.lowercased().contains("%40") }
      .map { $0.lowercased().replacing("%40", with: "@") }
  }

  /// Words that look like trailers in a reply, and are about the mail or its sender.
  private static let others: Set<String> = [
    "phone", "mail", "email", "e-mail", "from", "author", "cc", "to", "date", "subject",
    "subscribe", "unsubscribe", "base-commit", "change-id", "message-id",
    "prerequisite-message-id", "prerequisite-patch-id", "in-reply-to", "sent",
  ]
  private static let links: Set<String> = ["link", "buglink", "closes"]

  /// The trailers in the body of a reply: everywhere in the text above the signature, but not in
  /// what is quoted.
  static func all(in body: String) -> [GivenTrailer] {
    var lines = body.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.last == "\r" ? String($0.dropLast()) : String($0) }
    if let signature = lines.firstIndex(of: "-- ") { lines.removeSubrange(signature...) }
    var found: [GivenTrailer] = []
    var index = 0
    var isBelowTrailer = false
    while index < lines.count {
      let line = lines[index].trimmed
      index += 1
      if isBelowTrailer, line.count > 2, line.hasPrefix("["), line.hasSuffix("]") {
        found[found.count - 1].remark = line
        isBelowTrailer = false
        continue
      }
      isBelowTrailer = false
      guard var trailer = Trailer(line: line[...]), !others.contains(trailer.token.lowercased())
      else { continue }
      // Mailers break long lines: an address, or the end of a title, is on the next one.
      if index < lines.count, continues(trailer, lines[index].trimmed) {
        trailer.value += " " + lines[index].trimmed
        index += 1
      }
      guard let given = read(trailer) else { continue }
      found.append(given)
      isBelowTrailer = true
    }
    return found
  }

  private static func continues(_ trailer: Trailer, _ next: String) -> Bool {
    if next.hasPrefix("<"), next.hasSuffix(">"), !trailer.value.contains("@") { return true }
    return trailer.isNamed("fixes") && trailer.value.contains("(") && !trailer.value.hasSuffix(")")
      && next.hasSuffix(")")
  }

  /// A trailer of a reply with its remark; nil for what is text.
  private static func read(_ trailer: Trailer) -> GivenTrailer? {
    var trailer = trailer
    var remark: String?
    // No name is that long, and none has a character that steers a terminal.
    let isPlain = trailer.value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    guard isPlain, trailer.value.utf8.count < 1000 else { return nil }
    if let hash = trailer.value.firstRange(of: " #") {
      remark = String(trailer.value[hash.lowerBound...]).trimmed
      trailer.value = String(trailer.value[..<hash.lowerBound]).trimmed
    }
    let name = trailer.token.lowercased()
    if links.contains(name) {
      guard trailer.value.contains("://") else { return nil }
    } else if name == "fixes" {
      guard trailer.value.prefix(while: \.isHexDigit).count >= 6 else { return nil }
    } else {
      guard !trailer.value.contains("://"), let address = MailAddress(trailer.value),
        address.email.contains(".")
      else { return nil }
      if address.name.isEmpty { trailer.value = address.email }
      // Mailers that turn text to HTML and back write the address twice.
      if let twice = trailer.value.firstRange(of: "<mailto:") {
        trailer.value = String(trailer.value[..<twice.lowerBound]).trimmed
      }
    }
    return GivenTrailer(trailer: trailer, remark: remark)
  }

  /// Whether the sender of a mail may give the trailer: a link, or a trailer in the sender's own name
  /// or address.
  ///
  /// The rules are those of b4: an extension (`me+kernel@`) does not count, nor a subdomain
  /// (`me@linux.example.com`), and a name is enough.
  func mayBeGiven(by sender: MailAddress?) -> Bool {
    let name = trailer.token.lowercased()
    if Self.links.contains(name) || name == "fixes" { return true }
    guard let sender, let own = trailer.address else { return false }
    if Self.isSame(own.email, sender.email) { return true }
    let (given, sending) = (own.name.lowercased(), sender.name.lowercased())
    if !given.isEmpty, given == sending { return true }
    // 'Last, First' in the header.
    let parts = sending.split(separator: ",").map { String($0).trimmed }
    return parts.count > 1 && parts.allSatisfy { !$0.isEmpty && given.contains($0) }
  }

  private static func isSame(_ first: String, _ second: String) -> Bool {
    func parts(_ address: String) -> (local: Substring, domain: Substring)? {
      let address = address.lowercased()
      guard let at = address.lastIndex(of: "@") else { return nil }
      let local = address[..<at].split(separator: "+", maxSplits: 1).first ?? ""
      return (local, address[address.index(after: at)...])
    }
    guard let first = parts(first), let second = parts(second), first.local == second.local else {
      return false
    }
    if first.domain == second.domain { return true }
    let (short, long) =
      first.domain.count < second.domain.count
      ? (first.domain, second.domain) : (second.domain, first.domain)
    let dots = long.count { $0 == "." } - short.count { $0 == "." }
    return dots == 1 && long.hasSuffix("." + short)
  }
}
