// SPDX-License-Identifier: GPL-2.0-only

extension Message {
  /// Reads what the message says about its patch.
  ///
  /// - Parameters:
  ///   - scissors: drop the text above a scissors line (`-- >8 --`), as `git am --scissors` does.
  ///   - cleaning: how much of the brackets before the subject goes.
  public func description(
    scissors: Bool = false, cleaning: SubjectCleaning = .allBrackets
  ) -> PatchDescription {
    var reader = DescriptionReader(
      message: self, dropsAboveScissors: scissors, cleaning: cleaning)
    var description = stated ?? reader.read()
    description.add(added)
    return description
  }

  /// The subject alone, for lists: `description().subject` without reading the rest of the text.
  package var subject: String {
    if let stated { return stated.subject }
    var reader = DescriptionReader(
      message: self, dropsAboveScissors: false, cleaning: .allBrackets)
    reader.textLimit = 2048
    return reader.readSubject()
  }

  /// The decoded text above the diff, no more than `limit` bytes of it.
  ///
  /// Of a mail in parts that is the text of all parts up to the one with the diff, as git puts them
  /// together.
  func descriptionText(limit: Int) -> String {
    var output = ""
    for part in parts {
      let hasDiff = part.text.hasDiff
      guard part.isText || hasDiff else { continue }
      var range = hasDiff ? part.text.preamble : part.text.range
      if part.text.bytes.hasByteOrderMark(at: range.lowerBound) {
        range = (range.lowerBound + 3)..<max(range.upperBound, range.lowerBound + 3)
      }
      let text = part.text.bytes[range].prefix(limit)
      let bytes = zip(text, text.dropFirst() + [0x0A]).filter { $0 != (0x0D, 0x0A) }.map(\.0)
      if !output.isEmpty, !output.hasSuffix("\n") { output += "\n" }
      output +=
        Charset.decode(bytes, as: part.charset ?? "utf-8")
        ?? Charset.decode(bytes, as: "iso-8859-1") ?? String(lossy: bytes)
      if hasDiff { break }
    }
    return output
  }
}
