// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Reporting
import Synchronization

/// Standard output and standard error.
enum Console {
  /// What the command line says of colors; nil where it says nothing.
  private static let wish = Mutex<ColorUse?>(nil)

  /// Takes what the command line says of colors, before anything is printed.
  static func setColors(_ use: ColorUse?) { wish.withLock { $0 = use } }

  /// Whether a stream takes colours: as the command line says, else where it is a terminal, `NO_COLOR` is not set
  /// and no setting says never.
  private static func hasColours(_ stream: Terminal.Stream) -> Bool {
    let wish = wish.withLock(\.self)
    if wish == .always { return true }
    if wish == .never { return false }
    if Terminal.forbidsColours { return false }
    // A pipe gets colours from the command line alone: settings are not even read for it.
    guard Terminal.isTerminal(stream) else { return false }
    if wish == nil, let set = try? Setting.color.value().text, set == "never" { return false }
    return !Terminal.isDumb
  }

  /// What `COLUMNS` says, as with git; or the columns of the terminal that standard output or standard error is,
  /// or 160.
  static let width = Terminal.columns ?? 160

  /// Whether standard output is a terminal.
  static var isTerminal: Bool { Terminal.isTerminal(.output) }

  static let style = TextStyle(hasColours: hasColours(.output))
  static let errorStyle = TextStyle(hasColours: hasColours(.error))

  static func print(_ text: String) throws { try print(Array(text.utf8)) }
  static func print(_ bytes: [UInt8]) throws { try InputFile.writeStandardOutput(bytes) }

  static func error(_ text: String) { Terminal.writeError(text) }

  /// Says what is missing of the confinement of programs that are run for a patch.
  static func noteConfinement() {
    if let shortfall = Confinement.shortfall { error("note: \(shortfall)\n") }
  }
}
