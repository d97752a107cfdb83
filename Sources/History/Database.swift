// SPDX-License-Identifier: GPL-2.0-only

internal import CSQLite
internal import Host

/// A call of SQLite that failed.
struct DatabaseError: Error, Sendable, CustomStringConvertible {
  /// SQLite's code, without its extension.
  var code: Int32
  /// What SQLite reports.
  var message: String
  /// The database that it happened in: a question to one history may be within a question to another.
  var database: String

  /// Whether the file is not a database, or a damaged one.
  var isDamage: Bool {
    [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_MISMATCH].contains(code)
  }

  /// Whether the file has another schema than the statements expect.
  var isOtherSchema: Bool { code == SQLITE_ERROR }

  var description: String { message }

  /// An error for content that cannot be what was written.
  static func damaged(_ what: String, in database: String) -> DatabaseError {
    DatabaseError(code: SQLITE_CORRUPT, message: what, database: database)
  }

  /// An error for a database that is sound and not the one that is asked for.
  static func other(_ what: String, than database: String) -> DatabaseError {
    DatabaseError(code: SQLITE_ERROR, message: what, database: database)
  }
}

/// A connection to an SQLite database, of one thread at a time.
@safe final class Database {
  private let handle: OpaquePointer
  /// What the index that it is of is called: errors have this name.
  let name: String

  /// How a database is opened.
  enum Mode {
    /// For reading and writing; made where there is none.
    case create
    /// For reading and writing one that exists.
    case write
    /// For reading in a folder that cannot be written; no other process may write it either.
    case immutable
    /// One of this process alone that ends with it; it lies on disk where it is large.
    case temporary
  }

  /// Milliseconds to wait for another process's transaction.
  private static let patience: Int32 = 60_000

  /// Opens a database.
  ///
  /// - Parameters:
  ///   - path: its file; empty for a temporary one.
  ///   - index: what the index that it is of is called.
  init(_ path: String, _ mode: Mode, of index: String) throws(DatabaseError) {
    self.name = index
    var made: OpaquePointer?
    var flags = SQLITE_OPEN_NOMUTEX
    var name = path
    switch mode {
    case .create: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    case .write: flags |= SQLITE_OPEN_READWRITE
    case .immutable:
      flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
      let escaped = path.utf8.map { byte in
        byte.isLetter || byte.isDigit || byte == UInt8(ascii: "/")
          ? String(Unicode.Scalar(byte))
          : "%" + Hex.text([byte])
      }
      name = "file:\(escaped.joined())?immutable=1"
    case .temporary:
      flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
      name = ""
    }
    let code = unsafe sqlite3_open_v2(name, &made, flags, nil)
    guard let handle = unsafe made else {
      throw DatabaseError(code: code, message: "SQLite has no memory", database: index)
    }
    unsafe self.handle = handle
    if code != SQLITE_OK { throw error(code) }
    unsafe sqlite3_busy_timeout(handle, Self.patience)
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  private func error(_ code: Int32) -> DatabaseError {
    DatabaseError(
      code: code & 0xFF, message: unsafe String(cString: sqlite3_errmsg(handle)), database: name)
  }

  /// Runs statements without results.
  func run(_ text: String) throws(DatabaseError) {
    let code = unsafe sqlite3_exec(handle, text, nil, nil, nil)
    if code != SQLITE_OK { throw error(code) }
  }

  /// Prepares a statement.
  func prepare(_ text: String) throws(DatabaseError) -> Statement {
    var made: OpaquePointer?
    let code = unsafe sqlite3_prepare_v3(
      handle, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
    guard code == SQLITE_OK, let pointer = unsafe made else { throw error(code) }
    return unsafe Statement(pointer, of: self)
  }

  /// The number in the first row and column of a query; nil where there is no row.
  func number(_ text: String) throws(DatabaseError) -> Int? {
    let statement = try prepare(text)
    return try statement.step() ? statement.number(0) : nil
  }

  fileprivate func check(_ code: Int32) throws(DatabaseError) {
    if code != SQLITE_OK { throw error(code) }
  }

  /// A prepared statement; its parameters are numbered from 1 and its columns from 0.
  @safe final class Statement {
    private let pointer: OpaquePointer
    private let database: Database

    fileprivate init(_ pointer: OpaquePointer, of database: Database) {
      unsafe self.pointer = pointer
      self.database = database
    }

    deinit { unsafe _ = sqlite3_finalize(pointer) }

    func bind(_ value: Int, at index: Int32) throws(DatabaseError) {
      try database.check(unsafe sqlite3_bind_int64(pointer, index, Int64(value)))
    }

    func bind(_ value: [UInt8], at index: Int32) throws(DatabaseError) {
      try database.check(
        unsafe value.withUnsafeBytes {
          unsafe patchkit_bind_blob(pointer, index, $0.baseAddress, Int32($0.count))
        })
    }

    func bind(text value: [UInt8], at index: Int32) throws(DatabaseError) {
      try database.check(
        unsafe value.withUnsafeBytes {
          unsafe patchkit_bind_text(pointer, index, $0.baseAddress, Int32($0.count))
        })
    }

    func bind(_ value: String, at index: Int32) throws(DatabaseError) {
      try bind(text: Array(value.utf8), at: index)
    }

    func bindNull(at index: Int32) throws(DatabaseError) {
      try database.check(unsafe sqlite3_bind_null(pointer, index))
    }

    /// Goes to the next row; false where there is none.
    func step() throws(DatabaseError) -> Bool {
      let code = unsafe sqlite3_step(pointer)
      if code == SQLITE_ROW { return true }
      if code == SQLITE_DONE { return false }
      throw database.error(code)
    }

    /// Runs the statement to its end and makes it ready for other parameters.
    func run() throws(DatabaseError) {
      defer { reset() }
      while try step() {}
    }

    /// Makes the statement ready for other parameters.
    func reset() { unsafe _ = sqlite3_reset(pointer) }

    func number(_ column: Int32) -> Int { Int(unsafe sqlite3_column_int64(pointer, column)) }

    func isNull(_ column: Int32) -> Bool {
      unsafe sqlite3_column_type(pointer, column) == SQLITE_NULL
    }

    /// The bytes of a blob or a text.
    func bytes(_ column: Int32) -> [UInt8] {
      let count = Int(unsafe sqlite3_column_bytes(pointer, column))
      guard count > 0, let start = unsafe sqlite3_column_blob(pointer, column) else { return [] }
      return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ column: Int32) -> String { String(decoding: bytes(column), as: UTF8.self) }
  }
}
