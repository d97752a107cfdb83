// SPDX-License-Identifier: GPL-2.0-only

extension MailThread {
  /// The series in a mailbox.
  struct Arrangement {
    /// The letters and the patches, in the order of the series.
    var series: [Message]
    /// The messages that are not taken, by their index.
    var isLeftOut: Set<Int>
    /// What was left out or added.
    var findings: [PendingDiagnostic]
  }

  /// Finds the series in the messages of a mailbox, and gives its patches their trailers; nil where the
  /// messages are taken as they are.
  static func arrange(_ messages: inout [Message], _ options: Options) -> Arrangement? {
    let all = messages
    guard
      let thread = MailThread(all, options, isSame: { all[$0].changedText == all[$1].changedText })
    else {
      addLinks(to: &messages, options)
      return nil
    }
    let given = thread.addTrailers(to: &messages)
    addLinks(to: &messages, options)
    let taken = thread.letters.sorted() + thread.parts.map(\.mail)
    return Arrangement(
      series: taken.map { messages[$0] }, isLeftOut: Set(all.indices).subtracting(taken),
      findings: thread.findings.map(\.finding) + given)
  }

  /// Adds the trailers that replies give; says which.
  private func addTrailers(to messages: inout [Message]) -> [PendingDiagnostic] {
    var given: [(trailer: GivenTrailer, offset: Int, count: Int)] = []
    var numbers: [String: Int] = [:]
    for part in parts {
      var keys = Set(messages[part.mail].description().trailers.map(GivenTrailer.key))
      for trailer in part.trailers {
        let key = GivenTrailer.key(of: trailer.trailer)
        guard keys.insert(key).inserted else { continue }
        messages[part.mail].add(trailer)
        if let number = numbers[key] {
          given[number].count += 1
        } else {
          numbers[key] = given.count
          given.append((trailer, messages[part.mail].range.lowerBound, 1))
        }
      }
    }
    return given.map { trailer, offset, count in
      let line = trailer.text.split(separator: "\n").joined(separator: " ")
      return PendingDiagnostic(
        id: .givenTrailer, severity: .note, offset: offset,
        message: "'\(line)' of a reply is added\(count > 1 ? " to \(count) patches" : "")")
    }
  }

  /// Adds a link to each patch that was sent as a mail.
  private static func addLinks(to messages: inout [Message], _ options: Options) {
    guard let mask = options.linkMask else { return }
    for index in messages.indices where messages[index].hasDiff {
      let id = ThreadMail(messages[index]).id
      guard !id.isEmpty else { continue }
      let link = Trailer(token: "Link", value: mask.replacing("%s", with: id))
      let has = messages[index].description().trailers.map(GivenTrailer.key)
      if has.contains(GivenTrailer.key(of: link)) { continue }
      messages[index].add(GivenTrailer(trailer: link))
    }
  }
}

extension Message {
  /// The diffs without blanks, line numbers and blob ids: what `git patch-id` looks at.
  fileprivate var changedText: [UInt8] {
    var output: [UInt8] = []
    for part in parts {
      for case .file(let file) in part.text.elements {
        for line in part.text.bytes[file.range].split(separator: 0x0A)
        where !line.starts(with: "index ".utf8) {
          if line.starts(with: "@@ -".utf8) {
            output.append(UInt8(ascii: "@"))
          } else {
            output += line.filter { !Whitespace.contains($0) }
          }
        }
      }
    }
    return output
  }
}
