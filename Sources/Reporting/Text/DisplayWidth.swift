// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
internal import Glibc

/// How many columns of a terminal text takes, by the C library's wcwidth(3) for UTF-8.
///
/// The process' own locale may be "C", in which wcwidth knows nothing but ASCII; so each call asks in the
/// locale C.UTF-8, which is a part of glibc, on this thread alone.
package enum DisplayWidth {
  // Made once and never changed.
  private nonisolated(unsafe) static let locale: locale_t? = unsafe newlocale(
    1 << Int32(LC_CTYPE), "C.UTF-8", nil)

  /// The columns of a line of text.
  package static func of(_ text: some StringProtocol) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.unicodeScalars.reduce(0) { $0 + of($1) }
  }

  /// The longest start of a text that takes no more than so many columns, and how many it takes.
  ///
  /// A character stays together with the marks that combine with it.
  static func prefix(of text: String, columns: Int) -> (text: Substring, columns: Int) {
    var used = 0
    var end = text.startIndex
    while end < text.endIndex {
      let next = text.index(after: end)
      let width = of(text[end..<next])
      if used + width > columns { break }
      used += width
      end = next
    }
    return (text[..<end], used)
  }

  /// The longest end of a text that takes no more than so many columns, and how many it takes.
  static func suffix(of text: String, columns: Int) -> (text: Substring, columns: Int) {
    var used = 0
    var start = text.endIndex
    while start > text.startIndex {
      let next = text.index(before: start)
      let width = of(text[next..<start])
      if used + width > columns { break }
      used += width
      start = next
    }
    return (text[start...], used)
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x80 { return 1 }
    guard let locale = unsafe locale else { return 1 }
    let old = unsafe uselocale(locale)
    defer { _ = unsafe uselocale(old) }
    // A character that the library does not know is shown by most terminals in one column.
    let width = Int(wcwidth(wchar_t(bitPattern: scalar.value)))
    return width < 0 ? 1 : width
  }
}
