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

  /// Whether a stream takes colors: as the command line says, else where it is a terminal, `NO_COLOR` is not set
  /// and no setting says never.
  private static func usesColor(_ stream: Terminal.Stream) -> Bool {
    let wish = wish.withLock(\.self)
    if wish == .always { return true }
    if wish == .never { return false }
    if Terminal.forbidsColours { return false }
    // A pipe gets colors from the command line alone: settings are not even read for it.
    guard Terminal.isTerminal(stream) else { return false }
    if wish == nil, let set = try? Setting.color.value().text, set == "never" { return false }
    return !Terminal.isDumb
  }

  /// What `COLUMNS` says, as with git; or the columns of the terminal that standard output or standard error is,
  /// or 160.
  static let width = Terminal.columns ?? 160

  /// The columns at which lines are broken: those of a terminal, or of `COLUMNS`; nil for a pipe or a file.
  static let wrapWidth: Int? =
    Terminal.isTerminal(.output) || Machine.variable("COLUMNS") != nil ? Terminal.columns : nil

  /// Whether standard output is a terminal, directly or through the pager.
  static let isTerminal = Terminal.isTerminal(.output)
  /// Whether standard output is a terminal, not a program.
  static var isForReaders: Bool { isTerminal || outputUsesColor }

  private static let outputUsesColor = usesColor(.output)
  private static let errorUsesColor = usesColor(.error)

  /// Finds out what the streams are, before the pager or a redirection replaces them.
  static func prepare() { _ = (isTerminal, outputUsesColor, errorUsesColor, width, wrapWidth) }

  /// Prints text for the user, in color if standard output allows it.
  ///
  /// - Parameter wraps: whether long lines are broken at the terminal's width; not for the lines of a diff.
  static func print(_ text: LabeledText, wraps: Bool = true) throws {
    let text = wraps ? wrapWidth.map { text.wrapped(to: $0) } ?? text : text
    try write(Array(text.rendered(inColor: outputUsesColor).utf8))
  }

  /// Writes bytes for a program to standard output as they are.
  static func write(_ bytes: [UInt8]) throws { try OutputFile.writeStandardOutput(bytes) }

  /// Writes a report as JSON to standard output, piece by piece.
  static func write(json report: some Encodable) throws { try JSON.write(report) { try write($0) } }

  /// Prints text for the user on standard error, in color if that allows it.
  static func error(_ text: LabeledText) {
    let isWide = Terminal.isTerminal(.error) || Machine.variable("COLUMNS") != nil
    let text = isWide ? Terminal.columns.map { text.wrapped(to: $0) } ?? text : text
    Terminal.writeError(text.rendered(inColor: errorUsesColor))
  }

  /// Says what is missing of the confinement of programs that are run for a patch.
  static func noteConfinement() {
    if let shortfall = Confinement.shortfall, Confinement.isTrusted {
      error("note: code from patches runs unconfined: \(shortfall)\n")
    }
  }
}
