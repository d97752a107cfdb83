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
  /// What goes on first.
  case prerequisite
  /// The tree.
  case tree
  /// Putting the patch on the tree.
  case apply
  /// The order within a series.
  case order
  /// Whether the tree has the patch.
  case alreadyThere = "already-there"
  /// Taking the patch back.
  case reverse
  /// The lock beside what came now.
  case drift
  /// Names that the tree lacks.
  case missingSymbol = "missing-symbol"
  /// The rules for messages.
  case trailers
  /// Functions and their ports.
  case portPairing = "port-pairing"
  /// Ports whose C changed.
  case portStale = "port-stale"
  /// Ports beside the C, by values.
  case portValues = "port-values"
  /// Ports beside the C, by traces.
  case portTraces = "port-traces"
  /// The scenarios.
  case scenario
  /// The build command.
  case build

  /// How much a finding weighs.
  public enum Severity: String, Sendable, Hashable, Codable, CaseIterable {
    /// Something does not hold.
    case error
    /// Something that a person had better look at.
    case warning
    /// Something could not be checked; that is no pass.
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
    case .manifest: "patch.yaml can be read, and what it names is there."
    case .lock: "patch.lock can be read, and nobody edited it."
    case .parse: "The patch can be read, and holds nothing whose meaning is unknown."
    case .damage: "The patch was damaged on its way, and what it means is certain all the same."
    case .identity:
      "The patch is the one of the lock, and says the title and the commit of the manifest."
    case .duplicate: "No other patch of the collection makes the same change."
    case .prerequisite: "What has to go on first is there, and nothing goes round in a circle."
    case .tree: "The tree is there and can be read."
    case .apply: "The patch comes to the expected verdict on the tree."
    case .order: "No patch of a series needs one that stands behind it."
    case .alreadyThere: "The tree does not have the patch already."
    case .reverse: "Taking the adapted patch back gives the tree as it was."
    case .drift: "Places and results are the ones that the lock keeps."
    case .missingSymbol:
      "Every name that the patch leans on is in the tree, or in a patch before it."
    case .trailers: "The message is written as the house style wants it."
    case .portPairing: "Every changed function has a port, or the reason that it has none."
    case .portStale: "The C of each port is the one that the port was written for."
    case .portValues: "Ports and the patch's own C give the same results for the same values."
    case .portTraces: "Ports and the patch's own C have the same executions in every scenario."
    case .scenario: "Each scenario ends as the manifest says, in every order of its steps."
    case .build: "The build command succeeds in a copy of the tree with the patches on it."
    }
  }
}
