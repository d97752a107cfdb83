// SPDX-License-Identifier: GPL-2.0-only

package import CSource
internal import Host
package import Interleave
internal import KernelTree
package import Ports

/// How a patch's ports are checked.
package struct PortCheckOptions: Sendable {
  /// The compiler; nil where none was found.
  package var compiler: CCompiler?
  /// How many cases each function is tried with.
  package var values: Int
  /// Where the made-up numbers start.
  package var seed: UInt64
  /// How far each scenario is explored.
  package var limits: Limits
  /// Whether values are tried again with the sanitizers built in.
  package var usesSanitizers: Bool

  /// Makes options.
  package init(
    compiler: CCompiler?, values: Int = 20_000, seed: UInt64 = 1,
    limits: Limits = Limits(executions: 20_000, steps: 1000), usesSanitizers: Bool = false
  ) {
    self.compiler = compiler
    self.values = values
    self.seed = seed
    self.limits = limits
    self.usesSanitizers = usesSanitizers
  }
}

/// A function that a patch changes, or that one of these calls, with its port or the reason that it has none.
package struct PairedFunction: Sendable {
  /// What its lock says.
  package enum Freshness: Sendable, Hashable {
    /// The C is the one that the lock keeps.
    case fresh
    /// The C has changed; the statements that differ.
    case stale([String])
    /// The lock has no such function.
    case unlocked
    /// There is no port, so there is nothing to keep.
    case noPort
  }

  /// Its name in C.
  package var name: String
  /// Its file.
  package var path: String
  /// What becomes of it; nil if the patch leaves it as it is, and a function that it changes calls it.
  package var change: ChangedFunction.Change?
  /// The side of the patch that the port is of.
  package var side: PatchSide
  /// The port's name; nil where there is none.
  package var port: String?
  /// Why there is none, where the manifest says so.
  package var reason: String?
  /// What the lock says.
  package var freshness: Freshness
  /// The fingerprint of the C; nil where the function is not on this side.
  package var fingerprint: FunctionFingerprint?
}

/// Everything that was found about the ports of a patch.
package struct PortCheckOutcome: Sendable {
  /// How it ended.
  package enum Verdict: String, Sendable, Hashable, Codable {
    /// Every port is the function that the patch produces, as far as was tried.
    case holds
    /// One is not, or has no port and no reason.
    case fails
    /// Nothing is wrong, and something could not be checked.
    case notChecked = "not-checked"
  }

  /// The functions.
  package var functions: [PairedFunction] = []
  /// The comparisons by values.
  package var values: [ValueComparison] = []
  /// The comparisons by traces.
  package var traces: [TraceComparison] = []
  /// The tree whose recorded functions were compared with those of the patched tree; nil if the lock names
  /// no trees.
  package var tree: String?
  /// Whether the lock records the functions of several trees.
  package var hasSeveralTrees = false
  /// How the recorded functions of the lock's other trees compare with those of `tree`.
  package var references: [TreeReference] = []
  /// What could not be checked, and why.
  package var notChecked: [NotChecked] = []
  /// Other problems, a sentence each without a full stop.
  package var complaints: [String] = []

  /// How it ended.
  package var verdict: Verdict {
    let isBad =
      !complaints.isEmpty
      || functions.contains {
        if case .stale = $0.freshness { true } else { $0.port == nil && $0.reason == nil }
      }
      || values.contains { $0.difference != nil || $0.failure != nil }
      || traces.contains { $0.difference != nil || $0.failure != nil }
    return isBad ? .fails : notChecked.isEmpty ? .holds : .notChecked
  }

  /// What a lock keeps of it.
  package var locked: [LockedFunction] {
    functions.compactMap { paired in
      guard paired.port != nil, let fingerprint = paired.fingerprint else { return nil }
      return LockedFunction(
        name: paired.name, path: paired.path, side: paired.side, tree: tree,
        lines: fingerprint.lines)
    }
  }
}

