// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Synchronization

/// What one C file brings to those that include it: its words, what it defines, and its own includes.
struct HeaderWords: Sendable {
  /// An `#include`.
  struct Include: Sendable, Hashable {
    /// The text between the quotes or the angles.
    var name: String
    /// Whether it is written with quotes.
    var isQuoted: Bool
  }

  /// The hashes of all identifiers in it, sorted, each once.
  private let words: [UInt32]
  /// What it defines or declares outside of functions and types, by the hash of the name; the
  /// parameters where it is a function or a macro with parameters.
  private let definitions: [UInt32: [ParameterCount]]
  /// The names that its macros put together.
  let pasted: [PastedName]
  /// The hashes of the macros that join what they are called with, or make a text of it.
  let pasting: Set<UInt32>
  /// The macros that are called in the body of each macro with parameters, by the hashes of their names.
  let passing: [UInt32: [UInt32]]
  /// What it includes, in order.
  let includes: [Include]

  /// Reads a file.
  ///
  /// - Parameter outlined: whether what it defines is wanted, too; what its macros put together always is.
  init(_ bytes: [UInt8], outlined: Bool = true) {
    let file = outlined || Self.mayPaste(bytes) ? CSourceFile(bytes) : nil
    var words: [UInt32] = []
    var includes: [Include] = []
    for token in file?.tokens ?? Lexer().tokens(of: bytes) {
      if token.kind == .identifier {
        words.append(Self.hash(bytes[token.range]))
      } else if token.kind == .directive {
        if let include = Self.include(bytes[token.range]) {
          includes.append(include)
          continue
        }
        let inside = Array(bytes[token.range])
        var parts: [CToken] = []
        Lexer().tokens(of: inside.span, takesDirectives: false, into: &parts)
        for part in parts where part.kind == .identifier {
          words.append(Self.hash(inside[part.range]))
        }
      }
    }
    words.sort()
    var unique: [UInt32] = []
    unique.reserveCapacity(words.count)
    for word in words where unique.last != word { unique.append(word) }
    self.words = unique
    self.includes = includes
    var definitions: [UInt32: [ParameterCount]] = [:]
    var pasted: [PastedName] = []
    var pasting: Set<UInt32> = []
    var passing: [UInt32: [UInt32]] = [:]
    if let file {
      // Tags and fields have a space of names of their own.
      for item in file.items
      where ![.member, .structure, .union, .enumeration].contains(item.kind) {
        let name = bytes[Int(item.nameStart)..<Int(item.nameEnd)]
        if name.isEmpty { continue }
        let count = ParameterCount(of: item, in: file)
        definitions[Self.hash(name), default: []] += count.map { [$0] } ?? []
        if item.kind == .macro {
          let patterns = PastedName.patterns(of: file, item)
          if !patterns.isEmpty { pasting.insert(Self.hash(name)) }
          pasted += patterns
          if count != nil { passing[Self.hash(name)] = Self.calls(of: item, in: file) }
        }
        if item.kind == .macroCall {
          // DECLARE_PER_CPU(int, x): any argument may be what it declares.
          var depth = 0
          for token in file.tokens[item.tokens] {
            if token.kind == .sign, token.first == UInt8(ascii: "(") { depth += 1 }
            if token.kind == .sign, token.first == UInt8(ascii: ")") { depth -= 1 }
            if token.kind == .identifier, depth == 1 {
              definitions[Self.hash(bytes[token.range]), default: []] += []
            }
          }
        }
      }
    }
    self.definitions = definitions
    self.pasting = pasting
    self.passing = passing
    self.pasted = pasted.filter { $0.prefix.count + $0.suffix.count >= 3 }
  }

  /// Whether `##` occurs in a file.
  private static func mayPaste(_ bytes: [UInt8]) -> Bool {
    var isAfterHash = false
    for byte in bytes {
      if byte == UInt8(ascii: "#") {
        if isAfterHash { return true }
        isAfterHash = true
      } else {
        isAfterHash = false
      }
    }
    return false
  }

  /// The names before parentheses in the body of a macro.
  private static func calls(of macro: CItem, in file: CSourceFile) -> [UInt32] {
    let end = file.tokens[Int(macro.firstToken)].range.upperBound
    let inside = Array(file.bytes[Int(macro.nameEnd)..<end])
    var tokens: [CToken] = []
    Lexer().tokens(of: inside.span, takesDirectives: false, into: &tokens)
    var calls: [UInt32] = []
    for (token, next) in zip(tokens, tokens.dropFirst())
    where token.kind == .identifier && next.first == UInt8(ascii: "(") && next.kind == .sign {
      calls.append(hash(inside[token.range]))
    }
    return calls
  }

