// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import FoundationEssentials
import Interleave
import Ports
import Reporting
import TestSupport
import Testing

@testable import Commands

/// Every scenario of every port, as `patchkit port` and `patchkit verify` name and run it.
@Suite struct PortScenarioTests: VerifyRuns {
  private static let references = PatchPort.all.flatMap { port in
    port.scenarios.map { port.reference(to: $0) }
  }

  /// What a command line chooses, found as the commands find it.
  private func resolved(
    _ arguments: [String]
  ) throws -> (port: PatchPort, scenario: PortScenario, version: PortVersion) {
    let command = try Patchkit.parseAsRoot(["port", "explore"] + arguments)
    let explore = try #require(command as? Port.Explore)
    return try #require(try explore.chosen().first)
  }

  @Test(arguments: references)
  func everyScenarioRunsWithEveryVersion(_ reference: String) throws {
    let own = try resolved([reference])
    #expect(own.version == .after)
    let versions = [["--before"], ["--after"]] + own.port.variants.map { ["--variant", $0.name] }
    for version in versions {
      let (port, scenario, version) = try resolved([reference] + version)
      #expect(port.patch == own.port.patch && scenario.name == own.scenario.name)
      let limits = Limits(executions: 20, steps: 1000)
      let program = scenario.program(version)
      let found = program.explore(.random(seed: 1, count: 20), limits: limits)
      #expect(found.executions > 0 && found.steps > 0)
      if let schedule = found.example {
        #expect(!program.trace(schedule).table().isEmpty)
      }
      let report = PortReport(
        found, patch: port.patch, scenario: scenario.name, version: version, witness: nil)
      #expect(report.text.plain.hasPrefix("\(scenario.name), \(version): "))
    }
  }

  /// Two patches may each have a scenario of one name: then the patch distinguishes them.
  @Test func aNameThatTwoPatchesHaveNeedsThePatch() throws {
    let one = try #require(PatchPort.all.first)
    let scenario = try #require(one.scenarios.first)
    var other = one
    other.patch = "another"
    let ports = [one, other]
    #expect(PatchPort.scenarios(named: scenario.name, among: ports).count == 2)
    #expect(one.reference(to: scenario, among: ports) == "\(one.patch)/\(scenario.name)")
    let found = PatchPort.scenarios(named: "another/\(scenario.name)", among: ports)
    #expect(found.map(\.port.patch) == ["another"])
    #expect(one.reference(to: scenario) == scenario.name)
    #expect(try resolved(["\(one.patch)/\(scenario.name)"]).scenario.name == scenario.name)
  }

  @Test func theListNamesWhatCanBeRun() async throws {
    struct List: Decodable {
      struct Port: Decodable {
        struct Named: Decodable { var name: String }
        struct Scenario: Decodable { var reference: String }
        var patch: String
        var functions: [Named]
        var scenarios: [Scenario]
        var variants: [Named]
      }
      var ports: [Port]
    }
    let listed = try await patchkit("port", "list", "--json")
    let list = try JSONDecoder().decode(List.self, from: Data(listed.output))
    #expect(list.ports.map(\.patch) == PatchPort.all.map(\.patch))
    #expect(list.ports.flatMap { $0.scenarios.map(\.reference) } == Self.references)
    let text = try await patchkit("port", "list")
    for reference in Self.references { #expect(text.text.contains("\n    \(reference)\n")) }
    for port in list.ports {
      #expect(!port.functions.isEmpty)
      for variant in port.variants { #expect(text.text.contains("\n    \(variant.name)\n")) }
    }
  }

  /// What `verify` advises about scenarios and ports is a command that finds what it names.
  @Test(arguments: PatchPort.all.map(\.patch))
  func whatVerifyAdvisesWorks(_ patch: String) async throws {
    let port = try #require(PatchPort.named(patch))
    let scratch = try Scratch()
    try scratch.copy(Project.path("Patches/\(patch)"), to: "Patches/\(patch)")
    for tree in ["base", "half", "dio"] { try scratch.copy(Project.lab(tree), to: tree) }
    // No exploration ends as this manifest expects, and no function has a reason to have no port.
    var manifest = "trees:\n  - {name: half, at: ../../half}\n"
    manifest += "  - {name: base, at: ../../base}\n  - {name: dio, at: ../../dio}\nscenarios:\n"
    let quick = port.scenarios.filter {
      $0.claims.contains { $0.version == .after && $0.hasTraces }
    }
    for scenario in quick {
      let after = scenario.claims.first { $0.version == .after }?.verdict
      let wrong = after == .exhausted ? "violation" : "exhausted"
      manifest += "  - {name: \(scenario.name), side: after, expect: \(wrong)}\n"
    }
    try scratch.write("Patches/\(patch)/patch.yaml", manifest)
    let (found, code) = try await verify(scratch, "--values", "20", "--executions", "5")
    #expect(code == 1)
    let hints = found.findings.filter {
      $0.check == "scenario" || $0.check.hasPrefix("port-")
    }.compactMap(\.hint)
    var explored: Set<String> = []
    for hint in hints {
      // Every command is quoted as a whole.
      for command in hint.split(separator: "'").filter({ $0.hasPrefix("patchkit ") }) {
        let words = command.split(separator: " ").dropFirst().map(String.init)
        let parsed = try Patchkit.parseAsRoot(words)
        if let explore = parsed as? Port.Explore {
          let (own, scenario, version) = try #require(try explore.chosen().first)
          #expect(own.patch == patch && version == .after)
          explored.insert(scenario.name)
        }
      }
    }
    #expect(explored == Set(quick.map(\.name)))
    // One of them, run as it is pasted.
    let pasted = try #require(
      hints.flatMap { $0.split(separator: "'") }.first { $0.hasPrefix("patchkit port ") })
    let words = pasted.split(separator: " ").dropFirst().map(String.init)
    let result = try await run(Project.program, words, in: scratch.path)
    #expect([0, 1].contains(result.code) && result.errors.isEmpty, "\(pasted): \(result.errors)")
  }

  @Test func aWordThatNamesNothingIsRefused() async throws {
    let scenario = try await patchkit("port", "explore", "wait-for-tow")
    #expect(scenario.code == 2 && scenario.errors.contains("did you mean 'wait-for-two'?"))
    let explained = try await patchkit("port", "explain", "no-such")
    #expect(explained.code == 2 && explained.errors.contains("there is no scenario 'no-such'"))
    // The second patch has no variants.
    let variant = try await patchkit("port", "run", "wait-for-two", "--variant", "no-wait")
    #expect(variant.code == 2 && variant.errors.contains("has no variant 'no-wait'"))
    let timed = try await patchkit("port", "throughput", "ext4-count-unwritten-aio")
    #expect(timed.code == 2 && timed.errors.contains("has no workload"))
    let code = try await patchkit("port", "explain", "--code", "no_such", "--c", "x.c")
    #expect(code.code == 2 && code.errors.contains("there is no port of 'no_such'"))
  }
}
