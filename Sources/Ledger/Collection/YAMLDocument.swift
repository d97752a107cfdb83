// SPDX-License-Identifier: GPL-2.0-only

internal import CYAML

/// The nodes of a YAML text, each with its line: texts, lists and mappings.
///
/// libyaml reads them. An alias is the node that it names and no copy, so the nodes need memory in proportion to the text.
struct YAMLDocument: Sendable {
  /// A node; others are named by their numbers.
  struct Node: Sendable {
    enum Content: Sendable {
      case text(String)
      case list([Int])
      case mapping([(key: Int, value: Int)])
    }
    let content: Content
    /// The line, from 1.
    let line: Int
    /// The column, from 1, in Unicode scalars.
    let column: Int
  }

  /// What makes a text no YAML, or more than one document.
  struct Failure: Error {
    /// The line, from 1; nil where libyaml names none.
    let line: Int?
    let problem: String
  }

  /// The nodes, the outermost one first; an empty text has the text of no characters.
  let nodes: [Node]

  /// Reads a text with one document, or none.
  init(_ text: String) throws(Failure) {
    let nodes = text.isEmpty ? [] : try Self.nodes(of: Array(text.utf8))
    self.nodes = nodes.isEmpty ? [Node(content: .text(""), line: 1, column: 1)] : nodes
  }

  private static func nodes(of text: [UInt8]) throws(Failure) -> [Node] {
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { unsafe parser.deallocate() }
    guard unsafe yaml_parser_initialize(parser) == 1 else {
      throw Failure(line: nil, problem: "there is not enough memory")
    }
    defer { unsafe yaml_parser_delete(parser) }
    let read = unsafe text.withUnsafeBufferPointer { bytes -> Result<[Node], Failure> in
      unsafe yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      unsafe yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
      return Result { () throws(Failure) in try unsafe onlyDocument(parser) }
    }
    return try read.get()
  }

  private static func onlyDocument(
    _ parser: UnsafeMutablePointer<yaml_parser_t>
  ) throws(Failure) -> [Node] {
    let first = try unsafe nextDocument(parser)
    if let second = try unsafe nextDocument(parser).first {
      throw Failure(line: second.line, problem: "a second document begins here")
    }
    return first
  }

  /// The nodes of the next document; none where there is no further one.
  private static func nextDocument(
    _ parser: UnsafeMutablePointer<yaml_parser_t>
  ) throws(Failure) -> [Node] {
    var document = unsafe yaml_document_t()
    guard unsafe yaml_parser_load(parser, &document) == 1 else {
      throw unsafe failure(parser.pointee)
    }
    defer { unsafe yaml_document_delete(&document) }
    var nodes: [Node] = []
    guard unsafe yaml_document_get_root_node(&document) != nil else { return [] }
    var next = unsafe document.nodes.start
    while let node = unsafe next, unsafe node < document.nodes.top {
      let mark = unsafe node.pointee.start_mark
      nodes.append(
        Node(content: unsafe content(node.pointee), line: mark.line + 1, column: mark.column + 1))
      unsafe next = node + 1
    }
    return nodes
  }

  /// libyaml numbers nodes from 1.
  private static func content(_ node: yaml_node_t) -> Node.Content {
    switch unsafe node.type {
    case YAML_SEQUENCE_NODE:
      var items: [Int] = []
      var item = unsafe node.data.sequence.items.start
      while let one = unsafe item, unsafe one < node.data.sequence.items.top {
        items.append(Int(unsafe one.pointee) - 1)
        unsafe item = one + 1
      }
      return .list(items)
    case YAML_MAPPING_NODE:
      var pairs: [(key: Int, value: Int)] = []
      var pair = unsafe node.data.mapping.pairs.start
      while let one = unsafe pair, unsafe one < node.data.mapping.pairs.top {
        pairs.append((Int(unsafe one.pointee.key) - 1, Int(unsafe one.pointee.value) - 1))
        unsafe pair = one + 1
      }
      return .mapping(pairs)
    default:
      let scalar = unsafe node.data.scalar
      let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      return .text(unsafe String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func failure(_ parser: yaml_parser_t) -> Failure {
    let problem = unsafe parser.problem.map { unsafe String(cString: $0) }
    let hasMark = unsafe parser.error != YAML_READER_ERROR && parser.error != YAML_MEMORY_ERROR
    return Failure(
      line: hasMark ? unsafe parser.problem_mark.line + 1 : nil,
      problem: problem ?? "it cannot be read")
  }
}
