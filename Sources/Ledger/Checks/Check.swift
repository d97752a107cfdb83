// SPDX-License-Identifier: GPL-2.0-only

/// Something that `patchkit verify` looks at; the ids do not change.
public enum Check: String, Sendable, Hashable, Codable, CaseIterable {
  /// The manifest.
  case manifest
  /// The lock.
  case lock
  /// Reading the patch.
  case parse
  /// Damage with a certain meaning.
  case damage
  /// What the patch says of itself.
  case identity
  /// Equal patches.
  case duplicate
  /// What has to be applied first.
  case prerequisite
  /// The tree.
  case tree
  /// Putting the patch on the tree.
  case apply
  /// The order within a series.
  case order
  /// Whether the tree has the patch.
  case alreadyApplied = "already-applied"
  /// Later fixes and reverts upstream.
  case followUp = "follow-up"
  /// Reverse-applying the patch.
  case reverse
  /// The lock compared with the present results.
  case drift
  /// Names that the tree lacks.
  case missingSymbol = "missing-symbol"
  /// The rules for messages.
  case trailers
  /// Functions and their ports.
  case portPairing = "port-pairing"
  /// Ports whose C changed.
  case portStale = "port-stale"
  /// Ports compared with the C, by values.
  case portValues = "port-values"
  /// Ports compared with the C, by traces.
  case portTraces = "port-traces"
  /// The scenarios.
  case scenario
  /// What the patch does to the scenarios.
  case regression
  /// The commands that build a tree and run what was built.
  case build

  /// How much a finding weighs.
  public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
    /// Something does not hold.
    case error
    /// A finding that the user should check.
    case warning
    /// Something could not be checked, which is not a pass.
    case notChecked = "not-checked"
    /// Something worth saying.
    case note
  }

  /// How much its findings weigh, where they do not say otherwise.
  public var severity: Severity {
    switch self {
    case .damage, .duplicate, .missingSymbol: .warning
    case .tree: .notChecked
    default: .error
    }
  }

  /// What it is about, as one sentence.
  public var summary: String {
    switch self {
    case .manifest: "patch.yaml can be read, and everything that it names exists."
    case .lock: "patch.lock can be read and was not edited."
    case .parse: "The patch can be read, and the meaning of every line is known."
    case .damage: "The patch is damaged, but its meaning is certain."
    case .identity:
      "The patch is the recorded one, with the title and the commit of the manifest."
    case .duplicate: "No other patch of the collection makes the same change."
    case .prerequisite: "Every prerequisite exists and applies, and there is no cycle."
    case .tree: "The tree exists and can be read."
    case .apply: "The patch has the expected verdict on the tree."
    case .order: "No patch of a series depends on a later one."
    case .alreadyApplied: "The patch is not already applied to the tree."
    case .followUp: "The tree has every later fix and revert of the patch upstream."
    case .reverse: "Reverse-applying the adapted patch restores the tree."
    case .drift: "Positions and results are the recorded ones."
    case .missingSymbol:
      "Every name that the patch uses is in the tree or in an earlier patch."
    case .trailers: "The message follows the distribution style."
    case .portPairing: "Every changed function has a port, or a reason for having none."
    case .portStale: "The C of each port has not changed since the port was written."
    case .portValues: "Ports and the patch's C give the same results for the same values."
    case .portTraces: "Ports and the patch's C have the same executions in every scenario."
    case .scenario: "Each scenario ends as the manifest says, in every interleaving."
    case .regression:
      "No scenario that holds before the patch fails after it, unless the manifest expects one."
    case .build: "The commands that build and run succeed in a copy of the patched tree."
    }
  }
}
