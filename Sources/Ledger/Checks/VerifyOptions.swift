// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import Backport
package import PortCheck

/// How a collection is verified.
public struct VerifyOptions: Sendable {
  /// Whose names are looked up in the trees.
  package enum Symbols: String, Sendable, CaseIterable {
    /// Of folders with a manifest.
    case manifest
    /// Of all.
    case all
    /// Of none.
    case none
  }

  /// Trees for every folder, in addition to those of the manifests.
  public var trees: [PatchManifest.Tree] = []
  /// Checks that are left out.
  public var skipped: Set<Check> = []
  /// The part that is looked at; nil for all.
  package var shard: Shard?
  /// The paths from the root of the file system that changed; nil looks at everything.
  package var changed: Set<String>?
  /// How ports are checked.
  package var ports: PortCheckOptions
  /// Whose names are looked up.
  package var symbols = Symbols.manifest
  /// Whether the trees' own histories are looked through for the patches.
  package var searchesHistory = false
  /// The upstream history that is searched for later fixes and reverts; nil searches none.
  package var upstream: (repository: String, revision: String)?
  /// What was decided about conflicts, for trees whose patches are adapted; nil where nothing was.
  package var memory: ResolutionMemory?
  /// After how many seconds a build is stopped; nil runs none.
  package var buildLimit: Int?
  /// Whether what earlier runs found is taken and kept.
  public var usesCache = true
  /// Whether locks are written; the findings of a lock are then left out.
  package var updates = false
  /// Whether the reports show the patches' text.
  package var keepsText = false

  /// Makes options for a run that checks everything.
  public init() { self.init(ports: PortCheckOptions(compiler: CCompiler.find())) }

  /// Makes options.
  package init(ports: PortCheckOptions) { self.ports = ports }

  func isOn(_ check: Check) -> Bool { !skipped.contains(check) }

  /// What the result depends on in addition to the patches and the trees; not the shard.
  var description: String {
    let trees = trees.map { "\($0)" }.joined(separator: " ")
    let checks = skipped.map(\.rawValue).sorted().joined(separator: " ")
    return
      "\(trees) | \(checks) | \(symbols) | \(searchesHistory) | \(upstream?.repository ?? "") | \(buildLimit != nil) | \(ports.values) "
      + "\(ports.seed) \(ports.limits)"
  }
}
