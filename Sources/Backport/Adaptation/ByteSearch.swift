// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux

extension [UInt8] {
  /// Where other bytes occur first, from a position on; nil where they do not.
  ///
  /// Looks at several bytes at a time, far faster than lines or words are compared.
  func firstIndex(of part: [UInt8], from: Int = 0) -> Int? {
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
}
