// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Foundation
import KernelTree
import PatchFormat

/// How the commits and patches that are written look.
struct StyleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write commits and --output as this house has them: \(HouseStyle.allCases.map(\.rawValue).joined(separator: ", ")); your Signed-off-by from git's configuration comes last.",
      valueName: "style"))
  var style: HouseStyle?

  @Option(
    help: ArgumentHelp(
      "A bug that the patch is for, its link or its number; may be given again.", valueName: "bug"))
  var bug: [String] = []

  @Option(
    help: ArgumentHelp("What was changed for this tree, in a few words.", valueName: "words"))
  var note: String?

  @Option(help: ArgumentHelp("The release that has the commit.", valueName: "release"))
  var mainline: String?

  @Option(
    help: ArgumentHelp(
      "The upstream commit, 40 digits; else the one that the patch names.", valueName: "id"))
  var upstreamCommit: String?

  func validate() throws {
    if let id = upstreamCommit, id.count != 40 || !id.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
      throw ValidationError("--upstream-commit takes 40 hex digits.")
    }
  }

  /// How this run writes what it makes; nil where neither the command line nor a setting names a style.
  ///
  /// Asked once a run: settings and the person are read from files.
  func writer() throws -> StyleWriter? {
    let set = try style ?? HouseStyle(rawValue: try Setting.style.value().text)
    guard let set else { return nil }
    let person = try GitSettings.person()
    let setMainline = try Setting.mainline.value().text
    return StyleWriter(
      style: set,
      facts: StyleFacts(
        commit: upstreamCommit?.lowercased(), note: note,
        person: MailAddress(name: person.name, email: person.email), bugs: bug,
        mainline: mainline ?? (setMainline.isEmpty ? nil : setMainline),
        today: Date.now.formatted(
          Date.ISO8601FormatStyle(timeZone: .current).year().month().day())))
  }
}

/// A style with what it says of every patch of a run.
struct StyleWriter {
  let style: HouseStyle
  let facts: StyleFacts

  /// A patch that applies, described as the house has it.
  func described(_ patch: PatchOutcome, _ description: PatchDescription) throws
    -> StyledDescription
  {
    var facts = facts
    facts.isAdapted = patch.isAdapted
    facts.note = facts.note ?? patch.adaptationNote
    // As Gerrit's hook: git's hash of what the commit says.
    let words = (description.author?.email ?? "") + "\n" + description.commitMessage
    facts.newChangeID = "I" + (try TreeFile(mode: .regular, content: Array(words.utf8)).blobID)
    return style.written(description, facts)
  }
}