/// Shows that the ports of a patch are the functions that it produces.
package struct PortChecker: Sendable {
  let port: PatchPort?
  let sources: PatchSources
  let options: PortCheckOptions
  private let tree: String?

  /// Makes a checker.
  ///
  /// - Parameters:
  ///   - port: the patch's ports; nil where it has none.
  ///   - sources: the C on both sides of the patch.
  ///   - tree: the name of the tree that the C is from, as the lock has it; nil for a tree without a name,
  ///     which is compared with the recorded tree whose functions are nearest.
  package init(
    _ port: PatchPort?, _ sources: PatchSources, _ options: PortCheckOptions, tree: String? = nil
  ) {
    self.port = port
    self.sources = sources
    self.options = options
    self.tree = tree
  }

  /// Checks pairing and fingerprints alone: what needs no compiler.
  ///
  /// - Parameters:
  ///   - lock: what is kept; nil where there is no lock.
  ///   - reasons: why functions have no port, by their name.
  package func pairing(_ lock: [LockedFunction]?, reasons: [String: String]) -> PortCheckOutcome {
    var outcome = PortCheckOutcome()
    let changed = sources.changedFunctions
    let tree = tree ?? nearestTree(in: lock ?? [])
    outcome.tree = tree
    outcome.hasSeveralTrees = (lock ?? []).trees.count > 1
    outcome.references = TreeReference.all(in: lock ?? [], representedBy: tree)
    let lock = lock?.recorded(of: tree)
    for function in changed {
      let ports = port?.functions.filter {
        $0.path == function.path && ($0.name == function.name || $0.name == function.oldName)
      }
      guard let ports, !ports.isEmpty else {
        outcome.functions.append(
          PairedFunction(
            name: function.name, path: function.path, change: function.change, side: .after,
            port: nil, reason: reasons[function.name], freshness: .noPort))
        continue
      }
      for port in ports {
        outcome.functions.append(paired(function.name, function.change, port, lock))
      }
    }
    let names = Set(changed.flatMap { [$0.name, $0.oldName] })
    for port in port?.functions ?? [] where !names.contains(port.name) {
      if sources.calls(port.name, in: port.path, from: names) {
        outcome.functions.append(paired(port.name, nil, port, lock))
        continue
      }
      outcome.complaints.append(
        "\(port.port) is a port of '\(port.name)', which the patch does not change"
      )
    }
    for name in reasons.keys.sorted() where !names.contains(name) {
      outcome.complaints.append(
        "the manifest has a reason for '\(name)', which the patch does not change")
    }
    return outcome
  }

  /// The tree of a lock whose functions differ least from the ones here; the first of those that differ
  /// alike, and nil if the lock names no trees.
  private func nearestTree(in lock: [LockedFunction]) -> String? {
    func distance(_ tree: String) -> Int {
      lock.recorded(of: tree).reduce(0) { sum, kept in
        let found = sources.function(kept.name, in: kept.path, kept.side)
        guard let new = found.map({ FunctionFingerprint($0.0, $0.1) }) else {
          return sum + kept.lines.count
        }
        return sum + FunctionFingerprint(lines: kept.lines).changedStatements(to: new)
      }
    }
    return lock.trees.map { ($0, distance($0)) }.min { $0.1 < $1.1 }?.0
  }

  private func paired(
    _ name: String, _ change: ChangedFunction.Change?, _ port: PortedFunction,
    _ lock: [LockedFunction]?
  ) -> PairedFunction {
    let found = sources.function(port.name, in: port.path, port.side)
    let fingerprint = found.map { FunctionFingerprint($0.0, $0.1) }
    let kept = lock?.first {
      $0.name == port.name && $0.path == port.path && $0.side == port.side
    }
    let freshness: PairedFunction.Freshness =
      switch (kept, fingerprint) {
      case (nil, _): .unlocked
      case (let kept?, let new?):
        kept.lines == new.lines
          ? .fresh : .stale(FunctionFingerprint(lines: kept.lines).difference(to: new))
      case (.some, nil): .stale(["the patched tree has no such function"])
      }
    return PairedFunction(
      name: name, path: port.path, change: change, side: port.side, port: port.port, reason: nil,
      freshness: freshness,
      fingerprint: fingerprint)
  }

  /// Checks everything: pairing, fingerprints, values and traces.
  package func check(
    lock: [LockedFunction]?, reasons: [String: String]
  ) async -> PortCheckOutcome {
    var outcome = pairing(lock, reasons: reasons)
    guard let port else { return outcome }
    guard let compiler = options.compiler else {
      outcome.notChecked.append(
        NotChecked(
          "there is no C compiler, so values and traces are not compared",
          hint: "install gcc or clang, or name one with --cc"))
      return outcome
    }
    for side in PatchSide.allCases where port.functions.contains(where: { $0.side == side }) {
      let unit = CUnit(sources, side, ported: port.functions)
      await compare(port, unit, side, compiler, .steps, &outcome)
      if options.usesSanitizers {
        await compare(port, unit, side, compiler, .sanitizers, &outcome)
      }
    }
    return outcome
  }

  private func compare(
    _ port: PatchPort, _ unit: CUnit, _ side: PatchSide, _ compiler: CCompiler,
    _ instrument: CCompiler.Instrument, _ outcome: inout PortCheckOutcome
  ) async {
    let functions = port.functions.filter { $0.side == side }
    for function in functions where !unit.functions.contains(function.name) {
      outcome.notChecked.append(
        NotChecked(
          "'\(function.name)' (\(side.rawValue)) cannot be called from outside: "
            + (unit.uncallable[function.name] ?? "the patch has no such function there")))
    }
    do {
      let scratch = try ScratchFolder()
      let program = try await compiler.compile(unit, instrument, in: scratch)
      let options = options
      let (found, errors, isGood) = try await CWorker.run(
        program, hasSanitizer: instrument == .sanitizers
      ) { worker in
        var values: [ValueComparison] = []
        var traces: [TraceComparison] = []
        for function in functions where worker.failure == nil {
          guard let check = ValueCheck(function, unit, worker) else { continue }
          values.append(check.run(count: options.values, seed: options.seed))
        }
        // Without hooks, the C's reads of shared memory are not steps: its traces differ.
        for scenario in port.scenarios
        where scenario.tracedSides.contains(side) && worker.hasMemoryHooks && worker.failure == nil
        {
          traces.append(
            TraceCheck.compare(
              scenario, side, CFunctions(worker, unit), limits: options.limits))
        }
        return (values, traces, worker.failure)
      }
      outcome.values += found.0
      outcome.traces += found.1
      if let failure = found.2 ?? (isGood ? nil : "the compiled C ended with an error") {
        let said = errors.split(separator: "\n" as Character).first {
          $0.contains("ERROR:") || $0.contains("runtime error") || $0.contains("userspace kernel")
        }
        outcome.complaints.append(
          "\(compiler.name), \(side.rawValue), \(instrument.rawValue): \(failure)"
            + (said.map { ": \($0)" } ?? ""))
      }
    } catch let error as NotChecked {
      outcome.notChecked.append(error)
    } catch {
      outcome.notChecked.append(NotChecked("no folder for the compiled C: \(error)"))
    }
  }
}
