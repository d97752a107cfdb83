// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// A call of libgit2 that failed: what was tried, and what the library said at once.
package struct GitError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds of failure that callers treat apart.
  package enum Kind: Sendable, Hashable {
    /// The object, reference or file is not there.
    case notFound
    /// An object that others name is not in the repository: it is damaged, or a partial clone.
    case missing
    /// It already exists, or moved meanwhile.
    case exists
    /// More than one thing has that name.
    case ambiguous
    /// A patch does not apply.
    case applyFailed
    /// The repository belongs to another user (git's `safe.directory`).
    case owner
    /// A commit could not be signed.
    case signing
    /// Anything else.
    case other
  }

  /// What was tried, such as `open the repository`.
  package var operation: String
  /// The library's words, or a substitute where it gave none.
  package var message: String
  /// The kind of failure.
  package var kind: Kind
  /// The repository's folder, where an object is missing in it.
  package var folder: String?
  /// Whether the repository is a partial clone, where an object is missing in it.
  package var isPartial = false

  /// The failure as one sentence.
  package var description: String { "cannot \(operation): \(message)" }

  /// Copies the library's last error, which belongs to the thread and may be missing.
  init(_ code: Int32, _ operation: String) {
    self.operation = operation
    let last = unsafe git_error_last()
    if let last = unsafe last, let text = unsafe last.pointee.message {
      message = unsafe String(cString: text)
    } else {
      message = "libgit2 failed with code \(code)"
    }
    switch code {
    case GIT_ENOTFOUND.rawValue: kind = .notFound
    case GIT_EEXISTS.rawValue, GIT_EMODIFIED.rawValue: kind = .exists
    case GIT_EAMBIGUOUS.rawValue: kind = .ambiguous
    case GIT_EAPPLYFAIL.rawValue: kind = .applyFailed
    case GIT_EOWNER.rawValue: kind = .owner
    default: kind = .other
    }
    git_error_clear()
  }

  /// Makes an error about an object that has to be there.
  init(_ code: Int32, _ operation: String, in repository: OpaquePointer) {
    self.init(code, operation)
    unsafe explainMissing(in: repository)
  }

  /// For an object that has to be there and is not: says so, and whether the repository is a partial clone.
  mutating func explainMissing(in repository: OpaquePointer) {
    guard kind == .notFound else { return }
    kind = .missing
    let common = unsafe String(cString: git_repository_commondir(repository))
    let packs = (try? InputFile.names(in: common + "objects/pack")) ?? []
    isPartial = packs.contains { $0.hasSuffix(".promisor") }
    folder = common
    message =
      isPartial
      ? "an object was not fetched, as the repository is a partial clone"
      : "the repository lacks an object (\(message))"
  }

  /// Makes an error from all of its parts.
  package init(_ operation: String, _ message: String, _ kind: Kind = .other) {
    self.operation = operation
    self.message = message
    self.kind = kind
  }
}

/// Makes sure that libgit2 is set up, once in the process; it is never shut down.
package enum Libgit2 {
  private static let isReady: Bool = {
    guard git_libgit2_init() > 0 else { return false }
    patchkit_set_options()
    return true
  }()

  /// Keeps memory that was freed for the next file.
  ///
  /// A run reads many of the same size, and what comes fresh from the system costs a fault for every page.
  package static func keepFreedMemory() { patchkit_keep_freed_memory() }

  static func setUp() throws(GitError) {
    guard isReady else { throw GitError("start libgit2", "its initialisation failed") }
  }
}

/// Throws the library's error where a call did not succeed.
@discardableResult
func check(_ code: Int32, _ operation: @autoclosure () -> String) throws(GitError) -> Int32 {
  if code < 0 { throw GitError(code, operation()) }
  return code
}

/// Owns one libgit2 object and frees it at the end of its scope.
@safe struct Handle: ~Copyable {
  let pointer: OpaquePointer
  private let free: (OpaquePointer?) -> Void

  init(_ pointer: OpaquePointer, free: @escaping (OpaquePointer?) -> Void) {
    unsafe self.pointer = pointer
    unsafe self.free = free
  }

  deinit { unsafe free(pointer) }

  /// Reads an object that another one names, which therefore has to be there.
  @safe static func object(
    _ id: ObjectID, _ operation: @autoclosure () -> String, in repository: OpaquePointer,
    free: @escaping (OpaquePointer?) -> Void,
    _ body: (inout OpaquePointer?, inout git_oid) -> Int32
  ) throws(GitError) -> Handle {
    var pointer: OpaquePointer?
    var oid = id.raw
    let code = unsafe body(&pointer, &oid)
    if code < 0 { throw unsafe GitError(code, operation(), in: repository) }
    guard let made = unsafe pointer else { throw GitError(operation(), "libgit2 made no object") }
    return unsafe Handle(made, free: free)
  }

  /// Calls a function that makes an object, and owns what it made.
  @safe static func make(
    _ operation: @autoclosure () -> String, free: @escaping (OpaquePointer?) -> Void,
    _ body: (inout OpaquePointer?) -> Int32
  ) throws(GitError) -> Handle {
    var pointer: OpaquePointer?
    let code = unsafe body(&pointer)
    try check(code, operation())
    guard let made = unsafe pointer else { throw GitError(operation(), "libgit2 made no object") }
    return unsafe Handle(made, free: free)
  }
}
