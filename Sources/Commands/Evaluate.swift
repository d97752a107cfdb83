// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Evaluation
import Host
import KernelTree
import Ledger
import Reporting

struct Evaluate: AsyncConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", _superCommandName: "patchkit",
    abstract:
      "Repeat the backports of a history, and count how many match the maintainers' results.",
    discussion: """
      A backport is a commit whose message names its upstream commit: 'commit SHA upstream.', \
      '[ Upstream commit SHA ]', '(cherry picked from commit SHA)' or '(backported from commit \
      SHA)'. The C files of each result are compared byte for byte with the maintainer's. git apply, \
      GNU patch -F2, a three-way merge and wiggle are measured too, if they are installed.
      """)

  @Argument(
    help: ArgumentHelp(
      "The repository with the backports: REPO, REPO@BRANCH or REPO@A..B.", valueName: "repo"))
  var repository: String

  @Option(
    help: ArgumentHelp(
      "The repository with the upstream commits (default: the same).", valueName: "repo"))
  var upstream: String?

  @Option(
    help: ArgumentHelp(
      "Try only cases whose upstream id begins with an 'even' or an 'odd' hex digit (default: 'all').",
      valueName: "half"))
  var half: CaseHalf = .all

  @Option(
    help: ArgumentHelp(
      "The other tools, comma-separated: git, patch, three-way, wiggle; 'none' for none.",
      valueName: "tools"))
  var peers: String?

  @Option(
    help: ArgumentHelp(
      "Use proposals of this level or surer: likely, plausible or doubtful.",
      valueName: "level"))
  var accept: Confidence = .likely

  @Option(help: ArgumentHelp("Try at most this many cases, spread evenly.", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      "How many cases to try at once (default: one for each core).", valueName: "n"))
  var jobs: Int?

  @Option(
    help: ArgumentHelp(
      "Record the result of every case in this file, and continue from it.", valueName: "file"))
  var state: String?

  @Option(
    help: ArgumentHelp(
      "Write the files of each result that is not exact, and the maintainer's, to this folder.",
      valueName: "folder"))
  var keep: String?

  @Option(
    help: ArgumentHelp(
      "Try part I of N of the cases; 'report merge' merges the --json reports.", valueName: "i/n"),
    transform: Shard.init(argument:))
  var shard: Shard?

  @Flag(help: "List the cases that differ or fail, with a command that shows each.")
  var cases = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @Flag(name: [.short, .long], help: "Show no progress.")
  var quiet = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func run() async throws {
    let (path, range) = Self.split(repository)
    let contenders = try contenders()
    if let keep, CacheFolder.made(keep) == nil {
      throw PatchkitError(
        .system, path: keep, "cannot be made",
        hint: "name a folder for --keep that you may write to")
    }
    let options = EvaluationOptions(
      repository: path, range: range, upstream: upstream ?? path, half: half,
      contenders: contenders, accept: accept, limit: limit,
      jobs: jobs ?? Machine.processors, keep: keep)
    let evaluator = Evaluator(options)
    let found = try evaluator.cases()
    if found.cases.isEmpty {
      throw PatchkitError(
        .badInput, path: repository, "found no backport whose upstream commit is available",
        hint: "name the repository with the upstream commits: --upstream REPO")
    }
    var log = try EvaluationLog(path: state, options: options)
    let chosen = found.cases.enumerated().filter { shard?.holds($0.offset) ?? true }.map(\.element)
    let open = chosen.filter { !log.holds($0) }
    var progress = Progress("evaluating", "backports", total: open.count, isShown: !quiet)
    let skipped = try await evaluator.run(open) { result in
      try log.append(result)
      progress.step()
    }
    progress.finish(sums: true)
    let wanted = Set(chosen.map(\.backport))
    let results = log.results.filter { wanted.contains($0.backport) }
      .sorted { $0.backport < $1.backport }
    var report = EvaluationReport(
      results, contenders: contenders, repository: path, upstream: upstream ?? path, range: range,
      half: half, accept: accept, withoutUpstream: found.withoutUpstream, withoutC: skipped,
      listsCases: cases || json)
    report.part = shard.map {
      EvaluationReport.Part(
        shard: $0, upstream: options.upstream, contenders: contenders.map(\.rawValue),
        cases: found.cases.count, results: results)
    }
    if json {
      try Console.write(json: report)
    } else {
      try Console.print(report.text)
    }
  }

  private static func split(_ name: String) -> (path: String, range: String) {
    guard let at = name.lastIndex(of: "@") else { return (name, "HEAD") }
    return (String(name[..<at]), String(name[name.index(after: at)...]))
  }

  private func contenders() throws -> [ContenderName] {
    let own: [ContenderName] = [.patchkit, .patchkitWithBase]
    guard let peers else {
      return own + ContenderName.peers.filter { $0.program.map(Machine.hasProgram) ?? true }
    }
    if peers == "none" { return own }
    let names: [String: ContenderName] = [
      "git": .gitApply, "patch": .gnuPatch, "three-way": .threeWay, "wiggle": .wiggle,
    ]
    return try own
      + peers.split(separator: ",").map { name in
        guard let found = names[String(name)] else {
          throw ValidationError("'\(name)' is not one of git, patch, three-way and wiggle.")
        }
        if let program = found.program, !Machine.hasProgram(program) {
          throw ValidationError("'\(program)' is not installed.")
        }
        return found
      }
  }
}
