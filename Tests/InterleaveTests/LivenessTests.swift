// SPDX-License-Identifier: GPL-2.0-only

import Interleave
import Testing

/// Tasks that run for ever, and what is reported of them.
@Suite struct LivenessTests {
  /// A task that reads a register again and again until it has a value; then it sets another.
  struct Spinner: Sendable {
    var register: Int
    var value: Int
    var sets: (register: Int, value: Int)?
    /// How often it looks in each round, each look a step.
    var looks = 1
    var isEndless = false
  }

  /// Spinners, and tasks of a few steps.
  struct SpinProgram: Program {
    struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
      var values: [Int]
      static func < (a: Self, b: Self) -> Bool { a.values.lexicographicallyPrecedes(b.values) }
      var description: String { "\(values)" }
    }
    final class World: @unchecked Sendable {
      // One thread runs the explorer and all tasks.
      var values = [0, 0, 0]
    }

    var spinners: [Spinner] = []
    var setters: [(register: Int, value: Int)] = []
    /// Tasks that set two registers to 1 and back to 0, for ever.
    var togglers: [Int] = []
    /// Whether a toggler makes a new object in each round.
    var makesObjects = false

    func start(_ scheduler: Scheduler) -> World {
      let world = World()
      let objects = (0..<3).map { scheduler.object("r", $0) }
      @Sendable func set(_ register: Int, _ value: Int) async {
        await scheduler.step(Operation("set", [Access(objects[register], .set(value))]))
        if !scheduler.isDraining { world.values[register] = value }
      }
      for (number, spinner) in spinners.enumerated() {
        scheduler.spawn("spinner \(number)", isEndless: spinner.isEndless) {
          let start = scheduler.mark()
          var isSeen = false
          while !isSeen, !scheduler.isDraining {
            scheduler.restore(start)
            for _ in 0..<spinner.looks {
              await scheduler.step(Operation("read", [Access(objects[spinner.register], .read)]))
              scheduler.observe(world.values[spinner.register])
              isSeen = world.values[spinner.register] == spinner.value
            }
          }
          if let sets = spinner.sets { await set(sets.register, sets.value) }
        }
      }
      for (number, setter) in setters.enumerated() {
        scheduler.spawn("setter \(number)") { await set(setter.register, setter.value) }
      }
      for register in togglers {
        scheduler.spawn("toggler \(register)", isEndless: true) {
          let start = scheduler.mark()
          while !scheduler.isDraining {
            scheduler.restore(start)
            if makesObjects {
              let own = scheduler.object("own", register)
              await scheduler.step(Operation("own", [Access(own, .write)]))
            }
            await set(register, 1)
            await set(register, 0)
          }
        }
      }
      return world
    }

    func outcome(_ world: World) -> Outcome { Outcome(values: world.values) }
    func fingerprint(_ world: World) -> Fingerprint {
      var print = Fingerprint()
      for value in world.values { print.add(value) }
      return print
    }
  }

  private func explore(
    _ program: SpinProgram, _ strategy: Strategy = .states(preemptions: nil)
  ) -> Exploration<SpinProgram.Outcome> {
    Explorer(program, limits: Limits(executions: 20_000, steps: 100)).explore(strategy)
  }

  @Test func twoThatSpinOnAFlagThatNoTaskSetsAreALivelock() {
    for looks in 1...2 {
      let found = explore(
        SpinProgram(spinners: [
          Spinner(register: 0, value: 1, looks: looks),
          Spinner(register: 0, value: 1, looks: looks),
        ]))
      #expect(found.verdict == .livelock && found.outcomes.isEmpty)
      #expect(
        found.witness?.complaint
          == "spinner 0, spinner 1 can run for ever, and none of them ends")
    }
  }

  /// Each waits for the other: no single depth-first cycle need hold steps of both.
  @Test func twoThatSpinOnEachOtherAreALivelock() {
    let found = explore(
      SpinProgram(spinners: [
        Spinner(register: 0, value: 1, sets: (1, 1), looks: 2),
        Spinner(register: 1, value: 1, sets: (0, 1), looks: 3),
      ]))
    #expect(found.verdict == .livelock)
  }

  @Test func oneAloneThatSpinsIsALivelock() {
    #expect(explore(SpinProgram(spinners: [Spinner(register: 0, value: 1)])).verdict == .livelock)
  }

  /// The setter can always run, so a fair run lets it.
  @Test func aSpinnerWhoseFlagIsSetEnds() {
    for count in 1...2 {
      let found = explore(
        SpinProgram(
          spinners: Array(repeating: Spinner(register: 0, value: 1), count: count),
          setters: [(0, 1)]))
      #expect(found.verdict == .exhausted && found.isComplete)
      #expect(found.outcomes.map(\.values) == [[1, 0, 0]])
    }
  }

  /// The flag is up and down again, and the spinner may miss it each time.
  @Test func aSpinnerThatMissesItsFlagIsStarved() {
    let found = explore(
      SpinProgram(spinners: [Spinner(register: 0, value: 1)], togglers: [0]))
    #expect(found.verdict == .starvation)
    #expect(found.witness?.complaint == "spinner 0 can be kept from ending for ever")
  }

  /// The run in which the toggler alone steps is not fair, and the spinner alone is not either.
  @Test func aSpinnerBesideATogglerOfAnotherFlagIsKeptByItself() {
    let found = explore(
      SpinProgram(spinners: [Spinner(register: 0, value: 1)], setters: [(0, 1)], togglers: [1]))
    #expect(found.verdict == .boundReached || found.verdict == .exhausted)
    // Nothing of it ever ends: the toggler runs for ever.
    #expect(found.verdict == .boundReached)
  }

  /// A new object in each round is not a new state: otherwise the search would never end.
  @Test func aLoopThatMakesObjectsComesBackToItsStates() {
    let found = explore(
      SpinProgram(
        spinners: [Spinner(register: 2, value: 1)], togglers: [0, 1, 2], makesObjects: true))
    #expect(found.verdict == .starvation && found.isComplete)
    #expect((found.states ?? 0) < 500)
  }

  /// Where only tasks run that are meant to run for ever, nothing is shown.
  @Test func whatNeverEndsIsNeverAPass() {
    let found = explore(SpinProgram(togglers: [0]))
    #expect(found.verdict == .boundReached && found.witness == nil)
    for strategy in [Strategy.reduced, .reducedStates, .unreduced, .random(seed: 1, count: 5)] {
      let spinning = explore(SpinProgram(spinners: [Spinner(register: 0, value: 1)]), strategy)
      #expect(spinning.verdict == .boundReached && !spinning.isComplete)
    }
  }

  /// A bound that changes nothing still decides about liveness.
  @Test func aBoundThatChangesNothingFindsTheSame() {
    let program = SpinProgram(spinners: [Spinner(register: 0, value: 1)])
    #expect(explore(program, .states(preemptions: 3)).verdict == .livelock)
    #expect(
      Explorer(program, limits: Limits(executions: 100, steps: 50)).simplest(preemptions: 2) != nil)
  }
}
