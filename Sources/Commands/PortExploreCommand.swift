// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import Interleave
import KernelTree
import Ledger
import PortCheck
import Ports
import Reporting

extension Port {
  struct Explore: AsyncConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "explore", _superCommandName: "patchkit port",
      abstract: "Run a scenario in every interleaving of its steps.",
      discussion: """
        Exits with 0 if nothing is wrong in any interleaving, with 1 if something is, and with 3 if \
        a limit was reached or only a sample was requested: neither is a pass. With several scenarios, or \
        --all, the code is that of the worst.
        """)

    @Argument(
      help: "The scenarios: NAME or PATCH/NAME; 'patchkit port list' shows them.")
    var scenario: [String] = []

    @Flag(help: "Explore all scenarios of all patches.")
    var all = false

    @OptionGroup var version: Version

    @Option(
      help: ArgumentHelp(
        "Explore part I of N of the scenarios; 'report merge' merges the --json reports.",
        valueName: "i/n"),
      transform: Shard.init(argument:))
    var shard: Shard?

    @Option(
      help: ArgumentHelp(
        "The strategy: reduced-states, reduced, states, unreduced, random or pct (default: the scenario's own).",
        valueName: "strategy"))
    var strategy: String?

    @Option(help: ArgumentHelp("With states: at most this many preemptions.", valueName: "n"))
    var preemptions: Int?

    @Option(help: ArgumentHelp("With random and pct: the seed.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(help: ArgumentHelp("Run at most this many executions.", valueName: "n"))
    var executions = 1_000_000

    @Option(help: ArgumentHelp("Stop an execution after this many steps.", valueName: "n"))
    var steps = 1000

    @Option(help: ArgumentHelp("Stop after this many seconds.", valueName: "seconds"))
    var maxTime: Double?

    @Option(
      help: ArgumentHelp(
        "With reduced-states: use this many threads (default: all processors).", valueName: "n"))
    var threads: Int?

    @Option(
      help: ArgumentHelp(
        "With reduced: continue the search in this file, and save it there when a limit or Ctrl-C ends it.",
        valueName: "file"))
    var state: String?

    @Flag(help: "Find the counterexample with the fewest preemptions.")
    var simplest = false

    @Flag(help: "Show the counterexample step by step.")
    var trace = false

    @Option(
      help: ArgumentHelp(
        "Write the counterexample as an HTML page with a diagram.", valueName: "file"))
    var html: String?

    @Flag(
      name: .customLong("c"),
      help:
        "Run the patch's compiled C instead of its ports, or a scenario in C; from the folder that has Patches."
    )
    var runsC = false

    @Option(
      help: ArgumentHelp(
        "With --c: the tree that the patch is applied to (default: the first of patch.yaml).",
        valueName: "tree"))
    var onto: String?

    @Option(
      help: ArgumentHelp(
        "With --c: the C compiler (default: cc, gcc or clang).", valueName: "program"))
    var cc: String?

    @Flag(
      name: .customLong("trust-c"), help: "With --c: run the C even if it cannot be confined.")
    var trustsC = false

    @Flag(name: [.short, .long], help: "Do not show progress.")
    var quiet = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    /// Whether one scenario is explored, whose report is an object of its own.
    private var isSingle: Bool { !all && scenario.count == 1 && shard == nil }

    func validate() throws {
      if all != scenario.isEmpty {
        throw ValidationError("Name the scenarios to explore, or use --all.")
      }
      if !isSingle, state != nil || html != nil || trace {
        throw ValidationError("--state, --html and --trace need a single scenario.")
      }
      if !runsC, onto != nil || cc != nil || trustsC {
        throw ValidationError("--onto, --cc and --trust-c need --c.")
      }
      if runsC,
        !isSingle || strategy != nil || preemptions != nil || simplest || maxTime != nil
          || version.variant != nil
      {
        throw ValidationError(
          "--c takes a single scenario, before or after, with the scenario's own strategy.")
      }
      if let maxTime, !(maxTime > 0 && maxTime < 1e9) {
        throw ValidationError("--max-time takes a number of seconds above 0.")
      }
      if state != nil, strategy != "reduced" {
        throw ValidationError("--state needs --strategy reduced.")
      }
      if executions < 1 { throw ValidationError("--executions takes a number from 1.") }
      if steps < 1 { throw ValidationError("--steps takes a number from 1.") }
      if let preemptions, preemptions < 0 {
        throw ValidationError("--preemptions takes a number from 0.")
      }
      if preemptions != nil, let strategy, strategy != "states" {
        throw ValidationError("--preemptions needs --strategy states.")
      }
      if let threads, !(1...256).contains(threads) {
        throw ValidationError("--threads takes a number from 1 to 256.")
      }
    }

    func run() async throws {
      if runsC, let name = scenario.first, let found = try CScenario.named(name) {
        return try finish(try await exploredWorld(found.folder, found.scenario))
      }
      let runs = try chosen()
      if runsC, let only = runs.first {
        try finish(try await exploredC(only.port, only.scenario, only.version))
      } else if isSingle, let only = runs.first {
        try finish(try explored(only.port, only.scenario, only.version).verdict)
      } else {
        try exploreAll(runs)
      }
    }

    /// The scenarios of the command line, each with its patch and the version of its functions.
    func chosen() throws -> [(port: PatchPort, scenario: PortScenario, version: PortVersion)] {
      let named =
        all
        ? PatchPort.all.flatMap { port in port.scenarios.map { (port: port, scenario: $0) } }
        : try scenario.map { try Choice.scenario(named: $0) }
      return try named.map { ($0.port, $0.scenario, try version.resolved(for: $0.port)) }
    }

    /// Explores the scenarios of this shard, and reports on them together.
    private func exploreAll(
      _ runs: [(port: PatchPort, scenario: PortScenario, version: PortVersion)]
    ) throws {
      var reports: [PortReport] = []
      for (index, run) in runs.enumerated() where shard?.holds(index) ?? true {
        reports.append(try explored(run.port, run.scenario, run.version))
      }
      let limits =
        "\(strategy ?? "-") \(preemptions ?? -1) \(seed) \(executions) \(steps) \(simplest)"
      let part = shard.map { shard in
        PortSetReport.Part(
          shard: shard,
          run: runs.map { "\($0.port.patch)/\($0.scenario.name) \($0.version): \(limits)" })
      }
      let found = PortSetReport(reports, part: part)
      if json { try Console.write(json: found) } else { try Console.print(found.text) }
      try finish(found.verdict)
    }

    /// Ends with the exit code of a verdict.
    private func finish(_ verdict: ExplorationVerdict) throws {
      if let code = Exit.code(of: verdict) { throw code }
    }

    /// Explores a scenario with the C of the patch in a tree, and prints the report.
    private func exploredC(
      _ port: PatchPort, _ scenario: PortScenario, _ version: PortVersion
    ) async throws -> ExplorationVerdict {
      if trustsC { Confinement.trustForeignCode() }
      Console.noteConfinement()
      guard
        let folder = try PatchFolder.all(in: ["Patches"]).first(where: { $0.name == port.patch })
      else {
        throw PatchkitError(
          .badInput, path: "Patches", "cannot find the folder '\(port.patch)'",
          hint: "run this in the folder that has Patches")
      }
      let checker = PortChecker(
        port, try folder.sources(onto: onto),
        PortCheckOptions(
          compiler: cc.map { CCompiler($0) } ?? CCompiler.find(),
          limits: Limits(executions: executions, steps: steps)))
      let found: CExploration
      do {
        found = try await checker.explore(scenario, version == .before ? .before : .after)
      } catch {
        throw PatchkitError(.system, error.reason, hint: error.hint)
      }
      let report = PortReport(
        found.result, patch: port.patch, scenario: scenario.name, version: version,
        witness: found.result.witness, isC: true, trace: found.trace)
      try show(report, found.trace)
      return report.verdict
    }

    /// Explores a scenario in C with the functions of its patch in a tree, and prints the report.
    private func exploredWorld(
      _ folder: PatchFolder, _ scenario: CScenario
    ) async throws -> ExplorationVerdict {
      if trustsC { Confinement.trustForeignCode() }
      Console.noteConfinement()
      let version: PortVersion = version.before ? .before : .after
      let (changes, tree, name) = try folder.changes(onto: onto)
      let found: WorldExploration
      func explored(with headers: TreeSources.Headers) async throws -> WorldExploration {
        let sources = try TreeSources(of: scenario, in: tree, changes, name: name, headers: headers)
        let explorer = try WorldExplorer(
          scenario, sources, compiler: cc.map { CCompiler($0) } ?? CCompiler.find(),
          limits: Limits(executions: executions, steps: steps))
        return try await explorer.explore(version == .before ? .before : .after)
      }
      do {
        do {
          found = try await explored(with: .included)
        } catch let error as NotChecked where error.lacksHeader {
          // A macro forms the name of one that is needed.
          found = try await explored(with: .all)
        }
      } catch let error as NotChecked {
        throw PatchkitError(
          .system, "\(scenario.path): not checked: \(error.reason)", hint: error.hint)
      }
      var report = PortReport(
        found.found.result, patch: folder.name, scenario: scenario.name, version: version,
        witness: found.found.result.witness, isC: true, trace: found.found.trace)
      report.notes = found.notes
      report.serialOutcomes = found.serialOutcomes
      report.linked = found.linked
      try show(report, found.found.trace)
      return report.verdict
    }

    /// Prints a report, and its counterexample where that is wanted.
    func show(_ report: PortReport, _ trace: ExecutionTrace?) throws {
      if json {
        try Console.write(json: report)
      } else {
        try Console.print(report.text)
        if self.trace, let trace { try Console.print(trace.table(width: Console.wrapWidth)) }
      }
      if let html, let trace, let counterexample = report.counterexample {
        let page = try trace.page(
          title: "\(report.scenario), \(report.function)", complaint: counterexample.complaint)
        try OutputFile.write(Array(page.utf8), to: html, refusing: KeptFiles.refuse)
      }
    }

    /// Explores a scenario; if it is the only one, its report is printed.
    private func explored(
      _ port: PatchPort, _ scenario: PortScenario, _ version: PortVersion
    ) throws -> PortReport {
      let program = scenario.program(version)
      let limits = Limits(
        executions: executions, steps: steps, time: maxTime.map { .seconds($0) })
      let strategy = try chosen(scenario)
      let label = "\(port.patch)/\(scenario.name) \(version)"
      let total: Int? =
        switch strategy {
        case .random(_, let count), .priorities(_, _, let count): min(count, executions)
        default: nil
        }
      let progress = SharedProgress(
        Progress("exploring", "executions", total: total, isShown: !quiet))
      let report = progress.report
      let found = program.explore(
        strategy, limits: limits, stopsAtFirst: scenario.stopsAtFirst,
        threads: threads ?? Machine.processors, continuing: try saved(label), label: label,
        stop: { StopRequest.isMade }
      ) { report($0.executions, total ?? $0.estimatedExecutions) }
      progress.finish()
      if let state { try save(found.rest, to: state) }
      let witness =
        simplest && found.witness != nil
        ? program.simplest(preemptions: 8, limits: limits) : found.witness
      let result = PortReport(
        found, patch: port.patch, scenario: scenario.name, version: version, witness: witness)
      guard isSingle else { return result }
      if json {
        try Console.write(json: result)
      } else {
        try Console.print(result.text)
        if trace, let witness {
          try Console.print(program.trace(witness.schedule).table(width: Console.wrapWidth))
        }
      }
      if let html, let witness {
        let page = try program.trace(witness.schedule).page(
          title: "\(scenario.name), \(version)", complaint: witness.complaint)
        try OutputFile.write(Array(page.utf8), to: html, refusing: KeptFiles.refuse)
      }
      return result
    }

    /// The search in the file, where there is one.
    private func saved(_ label: String) throws -> SavedSearch? {
      guard let state, InputFile.exists(state) else { return nil }
      guard let saved = try? JSON.read(SavedSearch.self, InputFile.read(state)) else {
        throw PatchkitError(
          .badInput, "\(state) is not a saved search", hint: "remove the file to start a new search"
        )
      }
      guard saved.label == label else {
        throw PatchkitError(
          .badInput, "\(state) holds a search of \(saved.label), not of \(label)",
          hint: "name another file")
      }
      return saved
    }

    /// Saves what is left of a search; removes the file where nothing is.
    private func save(_ rest: SavedSearch?, to path: String) throws {
      if let rest {
        try OutputFile.write(try JSON.text(rest), to: path, refusing: KeptFiles.refuse)
      } else if InputFile.exists(path) {
        try NamedFile.remove(path)
      }
    }

    private func chosen(_ scenario: PortScenario) throws -> Strategy {
      switch strategy {
      case nil where preemptions == nil: scenario.checkingStrategy
      case "reduced": .reduced
      case "reduced-states": .reducedStates
      case "unreduced": .unreduced
      case nil, "states": .states(preemptions: preemptions)
      case "random": .random(seed: seed, count: executions)
      case "pct": .priorities(seed: seed, depth: 3, count: executions)
      default: throw ValidationError("'\(strategy ?? "")' is not a strategy.")
      }
    }
  }
}
