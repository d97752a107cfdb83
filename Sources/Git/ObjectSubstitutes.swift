// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// What git reads in the place of some objects of a repository, and libgit2 1.5 does not know of:
/// replacements (`refs/replace`), grafts, and the commits without parents of a shallow clone.
final class ObjectSubstitutes {
  private let replaced: [ObjectID: ObjectID]
  private let parents: [ObjectID: [ObjectID]]

  /// Reads what a repository replaces; nil where that is nothing.
  ///
  /// - Parameter commonFolder: the folder that linked work trees share, ended by a slash.
  init?(commonFolder: String) {
    replaced =
      Machine.variable("GIT_NO_REPLACE_OBJECTS") == nil ? Self.replacements(commonFolder) : [:]
    var parents: [ObjectID: [ObjectID]] = [:]
    for name in ["shallow", "info/grafts"] {
      for line in Self.lines(commonFolder + name) {
        let ids = line.split(separator: 0x20).compactMap { ObjectID(hexDigits: $0) }
        if let first = ids.first { parents[first] = Array(ids.dropFirst()) }
      }
    }
    self.parents = parents
    if replaced.isEmpty, parents.isEmpty { return nil }
  }

  /// What is replaced by what, in a fixed order: equal texts mean equal substitutes.
  var text: String {
    func lines(_ ids: some Sequence<(ObjectID, [ObjectID])>) -> [String] {
      ids.map { "\($0): \($1.map(\.description).joined(separator: " "))" }.sorted()
    }
    return
      (lines(replaced.map { ($0.key, [$0.value]) }) + [""]
      + lines(parents.map { ($0.key, $0.value) }))
      .joined(separator: "\n")
  }

  private static func lines(_ path: String) -> [ArraySlice<UInt8>] {
    guard let file = MappedFile(path) else { return [] }
    return unsafe file.withBytes { unsafe Array($0).split(separator: 0x0A) }
  }

  private static func replacements(_ commonFolder: String) -> [ObjectID: ObjectID] {
    var found: [ObjectID: ObjectID] = [:]
    let mark = Array(" refs/replace/".utf8)
    for line in lines(commonFolder + "packed-refs")
    where line.count == 40 + mark.count + 40 && line.dropFirst(40).starts(with: mark) {
      guard let old = ObjectID(hexDigits: line.suffix(40)) else { continue }
      found[old] = ObjectID(hexDigits: line.prefix(40))
    }
    // A reference in a file of its own is newer.
    for name in (try? InputFile.names(in: commonFolder + "refs/replace")) ?? [] {
      guard let old = ObjectID(name),
        let line = lines(commonFolder + "refs/replace/" + name).first
      else { continue }
      found[old] = ObjectID(hexDigits: line)
    }
    return found
  }

  /// What is read in the place of an object; nil where it is the object itself.
  ///
  /// - Parameter reader: reads the objects as they are.
  func object(_ id: ObjectID, _ reader: ObjectReader) throws(GitError) -> ObjectReader.Object? {
    let parents = parents[id]
    guard replaced[id] != nil || parents != nil else { return nil }
    guard var object = try reader.read(replaced[id] ?? id) else { return nil }
    if let parents, object.kind == .commit {
      object.content = Self.commit(object.content, with: parents)
    }
    return object
  }

  /// A commit with other parents.
  private static func commit(_ content: [UInt8], with parents: [ObjectID]) -> [UInt8] {
    var output: [UInt8] = []
    var rest = content[...]
    // The tree comes first, then the parents.
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[...end]
      let isTree = line.starts(with: "tree ".utf8)
      guard isTree || line.starts(with: "parent ".utf8) else { break }
      if isTree {
        output += line
        for parent in parents { output += "parent \(parent)\n".utf8 }
      }
      rest = rest[(end + 1)...]
    }
    return output + rest
  }
}
