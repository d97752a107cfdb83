// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import TextAlign

/// A part of a YAML file, read with errors that name its line.
struct YAMLReader {
  private let file: String
  private let document: YAMLDocument
  private let node: YAMLDocument.Node
  private let name: String

  /// Reads a file that holds one mapping.
  init(_ text: String, file: String) throws(PatchkitError) {
    self.file = file
    name = "the file"
    do {
      document = try YAMLDocument(text)
    } catch {
      throw PatchkitError.ledger(
        file, line: error.line, "the file is not valid YAML: \(error.problem)",
        hint: "'patchkit schema manifest' prints the schema")
    }
    node = document.nodes[0]
  }

  private init(_ node: Int, of reader: YAMLReader, name: String) {
    document = reader.document
    self.node = document.nodes[node]
    file = reader.file
    self.name = name
  }

  func fail(_ message: String, hint: String? = nil) -> PatchkitError {
    PatchkitError.ledger(file, line: node.line, message, hint: hint)
  }

  /// The text with one more key in an entry of a list of mappings; nil where there is no such entry.
  ///
  /// Comments and everything else stay as they are.
  ///
  /// - Parameters:
  ///   - entry: the `name` of the entry.
  ///   - list: the key of the list.
  ///   - text: the text that was read.
  func adding(
    _ key: String, _ value: String, toEntryNamed entry: String, of list: String, in text: String
  ) throws(PatchkitError) -> String? {
    let plain = value.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._-/".contains($0))
    }
    let pair = "\(key): " + (plain ? value : "'\(value.replacing("'", with: "''"))'")
    guard case .list(let entries) = self.value(of: list, in: node)?.content,
      let found = entries.map({ document.nodes[$0] }).first(where: {
        self.value(of: "name", in: $0)?.text == entry
      })
    else { return nil }
    var first = found
    if case .mapping(let pairs) = found.content, let pair = pairs.first {
      first = document.nodes[pair.key]
    }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let (row, column) = (first.line - 1, first.column - 1)
    guard lines.indices.contains(row) else { return nil }
    let at = lines[row].unicodeScalars.index(
      lines[row].startIndex, offsetBy: column, limitedBy: lines[row].endIndex)
    guard let at else { return nil }
    if lines[row][..<at].last(where: { $0 != " " }) == "{" {
      lines[row].insert(contentsOf: pair + ", ", at: at)
    } else {
      lines.insert(String(repeating: " ", count: column) + pair, at: row + 1)
    }
    return lines.joined(separator: "\n")
  }

  /// The value of a key; nil where the node is not a mapping, or lacks the key.
  private func value(of key: String, in node: YAMLDocument.Node) -> YAMLDocument.Node? {
    guard case .mapping(let pairs) = node.content else { return nil }
    return pairs.first { document.nodes[$0.key].text == key }.map { document.nodes[$0.value] }
  }

  /// The values of a mapping by their keys, which are all known.
  ///
  /// - Throws: `PatchkitError` for a key that is not one of these, with the nearest one, and for one that
  ///   occurs twice.
  func fields(_ keys: [String]) throws(PatchkitError) -> [String: YAMLReader] {
    var fields: [String: YAMLReader] = [:]
    for (key, value) in try pairs() {
      guard keys.contains(key) else {
        throw value.fail("unknown key '\(key)' in \(name)", hint: Self.nearest(key, keys, "keys"))
      }
      fields[key] = value
    }
    return fields
  }

  /// The known word that is nearest to one, or all of them, as a hint.
  private static func nearest(_ word: String, _ known: [String], _ what: String) -> String {
    SpellingSuggestion.nearest(to: word, among: known).map { "did you mean '\($0)'?" }
      ?? "the \(what) are \(known.joined(separator: ", "))"
  }

  /// The pairs of a mapping, in their order.
  func pairs() throws(PatchkitError) -> [(String, YAMLReader)] {
    if node.text?.isEmpty == true { return [] }
    guard case .mapping(let mapping) = node.content else {
      if case .list(let entries) = node.content, entries.isEmpty { return [] }
      throw fail("\(name) must be a mapping of keys to values")
    }
    var pairs: [(String, YAMLReader)] = []
    var known: Set<String> = []
    for (key, value) in mapping {
      let reader = YAMLReader(key, of: self, name: "a key of \(name)")
      guard let key = reader.node.text else {
        throw reader.fail("a key of \(name) is not a text", hint: "write each key as a plain word")
      }
      guard known.insert(key).inserted else {
        throw reader.fail("the key '\(key)' of \(name) occurs twice")
      }
      pairs.append((key, YAMLReader(value, of: self, name: "'\(key)'")))
    }
    return pairs
  }

  func text() throws(PatchkitError) -> String {
    guard let text = node.text else { throw fail("\(name) must be a text") }
    return text
  }

  func list() throws(PatchkitError) -> [YAMLReader] {
    guard case .list(let entries) = node.content else { throw fail("\(name) must be a list") }
    return entries.map { YAMLReader($0, of: self, name: "an entry of \(name)") }
  }

  /// A list of texts.
  func texts() throws(PatchkitError) -> [String] {
    var texts: [String] = []
    for entry in try list() { texts.append(try entry.text()) }
    return texts
  }

  /// One of some words.
  func choice<Value>(
    _ words: [String], _ make: (String) -> Value?
  ) throws(PatchkitError) -> Value {
    let word = try text()
    guard words.contains(word), let value = make(word) else {
      throw fail("\(name) cannot be '\(word)'", hint: Self.nearest(word, words, "words"))
    }
    return value
  }

  /// Yes or no.
  func flag() throws(PatchkitError) -> Bool {
    try choice(["true", "false"]) { $0 == "true" }
  }

  /// A number within bounds.
  func number(_ bounds: ClosedRange<Int>) throws(PatchkitError) -> Int {
    guard let number = Int(try text()), bounds.contains(number) else {
      throw fail("\(name) must be a number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    return number
  }
}

extension YAMLDocument.Node {
  /// The text; nil for a list or a mapping.
  fileprivate var text: String? {
    if case .text(let text) = content { text } else { nil }
  }
}
