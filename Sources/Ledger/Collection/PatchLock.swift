// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
package import Host
internal import KernelTree
package import PortCheck
internal import Ports

/// The recorded results of the patches of a folder, in its `patch.lock`, so that a change of them
/// is noticed.
///
/// Only `patchkit verify --update` writes it. Its checksum is the blob id of everything below it, so a
/// lock that was edited, or merged by hand, is reported.
package struct PatchLock: Sendable, Hashable {
  /// A patch of the folder.
  package struct Patch: Sendable, Hashable {
    /// Its label: the file, with the number of the mail where there are several.
    package var label: String
    /// The SHA-256 of the file: 64 hex digits.
    package var sha256: String
    /// What `git patch-id --stable` prints for it; nil where it is not in git's form.
    package var patchID: String?

    package init(
      label: String, sha256: String, patchID: String? = nil
    ) {
      self.label = label
      self.sha256 = sha256
      self.patchID = patchID
    }
  }

  /// The result for a file of a patch on a tree.
  package struct File: Sendable, Hashable {
    /// The path in the tree.
    package var path: String
    /// The blob before; nil where there was none.
    package var before: String?
    /// The blob after; nil where there is none.
    package var after: String?
    /// What became of each hunk, such as `offset 67`.
    package var hunks: [String]

    package init(
      path: String, before: String? = nil, after: String? = nil, hunks: [String]
    ) {
      self.path = path
      self.before = before
      self.after = after
      self.hunks = hunks
    }
  }

  /// The result of a patch on a tree.
  package struct Landing: Sendable, Hashable {
    /// The tree's name.
    package var tree: String
    /// The patch's label.
    package var label: String
    /// The verdict.
    package var verdict: String
    /// The files.
    package var files: [File]

    package init(
      tree: String, label: String, verdict: String, files: [File]
    ) {
      self.tree = tree
      self.label = label
      self.verdict = verdict
      self.files = files
    }
  }

  /// The patches.
  package var patches: [Patch] = []
  /// The results, by tree.
  package var landings: [Landing] = []
  /// The functions that have ports, as they were when the ports were last looked at.
  package var functions: [LockedFunction] = []

  private static let heading =
    "# Written by 'patchkit verify --update'. Do not edit: the checksum detects it.\n"

  /// Makes a lock.
  package init(
    patches: [Patch] = [], landings: [Landing] = [], functions: [LockedFunction] = []
  ) {
    self.patches = patches
    self.landings = landings
    self.functions = functions
  }

  /// Reads a lock.
  ///
  /// - Throws: `PatchkitError` with the line if it is not a lock, or if its checksum does not match.
  package init(_ text: String, file: String) throws(PatchkitError) {
    let fields = try YAMLReader(text, file: file).fields([
      "checksum", "patches", "trees", "functions",
    ])
    for entry in try fields["patches"]?.list() ?? [] {
      let patch = try entry.fields(["file", "sha256", "patch-id"])
      guard let label = patch["file"], let sha256 = patch["sha256"] else {
        throw entry.fail("a patch has a file and a sha256")
      }
      patches.append(
        Patch(
          label: try label.text(), sha256: try sha256.text(),
          patchID: try patch["patch-id"]?.text()))
    }
    for tree in try fields["trees"]?.list() ?? [] { try read(tree: tree) }
    for entry in try fields["functions"]?.list() ?? [] { try read(function: entry) }
    guard let checksum = try fields["checksum"]?.text(), let body = Self.body(of: text) else {
      throw PatchkitError.ledger(file, "the lock has no checksum", hint: Self.hint)
    }
    if checksum != Self.checksum(of: body) {
      throw PatchkitError.ledger(
        file, line: 2, "checksum mismatch: patch.lock was edited by hand",
        hint: Self.hint)
    }
  }

  private static let hint =
    "restore it with 'git checkout', or review the change, remove the file and run "
    + "'patchkit verify --update'"

  private static func body(of text: String) -> Substring? {
    guard let key = text.firstRange(of: "checksum: "),
      let end = text[key.upperBound...].firstIndex(of: "\n")
    else { return nil }
    return text[text.index(after: end)...]
  }

  private static func checksum(of body: Substring) -> String {
    (try? TreeFile(mode: .regular, content: Array(body.utf8)).blobID) ?? ""
  }

  private mutating func read(tree: YAMLReader) throws(PatchkitError) {
    let fields = try tree.fields(["name", "patches"])
    guard let name = try fields["name"]?.text() else { throw tree.fail("a tree has a name") }
    for entry in try fields["patches"]?.list() ?? [] {
      let patch = try entry.fields(["file", "verdict", "files"])
      guard let label = try patch["file"]?.text(), let verdict = try patch["verdict"]?.text() else {
        throw entry.fail("a patch has a file and a verdict")
      }
      var landing = Landing(tree: name, label: label, verdict: verdict, files: [])
      for entry in try patch["files"]?.list() ?? [] {
        let file = try entry.fields(["path", "before", "after", "hunks"])
        guard let path = try file["path"]?.text() else { throw entry.fail("a file has a path") }
        landing.files.append(
          File(
            path: path, before: try file["before"]?.text(), after: try file["after"]?.text(),
            hunks: try file["hunks"]?.texts() ?? []))
      }
      landings.append(landing)
    }
  }

  private mutating func read(function entry: YAMLReader) throws(PatchkitError) {
    let function = try entry.fields([
      "name", "path", "side", "tree", "fingerprint", "lines",
    ])
    guard let name = function["name"], let path = function["path"], let side = function["side"],
      let lines = function["lines"]
    else { throw entry.fail("a function has a name, a path, a side and lines") }
    guard let known = PatchSide(rawValue: try side.text()) else {
      throw side.fail("a side is 'before' or 'after'")
    }
    let locked = LockedFunction(
      name: try name.text(), path: try path.text(), side: known,
      tree: try function["tree"]?.text(),
      lines: try lines.text().split(separator: "\n" as Character).map(String.init))
    if let fingerprint = try function["fingerprint"]?.text(),
      fingerprint != FunctionFingerprint(lines: locked.lines).id
    {
      throw entry.fail(
        "fingerprint mismatch of '\(locked.name)': patch.lock was edited by hand",
        hint: Self.hint)
    }
    functions.append(locked)
  }

  // MARK: Writing

  /// The lock as text.
  ///
  /// - Throws: `Defect` where libyaml cannot write it.
  package var text: String { get throws { try written() } }

  private func written() throws(Defect) -> String {
    var fields: [(String, YAMLValue)] = []
    if !patches.isEmpty {
      fields.append(
        (
          "patches",
          .list(
            patches.map { patch in
              .mapping(
                [("file", .text(patch.label)), ("sha256", .quoted(patch.sha256))]
                  + (patch.patchID.map { [("patch-id", .quoted($0))] } ?? []))
            })
        ))
    }
    if !landings.isEmpty { fields.append(("trees", treesValue)) }
    if !functions.isEmpty { fields.append(("functions", functionsValue)) }
    let body: String
    do { body = try YAMLValue.mapping(fields).document() } catch {
      throw Defect("the lock is not written as YAML: \(error.problem)")
    }
    return Self.heading + "checksum: \"\(Self.checksum(of: Substring(body)))\"\n" + body
  }

  private var treesValue: YAMLValue {
    var names: [String] = []
    for landing in landings where !names.contains(landing.tree) { names.append(landing.tree) }
    return .list(
      names.map { name in
        let patches = landings.filter { $0.tree == name }.map { landing -> YAMLValue in
          .mapping([
            ("file", .text(landing.label)), ("verdict", .text(landing.verdict)),
            ("files", .list(landing.files.map(Self.value))),
          ])
        }
        return .mapping([("name", .text(name)), ("patches", .list(patches))])
      })
  }

  private static func value(_ file: File) -> YAMLValue {
    var pairs: [(String, YAMLValue)] = [("path", .text(file.path))]
    if let before = file.before { pairs.append(("before", .quoted(before))) }
    if let after = file.after { pairs.append(("after", .quoted(after))) }
    pairs.append(("hunks", .row(file.hunks.map { .text($0) })))
    return .mapping(pairs)
  }

  private var functionsValue: YAMLValue {
    // The trees keep their order: the first is the one that the ports are checked on.
    let trees = functions.trees
    let sorted = functions.sorted { a, b in
      (a.path, a.name, a.side.rawValue, a.tree.flatMap(trees.firstIndex) ?? -1)
        < (b.path, b.name, b.side.rawValue, b.tree.flatMap(trees.firstIndex) ?? -1)
    }
    return .list(
      sorted.map { function in
        let text = function.lines.map { $0 + "\n" }.joined()
        return .mapping(
          [
            ("name", .text(function.name)), ("path", .text(function.path)),
            ("side", .text(function.side.rawValue)),
          ] + (function.tree.map { [("tree", .text($0))] } ?? []) + [
            ("fingerprint", .quoted(FunctionFingerprint(lines: function.lines).id)),
            ("lines", .lines(text)),
          ])
      })
  }
}
