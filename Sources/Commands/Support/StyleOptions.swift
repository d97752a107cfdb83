// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import Ledger
import PatchFormat

/// How the commits and patches that are written look.
struct StyleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write messages in this distribution style, with your Signed-off-by last.",
      valueName: "style"))
  var style: DistributionStyle?

  @Option(
    help: ArgumentHelp(
      "With a style: a bug that the patch fixes, a link or a number; can be repeated.",
      valueName: "bug"))
  var bug: [String] = []

  @Option(
    help: ArgumentHelp(
      "With a style: what was changed for this tree, in a few words (default: what patchkit adapted).",
      valueName: "words"))
  var note: String?

  @Option(
    help: ArgumentHelp(
      "With a style: the mainline release that has the upstream commit, such as v6.1.",
      valueName: "release"))
  var mainline: String?

  @Option(
    help: ArgumentHelp(
      "With a style: the upstream commit, 40 hex digits (default: the one that the patch names).",
      valueName: "id"
    ))
  var upstreamCommit: String?

  func validate() throws {
    if let id = upstreamCommit, id.count != 40 || !id.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
      throw ValidationError("--upstream-commit takes 40 hex digits.")
    }
  }

  /// What is to be said of every patch of a run.
  fileprivate func facts(repository: String) throws -> StyleFacts {
    let identity = try GitSettings.committer(in: repository)
    let setMainline = try Setting.mainline.value().text
    let form = try Setting.noteForm.value().text
    return StyleFacts(
      commit: upstreamCommit?.lowercased(), note: note,
      identity: MailAddress(name: identity.name, email: identity.email), bugs: bug,
      mainline: mainline ?? (setMainline.isEmpty ? nil : setMainline),
      today: Machine.today, noteForm: form.isEmpty ? nil : form)
  }
}

/// The style of each patch of a run: the command line's, else that of its manifest, else the setting.
///
/// Settings, manifests and the user's name are read once.
final class StyleSource {
  private let options: StyleOptions
  private let repository: String
  private var facts: StyleFacts?
  private var setting: DistributionStyle??
  private var ofFolders: [String: DistributionStyle?] = [:]

  /// - Parameter repository: the one that gets the commits, whose configuration names who signs off.
  init(_ options: StyleOptions, repository: String) {
    self.options = options
    self.repository = repository
  }

  /// How a patch is written; nil where nothing names a style.
  ///
  /// - Parameter file: the input that it is from.
  func writer(forPatchIn file: String) throws -> StyleWriter? {
    guard let style = try style(of: file) else { return nil }
    let known = try facts ?? options.facts(repository: repository)
    facts = known
    return StyleWriter(style: style, facts: known)
  }

  /// Who signs off.
  func committer(repository: String) throws -> MailAddress {
    let user = try GitSettings.committer(in: repository)
    return MailAddress(name: user.name, email: user.email)
  }

  private func style(of file: String) throws -> DistributionStyle? {
    if let style = options.style { return style }
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let own: DistributionStyle?
    if let known = ofFolders[folder] {
      own = known
    } else {
      own = file == "-" ? nil : try PatchManifest.style(ofPatchAt: file)
      ofFolders[folder] = .some(own)
    }
    if let own { return own }
    if let known = setting { return known }
    let set = DistributionStyle(rawValue: try Setting.style.value().text)
    setting = .some(set)
    return set
  }
}

/// A style with what it says of every patch of a run.
struct StyleWriter {
  let style: DistributionStyle
  let facts: StyleFacts

  /// A patch that applies, described in the distribution style.
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
