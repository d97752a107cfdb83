// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import Interleave
import KernelTree
import Ports
import Reporting

extension Port {
  struct Explain: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "explain", _superCommandName: "patchkit port",
      abstract: "Run the scenarios, and check what is claimed about their outcomes.")

    @Argument(help: "Only these scenarios: NAME or PATCH/NAME.")
    var scenarios: [String] = []

    @Option(
      help: ArgumentHelp(
        "Show this C function next to its Swift port instead.", valueName: "function"))
    var code: String?

    @Option(help: ArgumentHelp("With --code: the C file.", valueName: "file"))
    var c: String?

    @Option(
      help: ArgumentHelp(
        "With --code: the Swift file of the port (default: found in Sources/Ports).",
        valueName: "file"))
    var swift: String?

    @Flag(help: "With --code: the port of the function before the patch.")
    var before = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if code != nil, c == nil { throw ValidationError("--code needs --c FILE.") }
      if code == nil, before || swift != nil {
        throw ValidationError("--before and --swift need --code FUNCTION.")
      }
    }

    func run() throws {
      if let code, let c { return try show(code, c) }
      let chosen =
        scenarios.isEmpty
        ? PatchPort.all.flatMap(\.scenarios)
        : try scenarios.map { try Choice.scenario(named: $0).scenario }
      var allHold = true
      for scenario in chosen {
        try Console.print("\(scenario.name): \(scenario.summary)\n  \(scenario.source)\n")
        for claim in scenario.claims {
          let (found, holds) = scenario.check(
            claim, limits: Limits(executions: 1_000_000, steps: 1000))
          allHold = allHold && holds
          try Console.print(Self.line(claim, found, holds))
        }
      }
      if !allHold { throw Exit.refused }
    }

    private static func line(
      _ claim: PortScenario.Claim, _ found: ScenarioResult, _ holds: Bool
    ) -> LabeledText {
      func outcomes(_ list: [String]) -> LabeledText {
        ", outcomes \(list.joined(separator: " | "))"
      }
      var line: LabeledText = "  \(claim.version.description): \(claim.verdict.rawValue)"
      line += claim.outcomes.map(outcomes) ?? LabeledText()
      line +=
        holds
        ? " - \(.good, "holds")"
        : " - \(.bad, "DOES NOT HOLD"): \(found.verdict.rawValue)" + outcomes(found.outcomes)
      return line + " (\(plural(found.executions, "execution")))\n"
    }

    private func show(_ function: String, _ c: String) throws {
      let own = try swift ?? portFile(function)
      let sides = SourcePair(
        name: function, c: String(decoding: try InputFile.read(c), as: UTF8.self),
        swift: String(decoding: try InputFile.read(own), as: UTF8.self))
      guard let text = sides.text(width: Console.width) else {
        throw PatchkitError(
          .badInput, "'\(function)' is not defined in both \(c) and \(own)",
          hint: "name the files with --c and --swift; 'patchkit port list' shows the ports")
      }
      try Console.print(text)
    }

    /// The Swift file with the port of a C function, in a checkout.
    private func portFile(_ function: String) throws -> String {
      let side: PatchSide = before ? .before : .after
      let ports = PatchPort.all.flatMap { port in port.functions.map { (port, $0) } }
        .filter { $0.1.name == function }
      guard let (port, ported) = ports.first(where: { $0.1.side == side }) else {
        let known = Set(PatchPort.all.flatMap(\.functions).map(\.name)).sorted()
        throw PatchkitError(
          .badInput,
          ports.isEmpty
            ? "there is no port of '\(function)'\(Nearest.suggestion(function, known))"
            : "there is no port of '\(function)' \(side.rawValue) the patch",
          hint: "'patchkit port list' shows the ports")
      }
      let type = ported.port.prefix { $0 != "." }
      for name in (try? InputFile.names(in: port.sources)) ?? [] where name.hasSuffix(".swift") {
        let path = port.sources + "/" + name
        let text = String(decoding: try InputFile.read(path), as: UTF8.self)
        if text.contains("enum \(type) {") { return path }
      }
      throw PatchkitError(
        .badInput, "cannot find the source of \(ported.port) in \(port.sources)",
        hint: "run this in a checkout of patchkit, or name the file with --swift")
    }
  }
}
