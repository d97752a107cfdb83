// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Interleave
import KernelModel
import Ports
import TestSupport
import Testing

/// Every claim of every scenario, over all schedules.
@Suite struct ScenarioTests {
  static let limits = Limits(executions: 4_000_000, steps: 1000)

  struct Case: Sendable, CustomTestStringConvertible {
    var scenario: PortScenario
    var claim: PortScenario.Claim
    var testDescription: String { "\(scenario.name) \(claim.version)" }
  }

  static let cases = PatchPort.all.flatMap(\.scenarios).flatMap { scenario in
    scenario.claims.map { Case(scenario: scenario, claim: $0) }
  }

  /// Claims with so many states that even a release build takes longer than the other tests together:
  /// four writers before the patch have 171,252 executions.
  static let largeCases = cases.filter { !$0.claim.hasTraces }
  static let smallCases = cases.filter { $0.claim.hasTraces }

  /// Claims that both reductions can check; one has 12,000 executions.
  static let comparedCases = smallCases.filter {
    $0.scenario.strategy == .reduced
      && (Project.isThorough || $0.testDescription != "three-writers before")
  }

  private static func scenario(_ name: String) throws -> PortScenario {
    let found = PatchPort.scenarios(named: name)
    #expect(found.count == 1)
    return try #require(found.first).scenario
  }

  private func explore(
    _ name: String, _ version: PortVersion, _ strategy: Strategy
  ) throws -> ScenarioResult {
    try Self.scenario(name).program(version).explore(strategy, limits: Self.limits)
  }

  @Test(arguments: smallCases)
  func theClaimHolds(_ item: Case) {
    let (found, holds) = item.scenario.check(item.claim, limits: Self.limits)
    let said = found.outcomes
    #expect(holds, "\(found.verdict) \(said), complete: \(found.isComplete)")
  }

  @Test(
    .enabled(if: Project.isThorough, "PATCHKIT_THOROUGH=1 runs what takes minutes on one core"),
    arguments: largeCases)
  func theLargeClaimHolds(_ item: Case) {
    let found = item.scenario.program(item.claim.version)
      .explore(item.scenario.checkingStrategy, limits: Self.limits, threads: 2)
    #expect(found.verdict == item.claim.verdict && found.isComplete)
    #expect(item.claim.outcomes.map { $0 == found.outcomes } ?? true)
  }

  /// The optimal reduction runs no execution for nothing, and finds what the search with states finds.
  @Test(arguments: comparedCases)
  func theOptimalReductionFindsTheSame(_ item: Case) {
    let program = item.scenario.program(item.claim.version)
    let optimal = program.explore(.reduced, limits: Self.limits)
    let states = program.explore(.reducedStates, limits: Self.limits, threads: 2)
    #expect(optimal.isComplete && states.isComplete && optimal.redundant == 0)
    #expect(optimal.outcomes == states.outcomes && optimal.verdict == states.verdict)
  }

  @Test func aClaimThatDoesNotHoldIsSeen() throws {
    var scenario = try Self.scenario("two-writers")
    var claim = try #require(scenario.claims.first)
    #expect(scenario.check(claim, limits: Self.limits).holds)
    #expect(!scenario.check(claim, limits: Limits(executions: 5, steps: 400)).holds)
    claim.outcomes?.removeLast()
    #expect(!scenario.check(claim, limits: Self.limits).holds)
    claim.outcomes = nil
    claim.verdict = .exhausted
    #expect(!scenario.check(claim, limits: Self.limits).holds)
    scenario.strategy = .random(seed: 1, count: 50)
    claim.verdict = .boundReached
    #expect(!scenario.check(claim, limits: Self.limits).holds)
  }

  /// The oracle: the state search, which reduces nothing but states that were met, says the same.
  @Test(arguments: [
    ("two-writers", PortVersion.before), ("two-writers", .after), ("written", .before),
    ("size-race", .variant(Ext4Variant.waitTwiceUnderInodeLock)), ("early-completion", .before),
    ("early-completion", .after), ("two-writers-early", .before), ("with-buffered", .before),
    ("with-buffered", .after), ("falls-back", .before), ("falls-back", .after),
    ("falls-back-sync", .after), ("xfstests-239", .after),
    ("with-aligned", .variant(Ext4Variant.waitTwiceUnderInodeLock)),
    ("written", .after), ("one-in-flight", .after), ("one-bucket", .after), ("warning", .after),
    ("with-sync", .after),
    ("with-extending", .after), ("with-aligned", .after), ("leaked-count", .after),
    ("no-barrier-wait", .after), ("no-barrier-wake", .after),
    ("two-writers", .variant(Ext4Variant.waitUnderIMutex)), ("xfstests-538", .before),
  ])
  func withoutReductionTheSameComesOut(_ name: String, _ function: PortVersion) throws {
    let reduced = try explore(name, function, .reduced)
    let states = try explore(name, function, .states(preemptions: nil))
    #expect(states.isComplete && reduced.isComplete)
    #expect(reduced.outcomes == states.outcomes)
    #expect(reduced.verdict == states.verdict)
  }

