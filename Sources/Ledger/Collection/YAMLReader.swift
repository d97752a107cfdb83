// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import TextAlign
internal import Yams

/// A part of a YAML file, read with errors that name its line.
struct YAMLReader {
  private let file: String
  private let node: Node
  private let name: String

  /// Reads a file that holds one mapping.
  init(_ text: String, file: String) throws(PatchkitError) {
    self.file = file
    name = "the file"
    guard !YAMLKeys.areTangled(text) else {
      throw PatchkitError.ledger(
        file, "has mappings, lists or anchors as keys",
        hint: "write each key as a plain word")
    }
    do {
      node = try Yams.compose(yaml: text) ?? Node("")
    } catch let error as YamlError {
      throw PatchkitError.ledger(
        file, line: Self.line(of: error), "the file is not valid YAML: \(Self.reason(error))",
        hint: "'patchkit schema manifest' prints the schema")
    } catch {
      throw PatchkitError.ledger(file, "the file is not valid YAML: \(error)")
    }
  }

  private init(_ node: Node, file: String, name: String) {
    self.node = node
    self.file = file
    self.name = name
  }

  private static func line(of error: YamlError) -> Int? {
    switch error {
    case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
      mark.line
    default: nil
    }
  }

  private static func reason(_ error: YamlError) -> String {
    switch error {
    case .scanner(_, let problem, _, _), .parser(_, let problem, _, _),
      .composer(_, let problem, _, _):
      problem
    default: "\(error)"
    }
  }

  func fail(_ message: String, hint: String? = nil) -> PatchkitError {
    PatchkitError.ledger(file, line: node.mark?.line, message, hint: hint)
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
    guard let entries = node.mapping?[list]?.sequence,
      let found = entries.first(where: { $0.mapping?["name"]?.string == entry }),
      let mapping = found.mapping, let mark = mapping.first?.key.mark ?? found.mark
    else { return nil }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let (row, column) = (mark.line - 1, mark.column - 1)
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
    if case .scalar(let scalar) = node, scalar.string.isEmpty { return [] }
    guard case .mapping(let mapping) = node else {
      if case .sequence(let sequence) = node, sequence.isEmpty { return [] }
      throw fail("\(name) must be a mapping of keys to values")
    }
    var pairs: [(String, YAMLReader)] = []
    for (key, value) in mapping {
      guard let key = key.string else { throw fail("a key of \(name) is not a text") }
      pairs.append((key, YAMLReader(value, file: file, name: "'\(key)'")))
    }
    return pairs
  }

  func text() throws(PatchkitError) -> String {
    guard case .scalar(let scalar) = node else { throw fail("\(name) must be a text") }
    return scalar.string
  }

  func list() throws(PatchkitError) -> [YAMLReader] {
    guard case .sequence(let sequence) = node else { throw fail("\(name) must be a list") }
    return sequence.map { YAMLReader($0, file: file, name: "an entry of \(name)") }
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
