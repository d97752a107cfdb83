// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import Interleave
internal import Host
internal import KernelTree
internal import PortCheck
internal import Ports

/// Checks the ports and the scenarios of a folder.
struct PortJob: Sendable {
  /// The result, independent of a lock.
  struct Result: Codable, Sendable {
    var report: PortCheckReport
    var scenarios: [Verification.Scenario]
  }

  let folder: PatchFolder
  let options: PortCheckOptions
  /// The name of the tree that the changes are made to.
  let tree: String

  /// Whether the folder has anything that is checked here.
  static func isNeeded(_ folder: PatchFolder) -> Bool {
    PatchPort.named(folder.name) != nil || folder.manifest.functions != nil
      || !folder.manifest.scenarios.isEmpty
  }

  /// Everything that the result depends on, except the program itself.
  func key(_ changes: [TreeChange]) throws -> String {
    var parts = [folder.name, "\(options.values) \(options.seed) \(options.limits)"]
    parts.append(options.compiler?.identity ?? "")
    for change in changes {
      parts.append(
        "\(change.path) \(try change.before?.blobID ?? "") \(try change.after?.blobID ?? "")")
    }
    parts.append("\(folder.manifest.reasons.sorted { $0.key < $1.key })")
    parts.append("\(folder.manifest.scenarios)")
    return Checksum.sha256(parts)
  }

  private func checker(_ changes: [TreeChange]) -> PortChecker {
    PortChecker(PatchPort.named(folder.name), PatchSources(changes), options, tree: tree)
  }

  /// Runs everything.
  func run(_ changes: [TreeChange]) async -> Result {
    let outcome = await checker(changes).check(lock: nil, reasons: folder.manifest.reasons)
    let port = PatchPort.named(folder.name)
    let scenarios = folder.manifest.scenarios.compactMap { wanted in
      port?.scenarios.first { $0.name == wanted.name }
        .map { Self.explore($0, wanted) }
    }
    return Result(report: PortCheckReport(outcome, patch: folder.name), scenarios: scenarios)
  }

  /// A result with what the lock says of the functions, which takes no running, and what a new lock is to
  /// keep of them.
  func compare(_ lock: PatchLock?, _ result: Result, _ changes: [TreeChange]) -> (
    Result, [LockedFunction]
  ) {
    let paired = checker(changes).pairing(lock?.functions, reasons: folder.manifest.reasons)
    var whole = result
    let report = PortCheckReport(paired, patch: folder.name)
    whole.report.functions = report.functions
    whole.report.tree = report.tree
    whole.report.references = report.references
    if paired.verdict == .fails { whole.report.verdict = .fails }
    return (whole, paired.locked)
  }

  /// What differs between the functions of another tree that has ports and those that the lock records for
  /// it, and what a new lock is to record.
  func compareElsewhere(_ lock: PatchLock?, _ changes: [TreeChange]) -> (
    [Verification.Finding], [LockedFunction]
  ) {
    let paired = checker(changes).pairing(lock?.functions, reasons: folder.manifest.reasons)
    var findings = stale(PortCheckReport(paired, patch: folder.name))
    for index in findings.indices { findings[index].tree = tree }
    return (findings, paired.locked)
  }

  private static func explore(
    _ scenario: PortScenario, _ wanted: PatchManifest.Scenario
  ) -> Verification.Scenario {
    let found = scenario.explore(
      PortVersion(wanted.side),
      limits: Limits(executions: wanted.executions, steps: wanted.steps))
    let holds =
      found.verdict == wanted.expect && (wanted.outcomes.map { $0 == found.outcomes } ?? true)
    return Verification.Scenario(
      name: wanted.name, side: wanted.side.rawValue, expected: wanted.expect,
      verdict: found.verdict, outcomes: found.outcomes, executions: found.executions,
      holds: holds, complaint: found.witness?.complaint,
      example: found.example.map { scenario.program(PortVersion(wanted.side)).trace($0) })
  }

  // MARK: Findings

  private func finding(
    _ check: Check, _ message: String, hint: String? = nil, severity: Check.Severity? = nil,
    details: [String] = []
  ) -> Verification.Finding {
    Verification.Finding(
      check: check, severity: severity ?? check.severity, message: message, hint: hint,
      file: folder.hasManifest ? folder.manifestPath : folder.path, line: nil, tree: nil,
      details: details)
  }

  /// What is wrong by a result.
  func findings(_ result: Result) -> [Verification.Finding] {
    var findings = pairing(result.report)
    for comparison in result.report.values where !comparison.equal {
      findings.append(
        finding(
          .portValues,
          "\(comparison.function), \(comparison.side): the port and the C give different results",
          hint: "'patchkit port check \(Shell.quoted(folder.path))' shows both",
          details: ["values: \(comparison.values.joined(separator: ", "))"]
            + comparison.portDid.map { "the port: \($0)" }
            + comparison.cDid.map { "the C: \($0)" }))
    }
    for comparison in result.report.traces where !comparison.equal {
      findings.append(
        finding(
          .portTraces,
          "\(comparison.scenario), \(comparison.side): the port and the C have different executions",
          hint: "'patchkit port check \(Shell.quoted(folder.path))' shows the first difference",
          details: comparison.difference))
    }
    for reason in result.report.notChecked {
      findings.append(
        finding(
          .portValues, reason, hint: result.report.hints.first, severity: .notChecked))
    }
    return findings + scenarioFindings(result.scenarios) + regressions(result.scenarios)
  }

