// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser

/// When output has colors.
enum ColorUse: String, Sendable, NamedValue {
  /// On a terminal, unless `NO_COLOR` or a setting forbids it.
  case auto
  /// Everywhere.
  case always
  /// Nowhere.
  case never
}

/// How output is shown, on every command.
struct ConsoleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Use colors: auto, always or never (NO_COLOR is respected).", valueName: "when"))
  var color: ColorUse?

  @Flag(name: .customLong("no-color"), help: "Do not use colors; the same as --color=never.")
  var usesNoColor = false

  @Flag(name: .customLong("no-pager"), help: "Do not send long output through a pager.")
  var usesNoPager = false

  func validate() throws {
    if usesNoColor, color != nil {
      throw ValidationError("--color and --no-color cannot be combined.")
    }
  }

  /// What is said of colors; nil for nothing.
  var wish: ColorUse? { usesNoColor ? .never : color }

  /// Takes these options off the front of the command line: they may also precede the command's name.
  ///
  /// After the name only the command's own parser knows them, as there a word that looks like one may be
  /// the value of another option.
  ///
  /// - Returns: nil where there are none. A parser is not even made then, as that takes longer than git needs to
  ///   start.
  static func leading(_ words: inout [String]) throws -> ConsoleOptions? {
    var taken: [String] = []
    while let word = words.first {
      let isWithValue = word == "--color"
      guard
        isWithValue || word.hasPrefix("--color=") || word == "--no-color" || word == "--no-pager"
      else { break }
      let count = isWithValue ? min(2, words.count) : 1
      taken += words.prefix(count)
      words.removeFirst(count)
    }
    return taken.isEmpty ? nil : try parse(taken)
  }
}

/// A command that runs, and so prints.
///
/// What a command is like is stated here and not by protocols of their own: each question whether a type
/// conforms to a protocol searches all conformances of the program, which costs a short command 0.05 ms.
protocol ConsoleCommand: ParsableCommand {
  var console: ConsoleOptions { get }

  /// Whether the command works in folders of its own for a while, which Ctrl-C is to remove.
  static var isLong: Bool { get }

  /// Whether the output may be longer than the terminal is high.
  static var isPaged: Bool { get }

  /// Whether the command works on several trees.
  static var takesSeveralTrees: Bool { get }

  /// Whether the command runs with `await`.
  static var isAsynchronous: Bool { get }
}

extension ConsoleCommand {
  static var isLong: Bool { false }
  static var isPaged: Bool { false }
  static var takesSeveralTrees: Bool { false }
  static var isAsynchronous: Bool { false }
}

/// A command that runs with `await`.
protocol AsyncConsoleCommand: ConsoleCommand, AsyncParsableCommand {}

extension AsyncConsoleCommand {
  static var isAsynchronous: Bool { true }
}

extension Show { static var isPaged: Bool { true } }
extension Analyze { static var isPaged: Bool { true } }
extension Compare { static var isPaged: Bool { true } }
extension Lint { static var isPaged: Bool { true } }

extension BackportCommand { static var takesSeveralTrees: Bool { true } }
extension Init { static var takesSeveralTrees: Bool { true } }
extension Verify { static var takesSeveralTrees: Bool { true } }

extension Evaluate { static var isLong: Bool { true } }
extension Analyze { static var isLong: Bool { true } }
extension Follow { static var isLong: Bool { true } }
extension Verify { static var isLong: Bool { true } }
extension Port.Check { static var isLong: Bool { true } }
extension Port.Explore { static var isLong: Bool { true } }
extension Tree.Add { static var isLong: Bool { true } }
