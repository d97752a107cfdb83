// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Ports

struct Port: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "port",
    abstract: "Run the executable ports of a patch's functions on a simulated kernel.",
    subcommands: [
      List.self, Run.self, Explore.self, Explain.self, Throughput.self, Check.self, New.self,
    ])

  /// The version of the functions that a scenario runs.
  struct Version: ParsableArguments {
    @Flag(help: "Run the functions as they were before the patch.")
    var before = false

    @Flag(help: "Run the functions as the patch leaves them (the default).")
    var after = false

    @Option(
      help: ArgumentHelp(
        "Run the functions with one change; 'patchkit port list' shows the variants.",
        valueName: "name"))
    var variant: String?

    func validate() throws {
      if [before, after, variant != nil].filter(\.self).count > 1 {
        throw ValidationError("--before, --after and --variant cannot be combined.")
      }
    }

    /// The version of a patch's functions.
    ///
    /// - Throws: if the patch has no such variant.
    func resolved(for port: PatchPort) throws -> PortVersion {
      guard let variant else { return before ? .before : .after }
      let names = port.variants.map(\.name)
      guard names.contains(variant) else {
        throw ValidationError(
          "\(port.patch) has no variant '\(variant)'"
            + (names.isEmpty ? ": it has no variants." : Nearest.hint(variant, names)))
      }
      return .variant(variant)
    }
  }

  /// A scenario, and the version of the functions that it runs.
  struct Choice: ParsableArguments {
    @Argument(help: "The scenario: NAME or PATCH/NAME; 'patchkit port list' shows them.")
    var scenario: String

    @OptionGroup var version: Version

    /// The scenario, its patch and the version.
    ///
    /// - Throws: if there is no such scenario or variant, or several patches have the scenario.
    func resolved() throws -> (port: PatchPort, scenario: PortScenario, version: PortVersion) {
      let (port, scenario) = try Self.scenario(named: scenario)
      return (port, scenario, try version.resolved(for: port))
    }

    /// The only scenario that a name means.
    static func scenario(named name: String) throws -> (port: PatchPort, scenario: PortScenario) {
      let found = PatchPort.scenarios(named: name)
      guard let first = found.first else {
        let known = PatchPort.all.flatMap { $0.scenarios.map(\.name) }
        throw PatchkitError(
          .badInput,
          "there is no scenario '\(name)'\(Nearest.suggestion(name, known))",
          hint: "'patchkit port list' lists the scenarios")
      }
      guard found.count == 1 else {
        let names = found.map { "\($0.port.patch)/\($0.scenario.name)" }
        throw PatchkitError(
          .badInput, "several patches have a scenario '\(name)'",
          hint: "name one of \(names.joined(separator: ", "))")
      }
      return first
    }
  }
}
