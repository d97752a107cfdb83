// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave
internal import KernelModel
package import Ports

/// The result of comparing the executions of a scenario with the port and with the C.
package struct TraceComparison: Sendable {
  /// The scenario.
  package var scenario: String
  /// The side of the patch.
  package var side: PatchSide
  /// How many different traces the port has.
  package var portTraces: Int
  /// How many the C has.
  package var cTraces: Int
  /// How many executions the port's exploration took.
  package var executions: Int
  /// Whether both explorations covered every interleaving: else they were bounded alike.
  package var isComplete: Bool
  /// The first trace of one that the other has not: what is common, then what differs.
  package var difference: [String]?
  /// Why it was broken off, where it was.
  package var failure: String?
}

/// Explores a scenario twice, with the port and with the C, and compares the sets of traces.
struct TraceCheck {
  static func compare(
    _ scenario: PortScenario, _ side: PatchSide, _ functions: CFunctions, limits: Limits
  ) -> TraceComparison {
    let port = scenario.traces(side, limits: limits, caller: nil)
    let c = scenario.traces(side, limits: limits, caller: functions)
    var comparison = TraceComparison(
      scenario: scenario.name, side: side, portTraces: port.traces.count, cTraces: c.traces.count,
      executions: port.result.executions,
      isComplete: port.result.isComplete && c.result.isComplete)
    comparison.failure = functions.failure
    if comparison.failure != nil { return comparison }
    let onlyC = c.traces.filter { port.traces[$0.key] == nil }
    let onlyPort = port.traces.filter { c.traces[$0.key] == nil }
    if let shortest = onlyC.values.min(by: isShorter) {
      comparison.difference = described(shortest, "the C", port, "the port")
    } else if let shortest = onlyPort.values.min(by: isShorter) {
      comparison.difference = described(shortest, "the port", c, "the C")
    } else if port.result.verdict != c.result.verdict
      || port.result.outcomes != c.result.outcomes
    {
      comparison.difference = [
        "the port ends with \(port.result.verdict.rawValue), "
          + "the C with \(c.result.verdict.rawValue)"
      ]
    }
    return comparison
  }

  private static func isShorter(_ a: [PrimitiveCall], _ b: [PrimitiveCall]) -> Bool {
    (a.count, a.map(\.description).joined()) < (b.count, b.map(\.description).joined())
  }

  /// A trace up to where it departs from all of the other's, and what those have there.
  private static func described(
    _ trace: [PrimitiveCall], _ own: String, _ others: TraceSet, _ other: String
  ) -> [String] {
    var common = 0
    var next: Set<String> = []
    for candidate in others.traces.values {
      let count = zip(trace, candidate).prefix { $0 == $1 }.count
      let following = count < candidate.count ? candidate[count].description : "nothing more"
      if count > common {
        common = count
        next = [following]
      } else if count == common {
        next.insert(following)
      }
    }
    let last = trace[max(0, common - 3)..<common].map { "both    \($0)" }
    let here = common < trace.count ? trace[common].description : "nothing more, or another result"
    return last + ["\(own): \(here)"] + next.sorted().prefix(3).map { "\(other): \($0)" }
  }
}
