// SPDX-License-Identifier: GPL-2.0-only

package import Interleave
package import Ports

/// The ports of every patch: what can be run, and what is claimed of it.
package struct PortListReport: Encodable, Sendable {
  /// The ports of one patch.
  package struct Port: Encodable, Sendable {
    /// The patch's folder.
    package var patch: String
    /// The patch's subject.
    package var title: String
    /// The C functions that have a port.
    package var functions: [Function]
    /// The scenarios.
    package var scenarios: [Scenario]
    /// The variants that a scenario can be run with.
    package var variants: [Variant]
    /// What `port throughput` compares; absent if the patch has no workload.
    package var throughput: String?
  }

  /// A C function and its port.
  package struct Function: Encodable, Sendable {
    /// The function's name in C.
    package var name: String
    /// The path of its C file.
    package var path: String
    /// Which side of the patch the port is of: `before` or `after`.
    package var side: String
    /// The port's name in Swift.
    package var port: String
  }

  /// A scenario.
  package struct Scenario: Encodable, Sendable {
    /// The scenario's name.
    package var name: String
    /// The name that finds it on the command line: `NAME`, or `PATCH/NAME` if another patch has a
    /// scenario of the same name.
    package var reference: String
    /// What happens in it.
    package var summary: String
    /// Where the claims are from.
    package var source: String
    /// What is claimed of it.
    package var claims: [Claim]
  }

  /// What is claimed of a scenario with one version of the functions.
  package struct Claim: Encodable, Sendable {
    /// `before`, `after` or the name of a variant.
    package var function: String
    /// How the exploration ends.
    package var verdict: ExplorationVerdict
    /// Every outcome, sorted; absent if nothing is claimed of the outcomes.
    package var outcomes: [String]?
  }

  /// A variant of the functions.
  package struct Variant: Encodable, Sendable {
    /// The variant's name.
    package var name: String
    /// What is changed.
    package var summary: String
  }

  /// The ports, patch by patch.
  package var ports: [Port]

  /// Lists ports.
  package init(_ ports: [PatchPort]) {
    self.ports = ports.map { port in
      Port(
        patch: port.patch, title: port.title,
        functions: port.functions.map { function in
          Function(
            name: function.name, path: function.path, side: function.side.rawValue,
            port: function.port)
        },
        scenarios: port.scenarios.map { scenario in
          Scenario(
            name: scenario.name, reference: port.reference(to: scenario, among: ports),
            summary: scenario.summary, source: scenario.source,
            claims: scenario.claims.map { claim in
              Claim(
                function: claim.version.description, verdict: claim.verdict,
                outcomes: claim.outcomes)
            })
        },
        variants: port.variants.map { Variant(name: $0.name, summary: $0.summary) },
        throughput: port.throughput?.summary)
    }
  }

  /// The report for a terminal.
  package var text: LabeledText {
    var text = LabeledText()
    for port in ports {
      text += "\(.heading, port.patch): \(port.title)\n"
      text += "  functions\n"
      for function in port.functions {
        text += "    \(function.name) (\(function.path), \(function.side)): \(function.port)\n"
      }
      if !port.scenarios.isEmpty { text += "  scenarios\n" }
      for scenario in port.scenarios {
        text += "    \(scenario.reference)\n      \(scenario.summary)\n      \(scenario.source)\n"
      }
      if !port.variants.isEmpty { text += "  variants\n" }
      for variant in port.variants { text += "    \(variant.name)\n      \(variant.summary)\n" }
      if let throughput = port.throughput { text += "  throughput\n    \(throughput)\n" }
    }
    return text
  }
}
