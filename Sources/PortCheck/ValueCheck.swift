// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave
internal import KernelModel
package import Ports

/// The result of comparing a function with its port, value by value.
package struct ValueComparison: Sendable {
  /// A case on which the two differ, as small as it could be made.
  package struct Difference: Sendable, Hashable {
    /// The numbers by name.
    package var values: [String]
    /// What the port asked of the kernel, and how it ended.
    package var port: [String]
    /// The same of the C.
    package var c: [String]
  }

  /// The function.
  package var function: String
  /// The side of the patch.
  package var side: PatchSide
  /// How many cases were compared.
  package var cases: Int
  /// How many different rows of primitives the port went through in them.
  package var paths: Int
  /// The smallest difference; nil where there is none.
  package var difference: Difference?
  /// Why it was broken off, where it was.
  package var failure: String?
}

/// Compares a function of C with its port on made-up values: results, what it asks of the kernel and in
/// which order, and what it leaves in its arguments.
///
/// The port runs first, and its kernel's answers become the C's: so both see the same kernel, and the
/// C is asked nothing that takes longer than a function call.
struct ValueCheck {
  private let function: PortedFunction
  private let domain: ValueDomain
  private let number: Int
  private let unit: CUnit
  private let worker: CWorker
  private let numbers: [Primitive: Int64]
  private let names: [Primitive?]

  private static let batch = 256
  /// The ticks a second that kernels are built with; a batch of cases has one of them.
  private static let frequencies: [UInt] = [250, 1000, 100, 300]
  /// The most cases that vary one number of a case that takes a new path.
  private static let mostVariations = 60_000
  /// A task that could not continue ends its script with this flag.
  private static let blocked: Int64 = 1 << 32

  /// Nil where the function cannot be tried with values.
  init?(_ function: PortedFunction, _ unit: CUnit, _ worker: CWorker) {
    guard let domain = function.values, let number = unit.functions.firstIndex(of: function.name)
    else { return nil }
    self.function = function
    self.domain = domain
    self.number = number
    self.unit = unit
    self.worker = worker
    names = worker.primitives.map { Primitive(rawValue: $0) }
    var numbers: [Primitive: Int64] = [:]
    for (index, name) in names.enumerated() {
      if let name { numbers[name] = Int64(index) }
    }
    self.numbers = numbers
  }

  /// What a run showed.
  private struct Observed: Equatable {
    var calls: [PrimitiveCall]
    var blockedAt: String?
    var value: Int64
    var state: [Int64]
    var stray = ""

    var lines: [String] {
      calls.map { String($0.description.dropFirst(3)) }
        + [blockedAt.map { "waits in \($0)" } ?? "returns \(value)"]
        + (stray.isEmpty ? [] : ["stores to \(stray)"])
        + (state.isEmpty ? [] : ["leaves \(state.map(String.init).joined(separator: " "))"])
    }
  }

  /// A way through the function: what it asks, and whether it returns less than, more than or just
  /// 0 or 1.
  private struct Way: Hashable {
    var primitives: [Primitive]
    var value: Int64
  }

  /// A case: the numbers, and the ticks a second of the kernel.
  private struct Case {
    var values: [Int64]
    var frequency: UInt
  }

