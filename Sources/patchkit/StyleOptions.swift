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

  /// The style of this run; nil where neither the command line nor a setting names one.
  func chosen() throws -> HouseStyle? {
    if let style { return style }
    return HouseStyle(rawValue: try Setting.style.value().text)
  }

  /// A patch that applies, described as the house has it.
  func described(_ patch: PatchOutcome, _ description: PatchDescription, _ style: HouseStyle) throws
    -> StyledDescription
  {
    let person = try GitSettings.person()
    let setMainline = try Setting.mainline.value().text
    return style.written(
      description,
      StyleFacts(
        commit: upstreamCommit?.lowercased(), isAdapted: patch.isAdapted,
        note: note ?? patch.adaptationNote,
        person: MailAddress(name: person.name, email: person.email), bugs: bug,
        mainline: mainline ?? (setMainline.isEmpty ? nil : setMainline), today: GitSettings.today))
  }
}

extension PatchOutcome {
  /// The files in which more than line numbers was changed for the tree.
  private var adaptedFiles: [FileOutcome] {
    files.filter { file in
      ([file.verdict] + file.hunks.map(\.verdict)).contains { ![.exact, .offset].contains($0) }
    }
  }

  var isAdapted: Bool { !adaptedFiles.isEmpty }

  /// What was changed for the tree, for a person to edit.
  var adaptationNote: String? {
    let parts = adaptedFiles.map { file in
      let what = file.verdict == .relocated ? "moved to" : "adjusted context in"
      return "\(what) \(file.newPath ?? file.oldPath ?? "")"
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
