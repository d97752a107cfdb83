// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import Host
package import Interleave
internal import KernelTree
package import PatchFormat
package import Ports

/// What the user expects of the patches of a folder, in its `patch.yaml`.
///
/// A `patch.yaml` in a folder of such folders gives the trees and the style to those below that name
/// none.
public struct PatchManifest: Sendable, Hashable {
  /// Whether the patches build on each other.
  package enum Order: String, Sendable, Hashable, Codable, CaseIterable {
    /// Each is applied after the one before it, in the order of a series file or of their names.
    case series
    /// Each is applied to the tree alone.
    case independent
  }

  /// What is to come of a patch on a tree.
  package enum Expectation: Sendable, Hashable {
    /// It applies as with `patchkit apply`: exact or with an offset.
    case applies
    /// It does not apply: the tree already has it, or does not have what it changes.
    case refused
    /// It has this verdict.
    case verdict(Verdict)

    /// Every word that a manifest may have for it.
    package static let words = ["applies", "refused"] + Verdict.allCases.map(\.rawValue)

    /// The expectation that a word names; nil for any other word.
    package init?(_ word: String) {
      switch word {
      case "applies": self = .applies
      case "refused": self = .refused
      default:
        guard let verdict = Verdict(rawValue: word) else { return nil }
        self = .verdict(verdict)
      }
    }

    /// The word in a manifest.
    package var word: String {
      switch self {
      case .applies: "applies"
      case .refused: "refused"
      case .verdict(let verdict): verdict.rawValue
      }
    }

    /// Whether a verdict is what was expected.
    package func isMet(by verdict: Verdict) -> Bool {
      switch self {
      case .applies: verdict == .exact || verdict == .offset
      case .refused: !verdict.applies
      case .verdict(let wanted): verdict == wanted
      }
    }

    /// Whether the patch goes through the strategies of `patchkit backport`.
    var usesStrategies: Bool {
      switch self {
      case .applies, .refused: false
      case .verdict(let verdict):
        switch verdict {
        case .relocated, .reducedContext, .threeWay, .merged, .leftOut, .partial: true
        default: false
        }
      }
    }
  }

  /// What the patch is to do to its scenarios.
  package enum Behavior: String, Sendable, Hashable, CaseIterable {
    /// No scenario that holds before the patch fails after it.
    case holds
    /// One does: the patch is kept as an example of what a reviewer must refuse.
    case violation
  }

  /// A tree that the patches are meant for.
  public struct Tree: Sendable, Hashable {
    /// The name of the tree in reports, locks and `expect`.
    public var name: String
    /// Where it is, as `--onto` takes it, or a kernel tarball.
    public var location: String
    /// What is to come of each patch.
    package var expect = Expectation.applies
    /// For a tarball: the folders that are taken of it; empty for all.
    package var paths: [String] = []
    /// Whether a missing tree is allowed.
    package var isOptional = false
    /// Whether the lock records the functions of this tree too, although the ports are checked on another.
    package var hasPorts = false
    /// What has to succeed in a copy of the tree with the patches on it, as a line for `sh`.
    package var build: String?
    /// What has to succeed after that in the same copy, such as booting what was built.
    package var run: String?
    /// The file of the folder whose patches are tried on the tree instead of the folder's own: the same
    /// patches, adapted to it.
    package var patch: String?

    /// Makes a tree from a name and a location.
    public init(name: String, location: String) {
      self.name = name
      self.location = location
    }
  }

  /// What is said of a function that the patches change.
  package struct Function: Sendable, Hashable {
    /// The ports of the function.
    package var ports: [String] = []
    /// Why it has none.
    package var reason: String?
  }

  /// A scenario that is explored, and how that is to end.
  package struct Scenario: Sendable, Hashable {
    /// Its name among the scenarios of the patch's ports.
    package var name: String
    /// The side of the patch.
    package var side = PatchSide.after
    /// How the exploration is to end.
    package var expect = ExplorationVerdict.exhausted
    /// Every outcome, as text, sorted; nil where nothing is said of them.
    package var outcomes: [String]?
    /// The most executions.
    package var executions = 100_000
    /// The most steps of one execution.
    package var steps = 1000
  }

  /// What the patch does.
  package var title: String?
  /// The commit that it is upstream, or a part of.
  package var upstream: String?
  /// What the patch is to do to its scenarios.
  package var expect = Behavior.holds
  /// Whether the patches build on each other; nil where the manifest does not say.
  package var order: Order?
  /// The folders next to this one whose patches are applied first.
  package var prerequisites: [String] = []
  /// The trees that it is meant for, the first of which its ports are checked on.
  package var trees: [Tree] = []
  /// The functions that it changes, by their names; nil where nothing is said of them.
  package var functions: [String: Function]?
  /// Names that the trees are known to lack.
  package var missing: [String] = []
  /// The kinds of damage that the patches are known to have.
  package var damage: [String] = []
  /// The scenarios.
  package var scenarios: [Scenario] = []
  /// The distribution style of the messages: what is checked in them, and how they are written.
  package var style: DistributionStyle?

  /// Why changed functions have no port, by their names.
  package var reasons: [String: String] { (functions ?? [:]).compactMapValues(\.reason) }

  /// The manifest of a folder that has none.
  package init() {}