  /// ext4 has no blocks of less than 1,024 bytes.
  @Test func everyScenarioHasBlocksThatExt4Has() {
    for scenario in PatchPort.all.flatMap(\.scenarios) {
      guard let program = scenario.program(.after) as? AIOScenario else { continue }
      #expect(program.blocksize >= 1024 && program.blocksize.nonzeroBitCount == 1)
    }
  }

  /// What becomes of an unserialized test of the size: A or B decides before C extends the file.
  @Test func theSizeIsReadBeforeItGrows() throws {
    let program = try Self.scenario("size-race").program(.after)
    let witness = try #require(program.simplest(preemptions: 6, limits: Self.limits))
    #expect(witness.complaint.hasSuffix("is lost"))
    let steps = program.trace(witness.schedule).steps
    let grows = try #require(steps.firstIndex { $0.operation == "i_size_write" })
    let reads = steps.indices.filter { steps[$0].operation == "i_size" && $0 < grows }
    // One of the two, and the third itself under its lock.
    #expect(reads.count > 1)
    // One of the two at least takes no hashed mutex.
    let locks = steps.count { step in
      step.operation == "mutex_lock" && step.objects.contains { $0.hasPrefix("aio_mutex") }
    }
    #expect(locks < 2)
  }

  /// A write that is complete before its blocks are converted reads as zeros.
  @Test func anEarlyCompletionIsReadAsZeros() throws {
    let program = try Self.scenario("early-completion").program(.after)
    let found = program.explore(.reduced, limits: Self.limits)
    let witness = try #require(found.witness)
    #expect(witness.complaint == "writer 1 read zeros after the write was complete")
    let steps = program.trace(witness.schedule).steps.map(\.operation)
    let arrives = try #require(steps.firstIndex(of: "bio_end_io"))
    let drops = try #require(steps.firstIndex(of: "drop_reference"))
    let reads = try #require(steps.firstIndex(of: "read_extents"))
    let converts = try #require(steps.lastIndex(of: "set_extents"))
    #expect(arrives < drops && drops < reads && reads < converts)
  }

  /// aio_complete is given the number of bytes.
  @Test func aCompletionHasItsCount() throws {
    let scenario = try Self.scenario("two-writers")
    let traces = scenario.traces(.after, limits: Self.limits, caller: nil).traces.values
    for calls in traces {
      let completions = calls.filter { $0.primitive == .aioComplete }
      #expect(completions.count == 2 && completions.allSatisfy { $0.arguments == [512, 0] })
    }
  }

  /// A counterexample names the port's own lines.
  @Test func aStepNamesTheLineOfThePort() throws {
    let scenario = try Self.scenario("two-writers")
    let program = scenario.program(.after)
    let found = program.explore(.reduced, limits: Self.limits)
    let schedule = try #require(found.schedules.values.first)
    let sources = Set(program.trace(schedule).steps.map { "\($0.operation) \($0.source)" })
    let text = try String(
      contentsOfFile: Project.path(
        "Sources/Ports/Ext4SerializeUnalignedAIO/Ext4FileWriteAfter.swift"), encoding: .utf8)
    let lines = text.components(separatedBy: "\n")
    for (operation, part) in [
      ("mutex_lock", "kernel.mutexLock("), ("atomic_read", "kernel.atomicRead("),
      ("i_size", "kernel.iSize("), ("mutex_unlock", "kernel.mutexUnlock("),
    ] {
      let line = try #require(lines.firstIndex { $0.contains(part) }) + 1
      #expect(sources.contains("\(operation) Ext4FileWriteAfter.swift:\(line)"), "\(operation)")
    }
  }

  /// A task that releases a mutex which it does not hold.
  private struct WrongUnlock: Program {
    struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
      var description: String { "done" }
      static func < (a: Outcome, b: Outcome) -> Bool { false }
    }

