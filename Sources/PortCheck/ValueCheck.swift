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

    var lines: [String] {
      calls.map { String($0.description.dropFirst(3)) }
        + [blockedAt.map { "waits in \($0)" } ?? "returns \(value)"]
        + (state.isEmpty ? [] : ["leaves \(state.map(String.init).joined(separator: " "))"])
    }
  }

  /// A way through the function: what it asks, and whether it returns less than, more than or just
  /// 0 or 1.
  private struct Way: Hashable {
    var primitives: [Primitive]
    var value: Int64
  }

  func run(count: Int, seed: UInt64) -> ValueComparison {
    var comparison = ValueComparison(
      function: function.name, side: function.side, cases: 0, paths: 0)
    var random: any RandomNumberGenerator = SampleRandom(seed: seed)
    var paths: Set<Way> = []
    while comparison.cases < count, worker.failure == nil {
      let cases = (0..<min(Self.batch, count - comparison.cases)).map { _ in made(&random) }
      let results = compare(cases)
      comparison.cases += results.count
      for (port, _) in results {
        paths.insert(
          Way(primitives: port.calls.map(\.primitive), value: max(-2, min(2, port.value))))
      }
      if let first = results.firstIndex(where: { $0.port != $0.c }) {
        comparison.difference = shrunk(cases[first])
        break
      }
      if results.count < cases.count { break }
    }
    comparison.paths = paths.count
    comparison.failure = worker.failure
    return comparison
  }

  /// A row of numbers: edges more often than not.
  private func made(_ random: inout any RandomNumberGenerator) -> [Int64] {
    var values = domain.parameters.map { parameter -> Int64 in
      guard let range = parameter.range, Int.random(in: 0..<10, using: &random) < 3 else {
        return parameter.edges.randomElement(using: &random) ?? 0
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
  private func compare(_ cases: [[Int64]]) -> [(port: Observed, c: Observed)] {
    let box = Box()
    Scheduler.alone { [self] scheduler in
      let kernel = Kernel(
        scheduler, KernelConfiguration(hz: 250, stepsInPrintk: false))
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
          value: scheduler.blockedAt == nil ? value : 0, state: known.state)
        scheduler.resume()
        worker.invoke(number, words, comm: "writer 1", script: script(observed))
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
            state: ending.state)
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
    primitive == .iSize || primitive == .fFlags
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
    guard case .call(let primitive, let object, let arguments, let text) = reply,
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
  private func shrunk(_ start: [Int64]) -> ValueComparison.Difference {
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
          for member in group { values[member] = candidate }
          tries += 1
          guard let result = compare([values]).first, result.port != result.c else { continue }
          best = values
          isSimpler = true
          break
        }
      }
    }
    let result = compare([best]).first
    return ValueComparison.Difference(
      values: zip(domain.parameters, best).map { "\($0.name) = \($1)" },
      port: result?.port.lines ?? [], c: result?.c.lines ?? [])
  }
}
