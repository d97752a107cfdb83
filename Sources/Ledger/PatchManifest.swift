// SPDX-License-Identifier: GPL-2.0-only

/// What people say about a patch, in `patch.yaml` beside it.
public struct PatchManifest: Sendable, Hashable {
  /// A tree that the patch is meant for.
  public struct Tree: Sendable, Hashable {
    /// What to call it.
    public var name: String
    /// Where it is, as `--onto` takes it; a folder from the manifest's own.
    public var location: String
  }

  /// What the patch does.
  public var title: String?
  /// The commit that it is upstream, or a part of.
  public var upstream: String?
  /// The trees that it is meant for, the first of which its ports are checked on.
  public var trees: [Tree] = []
  /// Why changed functions have no port, by their names.
  public var withoutPort: [String: String] = [:]

  /// The manifest of a patch that has none.
  public init() {}

  /// Reads a manifest.
  ///
  /// - Throws: `LedgerError` with the line: for what is no YAML, for unknown keys (with the nearest one),
  ///   and for values of another kind.
  public init(_ text: String, file: String) throws(LedgerError) {
    let fields = try YAMLReader(text, file: file).fields([
      "title", "upstream", "trees", "without-port",
    ])
    title = try fields["title"]?.text()
    upstream = try fields["upstream"]?.text()
    for entry in try fields["trees"]?.list() ?? [] {
      let tree = try entry.fields(["name", "at"])
      guard let name = tree["name"], let location = tree["at"] else {
        throw entry.fail("a tree has a 'name' and an 'at', which says where it is")
      }
      trees.append(Tree(name: try name.text(), location: try location.text()))
    }
    for (name, reason) in try fields["without-port"]?.pairs() ?? [] {
      withoutPort[name] = try reason.text()
    }
  }
}
