// SPDX-License-Identifier: GPL-2.0-only

/// The ports of a patch: which Swift function is the port of each C function, and what is run to compare
/// the two.
package struct PatchPort: Sendable {
  /// A change to the patch's functions that a scenario can be run with: a mutant, or a later fix.
  package struct Variant: Sendable, Hashable {
    /// The variant's name on the command line.
    package var name: String
    /// What is changed, as one sentence without a full stop.
    package var summary: String

    /// Describes a variant.
    package init(name: String, summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// The name of the patch's folder in `Patches/`.
  package var patch: String
  /// The patch's subject.
  package var title: String
  /// The folder of the Swift sources, from the root of the checkout.
  package var sources: String
  /// The functions that have a port.
  package var functions: [PortedFunction]
  /// The scenarios.
  package var scenarios: [PortScenario]
  /// The variants of the functions that a scenario can be run with.
  package var variants: [Variant]
  /// The timing model of the workload that the patch slows down or speeds up, if it has one.
  package var throughput: ThroughputModel?

  /// Describes the ports of a patch.
  package init(
    patch: String, title: String, sources: String, functions: [PortedFunction],
    scenarios: [PortScenario], variants: [Variant] = [], throughput: ThroughputModel? = nil
  ) {
    self.patch = patch
    self.title = title
    self.sources = sources
    self.functions = functions
    self.scenarios = scenarios
    self.variants = variants
    self.throughput = throughput
  }

  /// The version of the patch's functions with this name; nil if there is no such version.
  package func version(named name: String) -> PortVersion? {
    PatchSide(rawValue: name).map(PortVersion.init)
      ?? variants.first { $0.name == name }.map { .variant($0.name) }
  }

  /// The name that finds a scenario of this patch among all ports: its own, or `PATCH/SCENARIO` where
  /// another patch has a scenario of the same name.
  package func reference(to scenario: PortScenario, among ports: [PatchPort] = all) -> String {
    let isUnique = !ports.contains { other in
      other.patch != patch && other.scenarios.contains { $0.name == scenario.name }
    }
    return isUnique ? scenario.name : "\(patch)/\(scenario.name)"
  }
}

extension PatchPort {
  /// The ports of every patch that has any.
  ///
  /// `patchkit port new` adds a line here.
  package static let all: [PatchPort] = [
    .ext4SerializeUnalignedAIO,
    .ext4CountUnwrittenAIO,
    .ext4UnserializeUnalignedDIO,
  ]

  /// The ports of a patch, by the name of its folder; nil if it has none.
  package static func named(_ name: String) -> PatchPort? { all.first { $0.patch == name } }

  /// Every scenario that a name means: `SCENARIO`, or `PATCH/SCENARIO`.
  ///
  /// More than one if several patches have a scenario of that name.
  package static func scenarios(
    named name: String, among ports: [PatchPort] = all
  ) -> [(port: PatchPort, scenario: PortScenario)] {
    ports.flatMap { port in
      port.scenarios.filter { $0.name == name || "\(port.patch)/\($0.name)" == name }
        .map { (port, $0) }
    }
  }
}
