// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// What standard input, output and error are connected to.
package enum Terminal {
  /// The three streams that every process has.
  package enum Stream: Int32, Sendable {
    /// Standard input.
    case input = 0
    /// Standard output.
    case output = 1
    /// Standard error.
    case error = 2
  }

  /// Whether a stream is a terminal.
  package static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  /// Whether the environment forbids colours on every terminal: `NO_COLOR` is set.
  package static var forbidsColours: Bool {
    Machine.variable("NO_COLOR").map { !$0.isEmpty } ?? false
  }

  /// Whether the terminal cannot move its cursor or show colours: `TERM` is `dumb`.
  package static var isDumb: Bool { Machine.variable("TERM") == "dumb" }

  /// The columns to fill: `COLUMNS`, as with git, or those of the terminal that standard output or
  /// standard error is; nil where neither is known.
  package static var columns: Int? {
    if let columns = Machine.variable("COLUMNS").flatMap({ Int($0) }), columns > 0 {
      return columns
    }
    for stream: Stream in [.output, .error] {
      var size = winsize()
      if unsafe ioctl(stream.rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
        return Int(size.ws_col)
      }
    }
    return nil
  }

  /// Writes a message on standard error; a failure to do so cannot be reported anywhere.
  package static func writeError(_ text: String) {
    let bytes = Array(text.utf8)
    unsafe bytes.withUnsafeBytes { unsafe _ = write(2, $0.baseAddress, $0.count) }
  }
}