  /// The scenarios that hold before the patch and fail after it: why a reviewer must refuse it.
  private func regressions(_ scenarios: [Verification.Scenario]) -> [Verification.Finding] {
    let isExpected = folder.manifest.expect == .violation
    var findings: [Verification.Finding] = []
    let wrong: Set<ExplorationVerdict> = [.violation, .deadlock, .livelock, .starvation]
    for after in scenarios
    where after.side == PatchSide.after.rawValue && wrong.contains(after.verdict) {
      guard
        let before = scenarios.first(where: {
          $0.name == after.name && $0.side == PatchSide.before.rawValue
            && $0.verdict == .exhausted
        }), let wanted = folder.manifest.scenarios.first(where: { $0.name == after.name })
      else { continue }
      let command =
        "'patchkit port explore \(reference(to: wanted)) --after --simplest --trace' shows the steps"
      findings.append(
        finding(
          .regression,
          "\(after.name) holds before the patch; after it: "
            + (after.complaint ?? after.verdict.rawValue),
          hint: isExpected
            ? command
            : command + "; for a patch that is kept as an example of what to refuse, write "
              + "'expect: violation' in \(folder.manifestPath)",
          severity: isExpected ? .note : nil,
          details: [
            "before: \(before.outcomes.joined(separator: " | "))",
            "after: \(after.outcomes.joined(separator: " | "))",
          ]))
    }
    if isExpected, findings.isEmpty {
      findings.append(
        finding(
          .regression,
          "the manifest expects a violation, but no scenario holds before the patch and fails after it",
          hint: "list both sides of such a scenario under 'scenarios' in \(folder.manifestPath), "
            + "or remove 'expect: violation'"))
    }
    return findings
  }

  private func pairing(_ report: PortCheckReport) -> [Verification.Finding] {
    var findings = stale(report)
    for function in report.functions where function.port == nil && function.reason == nil {
      findings.append(
        finding(
          .portPairing, "\(function.name) (\(function.path)) has no port",
          hint: "port it, or give the reason under 'functions' in \(folder.manifestPath)"))
    }
    for complaint in report.complaints {
      findings.append(
        finding(
          .portPairing, complaint,
          hint: "correct 'functions' in \(folder.manifestPath), or the port"))
    }
    for (name, said) in (folder.manifest.functions ?? [:]).sorted(by: { $0.key < $1.key })
    where said.reason == nil {
      let own = report.functions.filter { $0.name == name }.compactMap(\.port)
      if Set(own) != Set(said.ports) {
        findings.append(
          finding(
            .portPairing,
            "the manifest names \(said.ports.sorted().joined(separator: ", ")) as the ports of "
              + "'\(name)', but there "
              + (own.isEmpty ? "is none" : "are \(own.sorted().joined(separator: ", "))"),
            hint: "correct 'functions' in \(folder.manifestPath)"))
      }
    }
    return findings
  }

  /// Functions whose C is not the recorded one.
  private func stale(_ report: PortCheckReport) -> [Verification.Finding] {
    var findings: [Verification.Finding] = []
    for function in report.functions {
      let name = "\(function.name) (\(function.path))"
      switch function.lock {
      case "stale":
        findings.append(
          finding(
            .portStale, "\(name), \(function.side): its C has changed since the port was written",
            hint: "update the port, then 'patchkit verify --update' records the new C",
            details: function.difference))
      case "not-locked" where folder.lock != nil:
        findings.append(
          finding(
            .portStale, "\(name), \(function.side): its C is not in patch.lock",
            hint: "'patchkit verify --update' records it"))
      default: break
      }
    }
    return findings
  }

  private func reference(to wanted: PatchManifest.Scenario) -> String {
    guard let port = PatchPort.named(folder.name),
      let scenario = port.scenarios.first(where: { $0.name == wanted.name })
    else { return wanted.name }
    return port.reference(to: scenario)
  }

  private func scenarioFindings(_ scenarios: [Verification.Scenario]) -> [Verification.Finding] {
    let port = PatchPort.named(folder.name)
    return folder.manifest.scenarios.compactMap { wanted in
      let name = "\(wanted.name), \(wanted.side.rawValue)"
      guard
        let found = scenarios.first(where: {
          $0.name == wanted.name && $0.side == wanted.side.rawValue
        })
      else {
        let known = port?.scenarios.map(\.name) ?? []
        return finding(
          .scenario, "\(name): there is no such scenario",
          hint: known.isEmpty
            ? "no port of this patch is compiled into patchkit"
            : "the scenarios are \(known.joined(separator: ", "))")
      }
      if found.holds { return nil }
      let outcomes =
        found.outcomes.isEmpty
        ? "no execution ended" : "outcomes: \(found.outcomes.joined(separator: " | "))"
      if found.verdict == .boundReached {
        return finding(
          .scenario,
          "\(name): \(found.executions) executions of \(wanted.steps) steps did not cover it",
          hint: "raise 'executions' or 'steps' in \(folder.manifestPath)", severity: .notChecked,
          details: [outcomes])
      }
      let command = "patchkit port explore \(reference(to: wanted)) --\(wanted.side.rawValue)"
      return finding(
        .scenario,
        wanted.expect == found.verdict
          ? "\(name): the outcomes differ from the expected ones"
          : "\(name): expected verdict '\(wanted.expect.rawValue)', got \(found.verdict.rawValue)",
        // A run in which nothing is wrong has no steps to show.
        hint: found.verdict == .exhausted
          ? "'\(command)' runs it again; if this result is right, correct 'expect' or 'outcomes' in "
            + folder.manifestPath
          : "'\(command) --trace' shows the steps",
        details: [outcomes]
          + (wanted.outcomes.map { ["expected: \($0.joined(separator: " | "))"] } ?? []))
    }
  }
}