  /// Whether an identifier occurs in it.
  func has(_ hash: UInt32) -> Bool {
    var (low, high) = (0, words.count)
    while low < high {
      let middle = (low + high) / 2
      if words[middle] < hash { low = middle + 1 } else { high = middle }
    }
    return low < words.count && words[low] == hash
  }

  /// The parameters of the functions and macros of a name; nil where it defines no such name.
  func definitions(of hash: UInt32) -> [ParameterCount]? { definitions[hash] }

  /// A number for a name (FNV-1a).
  static func hash(_ name: some Sequence<UInt8>) -> UInt32 {
    var hash: UInt32 = 0x811C_9DC5
    for byte in name { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash
  }

  /// The include of a directive; nil for any other directive.
  static func include(_ directive: ArraySlice<UInt8>) -> Include? {
    let text = directive.drop { $0 != UInt8(ascii: "#") }.dropFirst().drop {
      $0 == 0x20 || $0 == 0x09
    }
    guard text.starts(with: Array("include".utf8)) else { return nil }
    let rest = text.dropFirst(7).drop { $0 == 0x20 || $0 == 0x09 }
    guard let open = rest.first, open == UInt8(ascii: "<") || open == UInt8(ascii: "\"") else {
      return nil
    }
    let close = open == UInt8(ascii: "<") ? UInt8(ascii: ">") : open
    let name = rest.dropFirst().prefix { $0 != close }
    return Include(
      name: String(decoding: name, as: UTF8.self), isQuoted: open == UInt8(ascii: "\""))
  }
}

/// How many arguments a function or a macro takes.
struct ParameterCount: Sendable, Hashable {
  /// The fixed ones.
  var fixed: Int
  /// Whether more may follow.
  var isVariadic: Bool

  /// Whether a call with so many arguments fits.
  func takes(_ arguments: Int) -> Bool {
    isVariadic ? arguments >= fixed : arguments == fixed
  }

  /// The parameters of a function, a prototype, or a macro that has some; nil for anything else.
  init?(of item: CItem, in file: CSourceFile) {
    switch item.kind {
    case .function where !item.isMadeByMacro, .prototype:
      guard
        let open = file.tokens[item.tokens].firstIndex(where: {
          $0.start >= item.nameEnd && $0.kind == .sign
            && file.bytes[Int($0.start)] == UInt8(ascii: "(")
        })
      else { return nil }
      self.init(file.tokens[open..<Int(item.endToken)].map { file.text(of: $0) })
    case .macro:
      guard Int(item.nameEnd) < file.bytes.count,
        file.bytes[Int(item.nameEnd)] == UInt8(ascii: "(")
      else { return nil }
      let inside = Array(
        file.bytes[Int(item.nameEnd)..<file.tokens[Int(item.firstToken)].range.upperBound])
      var tokens: [CToken] = []
      Lexer().tokens(of: inside.span, takesDirectives: false, into: &tokens)
      self.init(tokens.map { String(decoding: inside[$0.range], as: UTF8.self) })
    default: return nil
    }
  }

  /// Counts what is between the first parenthesis and its partner.
  private init?(_ words: [String]) {
    guard words.first == "(" else { return nil }
    var depth = 0
    var parts: [[String]] = [[]]
    scan: for word in words {
      switch word {
      case "(", "[", "{":
        depth += 1
        if depth > 1 { parts[parts.count - 1].append(word) }
      case ")", "]", "}":
        depth -= 1
        if depth == 0 { break scan }
        parts[parts.count - 1].append(word)
      case "," where depth == 1: parts.append([])
      default: parts[parts.count - 1].append(word)
      }
    }
    guard depth == 0 else { return nil }
    isVariadic = parts.last?.contains("...") ?? false
    if isVariadic { parts.removeLast() }
    fixed = parts == [[]] || parts == [["void"]] ? 0 : parts.count
  }
}

/// The headers that were read, by the ids of their blobs: trees of one repository share most of them.
final class HeaderCache: Sendable {
  static let shared = HeaderCache()
  private static let limit = 40_000
  private let known = Mutex<[String: HeaderWords]>([:])

  /// The header of a blob, read where it is not known; without an id it is read each time.
  ///
  /// - Parameter outlined: whether what it defines is wanted, too.
  func words<E: Error>(
    ofBlob blob: String?, outlined: Bool = true, reading read: () throws(E) -> [UInt8]?
  ) throws(E) -> HeaderWords? {
    let id = blob.map { outlined ? $0 : $0 + " words" }
    let found = known.withLock { known in id.flatMap { known[$0] } ?? blob.flatMap { known[$0] } }
    if let found { return found }
    guard let bytes = try read() else { return nil }
    let made = HeaderWords(bytes, outlined: outlined)
    if let id {
      known.withLock { known in
        if known.count >= Self.limit { known.removeAll() }
        known[id] = made
      }
    }
    return made
  }
}
