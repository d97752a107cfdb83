// SPDX-License-Identifier: GPL-2.0-only

package import CSource

/// The identifiers of a C text, keywords included, as numbers.
package struct NameSet: Sendable {
  /// Sorted, each once.
  private let hashes: [UInt32]

  /// The identifiers among the tokens of a text.
  ///
  /// - Parameter takesIncludes: whether the words of an `#include` count.
  package init(_ bytes: [UInt8], _ tokens: [CToken], takesIncludes: Bool) {
    let span = bytes.span
    var found: [UInt32] = []
    found.reserveCapacity(tokens.count / 2)
    // Most identifiers of a text occur again soon: what was just seen is not added again.
    var recent = [UInt32](repeating: 0, count: 1024)
    func hash(_ token: CToken) -> UInt32 {
      var hash = Self.start
      for index in token.range { hash = Self.next(hash, unsafe span[unchecked: index]) }
      return hash
    }
    func add(_ hash: UInt32) {
      let slot = Int(hash & 1023)
      if recent[slot] == hash { return }
      recent[slot] = hash
      found.append(hash)
    }
    var inside: [CToken] = []
    for token in tokens {
      // A pattern, as the comparison of enums of another module is a call.
      if case .identifier = token.kind {
        add(hash(token))
      } else if case .directive = token.kind {
        if !takesIncludes, CInclude(bytes[token.range]) != nil { continue }
        inside.removeAll(keepingCapacity: true)
        Lexer().words(of: token, in: span, into: &inside)
        for word in inside {
          if case .identifier = word.kind { add(hash(word)) }
        }
      }
    }
    found.sort()
    var unique: [UInt32] = []
    unique.reserveCapacity(found.count)
    for hash in found where unique.last != hash { unique.append(hash) }
    hashes = unique
  }

  /// How many there are.
  package var count: Int { hashes.count }

  /// Whether an identifier is among them.
  package func contains(_ hash: UInt32) -> Bool {
    let span = hashes.span
    var (low, high) = (0, span.count)
    while low < high {
      let middle = (low + high) >> 1
      if unsafe span[unchecked: middle] < hash { low = middle + 1 } else { high = middle }
    }
    return low < span.count && span[low] == hash
  }

  // MARK: Numbers

  private static let start: UInt32 = 0x811C_9DC5

  private static func next(_ hash: UInt32, _ byte: UInt8) -> UInt32 {
    (hash ^ UInt32(byte)) &* 0x0100_0193
  }

  /// The number of a name (FNV-1a).
  package static func hash(_ name: some Sequence<UInt8>) -> UInt32 {
    var hash = start
    for byte in name { hash = next(hash, byte) }
    return hash
  }
}
