// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Interleave
import TestSupport
import Testing

@Suite struct ExplorerTests {
  private let limits = Limits(executions: 2_000_000, steps: 200)

  private func explore(_ program: ListProgram, _ strategy: Strategy) -> Exploration<
    ListProgram.Outcome
  > {
    Explorer(program, limits: limits).explore(strategy)
  }

  @Test func aLostUpdateIsFoundByAll() {
    let program = ListProgram(tasks: [[.add(0, 1)], [.add(0, 1)]])
    for strategy in [Strategy.unreduced, .reduced, .states(preemptions: nil)] {
      let found = explore(program, strategy)
      #expect(found.outcomes.map(\.values) == [[1, 0], [2, 0]])
      #expect(found.verdict == .exhausted && found.isComplete)
    }
    // Without a preemption nothing is lost, and that does not count as passed.
    let bounded = explore(program, .states(preemptions: 0))
    #expect(bounded.outcomes.map(\.values) == [[2, 0]])
    #expect(bounded.verdict == .boundReached && !bounded.isComplete)
  }

  @Test func aLockKeepsIt() {
    let steps: [ListProgram.Step] = [.lock(0), .add(0, 1), .unlock(0)]
    let program = ListProgram(tasks: [steps, steps, steps])
    let reduced = explore(program, .reduced)
    #expect(reduced.outcomes.map(\.values) == [[3, 0]])
    #expect(reduced.verdict == .exhausted)
    // The orders in which three tasks take the lock, and no more.
    #expect(reduced.executions == 6 && reduced.redundant == 0)
    #expect(explore(program, .unreduced).outcomes == reduced.outcomes)
  }

  @Test func locksInTwoOrdersCanDeadlock() throws {
    let program = ListProgram(tasks: [
      [.lock(0), .lock(1), .unlock(1), .unlock(0)], [.lock(1), .lock(0), .unlock(0), .unlock(1)],
    ])
    for strategy in [Strategy.unreduced, .reduced, .states(preemptions: nil)] {
      let found = explore(program, strategy)
      #expect(found.verdict == .deadlock)
      let waiting = try #require(found.witness?.waiting)
      #expect(waiting.map(\.task) == ["task 0", "task 1"])
      #expect(waiting.map(\.holder) == ["task 1", "task 0"])
      #expect(waiting.map(\.operation) == ["lock(l(1))", "lock(l(0))"])
    }
  }

  @Test func independentTasksAreTriedInOneOrder() {
    let program = ListProgram(
      tasks: (0..<4).map { [.add($0, 1), .add($0, 2)] }, registers: 4)
    #expect(explore(program, .reduced).executions == 1)
  }

  @Test func equalSetsAreTriedInOneOrder() {
    let program = ListProgram(tasks: [[.set(0, 7)], [.set(0, 7)], [.set(0, 7)]])
    #expect(explore(program, .reduced).executions == 1)
    let other = ListProgram(tasks: [[.set(0, 7)], [.set(0, 7)], [.set(0, 8)]])
    let found = explore(other, .reduced)
    #expect(found.outcomes.map(\.values) == [[7, 0], [8, 0]])
    #expect(found.executions < 6)
  }

