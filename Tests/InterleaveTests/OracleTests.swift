// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Interleave
import TestSupport
import Testing

/// The explorer compared with `ReferenceSearch` over random programs: the same outcomes and the same
/// verdict, with no execution run for nothing.
@Suite struct OracleTests {
  private static let limits = Limits(executions: 5000, steps: 200)

  /// What is wrong with an exploration of a program; nil where nothing is, or it was too large.
  static func difference(
    _ program: ListProgram, _ strategy: Strategy, mutant: ReductionMutant? = nil,
    states: Int = 5000, executions: Int = 5000
  ) -> String? {
    guard let reference = ReferenceSearch.run(program, limit: states) else { return nil }
    var explorer = Explorer(program, limits: Limits(executions: executions, steps: 200))
    explorer.mutant = mutant
    explorer.workers = 2
    let found = explorer.explore(strategy)
    guard found.isComplete else {
      return found.verdict == .invalid || strategy == .reducedStates ? "\(found.verdict)" : nil
    }
    let outcomes = Set(found.outcomes.map(\.values))
    if outcomes != reference.outcomes {
      return "outcomes \(outcomes.sorted { $0.lexicographicallyPrecedes($1) }), expected"
        + " \(reference.outcomes.sorted { $0.lexicographicallyPrecedes($1) })"
    }
    if (found.verdict == .deadlock) != reference.hasDeadlock { return "\(found.verdict)" }
    if strategy == .reduced, mutant == nil, found.redundant > 0 {
      return "\(found.redundant) redundant executions"
    }
    return nil
  }

  /// Compares 5,000 programs that no run has seen before.
  ///
  /// A failure prints the seed and the smallest program that
  /// fails. `PATCHKIT_ORACLE` is the number of programs, and `PATCHKIT_ORACLE_SEED` repeats a run.
  @Test func randomProgramsHaveTheirOutcomes() {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["PATCHKIT_ORACLE"].flatMap(Int.init) ?? 5000
    let seed =
      environment["PATCHKIT_ORACLE_SEED"].flatMap(UInt64.init)
      ?? UInt64.random(in: 0..<1_000_000_000)
    print("the oracle's seed is \(seed)")
    var random = SeededRandom(seed: seed)
    var (compared, disabled, deadlocks, spawning) = (0, 0, 0, 0)
    for index in 0..<count {
      let program = RandomPrograms.program(steps: 6, &random)
      guard let reference = ReferenceSearch.run(program, limit: 300) else { continue }
      compared += 1
      disabled += reference.isDisabledByOthers ? 1 : 0
      deadlocks += reference.hasDeadlock ? 1 : 0
      spawning += program.spawned.isEmpty ? 0 : 1
      // The two searches without a reduction are compared now and then.
      var strategies = [index % 4 == 3 ? Strategy.reducedStates : .reduced]
      if index % 20 == 0 { strategies.append(.states(preemptions: nil)) }
      if index % 20 == 10, reference.states < 40 { strategies.append(.unreduced) }
      for strategy in strategies where Self.difference(program, strategy) != nil {
        let small = RandomPrograms.shrunk(program) { Self.difference($0, strategy) != nil }
        Issue.record(
          """
          seed \(seed), program \(index), \(strategy): \(small.tasks), started by others: \
          \(small.spawned.sorted()): \(Self.difference(small, strategy) ?? "")
          """)
        return
      }
    }
    print(
      "\(compared) programs: \(disabled) with waits that others disable, \(deadlocks) that can"
        + " deadlock, \(spawning) that start tasks")
    #expect(compared * 10 > count * 8)
    #expect(min(disabled, deadlocks, spawning) * 12 > count)
  }

  /// Programs that the reduction before this one lost outcomes of.
  static let lost: [ListProgram] = [
    ListProgram(tasks: [[.copy(0, 1)], [.add(1, 1)], [.set(0, 1)], [.wait(0, 0)]]),
    ListProgram(tasks: [
      [.add(0, 1), .copy(0, 1)], [.add(0, 1), .set(0, 1), .set(0, 2)], [.copy(0, 1)],
    ]),
    ListProgram(
      tasks: [
        [.increment(1, 2), .swap(1, 2)], [.copy(0, 1)], [.add(0, 1), .add(2, 1)],
      ], registers: 3),
    ListProgram(tasks: [
      [.add(0, 1)], [.add(1, 1), .copy(0, 1), .add(0, 1), .add(1, 1)], [.wait(0, 0)],
    ]),
    ListProgram(tasks: [[.set(1, 1)], [.swap(1, 0)], [.tryLock(1), .set(1, 0)], [.add(0, 1)]]),
    ListProgram(
      tasks: [[.swap(2, 1)], [.set(0, 0)], [.swap(1, 0)], [.set(2, 2)], [.add(2, 2)]],
      registers: 3),
  ]

  @Test(arguments: lost.indices)
  func noOutcomeIsLost(_ index: Int) throws {
    let program = Self.lost[index]
    #expect(Self.difference(program, .reduced) == nil)
    #expect(Self.difference(program, .reducedStates) == nil)
    #expect(Self.difference(program, .states(preemptions: nil)) == nil)
  }

  /// Every fault of the reduction that makes it unsound changes what is found of some program; the
  /// faults that only cost time cost executions.
  @Test(arguments: ReductionMutant.allCases)
  func aFaultInTheReductionIsNoticed(_ mutant: ReductionMutant) throws {
    var random = SeededRandom(seed: 77)
    var (executions, more) = (0, 0)
    for _ in 0..<3000 {
      let program = RandomPrograms.program(steps: 6, &random)
      if !mutant.isSound {
        // Small programs will do, and a fault can make a search of a larger one endless.
        let difference = Self.difference(
          program, .reduced, mutant: mutant, states: 60, executions: 200)
        if difference != nil { return }
      } else if let reference = ReferenceSearch.run(program, limit: 100) {
        var explorer = Explorer(program, limits: Self.limits)
        executions += explorer.explore(.reduced).executions
        explorer.mutant = mutant
        let found = explorer.explore(.reduced)
        #expect(Set(found.outcomes.map(\.values)) == reference.outcomes)
        more += found.executions
        if more > executions { return }
      }
    }
    Issue.record("\(mutant) was not noticed: \(more) executions for \(executions)")
  }

  @Test func theSmallestLostProgramHasThreeOutcomes() {
    let found = Explorer(Self.lost[0], limits: Self.limits).explore(.reduced)
    #expect(found.outcomes.map(\.values) == [[1, 0], [1, 1], [1, 2]])
    #expect(found.verdict == .deadlock && found.isComplete && found.redundant == 0)
  }
}

extension ReductionMutant {
  /// Whether the fault only costs time.
  var isSound: Bool { self == .neverSleeps || self == .readsConflict }
}
