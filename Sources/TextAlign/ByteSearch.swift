// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
internal import Glibc

extension [UInt8] {
  /// Whether the bytes are the same as others; `==` compares them one by one.
  package func isEqual(to other: [UInt8]) -> Bool {
    if count != other.count { return false }
    return unsafe withUnsafeBytes { bytes in
      unsafe other.withUnsafeBytes { other in
        guard let base = bytes.baseAddress, let start = other.baseAddress else { return true }
        return unsafe memcmp(base, start, bytes.count) == 0
      }
    }
  }

  /// Hashes all bytes in one step: `hash` does so byte by byte.
  package func hashInOneStep(into hasher: inout Hasher) {
    unsafe withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
  }

  /// Where other bytes occur first, from a position on; nil where they do not.
  ///
  /// Looks at several bytes at a time, far faster than lines or words are compared.
  package func firstIndex(of part: [UInt8], from: Int = 0) -> Int? {
    if from > count || part.isEmpty { return nil }
    return unsafe withUnsafeBytes { text -> Int? in
      unsafe part.withUnsafeBytes { part -> Int? in
        guard let base = text.baseAddress,
          let found = unsafe memmem(
            base + from, UInt(text.count - from), part.baseAddress, UInt(part.count))
        else { return nil }
        return unsafe UnsafeRawPointer(found) - base
      }
    }
  }

  /// Whether a name occurs as a whole word: what comes before and after it belongs to no name.
  package func holds(word: [UInt8]) -> Bool {
    var start = 0
    while let found = firstIndex(of: word, from: start) {
      let end = found + word.count
      if found == 0 || Words.kind(of: self[found - 1]) != .name,
        end == count || Words.kind(of: self[end]) != .name
      {
        return true
      }
      start = found + 1
    }
    return false
  }
}
