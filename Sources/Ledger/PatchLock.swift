// SPDX-License-Identifier: GPL-2.0-only

public import PortCheck
internal import Ports
internal import Yams

/// What patchkit keeps of a patch, in `patch.lock` beside it, so that a change of it shows.
public struct PatchLock: Sendable, Hashable {
  /// The functions that have ports, as they were when the ports were last looked at.
  public var functions: [LockedFunction] = []

  /// Makes a lock.
  public init(functions: [LockedFunction]) { self.functions = functions }

  /// Reads a lock.
  ///
  /// - Throws: `LedgerError` with the line where it is none.
  public init(_ text: String, file: String) throws(LedgerError) {
    let fields = try YAMLReader(text, file: file).fields(["functions"])
    for entry in try fields["functions"]?.list() ?? [] {
      let function = try entry.fields(["name", "path", "side", "fingerprint", "lines"])
      guard let name = function["name"], let path = function["path"], let side = function["side"],
        let lines = function["lines"]
      else { throw entry.fail("a function has a name, a path, a side and lines") }
      guard let known = PatchSide(rawValue: try side.text()) else {
        throw side.fail("a side is 'before' or 'after'")
      }
      let locked = LockedFunction(
        name: try name.text(), path: try path.text(), side: known,
        lines: try lines.text().split(separator: "\n" as Character).map(String.init))
      if let fingerprint = try function["fingerprint"]?.text(),
        fingerprint != FunctionFingerprint(lines: locked.lines).id
      {
        throw entry.fail(
          "the fingerprint of '\(locked.name)' is not the one of its lines",
          hint: "a lock is not edited by hand; 'patchkit port check --update' writes it")
      }
      functions.append(locked)
    }
  }

  /// The lock as text.
  public var text: String {
    let functions = functions.sorted {
      ($0.path, $0.name, $0.side.rawValue) < ($1.path, $1.name, $1.side.rawValue)
    }
    let entries = functions.map { function -> Node in
      let text = function.lines.map { $0 + "\n" }.joined()
      return Node(
        [
          (Node("name"), Node(function.name)), (Node("path"), Node(function.path)),
          (Node("side"), Node(function.side.rawValue)),
          (
            Node("fingerprint"),
            Node(FunctionFingerprint(lines: function.lines).id, Tag(.str), .doubleQuoted)
          ),
          (Node("lines"), Node(text, Tag(.str), .literal)),
        ], .implicit, .block)
    }
    let root = Node([(Node("functions"), Node(entries, .implicit, .block))], .implicit, .block)
    let written = (try? Yams.serialize(node: root, width: -1)) ?? ""
    return "# Written by patchkit: what the ports of this patch stand for. Do not edit.\n" + written
  }
}