  func run(count: Int, seed: UInt64) -> ValueComparison {
    var comparison = ValueComparison(
      function: function.name, side: function.side, cases: 0, paths: 0)
    var random: any RandomNumberGenerator = SampleRandom(seed: seed)
    var paths: Set<Way> = []
    // The first case of each way through the function, whose numbers are then varied one by one.
    var first: [Case] = []
    let size = min(Self.batch, max(1, count / Self.frequencies.count))
    /// Whether to continue.
    func take(_ cases: [[Int64]], _ frequency: UInt) -> Bool {
      let results = compare(cases, frequency)
      comparison.cases += results.count
      for (values, (port, _)) in zip(cases, results) {
        let way = Way(primitives: port.calls.map(\.primitive), value: max(-2, min(2, port.value)))
        if paths.insert(way).inserted { first.append(Case(values: values, frequency: frequency)) }
      }
      if let different = results.firstIndex(where: { $0.port != $0.c }) {
        comparison.difference = shrunk(cases[different], frequency)
        return false
      }
      return results.count == cases.count && worker.failure == nil
    }
    var continues = worker.failure == nil
    var batches = 0
    while continues, comparison.cases < count {
      let cases = (0..<min(size, count - comparison.cases)).map { _ in made(&random) }
      continues = take(cases, Self.frequencies[batches % Self.frequencies.count])
      batches += 1
    }
    let most = comparison.cases + min(Self.mostVariations, 20 * count)
    var next = 0
    while continues, next < first.count, comparison.cases < most {
      var cases = variations(of: first[next].values)
      while continues, !cases.isEmpty {
        continues = take(Array(cases.prefix(Self.batch)), first[next].frequency)
        cases.removeFirst(min(Self.batch, cases.count))
      }
      next += 1
    }
    // Several numbers at constants of the C: what two conditions together choose.
    let combined = comparison.cases + min(Self.mostVariations / 4, 4 * count)
    while continues, comparison.cases < combined,
      let base = first.randomElement(using: &random), !unit.constants.isEmpty
    {
      continues = take(
        (0..<size).map { _ in combination(base.values, &random) }, base.frequency)
    }
    comparison.paths = paths.count
    comparison.failure = worker.failure
    return comparison
  }

  /// A case with each of its numbers in turn at every edge, and at the constants of the C.
  private func variations(of values: [Int64]) -> [[Int64]] {
    domain.parameters.indices.flatMap { index in
      let parameter = domain.parameters[index]
      let own = parameter.range.map { range in unit.literals.filter(range.contains) } ?? []
      return (parameter.edges + own).filter { $0 != values[index] }.map { value in
        var varied = values
        varied[index] = value
        return varied
      }
    }
  }

  /// A case with some of its numbers at constants of the C.
  private func combination(
    _ values: [Int64], _ random: inout any RandomNumberGenerator
  ) -> [Int64] {
    zip(domain.parameters, values).map { parameter, value in
      guard let range = parameter.range, Int.random(in: 0..<3, using: &random) == 0,
        let constant = unit.constants.randomElement(using: &random), range.contains(constant)
      else { return value }
      return constant
    }
  }

  /// A row of numbers: edges more often than not, and now and then constants of the C.
  private func made(_ random: inout any RandomNumberGenerator) -> [Int64] {
    var values = domain.parameters.map { parameter -> Int64 in
      guard let range = parameter.range, Int.random(in: 0..<10, using: &random) < 3 else {
        return parameter.edges.randomElement(using: &random) ?? 0
      }
      if Int.random(in: 0..<4, using: &random) == 0,
        let literal = unit.literals.randomElement(using: &random), range.contains(literal)
      {
        return literal
      }
      // Of any size, not only of the largest.
      let bits = Int.random(in: 1...63, using: &random)
      let value = Int64.random(in: range, using: &random) >> Int64(63 - bits)
      return range.contains(value) ? value : Int64.random(in: range, using: &random)
    }
    domain.relate(&values, &random)
    return values
  }

  /// Runs cases with the port and with the C.
  private func compare(
    _ cases: [[Int64]], _ frequency: UInt
  ) -> [(port: Observed, c: Observed)] {
    let box = Box()
    Scheduler.alone { [self] scheduler in
      let kernel = Kernel(
        scheduler, KernelConfiguration(hz: frequency, stepsInPrintk: false))
      kernel.calls = []
      await ready(kernel)
      for values in cases {
        kernel.reboot(jiffies: 1)
        var known = KnownObjects(kernel)
        var new: [Definition] = [.kernel(kernel)]
        let call = domain.prepare(kernel, values)
        let words = call.arguments.map { known.word(for: $0, &new) }
        worker.reset()
        for definition in new { worker.define(definition) }
        let value = await call.run()
        let observed = Observed(
          calls: kernel.calls ?? [], blockedAt: scheduler.blockedAt,
          value: scheduler.blockedAt == nil ? value : 0,
          // A port that waits for ever is run to its end with steps that do nothing: what memory holds then
          // says nothing.
          state: scheduler.blockedAt == nil ? known.state : [])
        scheduler.resume()
        worker.invoke(number, words, comm: kernel.currentComm, script: script(observed))
        box.observed.append(observed)
      }
    }
    var results: [(Observed, Observed)] = []
    worker.results(cases.count) { replies, ending in
      var port = box.observed[results.count]
      if !worker.hasMemoryHooks { port.calls.removeAll { Self.isPlainRead($0.primitive) } }
      var calls = replies.compactMap(call)
      var blockedAt: String?
      if ending.how == .brokenOff {
        // What it waits in was asked for, and not done.
        blockedAt = calls.popLast()?.primitive.rawValue
      } else if ending.how != .returned {
        blockedAt = ending.how == .failed ? ending.why : "another call than the port's"
      }
      for (index, call) in port.calls.enumerated() where index < calls.count {
        calls[index].result = call.result
      }
      results.append(
        (
          port,
          Observed(
            calls: calls, blockedAt: blockedAt, value: blockedAt == nil ? ending.value : 0,
            state: blockedAt == nil ? ending.state : [], stray: ending.stray)
        ))
    }
    return results
  }