    func start(_ scheduler: Scheduler) -> Kernel {
      let kernel = Kernel(scheduler, KernelConfiguration())
      let mutex = kernel.aioMutexes[0]
      scheduler.spawn("holder") {
        await kernel.mutexLock(mutex)
        await kernel.mutexUnlock(mutex)
      }
      scheduler.spawn("other") { await kernel.mutexUnlock(mutex) }
      return kernel
    }
    func outcome(_ world: Kernel) -> Outcome { Outcome() }
    func fingerprint(_ world: Kernel) -> Fingerprint { world.fingerprint }
  }

  @Test func aMutexIsUnlockedByItsHolderOnly() throws {
    for strategy in [Strategy.reduced, .reducedStates] {
      let found = Explorer(WrongUnlock(), limits: Self.limits).explore(strategy)
      #expect(found.verdict == .violation)
      let complaint = try #require(found.witness?.complaint)
      #expect(
        complaint.contains(" unlocks aio_mutex[0], which it does not hold (ScenarioTests.swift:"))
    }
  }

  /// Small enough for no reduction at all.
  @Test func withNoReductionAtAllTheSameComesOut() {
    let writers: [AIOScenario.Writer] = (0..<3).map { number in
      var writer = AIOScenario.Writer(pos: number < 2 ? 0 : 512, count: 512)
      writer.isDirect = false
      return writer
    }
    for function in [FileWrite.before, .after] {
      let program = AIOScenario(function, Array(writers.dropFirst()), state: .written)
      let explorer = Explorer(program, limits: Self.limits)
      let whole = explorer.explore(.unreduced)
      let reduced = explorer.explore(.reduced)
      #expect(whole.isComplete && whole.outcomes == reduced.outcomes)
      #expect(whole.verdict == reduced.verdict)
      #expect(reduced.executions <= whole.executions)
      if function == .after { #expect(reduced.executions < whole.executions) }
    }
  }

  @Test func aDeadlockNamesWhoWaitsForWhom() throws {
    let found = try explore("two-writers", .variant(Ext4Variant.waitUnderIMutex), .reduced)
    let waiting = try #require(found.witness?.waiting)
    let worker = try #require(waiting.first { $0.task == "worker" })
    #expect(worker.operation == "mutex_lock(i_mutex(12))" && worker.holder != nil)
    #expect(waiting.contains { $0.operation.hasPrefix("schedule(ioend_wq") })
    // Not inevitable: there are orders in which all is well.
    #expect(found.outcomes == ["all"])
  }

  @Test func aCounterexampleIsAsSimpleAsAny() throws {
    let scenario = try Self.scenario("two-writers")
    for version in [
      PortVersion.before, .variant(Ext4Variant.noWait), .variant(Ext4Variant.waitThenLock),
    ] {
      let program = scenario.program(version)
      let witness = try #require(program.simplest(preemptions: 6, limits: Self.limits))
      // Breadth first over the number of preemptions: none of the bounds below shows it.
      for bound in 0..<witness.preemptions {
        #expect(program.explore(.states(preemptions: bound), limits: Self.limits).witness == nil)
      }
      let again = program.explore(.replay(witness.schedule), limits: Self.limits)
      #expect(again.witness?.complaint == witness.complaint)
      #expect(again.witness?.schedule == witness.schedule)
      let tables = (0..<2).map { _ in program.trace(witness.schedule) }
      #expect(tables[0].steps.map(\.operation) == tables[1].steps.map(\.operation))
      #expect(tables[0].outcome == tables[1].outcome && tables[0].outcome != nil)
    }
  }

  /// Each mutant gives itself away in some scenario in which the port does not.
  @Test(arguments: [
    (Ext4Variant.noWait, "two-writers"), (.noMutex, "two-writers"),
    (.waitThenLock, "two-writers"), (.waitUnderIMutex, "two-writers"),
    (.unlockEarly, "two-writers"), (.startOnly, "two-writers"), (.greaterSize, "size-mutant"),
  ])
  func everyMutantIsKilled(_ mutant: Ext4Variant, _ name: String) throws {
    func make(_ version: PortVersion) throws -> any PortProgram {
      switch name {
      // Exactly at the size: not serialised by the port, whose extending writes wait anyway.
      case "size-mutant":
        AIOScenario(
          FileWrite(version), [.init(pos: 1024, count: 512)], size: 1024,
          configuration: KernelConfiguration(stepsInPrintk: false), watches: [.warnings])
      default: try Self.scenario(name).program(version)
      }
    }
    func explore(_ version: PortVersion) throws -> ScenarioResult {
      try make(version).explore(.reduced, limits: Self.limits)
    }
    let (port, other) = (try explore(.after), try explore(.variant(mutant)))
    // The control: what shows the mutant is its one change, not how variants are written.
    let control = try explore(.variant(Ext4Variant.unchanged))
    #expect(control.outcomes == port.outcomes && control.verdict == port.verdict)
    #expect(control.steps == port.steps && control.executions == port.executions)
    #expect(port.verdict == .exhausted)
    if name == "size-mutant" {
      // One task, one order: the port takes no hashed mutex there, and the mutant does.
      func locks(_ version: PortVersion, _ found: ScenarioResult) throws -> Bool {
        let program = try make(version)
        return found.schedules.values.contains { schedule in
          program.trace(schedule).steps.contains { step in
            step.objects.contains { $0.hasPrefix("aio_mutex") }
          }
        }
      }
      #expect(try !locks(.after, port))
      #expect(try locks(.variant(mutant), other))
    } else {
      #expect(other.verdict != .exhausted)
    }
  }

  /// With another number of buckets the two inodes of a bucket part, or two others meet.
  @Test func aWrongNumberOfBucketsIsSeen() throws {
    func waits(_ buckets: Int, _ address: UInt) -> Bool {
      let program = AIOScenario(
        .after, [.init(pos: 0, count: 512), AIOScenario.Writer(pos: 512, count: 512, inode: 1)],
        addresses: [0x1000, address],
        configuration: KernelConfiguration(
          bucketCount: buckets, stepsInPrintk: false, watchesBios: true),
        watches: [.bios])
      let found = Explorer(program, limits: Self.limits).explore(.reduced)
      return !found.outcomes.contains { $0.description.contains("2 in flight") }
    }
    // No task waits on another inode's counter, so what shows is the lock; both are on their way.
    let pairs: [(Int, UInt, Bool)] = [
      (37, 37, true), (37, 36, false), (36, 37, false), (36, 36, true),
    ]
    for (buckets, apart, isShared) in pairs {
      let found = Explorer(
        Buckets(count: buckets, addresses: [0x1000, 0x1000 + apart]), limits: Self.limits
      ).explore(.reduced)
      #expect(found.outcomes.map(\.isShared) == [isShared])
    }
    #expect(!waits(37, 0x1000 + 37))
  }

  /// Two inodes and no task: whether they share a hashed mutex and a wait queue.
  private struct Buckets: Program {
    struct Outcome: Hashable, Comparable, Sendable, CustomStringConvertible {
      var isShared: Bool
      var description: String { isShared ? "shared" : "apart" }
      static func < (a: Outcome, b: Outcome) -> Bool { !a.isShared && b.isShared }
    }
    var count: Int
    var addresses: [UInt]

    func start(_ scheduler: Scheduler) -> (kernel: Kernel, inodes: [Inode]) {
      let kernel = Kernel(scheduler, KernelConfiguration(bucketCount: count))
      let inodes = addresses.map {
        Inode(
          kernel, number: $0, address: $0, superBlock: SuperBlock(), size: 0, blocks: 0,
          state: .hole)
      }
      return (kernel, inodes)
    }

    func outcome(_ world: (kernel: Kernel, inodes: [Inode])) -> Outcome {
      let (a, b) = (world.inodes[0], world.inodes[1])
      let mutex = world.kernel.ext4AIOMutex(a) === world.kernel.ext4AIOMutex(b)
      let queue = world.kernel.ext4IOEndWQ(a) === world.kernel.ext4IOEndWQ(b)
      #expect(mutex == queue)
      return Outcome(isShared: mutex && queue)
    }

    func fingerprint(_ world: (kernel: Kernel, inodes: [Inode])) -> Fingerprint {
      world.kernel.fingerprint
    }
  }

  @Test func samplingFindsTheCorruptionToo() throws {
    for strategy in [
      Strategy.random(seed: 1, count: 300), .priorities(seed: 1, depth: 3, count: 300),
    ] {
      let found = try explore("two-writers", .before, strategy)
      #expect(found.verdict == .violation && !found.isComplete)
      let after = try explore("two-writers", .after, strategy)
      #expect(after.verdict == .boundReached)
    }
  }

  /// A program that remembers the kernels that it made, without keeping them.
  private struct Remembered: Program {
    final class Kernels: @unchecked Sendable {
      struct Reference {
        weak var kernel: Kernel?
      }
      // One thread runs the explorer.
      var made: [Reference] = []
    }
    var base: AIOScenario
    var kernels = Kernels()

    func start(_ scheduler: Scheduler) -> AIOScenario.World {
      let world = base.start(scheduler)
      kernels.made.append(.init(kernel: base.observe(world).kernel))
      return world
    }
    func outcome(_ world: AIOScenario.World) -> AIOScenario.Outcome { base.outcome(world) }
    func fingerprint(_ world: AIOScenario.World) -> Fingerprint { base.fingerprint(world) }
  }

  /// However an execution ends, it is freed: a search of 171,252 executions has to fit into memory.
  @Test(arguments: [Strategy.reduced, .reducedStates, .random(seed: 1, count: 50)])
  func anExecutionLeavesNothingBehind(_ strategy: Strategy) {
    for function in [FileWrite.before, .after] {
      let program = Remembered(
        base: AIOScenario(function, (0..<2).map { .init(pos: $0 * 512, count: 512) }))
      for steps in [20, 1000] {
        let limits = Limits(executions: 100, steps: steps)
        _ = Explorer(program, limits: limits).explore(strategy)
      }
      #expect(program.kernels.made.count > 10)
      #expect(program.kernels.made.allSatisfy { $0.kernel == nil })
    }
  }
}
