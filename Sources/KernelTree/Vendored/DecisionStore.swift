// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
package import Host

/// What people decided about conflicts, and conflicts that wait for a decision: files in the vendored
/// store's folder.
package struct DecisionStore: Sendable {
  /// A file with conflicts that a run wrote.
  package struct Pending: Sendable, Hashable, Codable {
    /// The tree, as an absolute path.
    package var tree: String
    /// The file's path in it.
    package var path: String
    /// The keys of the conflicts in the file, in order.
    package var keys: [String]
    /// The file as it was written.
    package var marked: [UInt8]

    /// Makes a note of a file.
    package init(tree: String, path: String, keys: [String], marked: [UInt8]) {
      self.tree = tree
      self.path = path
      self.keys = keys
      self.marked = marked
    }
  }

  private static let open = "conflicts"
  private let folder: OwnFolder
  private var decided: OwnFolder { folder.folder("decisions") }

  /// The decisions of a vendored store.
  package init(_ store: VendoredStore) { folder = store.own }

  /// Whether anything was decided.
  package var isEmpty: Bool {
    get throws(PatchkitError) { try !decided.exists() }
  }

  /// What was decided about the question of a key, as it was kept; nil where nothing was.
  package func decision(for key: String) -> [UInt8]? {
    guard Self.isKey(key) else { return nil }
    return try? decided.read(key)
  }

  /// Keeps what was decided about the question of a key.
  package func keep(_ decision: [UInt8], for key: String) throws(PatchkitError) {
    if Self.isKey(key) { try decided.write(decision, to: key) }
  }

  /// Forgets what was decided about the question of a key.
  package func forget(_ key: String) throws(PatchkitError) {
    if Self.isKey(key) { try decided.remove(key) }
  }

  /// Notes files that wait for decisions; earlier notes of the same files go.
  package func wait(for files: [Pending]) throws(PatchkitError) {
    let known: [Pending]
    do throws(PatchkitError) { known = try pending() } catch {
      // A list that is not believed is replaced; one that cannot be read is not.
      guard error.kind == .refused else { throw error }
      known = []
    }
    let others = known.filter { old in
      !files.contains { $0.tree == old.tree && $0.path == old.path }
    }
    try write(others + files)
  }

  /// The files that wait for decisions.
  package func pending() throws(PatchkitError) -> [Pending] {
    guard let bytes = try folder.read(Self.open) else { return [] }
    guard try record().matches(bytes) else {
      throw PatchkitError(
        .refused, path: folder.path + "/" + Self.open,
        "there is no record that you wrote this list of conflicts for this folder, so it is not used",
        consequence: "nothing was changed",
        hint: "if you do not need the list, remove the file")
    }
    guard let found = try? JSONDecoder().decode([Pending].self, from: Data(bytes)) else {
      throw PatchkitError(
        .badInput, path: folder.path + "/" + Self.open, "is not a list of conflicts",
        hint: "remove the file; the decisions are not in it")
    }
    return found
  }

  /// Forgets files that waited.
  package func forget(_ files: [Pending]) throws(PatchkitError) {
    try write(try pending().filter { !files.contains($0) })
  }

  private func write(_ files: [Pending]) throws(PatchkitError) {
    guard let data = try? JSONEncoder().encode(files) else {
      throw PatchkitError(
        .system, path: folder.path + "/" + Self.open, "cannot be written as JSON")
    }
    try folder.make()
    try record().write(Array(data), replacing: folder.read(Self.open))
    try folder.write(Array(data), to: Self.open)
  }

  /// The proof that the list was written here: it names files of any tree, which 'resolve' reads and changes.
  private func record() throws(PatchkitError) -> StateRecord {
    try StateRecord(of: .conflicts, for: Folder.open(folder.path))
  }

  private static func isKey(_ key: String) -> Bool {
    key.utf8.count == 40 && key.allSatisfy(\.isHexDigit)
  }
}
