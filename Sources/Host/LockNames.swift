// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Locks as git has them: the process that made a file of a certain name, such as `index.lock`, holds the lock.
///
/// Such a lock outlives a process that was killed. So all names are given to one file, by which the next run
/// recognizes them and completes the work.
package struct LockNames: Sendable {
  /// The file whose second names the locks are.
  private let file: String

  /// Why a lock is not held.
  package struct Refusal: Error, Sendable {
    /// The lock's name; nil where not even the file could be made.
    package let name: String?
    /// The system's words.
    package let words: String
    /// Whether another process holds it.
    package let isHeld: Bool
  }

  /// Names the file, which is made when locks are taken.
  package init(of file: String) { self.file = file }

  /// Takes all locks, or none; those that an earlier run took by the same file count as taken.
  ///
  /// - Parameter isEmptied: as in `release`, where not all can be taken.
  package func take(
    _ names: [String], emptying isEmptied: (_ folder: String) -> Bool
  ) throws(Refusal) {
    let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Refusal(name: nil, words: PatchkitError.words(errno), isHeld: false)
    }
    close(descriptor)
    for (index, name) in names.enumerated() {
      var code = unsafe link(file, name) == 0 ? 0 : errno
      if code == ENOENT {
        // git removes folders of references that are empty.
        _ = try? InputFile.makeFolder(NamedFile.parts(of: name).folder)
        code = unsafe link(file, name) == 0 ? 0 : errno
      }
      if code == 0 || code == EEXIST && isMine(name) { continue }
      release(Array(names[..<index]), emptying: isEmptied)
      throw Refusal(name: name, words: PatchkitError.words(code), isHeld: code == EEXIST)
    }
  }

  private func isMine(_ name: String) -> Bool {
    var own = stat()
    var other = stat()
    return unsafe lstat(file, &own) == 0 && lstat(name, &other) == 0
      && own.st_ino == other.st_ino && own.st_dev == other.st_dev
  }

  /// Releases those of the locks that were taken by this file, and removes the file.
  ///
  /// - Parameter isEmptied: whether a folder that a lock was in, or one above, goes where it is empty now.
  package func release(_ names: [String], emptying isEmptied: (_ folder: String) -> Bool) {
    for name in names where isMine(name) {
      unsafe _ = unlink(name)
      var path = NamedFile.parts(of: name).folder
      while isEmptied(path), unsafe rmdir(path) == 0 { path = NamedFile.parts(of: path).folder }
    }
    unsafe _ = unlink(file)
  }
}