  private func ready(_ kernel: Kernel) async {
    if domain.preparations.isEmpty { return }
    let functions = CFunctions(worker, unit)
    for name in domain.preparations {
      _ = await functions.call(name, [], on: kernel, comm: "init")
    }
  }

  private static func isPlainRead(_ primitive: Primitive) -> Bool {
    primitive == .iSize || primitive == .fFlags || primitive == .iDisksize
  }

  private func script(_ observed: Observed) -> [Int64] {
    var words: [Int64] = []
    for call in observed.calls {
      if !worker.hasMemoryHooks, Self.isPlainRead(call.primitive) { continue }
      words.append(numbers[call.primitive] ?? -1)
      words.append(call.result)
    }
    if let blockedAt = observed.blockedAt, let primitive = Primitive(rawValue: blockedAt) {
      words.append((numbers[primitive] ?? -1) | Self.blocked)
      words.append(0)
    }
    return words
  }

  private func call(_ reply: CWorker.Reply) -> PrimitiveCall? {
    guard case .call(let primitive, let object, let arguments, let text, _) = reply,
      names.indices.contains(primitive), let name = names[primitive]
    else { return nil }
    return PrimitiveCall(task: 0, name, object: object, arguments: arguments, text: text)
  }

  private final class Box: @unchecked Sendable {
    // Filled while Scheduler.alone runs, on this thread.
    var observed: [Observed] = []
  }

  // MARK: Shrinking

  private static let mostTries = 400

  /// The case with every number as simple as it can be for the two still to differ.
  private func shrunk(_ start: [Int64], _ frequency: UInt) -> ValueComparison.Difference {
    var best = start
    var tries = 0
    var isSimpler = true
    while isSimpler, tries < Self.mostTries {
      isSimpler = false
      for (index, parameter) in domain.parameters.enumerated() {
        var candidates = parameter.edges.prefix { $0 != best[index] } + []
        if !parameter.edges.contains(best[index]) {
          candidates += [
            best[index] / 2, best[index] / 16 * 16, best[index] - best[index].signum(),
          ]
          if let range = parameter.range { candidates.removeAll { !range.contains($0) } }
        }
        // Alone, then together with the numbers that are the same: both may have to be.
        let equal = best.indices.filter { best[$0] == best[index] }
        let groups = equal.count > 1 ? [[index], equal] : [[index]]
        let attempts = groups.flatMap { group in candidates.map { (group, $0) } }
        for (group, candidate) in attempts
        where candidate != best[index] && tries < Self.mostTries {
          var values = best
          for member in group where domain.parameters[member].allows(candidate) {
            values[member] = candidate
          }
          tries += 1
          guard let result = compare([values], frequency).first, result.port != result.c else {
            continue
          }
          best = values
          isSimpler = true
          break
        }
      }
    }
    let result = compare([best], frequency).first
    return ValueComparison.Difference(
      values: zip(domain.parameters, best).map { "\($0.name) = \($1)" } + ["HZ = \(frequency)"],
      port: result?.port.lines ?? [], c: result?.c.lines ?? [])
  }
}
