// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import KernelTree
import PatchFormat
import Reporting

/// How inputs are read, on every command that reads patches.
struct ReadingOptions: ParsableArguments {
  @Flag(help: "Refuse a damaged patch, even if what it means is certain.")
  var strict = false

  @Option(
    help: ArgumentHelp(
      "Refuse patches with this kind of damage ('patchkit lint --list' lists them); can be repeated.",
      valueName: "id"),
    transform: Self.diagnosticID)
  var refuse: [DiagnosticID] = []

  @Flag(help: "Ignore the line counts in hunk headers, and count the lines.")
  var recount = false

  @Flag(
    help: "Accept a numbered series ([PATCH 2/3]) even if a part is missing or has no diff.")
  var allowIncomplete = false

  @Option(
    name: .customLong("limit"), help: InputLimits.optionHelp(for: InputLimits.Name.allCases),
    transform: InputLimits.change)
  var limits: [(InputLimits.Name, Int)] = []

  @Option(
    help: ArgumentHelp(
      "The repository with the commits that a PATCH names (default: the current folder's).",
      valueName: "repo[@revision]"))
  var upstream: String?

  @Option(
    name: [.customShort("m", allowingJoined: true), .customLong("merge-parent")],
    help: ArgumentHelp(
      "For a merge commit, use its difference from parent N, counted from 1.", valueName: "n"))
  var mergeParent: Int?

  @Flag(help: "From a mailbox, use every mail as it is: every version, and no trailers of replies.")
  var noThread = false

  @Flag(help: "Also add trailers that name someone other than the sender of the reply.")
  var sloppyTrailers = false

  @Flag(
    help:
      "Add a Link: trailer to each message: its mail's address by git's b4.linkmask (default: patch.msgid.link)."
  )
  var addLink = false

  /// Where names that no file has are looked up.
  var commits: CommitNames { CommitNames(upstream: upstream, parent: mergeParent) }

  private static func diagnosticID(_ text: String) throws -> DiagnosticID {
    guard let id = DiagnosticID(rawValue: text) else {
      throw ValidationError("'\(text)' is not a kind of damage; 'patchkit lint --list' lists them.")
    }
    return id
  }

  func validate() throws {
    if let mergeParent, !(1...64).contains(mergeParent) {
      throw ValidationError("-m takes the number of a parent, from 1.")
    }
    if noThread, sloppyTrailers {
      throw ValidationError("--sloppy-trailers has no meaning with --no-thread.")
    }
  }

  var strictness: Strictness { strict ? .strict : Strictness(refused: refuse) }
  /// How patches are parsed.
  ///
  /// - Throws: where the setting for links is not valid.
  var parsing: ParseOptions {
    get throws {
      var options = ParseOptions(
        recount: recount, limits: allLimits, allowsIncomplete: allowIncomplete)
      options.thread.takesMails = noThread
      options.thread.takesAllTrailers = sloppyTrailers
      if addLink { options.thread.linkMask = try Setting.linkMask.value().text }
      return options
    }
  }

  /// How much is read.
  var allLimits: InputLimits { InputLimits(limits) }

  /// Reads the documents that names refer to, sound or not.
  func documents(_ names: [String]) throws -> [PatchDocument] {
    try PatchQueue.files(names, commits: commits).map { try PatchQueue.document($0, parsing) }
  }

  /// Reports what was assumed about inputs that are used all the same.
  func warn(about documents: [PatchDocument], quiet: Bool) {
    warn(about: LintReport(documents).findings, quiet: quiet)
  }

  /// Reports what was assumed about inputs that are used all the same.
  func warn(about findings: [SeriesOutcome.InputFinding], quiet: Bool) {
    if quiet || findings.isEmpty { return }
    for finding in findings where finding.severity != .refused {
      Console.error(finding.text)
    }
  }
}

extension ResolutionMemory {
  /// What was decided in the project that the command runs in; nil where nothing is kept.
  static func ofProject() throws -> ResolutionMemory? {
    guard let store = try VendoredStore.find(from: ".") else { return nil }
    let decisions = DecisionStore(store)
    if try decisions.isEmpty { return nil }
    return ResolutionMemory { decisions.decision(for: $0).flatMap(Decision.init) }
  }
}

extension InputLimits {
  /// The help of `--limit`, on every command that has it.
  static func optionHelp(for names: [Name]) -> ArgumentHelp {
    ArgumentHelp(
      "Change a limit on what is read: \(Name.list(names)); can be repeated.",
      valueName: "name=number")
  }

  /// Reads `NAME=NUMBER`, the number with an optional K, M or G.
  ///
  /// - Throws: `ValidationError` for an unknown name or no number.
  static func change(_ text: String) throws -> (Name, Int) {
    let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
    guard let name = Name(rawValue: parts.first ?? "") else {
      throw ValidationError(
        "'\(text)' is not a known limit; the limits are \(Name.list(Name.allCases)).")
    }
    var digits = parts.count > 1 ? parts[1] : ""
    let unit = ["K": 10, "M": 20, "G": 30][digits.last?.uppercased() ?? ""]
    if unit != nil { digits.removeLast() }
    guard let number = Int(digits), number > 0, number <= Int.max >> 31 else {
      throw ValidationError(
        "'\(text)' has no valid number; write for instance \(name.rawValue)=100M.")
    }
    let limit = number << (unit ?? 0)
    // Positions in a text take four bytes.
    if [.inputSize, .unpackedSize].contains(name), limit > UInt32.max {
      throw ValidationError(
        "the limit '\(name.rawValue)' is at most 4294967295, one byte less than 4G.")
    }
    return (name, limit)
  }
}
