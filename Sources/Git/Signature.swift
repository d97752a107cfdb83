// SPDX-License-Identifier: GPL-2.0-only

internal import CLibgit2
internal import Host

/// Who made a commit, and when.
package struct Signature: Sendable, Hashable {
  /// The name, without newlines and angle brackets.
  package var name: String
  /// The mail address.
  package var email: String
  /// Seconds since 1970 in UTC.
  package var seconds: Int64
  /// Minutes east of UTC.
  package var zoneMinutes: Int

  /// Makes a signature from all of its parts.
  package init(name: String, email: String, seconds: Int64, zoneMinutes: Int) {
    self.name = name
    self.email = email
    self.seconds = seconds
    self.zoneMinutes = zoneMinutes
  }

  func make() throws(GitError) -> SignatureHandle {
    var pointer: UnsafeMutablePointer<git_signature>?
    try check(
      unsafe git_signature_new(&pointer, name, email, seconds, Int32(zoneMinutes)),
      "write the identity '\(name) <\(email)>'")
    guard let made = unsafe pointer else {
      throw GitError("write the identity '\(name)'", "libgit2 made none")
    }
    return unsafe SignatureHandle(pointer: made)
  }
}

/// Owns a libgit2 signature, which is not an opaque type.
@safe struct SignatureHandle: ~Copyable {
  let pointer: UnsafeMutablePointer<git_signature>
  deinit { unsafe git_signature_free(pointer) }
}

extension Repository {
  /// The name and address of git's configuration (`user.name`, `user.email`), with the present time.
  ///
  /// - Throws: `GitError` of kind `notFound` where the configuration names none.
  package func defaultSignature() throws(GitError) -> Signature {
    var pointer: UnsafeMutablePointer<git_signature>?
    try check(
      unsafe git_signature_default(&pointer, handle.pointer),
      "find who commits; set user.name and user.email with git config")
    guard let made = unsafe pointer else { throw GitError("find who commits", "libgit2 made none") }
    let owned = unsafe SignatureHandle(pointer: made)
    let raw = unsafe owned.pointer.pointee
    return unsafe Signature(
      name: String(cString: raw.name), email: String(cString: raw.email), seconds: raw.when.time,
      zoneMinutes: Int(raw.when.offset))
  }

  /// Who commits: `GIT_COMMITTER_NAME`, `GIT_COMMITTER_EMAIL` and `GIT_COMMITTER_DATE` (seconds and
  /// zone) where they are set, as in git, else the configuration and this moment.
  ///
  /// - Throws: `GitError` of kind `notFound` where nothing names anybody.
  package func committer() throws(GitError) -> Signature {
    let name = Machine.variable("GIT_COMMITTER_NAME")
    let email = Machine.variable("GIT_COMMITTER_EMAIL")
    var signature: Signature
    if let name, let email {
      signature = Signature(
        name: name, email: email, seconds: Int64(Machine.secondsSince1970), zoneMinutes: 0)
    } else {
      signature = try defaultSignature()
      signature.name = name ?? signature.name
      signature.email = email ?? signature.email
    }
    // What no commit may hold.
    let isUsable = [signature.name, signature.email].allSatisfy { text in
      text.contains { !" .,:;<>\"\\'\n".contains($0) }
    }
    guard isUsable else {
      throw GitError(
        "find who commits; set user.name and user.email with git config",
        "the name or the address is empty", .notFound)
    }
    if let date = Machine.variable("GIT_COMMITTER_DATE") {
      let words = date.split(separator: " ")
      let seconds = words.first.flatMap { Int64($0.first == "@" ? $0.dropFirst() : $0) }
      let zone = words.count > 1 ? Int(words[1]) : 0
      guard let seconds, let zone else {
        throw GitError("read GIT_COMMITTER_DATE", "it is not seconds and a zone such as +0100")
      }
      signature.seconds = seconds
      signature.zoneMinutes = zone / 100 * 60 + zone % 100
    }
    return signature
  }
}
