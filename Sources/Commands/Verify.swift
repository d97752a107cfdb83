// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import Interleave
import KernelTree
import Ledger
import PortCheck
import Reporting
import Synchronization
internal import VerifyReports

struct Verify: AsyncConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", _superCommandName: "patchkit",
    abstract: "Check a folder of patches on all of their trees.",
    discussion: """
      Each folder of patches can have a patch.yaml, which names its trees and the expected verdicts, \
      and a patch.lock, which --update writes and later runs are compared with. Folders and quilt \
      series without them are tried on the trees of --onto.

      Exits with 0 if every check holds, with 1 if one fails, with 2 for usage or bad input, with 3 if \
      something could not be checked (a missing tree or compiler), which is not a pass.
      """)

  @Argument(help: "Folders of patches, folders of such folders, or patches (default: Patches).")
  var paths: [String] = []

  @Option(
    help: ArgumentHelp(
      "A tree for every folder, NAME=TREE or TREE; can be repeated.", valueName: "tree"))
  var onto: [String] = []

  @Option(
    help: ArgumentHelp(
      "Write a report: FORMAT or FORMAT=FILE; can be repeated. Formats: text, json, junit, sarif, "
        + "github, markdown, html.", valueName: "format"))
  var report: [String] = []

  @Flag(help: "Print one JSON object; the same as --report json.")
  var json = false

  @Flag(help: "Record the results in each folder's patch.lock.")
  var update = false

  @Flag(help: "Run the 'build' and 'run' commands of the manifests in a copy of each tree.")
  var build = false

  @Option(
    help: ArgumentHelp("With --build: stop a command after this many seconds.", valueName: "n"))
  var buildLimit = 600

  @Option(
    help: ArgumentHelp(
      "Check only folders that changed since this revision.", valueName: "rev"))
  var changedSince: String?

  @Option(
    help: ArgumentHelp("Check part I of N; 'report merge' merges the reports.", valueName: "i/n"),
    transform: Shard.init(argument:))
  var shard: Shard?

  @Option(
    help: ArgumentHelp(
      "Leave a check out; can be repeated. --list lists the checks.", valueName: "check"))
  var skip: [String] = []

  @Flag(
    name: .customLong("trust-c"),
    help: "Run the C of patches, and build commands, even if they cannot be confined.")
  var trustsC = false

  @Flag(help: "List the checks, and do nothing else.")
  var list = false

  @Option(
    help:
      "Report names that a tree lacks, for folders with a patch.yaml (manifest), for all, or for none."
  )
  var symbols = "manifest"

  @Flag(
    help: "Also look in each tree's history whether it has the patch already."
  )
  var history = false

  @Option(
    help: ArgumentHelp(
      "Report later fixes and reverts in this repository that the trees lack.",
      valueName: "repo[@revision]"))
  var upstream: String?

  @Option(help: ArgumentHelp("The C compiler (default: cc, gcc or clang).", valueName: "program"))
  var cc: String?

  @Option(
    help: ArgumentHelp("Compare a ported function with its C on this many values.", valueName: "n"))
  var values = 20_000

  @Option(
    help: ArgumentHelp("Compare a scenario in at most this many executions.", valueName: "n"))
  var executions = 20_000

  @Flag(help: "Do not read or write the cache.")
  var noCache = false

  @Flag(help: "Run again whenever something changes, until Ctrl-C.")
  var watch = false

  @Flag(name: [.short, .long], help: "Do not print a report or progress.")
  var quiet = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    _ = try reports()
    for name in skip where Check(rawValue: name) == nil {
      throw ValidationError("'\(name)' is not a check; 'patchkit verify --list' lists them.")
    }
    if VerifyOptions.Symbols(rawValue: symbols) == nil {
      throw ValidationError("--symbols takes manifest, all or none.")
    }
    if values < 0 || executions < 1 || buildLimit < 1 {
      throw ValidationError("--values takes 0 or more, --executions and --build-limit 1 or more.")
    }
    if update, shard != nil || changedSince != nil {
      throw ValidationError(
        "--update needs the whole collection: leave out --shard and --changed-since.")
    }
    if update, !skip.isEmpty {
      throw ValidationError("--update records the result of every check: leave out --skip.")
    }
  }

  private func reports() throws -> [ReportOutput] {
    var outputs = try report.map { try ReportOutput($0) }
    if json { outputs.append(try ReportOutput("json")) }
    if outputs.allSatisfy({ $0.file != "-" }), !quiet { outputs.append(try ReportOutput("text")) }
    if outputs.count(where: { $0.file == "-" }) > 1 {
      throw ValidationError("Two reports would both go to standard output: give one a FILE.")
    }
    return outputs
  }

  func run() async throws {
    if trustsC { Confinement.trustForeignCode() }
    if build { Console.noteConfinement() }
    if list {
      let width = Check.allCases.map(\.rawValue.count).max() ?? 0
      let lines = Check.allCases.map { check -> LabeledText in
        let name = ("\(check.rawValue)" as LabeledText).padded(to: width)
        return "\(name)  \(check.severity.rawValue): \(check.summary)\n"
      }
      return try Console.print(lines.joined())
    }
    if watch { return try await watchForChanges() }
    let found = try await verify()
    switch found.status {
    case .holds, .warned: return
    case .notChecked: throw Exit.notDone
    case .fails: throw Exit.refused
    }
  }

  /// Verifies once, and writes the reports.
  @discardableResult
  private func verify() async throws -> Verification {
    OpenedTree.keepFreedMemory()
    let outputs = try reports()
    let folders = try PatchFolder.all(in: paths.isEmpty ? ["Patches"] : paths)
    var options = try self.options()
    options.keepsText = outputs.contains { $0.format == .html }
    let verifier = Verifier(options)
    let progress = SharedProgress(Progress("verifying", "jobs", isShown: !quiet))
    let start = ContinuousClock.now
    let found = try await verifier.run(folders) { progress.report($0, $1) }
    let took = ContinuousClock.now - start
    progress.finish()
    if update {
      for (name, isNew) in try verifier.writeLocks() where isNew && !quiet {
        Console.error("\(name): patch.lock written\n")
      }
    }
    let run = Verification.Run(date: Machine.today, took: took, trees: verifier.times)
    for output in outputs { try output.write(found, run: run) }
    return found
  }

  private func options() throws -> VerifyOptions {
    let compiler = cc.map { CCompiler($0) } ?? CCompiler.find()
    if let compiler, cc != nil, !compiler.exists {
      throw PatchkitError(
        .badInput, "there is no compiler '\(compiler.name)'",
        hint: "install it, or name another with --cc")
    }
    var options = VerifyOptions(
      ports: PortCheckOptions(
        compiler: compiler, values: values, limits: Limits(executions: executions, steps: 1000)))
    options.trees = onto.map(Self.tree)
    options.skipped = Set(skip.compactMap { Check(rawValue: $0) })
    options.symbols = VerifyOptions.Symbols(rawValue: symbols) ?? .manifest
    options.searchesHistory = history
    options.upstream = upstream.map(CommitNames.repositoryAndRevision)
    options.memory = try ResolutionMemory.ofProject()
    options.buildLimit = build ? buildLimit : nil
    options.usesCache = !noCache
    options.updates = update
    options.shard = shard
    if let changedSince {
      options.changed = try ChangedFiles.since(changedSince, at: paths.first ?? ".")
    }
    return options
  }

  /// The tree that `NAME=TREE` or `TREE` names.
  static func tree(_ text: String) -> PatchManifest.Tree {
    if let equals = text.firstIndex(of: "="), !text[..<equals].contains("/") {
      return PatchManifest.Tree(
        name: String(text[..<equals]), location: String(text[text.index(after: equals)...]))
    }
    var name = text
    while name.count > 1, name.hasSuffix("/") { name.removeLast() }
    let last = name.split(separator: "/" as Character).last.map(String.init) ?? name
    return PatchManifest.Tree(name: last, location: text)
  }

  // MARK: Watching

  private func watchForChanges() async throws {
    var last: [String: String] = [:]
    while true {
      let now = try watched()
      if now != last {
        last = now
        if Console.isTerminal { try Console.print("\u{1B}[2J\u{1B}[H") }
        do { try await verify() } catch { Console.error(Failure.text(error)) }
        if !quiet { Console.error("waiting for a change; press Ctrl-C to stop\n") }
        // A lock that --update wrote does not start a new run.
        last = try watched()
      }
      try await Task.sleep(for: .milliseconds(400))
    }
  }

  /// What identifies the files that a run depends on: patches, manifests, locks, and plain trees.
  private func watched() throws -> [String: String] {
    var seen: [String: String] = [:]
    let folders = try PatchFolder.all(in: paths.isEmpty ? ["Patches"] : paths)
    for folder in folders {
      for path in folder.files.map(\.path) + [folder.manifestPath, folder.lockPath] {
        seen[path] = InputFile.identity(of: path)
      }
      for tree in folder.manifest.trees + onto.map(Self.tree)
      where InputFile.kind(of: tree.location) == .folder {
        let opened = try? DirectoryTree(path: tree.location)
        for path in (try? folder.touchedPaths()) ?? [] {
          seen["\(tree.location)/\(path)"] = (try? opened?.stamp(at: path)).map { "\($0.bytes)" }
        }
      }
    }
    return seen
  }
}
