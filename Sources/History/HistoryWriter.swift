// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host

/// Writes commits to an index's database, within a transaction of the caller's.
final class HistoryWriter {
  private let database: Database
  /// Whether the database was empty: then all texts that it has are in memory.
  private let isFresh: Bool
  private var graph: CommitGraph
  private let firstNew: Int
  private var strings: [[UInt8]: Int] = [:]
  private var stringCount: Int
  private var paths: [[UInt8]: Int] = [:]
  private var pathCount: Int
  /// Which commit changes which path, the path in the upper half.
  private var changes: [UInt64] = []
  private var mentions: [(commit: Int, mention: Mention)] = []
  private var titles: Set<TitleRow> = []
  /// The first eight bytes of the new ids, sorted once all are known.
  private var prefixes: [UInt64] = []

  private let insertCommit: Database.Statement
  private let insertString: Database.Statement
  private let findString: Database.Statement
  private let insertPath: Database.Statement
  private let findPath: Database.Statement

  private struct TitleRow: Hashable {
    var key: Int
    var commit: Int
    var role: MentionRole
  }

  /// The tables of an index.
  ///
  /// `commits.paths` lists each changed path's number times four plus how it changed; `postings` lists
  /// the commits that change a path, in one row for each time that the index was filled.
  static let schema = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE commits (
      number INTEGER PRIMARY KEY, id BLOB NOT NULL, subject TEXT NOT NULL, title INTEGER NOT NULL,
      author INTEGER NOT NULL, authored INTEGER NOT NULL, zone INTEGER NOT NULL,
      committed INTEGER NOT NULL, trailers BLOB NOT NULL, paths BLOB);
    CREATE TABLE merges (number INTEGER PRIMARY KEY, parents BLOB NOT NULL);
    CREATE TABLE graph (piece INTEGER PRIMARY KEY, parents BLOB NOT NULL);
    CREATE TABLE strings (number INTEGER PRIMARY KEY, key INTEGER NOT NULL, text TEXT NOT NULL);
    CREATE TABLE paths (number INTEGER PRIMARY KEY, path BLOB NOT NULL);
    CREATE TABLE postings (
      path INTEGER, first INTEGER, commits BLOB NOT NULL, PRIMARY KEY (path, first)) WITHOUT ROWID;
    CREATE TABLE mentions (
      key INTEGER, number INTEGER, role INTEGER, id TEXT,
      PRIMARY KEY (key, number, role, id)) WITHOUT ROWID;
    CREATE TABLE titles (
      key INTEGER, number INTEGER, role INTEGER, PRIMARY KEY (key, number, role)) WITHOUT ROWID;
    CREATE TABLE identities (number INTEGER PRIMARY KEY, identity TEXT);
    CREATE TABLE renames (
      number INTEGER, old BLOB, new BLOB, PRIMARY KEY (number, new, old)) WITHOUT ROWID;
    CREATE TABLE renamed (number INTEGER PRIMARY KEY);
    """

  /// The indexes, which are faster made once the tables are full.
  static let indexes = """
    CREATE UNIQUE INDEX commit_ids ON commits (id);
    CREATE INDEX commit_titles ON commits (title);
    CREATE INDEX string_keys ON strings (key);
    CREATE UNIQUE INDEX path_names ON paths (path);
    CREATE INDEX mentions_of ON mentions (number);
    """

  init(_ database: Database, graph: CommitGraph) throws(DatabaseError) {
    self.database = database
    self.graph = graph
    isFresh = graph.count == 0
    firstNew = graph.count + 1
    stringCount = try database.number("SELECT max(number) FROM strings") ?? 0
    pathCount = try database.number("SELECT max(number) FROM paths") ?? 0
    insertCommit = try database.prepare(
      "INSERT INTO commits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
    insertString = try database.prepare("INSERT INTO strings VALUES (?, ?, ?)")
    findString = try database.prepare("SELECT number, text FROM strings WHERE key = ?")
    insertPath = try database.prepare("INSERT INTO paths VALUES (?, ?)")
    findPath = try database.prepare("SELECT number FROM paths WHERE path = ?")
  }

  /// Adds the graph of a walk's commits.
  func add(_ walk: HistoryWalk) {
    for commit in walk.commits {
      graph.append(parents: commit.parents)
      prefixes.append(commit.id.prefix)
    }
    prefixes.sort()
  }

  /// Writes the records of a batch; batches may come unsorted.
  func write(_ batch: CommitBatch) throws(DatabaseError) {
    var numbers: [Int] = []
    for path in batch.paths { numbers.append(try number(ofPath: path)) }
    for record in batch.records {
      var trailers = NumberList()
      for trailer in record.trailers { trailers.append(try number(of: trailer)) }
      try insertCommit.bind(record.number, at: 1)
      try insertCommit.bind(record.id.bytes, at: 2)
      try insertCommit.bind(text: record.subject, at: 3)
      try insertCommit.bind(TextKey.ofTitle(record.subject), at: 4)
      try insertCommit.bind(try number(of: record.author), at: 5)
      try insertCommit.bind(Int(record.authored), at: 6)
      try insertCommit.bind(record.zoneMinutes, at: 7)
      try insertCommit.bind(Int(record.committed), at: 8)
      try insertCommit.bind(trailers.bytes, at: 9)
      if let paths = record.paths {
        var list = NumberList()
        for (path, change) in paths {
          list.append(numbers[path] << 2 | Int(change.rawValue))
          changes.append(UInt64(numbers[path]) << 32 | UInt64(record.number))
        }
        try insertCommit.bind(list.bytes, at: 10)
      } else {
        try insertCommit.bindNull(at: 10)
      }
      try insertCommit.run()
      for mention in record.mentions { mentions.append((record.number, mention)) }
      for title in record.titles {
        let key = TextKey.ofTitle(Array(title.title.utf8))
        titles.insert(TitleRow(key: key, commit: record.number, role: title.role))
      }
    }
  }

  private func number(of text: [UInt8]) throws(DatabaseError) -> Int {
    if let known = strings[text] { return known }
    let key = TextKey.of(text)
    if !isFresh {
      try findString.bind(key, at: 1)
      defer { findString.reset() }
      while try findString.step() {
        guard findString.bytes(1) == text else { continue }
        let number = findString.number(0)
        strings[text] = number
        return number
      }
    }
    stringCount += 1
    strings[text] = stringCount
    try insertString.bind(stringCount, at: 1)
    try insertString.bind(key, at: 2)
    try insertString.bind(text: text, at: 3)
    try insertString.run()
    return stringCount
  }

  private func number(ofPath path: [UInt8]) throws(DatabaseError) -> Int {
    if let known = paths[path] { return known }
    if !isFresh {
      try findPath.bind(path, at: 1)
      defer { findPath.reset() }
      if try findPath.step() {
        let number = findPath.number(0)
        paths[path] = number
        return number
      }
    }
    pathCount += 1
    paths[path] = pathCount
    try insertPath.bind(pathCount, at: 1)
    try insertPath.bind(path, at: 2)
    try insertPath.run()
    return pathCount
  }

  /// Writes what is sorted first: the graph, which commits change a path, and who names whom.
  ///
  /// - Returns: the graph with the new commits.
  func finish() throws(DatabaseError) -> CommitGraph {
    try writeGraph()
    try writePostings()
    try writeMentions()
    if isFresh { try database.run(Self.indexes) }
    return graph
  }

  private func writeGraph() throws(DatabaseError) {
    let insert = try database.prepare("INSERT OR REPLACE INTO graph VALUES (?, ?)")
    guard graph.count > 0 else { return }
    for piece in (firstNew - 1) / CommitGraph.pieceSize...(graph.count - 1) / CommitGraph.pieceSize
    {
      try insert.bind(piece, at: 1)
      try insert.bind(graph.piece(piece), at: 2)
      try insert.run()
    }
    let merge = try database.prepare("INSERT INTO merges VALUES (?, ?)")
    for (commit, parents) in graph.others where commit >= firstNew {
      var list = NumberList()
      for parent in parents { list.append(parent) }
      try merge.bind(commit, at: 1)
      try merge.bind(Checksum.sealed(list.bytes), at: 2)
      try merge.run()
    }
  }

  private func writePostings() throws(DatabaseError) {
    let insert = try database.prepare("INSERT INTO postings VALUES (?, ?, ?)")
    changes.sort()
    var start = 0
    while start < changes.count {
      let path = changes[start] >> 32
      var end = start
      while end < changes.count, changes[end] >> 32 == path { end += 1 }
      let commits = changes[start..<end].lazy.map { Int($0 & 0xFFFF_FFFF) }
      try insert.bind(Int(path), at: 1)
      try insert.bind(Int(changes[start] & 0xFFFF_FFFF), at: 2)
      try insert.bind(Checksum.sealed(NumberList.ascending(commits)), at: 3)
      try insert.run()
      start = end
    }
    changes = []
  }

  private func writeMentions() throws(DatabaseError) {
    var rows: [(key: Int, commit: Int, mention: Mention)] = []
    for (commit, mention) in mentions {
      // Other words of hex digits, such as addresses, are not ids unless there is such a commit.
      if mention.role == .named, mention.id.utf8.count < 40, try !isCommit(mention.id) { continue }
      rows.append((TextKey.ofID(mention.id), commit, mention))
    }
    mentions = []
    rows.sort { ($0.key, $0.commit) < ($1.key, $1.commit) }
    let insert = try database.prepare("INSERT OR IGNORE INTO mentions VALUES (?, ?, ?, ?)")
    for (key, commit, mention) in rows {
      try insert.bind(key, at: 1)
      try insert.bind(commit, at: 2)
      try insert.bind(Int(mention.role.rawValue), at: 3)
      try insert.bind(mention.id, at: 4)
      try insert.run()
    }
    let title = try database.prepare("INSERT OR IGNORE INTO titles VALUES (?, ?, ?)")
    for row in titles.sorted(by: { ($0.key, $0.commit) < ($1.key, $1.commit) }) {
      try title.bind(row.key, at: 1)
      try title.bind(row.commit, at: 2)
      try title.bind(Int(row.role.rawValue), at: 3)
      try title.run()
    }
  }

  /// Whether a commit's id starts with these digits; a beginning of sixteen is enough.
  private func isCommit(_ digits: String) throws(DatabaseError) -> Bool {
    let (low, high) = IDRange.prefixes(digits)
    var (start, end) = (0, prefixes.count)
    while start < end {
      let middle = (start + end) / 2
      if prefixes[middle] < low { start = middle + 1 } else { end = middle }
    }
    if start < prefixes.count, prefixes[start] <= high { return true }
    if isFresh { return false }
    let find = try database.prepare("SELECT 1 FROM commits WHERE id >= ? AND id <= ? LIMIT 1")
    let range = IDRange.bytes(digits)
    try find.bind(range.low, at: 1)
    try find.bind(range.high, at: 2)
    return try find.step()
  }
}

/// The ids that start with some hex digits.
enum IDRange {
  /// The lowest and the highest of the ids, twenty bytes each.
  static func bytes(_ digits: String) -> (low: [UInt8], high: [UInt8]) {
    func bytes(_ fill: UInt8) -> [UInt8] {
      let padded = Array(digits.utf8.prefix(40)) + [UInt8](repeating: fill, count: 40)
      let text = String(decoding: padded.prefix(40), as: UTF8.self)
      return Hex.bytes(text) ?? [UInt8](repeating: 0, count: 20)
    }
    return (bytes(UInt8(ascii: "0")), bytes(UInt8(ascii: "f")))
  }

  /// The first eight bytes of the lowest and the highest, as numbers.
  static func prefixes(_ digits: String) -> (low: UInt64, high: UInt64) {
    func number(_ bytes: [UInt8]) -> UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
    let range = bytes(digits)
    return (number(range.low), number(range.high))
  }
}
