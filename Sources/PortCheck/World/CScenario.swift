// SPDX-License-Identifier: GPL-2.0-only

/// A scenario in C: tasks that call functions of a patch, with what they share.
///
/// It is a file of `Patches/NAME/scenarios`, so that a patch can be explored without a port of it.
package struct CScenario: Sendable, Hashable {
  /// The scenario's name: that of its file, without `.c`.
  package let name: String
  /// The path of the file, for messages.
  package let path: String
  /// What happens in it, from its comment; empty if the comment does not say.
  package let summary: String
  /// The files of the tree that it includes, such as `fs/ext4/inode.c`.
  package let includes: [String]
  /// More folders of the tree whose files are linked if the tasks reach their functions.
  package let links: [String]
  /// Whether an outcome that no order of whole tasks gives is a violation.
  package let isSerializable: Bool
  /// The text.
  package let text: [UInt8]

  /// Reads a scenario.
  ///
  /// Lines of its comments of the form `summary: …`, `link: fs/jbd2` and `serializable: yes` describe it.
  package init(path: String, text: [UInt8]) {
    self.path = path
    self.text = text
    let file = path.split(separator: "/" as Character).last.map(String.init) ?? path
    name = file.hasSuffix(".c") ? String(file.dropLast(2)) : file
    var summary = ""
    var includes: [String] = []
    var links: [String] = []
    var isSerializable = false
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n" as Character) {
      let words = line.drop { " \t*/".contains($0) }
      if words.hasPrefix("summary:") {
        summary = Self.trimmed(words.dropFirst(8))
      } else if words.hasPrefix("link:") {
        links.append(Self.trimmed(words.dropFirst(5)))
      } else if words.hasPrefix("serializable:") {
        isSerializable = Self.trimmed(words.dropFirst(13)) == "yes"
      } else if words.hasPrefix("#include \""), let end = words.dropFirst(10).firstIndex(of: "\"") {
        let included = String(words.dropFirst(10)[..<end])
        if included.contains("/") { includes.append(included) }
      }
    }
    self.summary = summary
    self.includes = includes
    self.links = links
    self.isSerializable = isSerializable
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, " \t*/".contains(last) { text.removeLast() }
    return String(text)
  }
}
