// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

/// What `apply` and `backport` have in common: patches, a tree, and where the result goes.
struct LandingOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "The patches, in their order.", valueName: "patch"))
  var patches: [String] = []

  @Option(
    name: .customLong("onto"),
    help: ArgumentHelp("The tree: a folder, REPO@REVISION or a vendored tree.", valueName: "tree"))
  var givenTrees: [String] = []

  /// The tree, of the command line or of the settings.
  var onto: String { givenTrees.first ?? (try? Setting.usualTree.get()) ?? "." }

  @Flag(help: "Report whether the patches apply, and write nothing.")
  var check = false

  @Option(
    name: [.customShort("p", allowingJoined: true), .customLong("strip")],
    help: ArgumentHelp(
      "Strip N leading components from file names (default: 1, or 0 if the diff has bare names).",
      valueName: "n"))
  var strip: Int?

  @Option(help: ArgumentHelp("Prepend this folder to all file names.", valueName: "folder"))
  var directory: String?

  @Option(
    help: ArgumentHelp(
      "Apply only files that match the pattern; can be repeated.", valueName: "pattern"))
  var include: [String] = []

  @Option(
    help: ArgumentHelp(
      "Leave out files that match the pattern, even if --include matches them; can be repeated.",
      valueName: "pattern"))
  var exclude: [String] = []

  @Flag(help: "Commit each patch with its author, date and message, and you as committer.")
  var commit = false

  @Option(
    help: ArgumentHelp(
      "Create this branch at the result, or move it there (with REPO@REVISION).", valueName: "name")
  )
  var branch: String?

  @Flag(help: "Leave what is above a scissors line (-- >8 --) out of commit messages.")
  var scissors = false

  @Flag(
    name: [.customShort("k"), .long],
    help: "Keep the whole subject, with [PATCH] and other brackets.")
  var keep = false

  @Flag(
    name: [.customShort("b"), .long],
    help: "Keep brackets in the subject, but for those with the word PATCH.")
  var keepNonPatch = false

  @Flag(help: "End commit messages with your Signed-off-by.")
  var signoff = false

  @Flag(
    help:
      "Attach a note (refs/notes/patchkit) to each commit: where it comes from, and its verdicts."
  )
  var provenance = false

  /// Whether commits are signed; nil for what git's configuration says.
  @Flag(
    name: [.customShort("S"), .customLong("gpg-sign")], inversion: .prefixedNo,
    exclusivity: .chooseLast, help: .signing)
  var isSigned: Bool?

  /// How much of the brackets before a subject goes.
  var cleaning: SubjectCleaning { keep ? .none : keepNonPatch ? .patchBrackets : .allBrackets }

  @Flag(
    help:
      "Apply even if files have uncommitted changes; move a branch even if it has other commits; overwrite a recorded patch."
  )
  var force = false

  @Option(
    help: ArgumentHelp(
      "Write the adapted patches to a file; '-' is standard output.", valueName: "file"))
  var output: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(help: "For programs: print a tab-separated line for each patch, file and hunk.")
  var porcelain = false

  @Flag(
    name: .customShort("z"),
    help: "Like --porcelain, but end each line with NUL and do not escape file names."
  )
  var nul = false

  @Flag(name: [.short, .long], help: "Print nothing but errors.")
  var quiet = false

  @OptionGroup
  var style: StyleOptions

  @OptionGroup(title: "Reading options")
  var reading: ReadingOptions

  func validate() throws {
    if givenTrees.isEmpty { Setting.requireUsualTree() }
    if let strip, !(0...99).contains(strip) {
      throw ValidationError("-p strips 0 to 99 components.")
    }
    if check, commit || branch != nil {
      throw ValidationError(
        "--check writes nothing, so it cannot be used with --commit or --branch.")
    }
    if keep, keepNonPatch {
      throw ValidationError("--keep and --keep-non-patch contradict each other.")
    }
    if json, porcelain || nul {
      throw ValidationError("--json and --porcelain contradict each other.")
    }
    if json || porcelain || nul, output == "-" {
      throw ValidationError(
        "--json, --porcelain and --output - cannot be combined: each writes to standard output.")
    }
    if patches.filter({ $0 == "-" }).count > 1 {
      throw ValidationError("'-' is standard input and can be read only once.")
    }
  }

  /// The tree, where it can be worked on.
  func openTree() throws -> OpenedTree {
    let opened = try OpenedTree.named(onto)
    if case .directory(let tree) = opened {
      if branch != nil {
        throw ValidationError(
          "--branch needs --onto REPO@REVISION; on a folder, --commit commits to its branch.")
      }
      if !commit, keep || keepNonPatch || signoff || provenance {
        throw ValidationError(
          "--keep, --keep-non-patch, --signoff and --provenance are about commits, so they need "
            + "--commit or --onto REPO@REVISION.")
      }
      try tree.requireIdle()
    }
    return opened
  }

  /// The patches, with a word about what was assumed in reading them.
  func queue(_ options: ApplyOptions) throws -> PatchQueue {
    let queue = try PatchQueue(
      reading: try inputs, options: options, parsing: reading.parsing, commits: reading.commits)
    reading.warn(about: queue.documents, quiet: quiet)
    return queue
  }

  /// Reports a refusal, and ends with its exit code.
  ///
  /// - Parameters:
  ///   - marked: the files that hold conflicts now.
  ///   - rest: the inputs whose patches were not tried.
  func refuse(
    _ outcome: SeriesOutcome, marked: [String] = [], rest: [String] = [],
    explanation: (ApplyReport) -> LabeledText = { _ in LabeledText() }
  ) throws -> Never {
    var report = ApplyReport(outcome, tree: onto, result: marked.isEmpty ? .refused : .marked)
    report.marked = marked
    try print(report, explanation(report))
    let refused = outcome.patches.last
    advise(refused?.adviceOnOmission, onto: onto)
    if marked.isEmpty {
      advise(refused?.adviceOnQuestions(), onto: onto)
    } else {
      let next = rest.isEmpty ? nil : command("backport", onto: onto, rest: rest)
      advise(.editFiles(next: next), onto: onto)
    }
    throw Exit.refused
  }

  /// Shows what helps, where the output is for a reader.
  func advise(_ advice: Advice?, onto tree: String) {
    if !json, !porcelain, !nul { Console.advise(advice, onto: tree) }
  }

  /// Another command with the options of this one, in quotes, as a hint names it.
  ///
  /// - Parameter rest: the patches to name instead of all.
  func command(_ name: String, onto tree: String, rest: [String]? = nil) -> String {
    CommandHint().text(name, onto: tree, rest: rest)
  }

  /// The patches that are named, or standard input.
  ///
  /// - Throws: `ValidationError` if no patch is named and standard input is a terminal.
  var inputs: [String] {
    get throws {
      guard patches.isEmpty else { return patches }
      if Terminal.isTerminal(.input) {
        throw ValidationError(
          "no patch is given, and standard input is a terminal: name files, or pipe a patch in.")
      }
      return ["-"]
    }
  }

  /// How the patches are to be applied, strictly.
  var applyOptions: ApplyOptions {
    var folder = Array((directory ?? "").utf8)
    while folder.last == UInt8(ascii: "/") { folder.removeLast() }
    var options = ApplyOptions(
      strip: strip, directory: folder, strictness: reading.strictness, limits: reading.allLimits)
    options.filter = PathFilter(include: include, exclude: exclude)
    return options
  }

  /// Throws where a file that would change has changes that are not committed.
  func refuseUncommitted(_ changes: [TreeChange], in tree: DirectoryTree) throws {
    // What is not committed would become part of the patch author's commit, forced or not.
    if force, !commit { return }
    let paths = changes.paths
    guard commit else {
      return try tree.requireCommitted(
        paths, staged: false, hint: "commit or stash them, or use --force")
    }
    try tree.requireCommitted(
      paths,
      untracked: (
        "is not tracked by git, so the commit would add the whole file",
        "add and commit the file first, or apply without --commit"
      ))
  }

  func print(_ report: ApplyReport, _ explanation: LabeledText) throws {
    if json {
      try Console.write(json: report)
    } else if porcelain || nul {
      try Console.write(report.porcelain(endsWithNUL: nul))
    } else if report.result == .refused || report.result == .marked {
      report.eachText { Console.error($0) }
      Console.error(explanation)
    } else if !quiet, output != "-" {
      try report.eachText { try Console.print($0) }
      try Console.print(explanation)
    }
  }
}
