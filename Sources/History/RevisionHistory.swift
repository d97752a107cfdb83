// SPDX-License-Identifier: GPL-2.0-only

package import Git
package import PatchFormat

/// A commit of an index.
package struct IndexedCommit: Sendable, Hashable {
  /// The number in the index; parents have lower ones than their children.
  package var number: Int
  /// The id.
  package var id: ObjectID
  /// The first paragraph of the message, in one line.
  package var subject: String
  /// Who wrote the change, `Name <address>`.
  package var author: String
  /// When it was written, in seconds since 1970.
  package var authored: Int
  /// The author's time zone, in minutes east of UTC.
  package var zoneMinutes: Int
  /// When the commit was made, in seconds since 1970.
  package var committed: Int
}

/// The commits that a revision is made of, as an index has them.
///
/// Only these are found: what the index has of other branches, or of history that was rewritten, is
/// never reported. It is of use only within the call of `withHistory` that gave it.
package final class RevisionHistory {
  let index: HistoryIndex
  private let database: Database
  /// The number of the revision's own commit.
  package let tip: Int
  private let reachable: CommitSet
  private var statements: [String: Database.Statement] = [:]
  /// What was worked out and is not in the file yet.
  var newIdentities: [Int: PatchIdentity?] = [:]
  var newRenames: [Int: [PathRename]] = [:]

  init(_ index: HistoryIndex, _ database: Database, tip: Int) throws(DatabaseError) {
    guard tip <= index.graph.count else {
      throw .damaged("the parents of a commit are missing", in: database.name)
    }
    self.index = index
    self.database = database
    self.tip = tip
    reachable = index.graph.ancestors(of: [tip])
  }

  /// Whether the repository is a shallow clone: commits before the cut are missing.
  package var isShallow: Bool { index.isShallow }

  /// How many commits the revision is made of.
  package var count: Int { reachable.count }

  /// Whether the revision is made of a commit.
  package func contains(_ commit: Int) -> Bool { reachable.contains(commit) }

  /// The parents of a commit, in their order.
  package func parents(of commit: Int) -> [Int] { index.graph.parents(of: commit) }

  /// The newest commits, the newest first.
  ///
  /// - Parameters:
  ///   - limit: how many at most.
  ///   - base: a commit that is left out, with all that it is made of; nil leaves none out.
  package func newest(_ limit: Int, after base: Int?) -> [Int] {
    let old = index.graph.ancestors(of: base.map { [$0] } ?? [])
    return Array(
      stride(from: tip, to: 0, by: -1).lazy
        .filter { self.reachable.contains($0) && !old.contains($0) }.prefix(limit))
  }

  /// A prepared statement, made once.
  func statement(_ text: String) throws(DatabaseError) -> Database.Statement {
    if let known = statements[text] {
      known.reset()
      return known
    }
    let made = try database.prepare(text)
    statements[text] = made
    return made
  }

  // MARK: Commits

  /// A commit by its number.
  package func commit(_ number: Int) throws -> IndexedCommit {
    let find = try statement(
      """
      SELECT c.id, c.subject, s.text, c.authored, c.zone, c.committed
      FROM commits c LEFT JOIN strings s ON s.number = c.author WHERE c.number = ?
      """)
    try find.bind(number, at: 1)
    defer { find.reset() }
    guard try find.step(), let id = ObjectID(bytes: find.bytes(0)) else {
      throw DatabaseError.damaged("it lacks the commit number \(number)", in: database.name)
    }
    return IndexedCommit(
      number: number, id: id, subject: find.text(1), author: find.text(2),
      authored: find.number(3), zoneMinutes: find.number(4), committed: find.number(5))
  }

  /// The commits whose id starts with hex digits, the oldest first; at least four digits are needed.
  package func commits(withID digits: String) throws -> [Int] {
    guard (4...40).contains(digits.utf8.count), digits.utf8.allSatisfy(\.isHexDigit) else {
      return []
    }
    let find = try statement("SELECT number FROM commits WHERE id >= ? AND id <= ?")
    let range = IDRange.bytes(digits)
    try find.bind(range.low, at: 1)
    try find.bind(range.high, at: 2)
    return try numbers(of: find)
  }

  /// The commits with a title, the oldest first; case and blanks do not count.
  package func commits(titled title: String) throws -> [Int] {
    let key = TextKey.ofTitle(Array(title.utf8))
    let find = try statement("SELECT number, subject FROM commits WHERE title = ?")
    try find.bind(key, at: 1)
    defer { find.reset() }
    var found: [Int] = []
    while try find.step() {
      // Two titles may have the same key by chance.
      if TextKey.ofTitle(find.bytes(1)) == key, contains(find.number(0)) {
        found.append(find.number(0))
      }
    }
    return found.sorted()
  }

  private func numbers(of statement: Database.Statement) throws -> [Int] {
    defer { statement.reset() }
    var found: [Int] = []
    while try statement.step() {
      if contains(statement.number(0)) { found.append(statement.number(0)) }
    }
    return found.sorted()
  }

  /// The trailers of a commit, in their order.
  package func trailers(of commit: Int) throws -> [Trailer] {
    let find = try statement("SELECT trailers FROM commits WHERE number = ?")
    try find.bind(commit, at: 1)
    guard try find.step(), let list = NumberList.numbers(find.bytes(0)) else {
      throw DatabaseError.damaged("the trailers of a commit are damaged", in: database.name)
    }
    find.reset()
    let string = try statement("SELECT text FROM strings WHERE number = ?")
    var trailers: [Trailer] = []
    for number in list {
      try string.bind(number, at: 1)
      guard try string.step() else {
        throw DatabaseError.damaged("it lacks a text", in: database.name)
      }
      let text = string.text(0)
      string.reset()
      let colon = text.firstIndex(of: ":") ?? text.endIndex
      trailers.append(
        Trailer(token: String(text[..<colon]), value: String(text[colon...].dropFirst(2))))
    }
    return trailers
  }

  /// The commits with a trailer, the oldest first, each with the first such trailer as `token: value`.
  ///
  /// - Parameters:
  ///   - pattern: what the trailer has to be like, in SQL's words; case does not count.
  ///   - isWanted: what else it has to be.
  package func commits(
    withTrailerLike pattern: String, where isWanted: (String) -> Bool
  ) throws -> [(commit: Int, trailer: String)] {
    let find = try statement("SELECT number, text FROM strings WHERE CAST(text AS TEXT) LIKE ?")
    try find.bind(pattern, at: 1)
    var wanted: [Int: String] = [:]
    while try find.step() {
      let text = find.text(1)
      if isWanted(text) { wanted[find.number(0)] = text }
    }
    find.reset()
    if wanted.isEmpty { return [] }
    let all = try statement("SELECT number, trailers FROM commits ORDER BY number")
    defer { all.reset() }
    var found: [(commit: Int, trailer: String)] = []
    while try all.step() {
      guard contains(all.number(0)) else { continue }
      guard let list = NumberList.numbers(all.bytes(1)) else {
        throw DatabaseError.damaged("the trailers of a commit are damaged", in: database.name)
      }
      if let trailer = list.lazy.compactMap({ wanted[$0] }).first {
        found.append((all.number(0), trailer))
      }
    }
    return found
  }

  // MARK: Paths

  /// The commits that change a path, the oldest first.
  ///
  /// A merge changes what it took from no parent.
  package func commits(changing path: [UInt8]) throws -> [Int] {
    let find = try statement(
      """
      SELECT commits FROM postings WHERE path = (SELECT number FROM paths WHERE path = ?)
      ORDER BY first
      """)
    try find.bind(path, at: 1)
    defer { find.reset() }
    var found: [Int] = []
    while try find.step() {
      guard let bytes = Checksum.opened(find.bytes(0)),
        let numbers = NumberList.ascendingNumbers(bytes)
      else {
        throw DatabaseError.damaged("the commits of a path are damaged", in: database.name)
      }
      found += numbers.filter(contains)
    }
    return found
  }

  /// The paths that a commit changes, in git's order; nil where the repository lacks what it takes to
  /// know.
  package func paths(
    of commit: Int
  ) throws -> [(path: [UInt8], change: TreeComparison.Change)]? {
    let find = try statement("SELECT paths FROM commits WHERE number = ?")
    try find.bind(commit, at: 1)
    defer { find.reset() }
    guard try find.step() else {
      throw DatabaseError.damaged("it lacks a commit", in: database.name)
    }
    if find.isNull(0) { return nil }
    guard let list = NumberList.numbers(find.bytes(0)) else {
      throw DatabaseError.damaged("the paths of a commit are damaged", in: database.name)
    }
    let name = try statement("SELECT path FROM paths WHERE number = ?")
    return try list.map { entry in
      try name.bind(entry >> 2, at: 1)
      defer { name.reset() }
      guard try name.step(), let change = TreeComparison.Change(rawValue: UInt8(entry & 3)) else {
        throw DatabaseError.damaged("it lacks a path", in: database.name)
      }
      return (name.bytes(0), change)
    }
  }

  // MARK: Mentions

  /// The commits whose messages name an id, the oldest first, with what they say about it.
  ///
  /// - Parameter id: at least seven hex digits; a message may give fewer or more.
  package func mentions(of id: String) throws -> [(commit: Int, mention: Mention)] {
    guard id.utf8.count >= 7 else { return [] }
    let find = try statement("SELECT number, role, id FROM mentions WHERE key = ?")
    try find.bind(TextKey.ofID(id), at: 1)
    defer { find.reset() }
    var found: [(commit: Int, mention: Mention)] = []
    while try find.step() {
      let name = find.text(2)
      guard contains(find.number(0)), name.hasPrefix(id) || id.hasPrefix(name) else { continue }
      found.append((find.number(0), try mention(find.number(1), name)))
    }
    return found
  }

  /// The commits that a message names, with what it says about them.
  package func mentions(by commit: Int) throws -> [Mention] {
    let find = try statement("SELECT role, id FROM mentions WHERE number = ?")
    try find.bind(commit, at: 1)
    defer { find.reset() }
    var found: [Mention] = []
    while try find.step() { found.append(try mention(find.number(0), find.text(1))) }
    return found
  }

  private func mention(_ role: Int, _ id: String) throws -> Mention {
    guard let role = UInt8(exactly: role).flatMap(MentionRole.init(rawValue:)) else {
      throw DatabaseError.damaged("it has an unknown role of a mention", in: database.name)
    }
    return Mention(role: role, id: id)
  }

  /// The commits that revert or fix a commit by its title, the oldest first.
  package func mentions(ofTitle title: String) throws -> [(commit: Int, role: MentionRole)] {
    let find = try statement("SELECT number, role FROM titles WHERE key = ?")
    try find.bind(TextKey.ofTitle(Array(title.utf8)), at: 1)
    defer { find.reset() }
    var found: [(commit: Int, role: MentionRole)] = []
    while try find.step() {
      guard contains(find.number(0)) else { continue }
      guard let role = UInt8(exactly: find.number(1)).flatMap(MentionRole.init(rawValue:)) else {
        throw DatabaseError.damaged("it has an unknown role of a title", in: database.name)
      }
      found.append((find.number(0), role))
    }
    return found
  }

  // MARK: What is worked out on demand

  /// Writes computed values to the file, for the next time; if that fails, it is not an error.
  func keep() {
    guard !newIdentities.isEmpty || !newRenames.isEmpty else { return }
    defer { (newIdentities, newRenames) = ([:], [:]) }
    for made in statements.values { made.reset() }
    // The answer is known: nothing is waited for.
    try? index.change(database, patience: 0) {
      let identity = try statement("INSERT OR REPLACE INTO identities VALUES (?, ?)")
      for (commit, own) in newIdentities {
        try identity.bind(commit, at: 1)
        if let own { try identity.bind(own.text, at: 2) } else { try identity.bindNull(at: 2) }
        try identity.run()
      }
      let renamed = try statement("INSERT OR REPLACE INTO renamed VALUES (?)")
      let rename = try statement("INSERT OR REPLACE INTO renames VALUES (?, ?, ?)")
      for (commit, renames) in newRenames {
        try renamed.bind(commit, at: 1)
        try renamed.run()
        for path in renames {
          try rename.bind(commit, at: 1)
          try rename.bind(path.old, at: 2)
          try rename.bind(path.new, at: 3)
          try rename.run()
        }
      }
    }
  }
}
