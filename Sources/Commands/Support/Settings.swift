// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import Ledger
import PatchFormat
import Reporting
import TextAlign

/// What can be set for good, and where a value comes from: the command line, the project's `.patchkit.yaml`,
/// git's configuration (`patchkit.NAME`), or what patchkit does by itself.
enum Setting: String, CaseIterable {
  case onto, accept, style, mainline, color, pager
  case commitURL = "commit-url"
  case linkMask = "link-mask"
  case noteForm = "note-form"

  var usual: String {
    switch self {
    case .color: "auto"
    case .onto: "."
    case .accept: Confidence.likely.rawValue
    case .commitURL: "https://git.kernel.org/torvalds/c/%s"
    case .linkMask: "https://patch.msgid.link/%s"
    case .style, .mainline, .pager, .noteForm: ""
    }
  }

  var summary: String {
    switch self {
    case .onto: "the tree that patches are applied to"
    case .accept: "how sure a hunk has to be: \(Self.levels.joined(separator: ", "))"
    case .style: "the distribution style of commits and patches"
    case .mainline: "the release that has the commits"
    case .commitURL:
      "where the HTML report links commits to: a URL with %s for the id, or 'none'"
    case .noteForm:
      "how --style writes what was changed, such as '[ {who}: {what} ]' (default: the style's form)"
    case .linkMask:
      "what --add-link adds: a URL with %s for the mail's id (default: git's 'b4.linkmask')"
    case .color: "auto, always or never (default: git's 'color.ui')"
    case .pager:
      "the program for long output; only from the user's git configuration (default: 'core.pager')"
    }
  }

  /// What a project's file may set: not a program, as the file may come from others.
  private static let ofProjects = allCases.filter { $0 != .pager }.map(\.rawValue)

  private static let levels = Confidence.allCases.map(\.rawValue)

  /// The tree that is meant where the command line names none; looked up once.
  static let usualTree = Result { try Setting.onto.value().text }

  /// Ends the program where the settings name no usable tree.
  ///
  /// It is called while the command line is checked, where the parser would take every error for a
  /// mistake in the command line.
  static func requireUsualTree() {
    if case .failure(let error) = usualTree { Failure.exit(with: error, of: "") }
  }

  /// How sure a hunk has to be where the command line does not say.
  static func usualConfidence() throws -> Confidence {
    Confidence(rawValue: try Setting.accept.value().text) ?? .likely
  }

  struct Value {
    var text: String
    var origin: String
  }

  /// The value, and where it is from.
  ///
  /// - Throws: where a file of settings cannot be read, or the value is none that is known.
  func value() throws -> Value {
    let found = try look()
    let words: [String]? =
      switch self {
      case .style: DistributionStyle.allCases.map(\.rawValue) + [""]
      case .accept: Self.levels
      case .color: ["auto", "always", "never"]
      default: nil
      }
    if let words, !words.contains(found.text) {
      throw PatchkitError(
        .badInput, path: found.origin,
        "sets \(rawValue) to '\(found.text)', which is not a valid value",
        hint: "use one of \(words.filter { !$0.isEmpty }.joined(separator: ", "))")
    }
    if self == .commitURL, found.text != "none" {
      let isWeb = ["https://", "http://"].contains { found.text.hasPrefix($0) }
      guard isWeb, found.text.contains("%s") else {
        throw PatchkitError(
          .badInput, path: found.origin,
          "sets \(rawValue) to '\(found.text)', which is not a valid value",
          hint: "use 'none', or a URL with %s for the id, such as \(usual)")
      }
    }
    if self == .noteForm, !found.text.isEmpty {
      let isOneLine =
        found.text.hasPrefix("[") && found.text.hasSuffix("]")
        && found.text.contains("{what}") && !found.text.contains { $0.isNewline }
      guard isOneLine else {
        throw PatchkitError(
          .badInput, path: found.origin,
          "sets \(rawValue) to '\(found.text)', which is not a valid value",
          hint: "write it in brackets on one line, with {what} in it: [ {who}: {what} ]")
      }
    }
    if self == .linkMask, !found.text.contains("%s") {
      throw PatchkitError(
        .badInput, path: found.origin,
        "sets \(rawValue) to '\(found.text)', which is not a valid value",
        hint: "use a URL with %s for the mail's id, such as \(usual)")
    }
    return found
  }

  /// Where the HTML report links commits to; nil for no links.
  static func commitLinks() throws -> String? {
    let text = try Setting.commitURL.value().text
    return text == "none" ? nil : text
  }

  private func look() throws -> Value {
    if let settings = try ProjectSettings(from: ".", keys: Self.ofProjects),
      let text = settings.values[rawValue]
    {
      return Value(text: self == .onto ? try settings.resolved(text) : text, origin: settings.path)
    }
    func value(_ name: String) throws -> GitSettings.Value? {
      try self == .pager ? GitSettings.program(of: name) : GitSettings.value(of: name)
    }
    if let value = try value("patchkit.\(rawValue)") {
      return Value(text: value.text, origin: "git's configuration (\(value.level))")
    }
    let gitName: String? =
      switch self {
      case .color: "color.ui"
      case .pager: "core.pager"
      case .linkMask: "b4.linkmask"
      default: nil
      }
    if let gitName, let value = try value(gitName) {
      let text =
        self == .color ? ["true": "auto", "false": "never"][value.text] ?? value.text : value.text
      return Value(text: text, origin: "git's configuration (\(value.level), \(gitName))")
    }
    return Value(text: usual, origin: "patchkit's defaults")
  }
}

struct Config: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "config", _superCommandName: "patchkit",
    abstract: "Show the settings and the origin of each value.",
    discussion: """
      A value is read from the nearest .patchkit.yaml in or above the current folder ('style: stable'), \
      else from git's configuration ('git config patchkit.style stable'), else it is the default. Options \
      on the command line have precedence.
      """)

  @Argument(help: ArgumentHelp("The setting (default: all).", valueName: "name"))
  var name: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() throws {
    let chosen =
      try name.map { name in
        guard let setting = Setting(rawValue: name) else {
          throw ValidationError(
            "'\(name)' is not a setting"
              + Nearest.hint(name, Setting.allCases.map(\.rawValue)))
        }
        return [setting]
      } ?? Setting.allCases
    struct Shown: Encodable {
      var value: String
      var origin: String
    }
    var all: [String: Shown] = [:]
    var lines = LabeledText()
    for setting in chosen {
      let value = try setting.value()
      all[setting.rawValue] = Shown(value: value.text, origin: value.origin)
      lines +=
        name == nil
        ? "\(setting.rawValue) = \(value.text.isEmpty ? "(none)" : value.text)  from \(value.origin)\n"
          + "  \(setting.summary)\n"
        : "\(value.text)\n"
    }
    if json { try Console.write(json: all) } else { try Console.print(lines) }
  }
}

/// Suggests the known word that an unknown one probably means.
enum Nearest {
  /// `; did you mean 'X'?`, or nothing if no word is near.
  static func suggestion(_ word: String, _ known: [String]) -> String {
    SpellingSuggestion.nearest(to: word, among: known).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// `; did you mean 'X'?`, or the whole list if no word is near.
  static func hint(_ word: String, _ known: [String]) -> String {
    let near = SpellingSuggestion.nearest(to: word, among: known)
    return near.map { "; did you mean '\($0)'?" }
      ?? "; the names are \(known.joined(separator: ", "))."
  }
}
