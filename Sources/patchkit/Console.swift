// SPDX-License-Identifier: GPL-2.0-only

import Glibc
import KernelTree
import Reporting

/// Standard output and standard error.
enum Console {
  /// Whether a stream is a terminal that takes colours; `NO_COLOR` says no.
  private static func hasColours(_ descriptor: Int32) -> Bool {
    if let value = unsafe getenv("NO_COLOR"), unsafe value.pointee != 0 { return false }
    if let value = unsafe getenv("TERM"), unsafe String(cString: value) == "dumb" { return false }
    return isatty(descriptor) == 1
  }

  /// The columns of the terminal, or what `COLUMNS` says, or 160.
  static var width: Int {
    var size = winsize()
    if unsafe ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
    let columns = unsafe getenv("COLUMNS").flatMap { unsafe Int(String(cString: $0)) }
    return columns ?? 160
  }

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { isatty(1) == 1 }

  static let style = TextStyle(hasColours: hasColours(1))
  static let errorStyle = TextStyle(hasColours: hasColours(2))

  static func print(_ text: String) throws { try print(Array(text.utf8)) }
  static func print(_ bytes: [UInt8]) throws { try InputFile.writeStandardOutput(bytes) }

  static func error(_ text: String) {
    let bytes = Array(text.utf8)
    unsafe bytes.withUnsafeBytes { unsafe _ = write(2, $0.baseAddress, $0.count) }
  }

  /// Says what is missing of the confinement of programs that are run for a patch.
  static func noteConfinement() {
    if let shortfall = Confinement.shortfall { error("note: \(shortfall)\n") }
  }
}
