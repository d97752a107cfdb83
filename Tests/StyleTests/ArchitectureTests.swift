// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// What `Documentation/Architecture.md` names is there: each folder, file and type.
@Suite struct ArchitectureTests {
  /// The words in backquotes.
  private static func names() throws -> Set<String> {
    let text = String(
      decoding: try Files.read(Project.path("Documentation/Architecture.md")), as: UTF8.self)
    var names: Set<String> = []
    // Code blocks are drawings.
    for (index, part) in text.components(separatedBy: "```").enumerated() where index % 2 == 0 {
      for (index, word) in part.components(separatedBy: "`").enumerated() where index % 2 == 1 {
        names.insert(word)
      }
    }
    return names
  }

  /// Whether a word names something in the sources: a path, or a Swift type.
  private static func isName(_ word: String) -> Bool {
    let first = word.first ?? " "
    return first.isLetter && word != "Codable" && !word.contains(" ") && !word.contains("(")
      && (first.isUppercase || word.contains("/") || word.hasSuffix(".swift"))
  }

  @Test func everyNameIsInTheSources() throws {
    var paths: [String] = []
    var types: Set<String> = []
    let declaration = try NSRegularExpression(
      pattern: #"\b(?:struct|class|enum|protocol|actor|typealias|extension)\s+([A-Z]\w*)"#)
    let root = Project.path("Sources")
    let walk = try #require(FileManager.default.enumerator(atPath: root))
    for case let path as String in walk {
      paths.append("/" + path)
      guard path.hasSuffix(".swift") else { continue }
      let text = String(decoding: try Files.read("\(root)/\(path)"), as: UTF8.self)
      for match in declaration.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
        if let range = Range(match.range(at: 1), in: text) { types.insert(String(text[range])) }
      }
    }
    let names = try Self.names().filter(Self.isName)
    #expect(names.count > 60)
    for name in names.sorted() {
      let isThere =
        types.contains(name.split(separator: ".").first.map(String.init) ?? name)
        || paths.contains { $0.hasSuffix("/\(name)") || $0.hasSuffix("/\(name).swift") }
        || FileManager.default.fileExists(atPath: Project.path(name))
      #expect(isThere, "Architecture.md names '\(name)'")
    }
  }
}