  static let keys = [
    "title", "upstream", "expect", "order", "prerequisites", "trees", "functions", "missing",
    "damage",
    "scenarios", "style",
  ]
  static let treeKeys = [
    "name", "at", "expect", "paths", "optional", "ports", "build", "run", "patch",
  ]
  static let functionKeys = ["ports", "reason"]
  static let scenarioKeys = ["name", "side", "expect", "outcomes", "executions", "steps"]

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - text: the file's text.
  ///   - file: its path; what begins with `./` or `../` is taken from its folder.
  /// - Throws: `PatchkitError` with the line: for invalid YAML, for unknown keys (with the nearest one),
  ///   and for values of the wrong kind.
  package init(_ text: String, file: String) throws(PatchkitError) {
    let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
    let fields = try YAMLReader(text, file: file).fields(Self.keys)
    title = try fields["title"]?.text()
    upstream = try fields["upstream"]?.text()
    if let field = fields["upstream"], let upstream,
      upstream.count < 12 || !upstream.allSatisfy(\.isHexDigit)
    {
      throw field.fail("'\(upstream)' is not a commit id of at least twelve hex digits")
    }
    expect =
      try fields["expect"]?.choice(Behavior.allCases.map(\.rawValue), Behavior.init) ?? .holds
    order = try fields["order"]?.choice(Order.allCases.map(\.rawValue), Order.init)
    prerequisites = try fields["prerequisites"]?.texts() ?? []
    var names: Set<String> = []
    for entry in try fields["trees"]?.list() ?? [] {
      let tree = try Self.tree(entry, below: folder)
      if !names.insert(tree.name).inserted {
        throw entry.fail("two trees are called '\(tree.name)'")
      }
      trees.append(tree)
    }
    if let field = fields["functions"] {
      functions = [:]
      for (name, value) in try field.pairs() {
        let about = try value.fields(Self.functionKeys)
        var function = Function()
        function.ports = try about["ports"]?.texts() ?? []
        function.reason = try about["reason"]?.text()
        guard function.ports.isEmpty != (function.reason == nil) else {
          throw value.fail("a function needs 'ports', or a 'reason' for having none")
        }
        functions?[name] = function
      }
    }
    missing = try fields["missing"]?.texts() ?? []
    for entry in try fields["damage"]?.list() ?? [] {
      damage.append(try entry.choice(DiagnosticID.allCases.map(\.rawValue)) { $0 })
    }
    for entry in try fields["scenarios"]?.list() ?? [] {
      scenarios.append(try Self.scenario(entry))
    }
    style = try fields["style"]?.choice(
      DistributionStyle.allCases.map(\.rawValue), DistributionStyle.init)
  }

  private static func tree(_ entry: YAMLReader, below folder: String) throws(PatchkitError) -> Tree
  {
    let fields = try entry.fields(treeKeys)
    guard let name = try fields["name"]?.text(), let location = try fields["at"]?.text() else {
      throw entry.fail("a tree needs a 'name' and its location 'at'")
    }
    let isRelative = location.hasPrefix("./") || location.hasPrefix("../")
    var tree = Tree(name: name, location: isRelative ? plain(folder + location) : location)
    tree.expect =
      try fields["expect"]?.choice(Expectation.words) { Expectation($0) } ?? .applies
    tree.paths = try fields["paths"]?.texts() ?? []
    tree.isOptional = try fields["optional"]?.flag() ?? false
    tree.hasPorts = try fields["ports"]?.flag() ?? false
    tree.build = try fields["build"]?.text()
    tree.run = try fields["run"]?.text()
    tree.patch = try fields["patch"]?.text()
    if let field = fields["patch"], let patch = tree.patch,
      (try? TreePath(Array(patch.utf8))) == nil
    {
      throw field.fail("'\(patch)' is not the path of a file in the folder")
    }
    // Among the folder's patches, every other command would read it as one more.
    if let field = fields["patch"], let patch = tree.patch, !patch.contains("/") {
      throw field.fail(
        "'\(patch)' is among the folder's own patches: move it to 'adapted/\(patch)', and name that"
      )
    }
    return tree
  }

  /// A path without `./` and without folders followed by `..`.
  private static func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/" as Character) where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    return path.hasPrefix("/") ? "/" + joined : joined.isEmpty ? "." : joined
  }

  private static func scenario(_ entry: YAMLReader) throws(PatchkitError) -> Scenario {
    let fields = try entry.fields(scenarioKeys)
    guard let name = try fields["name"]?.text() else {
      throw entry.fail("a scenario needs a 'name'")
    }
    var scenario = Scenario(name: name)
    scenario.side =
      try fields["side"]?.choice(PatchSide.allCases.map(\.rawValue), PatchSide.init) ?? .after
    scenario.expect =
      try fields["expect"]?.choice(
        ["exhausted", "violation", "deadlock", "livelock", "starvation"], ExplorationVerdict.init)
      ?? .exhausted
    scenario.outcomes = try fields["outcomes"]?.texts()
    scenario.executions = try fields["executions"]?.number(1...100_000_000) ?? 100_000
    scenario.steps = try fields["steps"]?.number(1...1_000_000) ?? 1000
    return scenario
  }

  /// The style that the manifests in the folder of a patch file, and in the folders above it, name; nil if
  /// they name none, or if there are none.
  ///
  /// - Throws: `PatchkitError` for a manifest that cannot be read.
  package static func style(ofPatchAt file: String) throws -> DistributionStyle? {
    var folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    // A patch's folder may be in a folder of patches, of which the outermost has the manifest for all.
    for level in 0..<8 {
      let path = "\(folder)/\(PatchFolder.manifestName)"
      if InputFile.exists(path) {
        let text = String(decoding: try InputFile.read(path, largest: 16 << 20), as: UTF8.self)
        if let style = try PatchManifest(text, file: path).style { return style }
      } else if level > 1 {
        return nil
      }
      folder += "/.."
    }
    return nil
  }

  /// The manifest with what a folder above gives to those that name none.
  func completed(by outer: PatchManifest?) -> PatchManifest {
    guard let outer else { return self }
    var whole = self
    if trees.isEmpty { whole.trees = outer.trees }
    if style == nil { whole.style = outer.style }
    if order == nil { whole.order = outer.order }
    return whole
  }
}
