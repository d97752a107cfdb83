// SPDX-License-Identifier: GPL-2.0-only

package import Git
package import Host

/// An index of the commits of a repository, and of those that share its objects, kept in a file of the
/// cache.
///
/// Commits are added when a question about a revision needs them and are never removed: what a
/// question may see is what its revision is made of. The file can be thrown away at any time. One
/// process at a time fills it; an index that is damaged or of another version is built anew.
///
/// It belongs to one thread.
package final class HistoryIndex {
  /// The repository that is asked.
  package let repository: Repository
  /// The objects of the repository.
  package let store: ObjectStore
  let reader: ObjectReader

  private let folder: String
  private let path: String?
  /// What errors of its database are called by: its path, or a name of its own where nothing is kept.
  private let name: String
  private let progress: WorkProgress?
  private let shallow: [UInt8]
  /// Whether the repository is a shallow clone.
  var isShallow: Bool { !shallow.isEmpty }
  private var lock: FileLock?
  private var opened: Database?
  /// The parents of every commit.
  private(set) var graph = CommitGraph()

  /// The version of the tables; part of the file's name, so that versions do not disturb each other.
  static let version = 3
  /// What marks the file as patchkit's: "PKhi".
  private static let mark = 0x504B_6869
  /// Seconds to wait for a process that fills the index.
  private static let patience = 600

  /// Opens the index of the repository that a folder is in.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - cache: the folder for indexes; nil keeps nothing after the process ends.
  ///   - progress: receives how many commits were read, and of how many.
  /// - Throws: `PatchkitError` where there is no repository.
  package init(
    ofRepositoryAt path: String, cache: String?, progress: WorkProgress? = nil
  ) throws(PatchkitError) {
    folder = path
    self.progress = progress
    do throws(GitError) {
      guard let found = try Repository.discover(from: path) else {
        throw GitError("open the repository", "there is none at \(path)", .notFound)
      }
      repository = found
      store = ObjectStore.shared(of: found)
      reader = try ObjectReader(store, room: 8 << 20)
    } catch {
      if error.kind == .notFound {
        throw PatchkitError(
          .badInput, path: path, "not a git repository",
          hint: "name a folder inside a repository, or REPO@REVISION")
      }
      throw PatchkitError(.git, path: path, error.description, underlying: error)
    }
    shallow = (try? InputFile.read(repository.commonFolder + "shallow")) ?? []
    // A shallow clone knows less than those it shares objects with.
    let key = shallow.isEmpty ? store.root : repository.commonFolder
    let path = cache.map { "\($0)/\(Self.name(of: key)).v\(Self.version).sqlite" }
    self.path = path
    name = path ?? "temporary index of \(key)"
  }

  /// A file's name for a folder of objects.
  private static func name(of key: String) -> String {
    let parts = key.split(separator: "/").filter { $0 != "objects" && $0 != ".git" }
    let readable = (parts.last ?? "").filter {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".")
    }
    let digits = String(UInt(bitPattern: TextKey.of(Array(key.utf8))), radix: 16)
    return readable.isEmpty ? digits : "\(readable.prefix(40))-\(digits)"
  }

  /// Lets a body ask about the commits that a revision is made of.
  ///
  /// Commits that are new since the last time are added first. Where the file turns out to be damaged,
  /// it is built anew and the body is called again.
  ///
  /// - Throws: `PatchkitError` where the revision or the repository cannot be read, or the file cannot
  ///   be written; what the body throws.
  package func withHistory<Result>(
    at revision: String, _ body: (RevisionHistory) throws -> Result
  ) throws -> Result {
    let tip: ObjectID
    do throws(GitError) {
      guard let found = try repository.resolve(revision).commit else {
        throw GitError("read '\(revision)'", "it is not a commit", .notFound)
      }
      tip = found
    } catch {
      throw PatchkitError(
        error.kind == .notFound ? .badInput : .git, path: folder, error.description,
        hint: "'git -C \(folder) log --oneline -1 \(revision)' shows what git finds",
        underlying: error)
    }
    // No lock is held between two questions: other processes may build the file anew.
    defer {
      opened = nil
      lock = nil
    }
    do {
      return try answer(at: tip, body)
    } catch let error as DatabaseError
      where error.database == name && (error.isDamage || error.isOtherSchema)
    {
      try reporting { try discard(error) }
      return try reporting { try answer(at: tip, body) }
    } catch {
      return try reporting { throw error }
    }
  }

  private func answer<Result>(
    at tip: ObjectID, _ body: (RevisionHistory) throws -> Result
  ) throws -> Result {
    let history = try history(at: tip)
    let result = try body(history)
    history.keep()
    return result
  }

  /// Runs work with the index and reports its failures as users read them; those of another index, whose question
  /// this one is part of, are passed on to it.
  private func reporting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError where error.database == name {
      throw PatchkitError(
        .system, path: path ?? "", "cannot use the index of \(folder)'s history: \(error)",
        consequence: "the history was not searched",
        hint: path.map { "remove it, and it is built again: rm -f '\($0)'" }, underlying: error)
    } catch let error as GitError {
      throw PatchkitError(
        .git, path: folder, error.description, consequence: "the history was not searched",
        hint: "'git -C \(folder) fsck --connectivity-only' checks whether all objects are there",
        underlying: error)
    } catch HistoryStop.asked {
      throw PatchkitError(
        .system, path: folder, "stopped while reading the history",
        consequence: "the index is as it was before")
    } catch HistoryStop.damagedCommit(let id) {
      throw PatchkitError(
        .git, path: folder, "cannot read the commit \(id): it is damaged",
        consequence: "the history was not searched",
        hint: "'git -C \(folder) fsck --connectivity-only' checks whether all objects are there")
    }
  }

  private func history(at tip: ObjectID) throws -> RevisionHistory {
    if opened == nil { try open() }
    if let database = opened, let number = try Self.number(of: tip, in: database) {
      return try RevisionHistory(self, database, tip: number)
    }
    try fill(tip)
    guard let database = opened, let number = try Self.number(of: tip, in: database) else {
      throw DatabaseError.damaged("the commit \(tip) was added and is missing", in: name)
    }
    return try RevisionHistory(self, database, tip: number)
  }

  /// The number of a commit; nil where the index does not have it.
  static func number(of id: ObjectID, in database: Database) throws(DatabaseError) -> Int? {
    let find = try database.prepare("SELECT number FROM commits WHERE id = ?")
    try find.bind(id.bytes, at: 1)
    return try find.step() ? find.number(0) : nil
  }

  // MARK: The file

  /// Opens the file where there is a sound one.
  private func open() throws {
    guard let path else { return }
    if lock == nil { lock = FileLock("\(path).lock") }
    guard let lock else {
      // Nothing can be written here: an index that is there can be read all the same.
      if InputFile.exists(path) { opened = try? sound(path, .immutable) }
      return
    }
    guard try lock.take(isExclusive: false, seconds: Self.patience) else { throw busy() }
    guard InputFile.exists(path) else { return }
    do {
      opened = try sound(path, .write)
    } catch let error as DatabaseError where error.isDamage || error.isOtherSchema {
      noteDamage(error)
      opened = nil
    }
  }

  /// Opens the file and checks that it is as it was written.
  private func sound(_ path: String, _ mode: Database.Mode) throws -> Database {
    let database = try Database(path, mode, of: name)
    if try !isAsWritten(path, database) {
      // A process that writes it keeps the digest before it lets others in.
      guard mode == .write, let writing = FileLock("\(path).sum.lock"),
        try writing.take(isExclusive: false, seconds: Self.patience),
        try isAsWritten(path, database)
      else { throw DatabaseError.damaged("its bytes are not those that were written", in: name) }
    }
    return try checked(database)
  }

  /// Whether the file has the digest that was kept for it.
  private func isAsWritten(_ path: String, _ database: Database) throws -> Bool {
    // Within a transaction no other process changes the file; what one left undone is rolled back first.
    try database.run("BEGIN")
    defer { try? database.run("COMMIT") }
    _ = try database.number("SELECT count(*) FROM sqlite_master")
    guard let kept = IndexDigest(keptFor: path) else { return false }
    return try IndexDigest(of: path) == kept
  }

  /// Changes the database in a transaction, and keeps the digest of what it is after that.
  ///
  /// Others may read meanwhile: one that finds another digest than the kept one waits until this is done.
  func change(
    _ database: Database, patience: Int = HistoryIndex.patience, _ body: () throws -> Void
  ) throws {
    let writing = lock == nil ? nil : path.flatMap { FileLock("\($0).sum.lock") }
    if let writing, try !writing.take(isExclusive: true, seconds: patience) { throw busy() }
    try database.run("BEGIN IMMEDIATE")
    do {
      try body()
      try database.run("COMMIT")
    } catch {
      try? database.run("ROLLBACK")
      throw error
    }
    if let path, lock != nil { try IndexDigest(of: path).keep(for: path) }
  }

  /// Reports that a damaged file is thrown away.
  private func noteDamage(_ error: DatabaseError) {
    if error.isDamage {
      Notice.give("the index of \(folder)'s history was damaged and is made again: \(path ?? "")")
    }
  }

  private func busy() -> DatabaseError {
    DatabaseError(
      code: 5, message: "another process still writes it, and patchkit waited long enough",
      database: name)
  }

  /// Reads the graph of a database that is this repository's and of this version.
  private func checked(_ database: Database) throws -> Database {
    guard try database.number("PRAGMA application_id") == Self.mark,
      try database.number("PRAGMA user_version") == Self.version
    else { throw DatabaseError.damaged("it is not an index of this version", in: name) }
    let find = try database.prepare("SELECT value FROM meta WHERE key = 'shallow'")
    guard try find.step(), find.bytes(0) == shallow else {
      throw DatabaseError.other("the repository was cut off elsewhere", than: name)
    }
    try database.run("PRAGMA synchronous = NORMAL")
    try load(database)
    return database
  }

  /// Reads the graph where it has grown.
  private func load(_ database: Database) throws {
    let count = try database.number("SELECT max(number) FROM commits") ?? 0
    var graph = CommitGraph()
    let pieces = try database.prepare("SELECT piece, parents FROM graph ORDER BY piece")
    var next = 0
    while try pieces.step() {
      guard pieces.number(0) == next, graph.append(piece: pieces.bytes(1)) else {
        throw DatabaseError.damaged("the parents of its commits are damaged", in: name)
      }
      next += 1
    }
    guard graph.count == count else { throw DatabaseError.damaged("it lacks commits", in: name) }
    let merges = try database.prepare("SELECT number, parents FROM merges")
    while try merges.step() {
      guard let bytes = Checksum.opened(merges.bytes(1)), let parents = NumberList.numbers(bytes),
        graph.set(others: parents, of: merges.number(0))
      else { throw DatabaseError.damaged("the parents of its merges are damaged", in: name) }
    }
    self.graph = graph
  }

  /// Gives up the file, which is damaged; it is built anew at the next question.
  private func discard(_ error: DatabaseError) throws {
    noteDamage(error)
    opened = nil
    graph = CommitGraph()
    guard let path, let lock else { return }
    guard try lock.take(isExclusive: true, seconds: Self.patience) else { throw busy() }
    removeFile(path)
    removeFile(IndexDigest.path(for: path))
  }

  /// Removes a file that may be missing.
  private func removeFile(_ path: String) { try? NamedFile.remove(path) }

  // MARK: Filling

  /// Adds a commit with all that it is made of.
  private func fill(_ tip: ObjectID) throws {
    if let database = opened {
      do {
        try change(database) {
          // Another process may have been faster.
          try load(database)
          try add(tip, to: database)
        }
      } catch {
        graph = CommitGraph()
        try? load(database)
        throw error
      }
      return
    }
    guard let path, let lock else {
      // Nothing can be kept.
      let database = try Database("", .temporary, of: name)
      try start(database)
      try add(tip, to: database)
      try database.run("COMMIT")
      opened = database
      return
    }
    guard try lock.take(isExclusive: true, seconds: Self.patience) else { throw busy() }
    // Another process may have built it meanwhile.
    if InputFile.exists(path), let made = try? sound(path, .write) {
      opened = made
      guard try lock.take(isExclusive: false, seconds: Self.patience) else { throw busy() }
      if try Self.number(of: tip, in: made) == nil { try fill(tip) }
      return
    }
    let draft = "\(path).new"
    removeFile(draft)
    do {
      let database = try Database(draft, .create, of: name)
      try start(database)
      try add(tip, to: database)
      try database.run("COMMIT")
    } catch {
      removeFile(draft)
      throw error
    }
    // The journal of an earlier process for a damaged file is not to be applied to this one.
    removeFile("\(path)-journal")
    try IndexDigest(of: draft).keep(for: path)
    // The index is made again where this is lost.
    try NamedFile.replace(path, with: draft, flushes: false)
    guard try lock.take(isExclusive: false, seconds: Self.patience) else { throw busy() }
    opened = try checked(Database(path, .write, of: name))
  }

  /// Makes the tables, and begins a transaction.
  private func start(_ database: Database) throws(DatabaseError) {
    graph = CommitGraph()
    // No process sees the incomplete file, so nothing has to survive a crash.
    try database.run(
      """
      PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -16000;
      PRAGMA application_id = \(Self.mark); PRAGMA user_version = \(Self.version);
      BEGIN;
      """)
    try database.run(HistoryWriter.schema)
    let meta = try database.prepare("INSERT INTO meta VALUES ('shallow', ?)")
    try meta.bind(shallow, at: 1)
    try meta.run()
  }

  private func add(_ tip: ObjectID, to database: Database) throws {
    let filling = HistoryFilling(store, database, graph, shallow: shallow, progress)
    graph = try filling.add(tip)
  }
}