  @Test func aScheduleRepeatsItsExecution() throws {
    var random = SeededRandom(seed: 6)
    for _ in 0..<100 {
      let program = RandomPrograms.program(steps: 6, &random)
      let found = explore(program, .reduced)
      for (outcome, schedule) in found.schedules {
        let text = schedule.description
        #expect(Schedule(text) == schedule)
        let again = explore(program, .replay(try #require(Schedule(text))))
        #expect(again.outcomes == [outcome])
      }
    }
    #expect(Schedule("a4b2a")?.steps.count == 7)
    for text in ["4a", "a0", "a-", "a99999999999", "é", "_", "_52", "_51_", "__", "_x_", "_-1_"] {
      #expect(Schedule(text) == nil, "\(text)")
    }
  }

  @Test func everyTaskHasANameThatIsReadBack() {
    for count in [1, 26, 52, 53, 59, 62, 63, 64, 200] {
      let schedule = Schedule((0..<count).flatMap { [TaskID($0), TaskID($0)] })
      #expect(Schedule(schedule.description) == schedule)
    }
    #expect(Schedule([TaskID(51), TaskID(52), TaskID(52), TaskID(63)]).description == "Z_52_2_63_")
  }

  /// The ids of tasks are those of the execution that a schedule is of, not of the whole exploration:
  /// so another process repeats it.
  @Test func aScheduleOfTasksThatOthersStartIsRepeated() throws {
    let program = ListProgram(
      tasks: [
        [.increment(0, 1), .spawn(2), .increment(0, 1)],
        [.increment(1, 1), .spawn(3), .increment(1, 1)],
        [.copy(1, 0), .set(1, 5)], [.copy(0, 1), .set(0, 7)],
      ], spawned: [2, 3])
    let found = explore(program, .reduced)
    #expect(found.outcomes.count > 3)
    for (outcome, schedule) in found.schedules {
      #expect(explore(program, .replay(schedule)).outcomes == [outcome])
      #expect(
        Explorer(program, limits: limits).trace(schedule).outcome == outcome.description)
    }
  }

  @Test func theSimplestWitnessHasTheFewestPreemptions() throws {
    // Wrong only if the first task is interrupted twice.
    let program = ListProgram(
      tasks: [[.set(0, 1), .copy(1, 0), .set(0, 3)], [.set(1, 5), .copy(0, 1)]],
      isWrong: { $0.values == [3, 5] })
    let whole = explore(program, .unreduced)
    let fewest = try #require(Self.fewestPreemptions(program, limits))
    let witness = try #require(Explorer(program, limits: limits).simplest(preemptions: 5))
    #expect(witness.preemptions == fewest)
    #expect(whole.verdict == .violation)
  }

  /// The fewest preemptions of any execution with something wrong, all of them looked at.
  private static func fewestPreemptions(_ program: ListProgram, _ limits: Limits) -> Int? {
    for bound in 0..<6 {
      let found = Explorer(program, limits: limits).explore(.states(preemptions: bound))
      if let witness = found.witness { return witness.preemptions }
    }
    return nil
  }

  @Test func samplesAreTheSameForASeedAndNeverAPass() {
    let program = ListProgram(tasks: [[.add(0, 1)], [.add(0, 1)], [.add(0, 1)]])
    for strategy in [
      Strategy.random(seed: 9, count: 200), .priorities(seed: 9, depth: 3, count: 200),
    ] {
      let (one, two) = (explore(program, strategy), explore(program, strategy))
      #expect(one.schedules == two.schedules && one.steps == two.steps)
      #expect(one.verdict == .boundReached && !one.isComplete)
      #expect(one.outcomes.count >= 2)
    }
  }

  @Test func aLimitIsNeverAPass() {
    let program = ListProgram(tasks: [[.add(0, 1)], [.add(0, 1)], [.add(0, 1)]])
    let few = Explorer(program, limits: Limits(executions: 3, steps: 100)).explore(.unreduced)
    #expect(few.verdict == .boundReached && few.executions == 3)
    let short = Explorer(program, limits: Limits(executions: 100, steps: 2)).explore(.reduced)
    #expect(short.verdict == .boundReached && !short.isComplete)
  }

  /// A search that is stopped again and again finds what one finds that is not, in as many executions.
  @Test func aSearchIsContinued() throws {
    var random = SeededRandom(seed: 12)
    for _ in 0..<40 {
      let program = RandomPrograms.program(steps: 6, &random)
      let whole = explore(program, .reduced)
      var saved: SavedSearch?
      var found = whole
      for round in 1...20_000 {
        var explorer = Explorer(program, limits: Limits(executions: 7 * round, steps: 200))
        explorer.label = "program"
        found = explorer.explore(.reduced, continuing: saved)
        guard let rest = found.rest else { break }
        #expect(rest.label == "program" && rest.executions == 7 * round)
        saved = try JSONDecoder().decode(SavedSearch.self, from: JSONEncoder().encode(rest))
      }
      #expect(found.isComplete == whole.isComplete && found.verdict == whole.verdict)
      #expect(found.outcomes == whole.outcomes && found.executions == whole.executions)
    }
  }

  @Test func aSearchOfAnotherProgramIsNotContinued() throws {
    let program = ListProgram(tasks: [[.add(0, 1), .lock(0)], [.add(0, 1)], [.add(0, 2)]])
    let saved: SavedSearch = try #require(
      Explorer(program, limits: Limits(executions: 3, steps: 100)).explore(.reduced).rest)
    let other = ListProgram(tasks: [[.wait(0, 1)]])
    let found = Explorer(other, limits: limits)
      .explore(.reduced, continuing: saved)
    #expect(found.verdict == .invalid && !found.isComplete)
  }

  /// A saved search is as deep as an execution is long.
  @Test func aSearchOfLongExecutionsIsContinued() throws {
    let long: [ListProgram.Step] = Array(repeating: .set(1, 1), count: 600)
    let program = ListProgram(tasks: [long + [.add(0, 1)], [.add(0, 1)], [.add(0, 1)]])
    let far = Limits(executions: 2, steps: 1000)
    let saved = try #require(Explorer(program, limits: far).explore(.reduced).rest)
    let read = try JSONDecoder().decode(SavedSearch.self, from: JSONEncoder().encode(saved))
    let all = Limits(executions: 1000, steps: 1000)
    let whole = Explorer(program, limits: all).explore(.reduced)
    let found = Explorer(program, limits: all).explore(.reduced, continuing: read)
    #expect(whole.isComplete && found.isComplete)
    #expect(found.outcomes == whole.outcomes && found.executions == whole.executions)
  }

  /// Whatever a saved search was made into, it is continued or refused.
  @Test func aDamagedSearchIsNotContinued() throws {
    let program = ListProgram(tasks: [[.add(0, 1), .lock(0)], [.add(0, 1)], [.add(0, 2)]])
    let saved = try #require(
      Explorer(program, limits: Limits(executions: 3, steps: 100)).explore(.reduced).rest)
    let text = String(decoding: try JSONEncoder().encode(saved), as: UTF8.self)
    for (old, new) in [
      (#""task":"#, #""task":9"#), (#""task":1"#, #""task":-1"#), (#""object":"#, #""object":77"#),
      (#""object":0"#, #""object":-1"#), (#""children":1"#, #""children":2"#),
      (#""children":1"#, #""children":-1"#), (#""children":1"#, #""children":0"#),
      (#""number":"#, #""number":77"#), (#""explored":0"#, #""explored":-1"#),
      (#""objectCount":"#, #""objectCount":-1"#), (#""executions":3"#, #""executions":-3"#),
    ] {
      let damaged = text.replacingOccurrences(of: old, with: new)
      #expect(damaged != text, "\(old)")
      guard let read = try? JSONDecoder().decode(SavedSearch.self, from: Data(damaged.utf8)) else {
        continue
      }
      let found = Explorer(program, limits: limits).explore(.reduced, continuing: read)
      #expect(found.verdict == .invalid && !found.isComplete, "\(old) \(new)")
    }
  }
}
