// SPDX-License-Identifier: GPL-2.0-only

internal import Interleave

/// The calls of the C that asked for the steps of an execution: addresses while it runs, lines in a report.
struct CallSites {
  /// The addresses, sorted.
  let addresses: [UInt]

  /// The source of a step, as text with the addresses that led to it: `@401a2c,401b07`.
  ///
  /// - Parameter callers: return addresses, innermost first.
  static func source(_ callers: [UInt]) -> SourceLine {
    SourceLine(
      text: "@" + callers.map { String($0, radix: 16) }.joined(separator: ","),
      number: callers.first ?? 0)
  }

  /// Collects the addresses of an execution.
  init(in witness: Witness?, _ trace: ExecutionTrace?) {
    var texts = trace.map { $0.steps.map(\.source) + $0.waiting.map(\.source) } ?? []
    if let witness { texts += [witness.complaint] + witness.waiting.map(\.source) }
    addresses = Set(texts.flatMap { Self.addresses(in: $0).flatMap(\.addresses) }).sorted()
  }

  /// A witness with lines.
  ///
  /// - Parameters:
  ///   - lines: the lines at addresses.
  ///   - other: what to print for an address without a line.
  func named(_ witness: Witness, _ lines: [UInt: String], other: String) -> Witness {
    var witness = witness
    witness.complaint = Self.named(witness.complaint, lines, other)
    witness.waiting = witness.waiting.map { Self.named($0, lines, other) }
    return witness
  }

  /// An execution with lines.
  func named(_ trace: ExecutionTrace, _ lines: [UInt: String], other: String) -> ExecutionTrace {
    var trace = trace
    for index in trace.steps.indices {
      trace.steps[index].source = Self.named(trace.steps[index].source, lines, other)
    }
    trace.waiting = trace.waiting.map { Self.named($0, lines, other) }
    return trace
  }

  private static func named(_ waiting: Waiting, _ lines: [UInt: String], _ other: String)
    -> Waiting
  {
    var waiting = waiting
    waiting.source = named(waiting.source, lines, other)
    return waiting
  }

  private static func named(_ text: String, _ lines: [UInt: String], _ other: String) -> String {
    var text = text
    for (encoded, addresses) in addresses(in: text) {
      // The line of the function that the step belongs to: in a file, or else in a header.
      let known = addresses.compactMap { lines[$0] }
      let line = known.first { $0.contains(".c:") && $0 != other } ?? known.first ?? other
      text = text.replacing(encoded, with: line)
    }
    return text
  }

  /// The addresses that a text has: each as it is written there, and as numbers.
  private static func addresses(in text: String) -> [(encoded: String, addresses: [UInt])] {
    var found: [(String, [UInt])] = []
    let parts = text.split(separator: "@" as Character, omittingEmptySubsequences: false)
    for part in parts.dropFirst() {
      let encoded = part.prefix { $0.isHexDigit || $0 == "," }
      // A return address is that of the next instruction.
      let numbers = encoded.split(separator: "," as Character).compactMap { UInt($0, radix: 16) }
      if !numbers.isEmpty { found.append(("@" + encoded, numbers.map { $0 &- 1 })) }
    }
    return found
  }
}
