// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// What the libraries offer grows only on purpose.
///
/// Declarations are `package` unless a program outside of the package needs them: what is public has to keep its
/// meaning. `Documentation/Architecture.md` states their number; a smaller one is lowered there, too.
@Suite struct PublicDeclarationTests {
  /// How many declarations are public; the number may only shrink.
  private static let bound = 461

  private static let declaration = Result {
    try NSRegularExpression(
      pattern: #"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:public|open(?= class| func| var)) +(?!import\b)"#,
      options: [.anchorsMatchLines])
  }

  /// How many declarations of a text are public, without the cases of enumerations.
  private static func count(in text: String) throws -> Int {
    try declaration.get().numberOfMatches(
      in: text, range: NSRange(text.startIndex..., in: text))
  }

  /// The targets that products offer, as `Package.swift` lists them.
  private static func offered() throws -> Set<String> {
    let text = String(decoding: try Files.read(Project.path("Package.swift")), as: UTF8.self)
    let product = try NSRegularExpression(
      pattern: #"\blibrary\(\s*name: "\w+",\s*targets: \[([^\]]*)\]"#)
    var targets: Set<String> = []
    for match in product.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
      guard let range = Range(match.range(at: 1), in: text) else { continue }
      targets.formUnion(
        text[range].split(separator: "," as Character).map {
          $0.trimmingCharacters(in: CharacterSet(charactersIn: " \n\""))
        })
    }
    return targets
  }

  @Test func theirNumberOnlyShrinks() throws {
    let root = Project.path("Sources")
    var counts: [String: Int] = [:]
    let walk = try #require(FileManager.default.enumerator(atPath: root))
    for case let path as String in walk where path.hasSuffix(".swift") {
      let target = String(path.prefix { $0 != "/" })
      let text = String(decoding: try Files.read("\(root)/\(path)"), as: UTF8.self)
      // The tutorial's programs are not part of a target.
      guard !path.contains(".docc/") else { continue }
      counts[target, default: 0] += try Self.count(in: text)
    }
    let offered = try Self.offered()
    #expect(offered.count == 9)
    for (target, count) in counts.sorted(by: { $0.key < $1.key }) where !offered.contains(target) {
      #expect(count == 0, "no product offers '\(target)': its declarations are package")
    }
    let count = counts.values.reduce(0, +)
    let list = counts.filter { $0.value > 0 }.sorted { $0.key < $1.key }
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    #expect(count <= Self.bound, "\(count) declarations are public: \(list)")
    #expect(count >= Self.bound, "\(count) declarations are public: lower the bound")
    let page = String(
      decoding: try Files.read(Project.path("Documentation/Architecture.md")), as: UTF8.self)
    #expect(
      page.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        .contains("Declarations that begin with `public` were 2,341 and are \(Self.bound)"),
      "Architecture.md states another number than \(Self.bound)")
  }

  @Test func theyAreCountedByTheirFirstWord() throws {
    let text = """
      public import Host
      /// public words
      public struct A {
        @inlinable public func b() {}
        @available(*, deprecated) public var c: Int { 0 }
        package var publicName = ""
        let d = "public e"
      open = nil
      }
      public extension A {}
      open class E {}
      """
    #expect(try Self.count(in: text) == 5)
  }
}
