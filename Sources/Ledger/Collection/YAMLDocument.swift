// SPDX-License-Identifier: GPL-2.0-only

internal import CYAML

/// The nodes of a YAML text, each with its line: texts, lists and mappings.
///
/// libyaml reads the text, event by event: its own loader has no limit of depth, and compares each anchor with all
/// others. An alias is the node that it names and no copy. The time and the memory are in proportion to the text.
struct YAMLDocument: Sendable {
  /// A node; others are named by their numbers.
  struct Node: Sendable {
    enum Content: Sendable {
      case text(String)
      case list([Int])
      case mapping([(key: Int, value: Int)])
    }
    fileprivate(set) var content: Content
    /// The line, from 1.
    let line: Int
    /// The column, from 1, in Unicode scalars.
    let column: Int
  }

  /// Why a text is not one YAML document that is read here.
  struct Failure: Error {
    /// The line, from 1; nil where none is known.
    let line: Int?
    let problem: String
  }

  /// The nodes, the outermost one first; an empty text has the text of no characters.
  let nodes: [Node]

  /// The most lists and mappings that are in each other; nothing that is read here has ten levels.
  static let mostLevels = 100

  /// The most nodes that aliases may name, those in a list or mapping included.
  static let mostCopies = 1_000_000

  /// Reads a text with one document, or none.
  init(_ text: String) throws(Failure) {
    try Self.refuseDirectives(Array(text.utf8))
    let nodes = text.isEmpty ? [] : try YAMLEventReader.nodes(of: Array(text.utf8))
    self.nodes = nodes.isEmpty ? [Node(content: .text(""), line: 1, column: 1)] : nodes
  }

  /// Refuses lines such as `%TAG` before a document: libyaml compares each of them with all others.
  private static func refuseDirectives(_ text: [UInt8]) throws(Failure) {
    var isBetween = true
    for (number, line) in text.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
    {
      let first = line.drop { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }.first
      if isBetween, line.first == UInt8(ascii: "%") {
        throw Failure(line: number + 1, problem: "lines that begin with '%' are not read")
      }
      if line.starts(with: "...".utf8) {
        isBetween = true
      } else if first != nil, first != UInt8(ascii: "#") {
        isBetween = false
      }
    }
  }
}

/// Makes nodes from libyaml's events.
private struct YAMLEventReader {
  private typealias Node = YAMLDocument.Node
  private typealias Failure = YAMLDocument.Failure

  private var nodes: [Node] = []
  /// The number of nodes in each node, itself included, aliases counted as copies; a long text counts as several.
  private var sizes: [Int] = []
  /// The lists and mappings that are not at their end, with their children.
  private var open: [(node: Int, children: [Int], anchor: String?)] = []
  private var anchors: [String: Int] = [:]
  private var documents = 0

  static func nodes(of text: [UInt8]) throws(YAMLDocument.Failure) -> [YAMLDocument.Node] {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { unsafe parser.deallocate() }
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw Failure(line: nil, problem: "there is not enough memory")
    }
    defer { unsafe yaml_parser_delete(parser) }
    let read = unsafe text.withUnsafeBufferPointer { bytes -> Result<[Node], Failure> in
      unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
      return Result { () throws(Failure) in
        var reader = YAMLEventReader()
        while try unsafe reader.takeEvent(of: parser, text) {}
        return reader.nodes
      }
    }
    return try read.get()
  }

  /// Takes the next event; false at the end of the text.
  private mutating func takeEvent(
    of parser: UnsafeMutablePointer<yaml_parser_t>, _ text: [UInt8]
  ) throws(Failure) -> Bool {
    var event = unsafe yaml_event_t()
    guard unsafe yaml_parser_parse(parser, &event) == 1 else {
      throw unsafe Self.failure(parser.pointee, text)
    }
    defer { unsafe yaml_event_delete(&event) }
    let mark = unsafe event.start_mark
    let (line, column) = (mark.line + 1, mark.column + 1)
    switch unsafe event.type {
    case YAML_STREAM_END_EVENT: return false
    case YAML_DOCUMENT_START_EVENT:
      documents += 1
      if documents > 1 { throw Failure(line: line, problem: "a second document begins here") }
    case YAML_SCALAR_EVENT:
      let scalar = unsafe event.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      let text = unsafe String(decoding: bytes, as: UTF8.self)
      let node = add(Node(content: .text(text), line: line, column: column))
      sizes[node] += unsafe scalar.length / 64
      if let anchor = unsafe Self.name(scalar.anchor) { anchors[anchor] = node }
      try close(node, line)
    case YAML_SEQUENCE_START_EVENT:
      let anchor = unsafe Self.name(event.data.sequence_start.anchor)
      try begin(Node(content: .list([]), line: line, column: column), anchor)
    case YAML_MAPPING_START_EVENT:
      let anchor = unsafe Self.name(event.data.mapping_start.anchor)
      try begin(Node(content: .mapping([]), line: line, column: column), anchor)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: try end(line)
    case YAML_ALIAS_EVENT:
      // A list or mapping has its anchor at its end: it is not in itself.
      guard let name = unsafe Self.name(event.data.alias.anchor), let node = anchors[name] else {
        throw Failure(line: line, problem: "an alias names no complete node before it")
      }
      try close(node, line)
    default: break
    }
    return true
  }

  private mutating func add(_ node: Node) -> Int {
    nodes.append(node)
    sizes.append(1)
    return nodes.count - 1
  }

  private mutating func begin(_ node: Node, _ anchor: String?) throws(Failure) {
    guard open.count < YAMLDocument.mostLevels else {
      throw Failure(
        line: node.line,
        problem: "it has more than \(YAMLDocument.mostLevels) levels of lists and mappings")
    }
    open.append((add(node), [], anchor))
  }

  private mutating func end(_ line: Int) throws(Failure) {
    guard let (node, children, anchor) = open.popLast() else { return }
    if case .list = nodes[node].content {
      nodes[node].content = .list(children)
    } else {
      let pairs = stride(from: 0, to: children.count - 1, by: 2)
      nodes[node].content = .mapping(pairs.map { (children[$0], children[$0 + 1]) })
    }
    if let anchor { anchors[anchor] = node }
    try close(node, line)
  }

  /// Adds a whole node to the list or mapping that it is in.
  private mutating func close(_ node: Int, _ line: Int) throws(Failure) {
    guard let parent = open.indices.last else { return }
    open[parent].children.append(node)
    sizes[open[parent].node] += sizes[node]
    if sizes[open[parent].node] - nodes.count > YAMLDocument.mostCopies {
      throw Failure(
        line: line, problem: "its aliases name more than \(YAMLDocument.mostCopies) nodes")
    }
  }

  private static func name(_ bytes: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    unsafe bytes.map { unsafe String(cString: $0) }
  }

  private static func failure(_ parser: yaml_parser_t, _ text: [UInt8]) -> Failure {
    let problem = unsafe parser.problem.map { unsafe String(cString: $0) } ?? "it cannot be read"
    switch unsafe parser.error {
    case YAML_MEMORY_ERROR: return Failure(line: nil, problem: "there is not enough memory")
    case YAML_READER_ERROR:
      let before = unsafe text.prefix(parser.problem_offset)
      return Failure(line: 1 + before.count { $0 == 0x0A }, problem: problem)
    default: return Failure(line: unsafe parser.problem_mark.line + 1, problem: problem)
    }
  }
}
