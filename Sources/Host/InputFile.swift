// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Reads the files that a user names as input, and those that a tree or a project has.
///
/// Nothing is waited for without end: a file is opened without blocking, and its kind is checked.
package enum InputFile {
  /// Files larger than this are refused before they are read, where no other limit is given.
  package static let largest = 512 << 20

  /// What may be read.
  package enum Kinds: Sendable {
    /// Regular files alone: for names that a tree, a series or a manifest gives.
    case files
    /// Pipes and terminals as well: for names that the user gives on the command line.
    case filesAndStreams
  }

  /// The bytes of a file, or of standard input for `-`.
  ///
  /// - Parameter largest: the most bytes that are read.
  /// - Throws: `PatchkitError` of kind `badInput` where it cannot be read or is too large.
  package static func read(
    _ path: String, largest: Int = InputFile.largest, kinds: Kinds = .files
  ) throws(PatchkitError) -> [UInt8] {
    let (descriptor, size) = try open(path, kinds)
    defer { if descriptor != 0 { close(descriptor) } }
    if let size, size > largest { throw tooLarge(path, size, largest) }
    var content: [UInt8] = []
    content.reserveCapacity((size ?? 0) + 1)
    var buffer = [UInt8](repeating: 0, count: min(1 << 18, max(1 << 12, (size ?? 1 << 18) + 1)))
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw unreadable(path, errno) }
      if count == 0 { return content }
      content += buffer[..<count]
      if content.count > largest { throw tooLarge(path, content.count, largest) }
    }
  }

  /// Reads a file piece by piece, so that it is never in memory as a whole.
  ///
  /// - Parameters:
  ///   - size: the number of bytes of each piece but the last.
  ///   - body: receives the pieces.
  /// - Returns: the number of bytes of the file.
  /// - Throws: `PatchkitError` of kind `badInput` where it cannot be read.
  package static func read(
    _ path: String, inPiecesOf size: Int, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(PatchkitError) -> Int {
    let (descriptor, _) = try open(path, .files)
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: size)
    var total = 0
    while true {
      var filled = 0
      while filled < size {
        let count = unsafe buffer.withUnsafeMutableBytes {
          unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), size - filled)
        }
        if count < 0, errno == EINTR { continue }
        if count < 0 { throw unreadable(path, errno) }
        if count == 0 { break }
        filled += count
      }
      if filled > 0 {
        unsafe buffer.withUnsafeBytes { unsafe body(.init(rebasing: $0[..<filled])) }
      }
      total += filled
      if filled < size { return total }
    }
  }

  /// How long a pipe that no program writes into is waited for, in milliseconds.
  private static let patience: Int32 = 10_000

  /// Opens a file without waiting, and checks what was opened.
  ///
  /// - Returns: the descriptor, 0 for standard input; the size of a regular file, nil for a stream.
  static func open(
    _ path: String, _ kinds: Kinds
  ) throws(PatchkitError) -> (descriptor: Int32, size: Int?) {
    var descriptor: Int32 = 0
    if path != "-" {
      // What the caller opened is used as it is: a pipe may have been written and closed already.
      if case .filesAndStreams = kinds, let number = Descriptor.number(in: path) {
        descriptor = fcntl(number, F_DUPFD_CLOEXEC, 3)
      } else {
        descriptor = unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      }
    }
    if descriptor < 0 { throw unreadable(path, errno) }
    do throws(PatchkitError) {
      return (descriptor, try checked(descriptor, path, kinds))
    } catch {
      if descriptor != 0 { close(descriptor) }
      throw error
    }
  }

  private static func checked(
    _ descriptor: Int32, _ path: String, _ kinds: Kinds
  ) throws(PatchkitError) -> Int? {
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else { throw unreadable(path, errno) }
    switch (info.st_mode & S_IFMT, kinds) {
    case (S_IFREG, _): return Int(info.st_size)
    case (S_IFDIR, _): throw unreadable(path, EISDIR)
    case (S_IFIFO, _) where path == "-", (S_IFCHR, _) where path == "-",
      (S_IFSOCK, _) where path == "-":
      return nil
    case (S_IFIFO, .filesAndStreams), (S_IFCHR, .filesAndStreams), (S_IFSOCK, .filesAndStreams):
      if Descriptor.number(in: path) == nil, info.st_mode & S_IFMT == S_IFIFO {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if unsafe poll(&waiting, 1, patience) == 0 {
          throw PatchkitError(
            .badInput, path: path, "cannot be read: no program writes into the pipe",
            hint: "start the program that writes into it first")
        }
      }
      _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
      return nil
    default:
      throw PatchkitError(
        .badInput, path: path, "cannot be read: it is a device, a pipe or a socket, not a file",
        hint: "replace it with a regular file")
    }
  }

  /// What to say of a file that does not exist.
  package static func missing(_ path: String) -> PatchkitError { unreadable(path, ENOENT) }

  static func unreadable(_ path: String, _ code: Int32) -> PatchkitError {
    PatchkitError(
      .badInput, path: path, "cannot be read: \(PatchkitError.words(code))",
      hint: code == ENOENT
        ? "check the name and the current folder"
        : code == EISDIR ? "name a file in it" : "check its permissions")
  }

  static func tooLarge(_ path: String, _ size: Int, _ largest: Int) -> PatchkitError {
    let shown =
      largest >= 1 << 20 && largest % (1 << 20) == 0 ? "\(largest >> 20) MiB" : "\(largest) bytes"
    return PatchkitError(
      .badInput, path: path, "has \(size) bytes, more than the limit of \(shown)",
      hint: "raise the limit with '--limit input-size=2G'; a mailbox has no limit of its own")
  }

  /// What a name is the name of.
  package enum Kind: Sendable {
    /// A folder.
    case folder
    /// A regular file.
    case file
    /// A pipe or a device, which a program may read from for ever.
    case endless
    /// A socket, or nothing at all.
    case other
  }

  /// The kind of file that a name refers to, links followed.
  package static func kind(of path: String) -> Kind {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { return .other }
    switch info.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    case S_IFIFO, S_IFCHR, S_IFBLK: return .endless
    default: return .other
    }
  }

  /// Whether every user can write into a file or folder.
  package static func isWritableForAll(_ path: String) -> Bool {
    var info = stat()
    return unsafe stat(path, &info) == 0 && info.st_mode & 0o002 != 0
  }

  /// Whether anything exists at a path.
  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// Whether a file is there that belongs to the user who runs the program, as git asks of a repository
  /// (`safe.directory`): another user's settings would act with this one's rights.
  ///
  /// For root, a file of the user who called `sudo` counts as well.
  package static func isOwn(_ path: String) -> Bool {
    var info = stat()
    guard unsafe stat(path, &info) == 0 else { return false }
    if info.st_uid == geteuid() { return true }
    guard geteuid() == 0, let caller = Machine.variable("SUDO_UID").flatMap(UInt32.init) else {
      return false
    }
    return info.st_uid == caller
  }

  /// What distinguishes a file from others at its path before or after, links followed: its real path, size,
  /// times and inode; nil if there is none.
  ///
  /// Any program may set the time of the content; only the system sets that of the last change.
  package static func identity(of path: String) -> String? {
    guard let real = realPath(path) else { return nil }
    var info = stat()
    guard unsafe stat(real, &info) == 0 else { return nil }
    return identity(of: real, info)
  }

  private static func identity(of real: String, _ info: stat) -> String {
    let (written, changed) = (info.st_mtim, info.st_ctim)
    return "\(real) \(info.st_size) \(written.tv_sec).\(written.tv_nsec) "
      + "\(changed.tv_sec).\(changed.tv_nsec) \(info.st_ino)"
  }

  /// The identity of a file that did not change in the last second; nil where it did, and where there is none.
  ///
  /// File systems count time in steps of milliseconds, and the next change may be in the same one.
  package static func settledIdentity(of path: String) -> String? {
    guard let real = realPath(path) else { return nil }
    var info = stat()
    // One status for both: a file may be written between two.
    guard unsafe stat(real, &info) == 0,
      max(info.st_mtim.tv_sec, info.st_ctim.tv_sec) + 1 < Machine.secondsSince1970
    else { return nil }
    return "\(identity(of: real, info)) \(info.st_dev)"
  }

  /// Throws where a file cannot be read by the user who runs the program.
  package static func requireReadable(_ path: String) throws(PatchkitError) {
    guard unsafe access(path, R_OK) == 0 else { throw PatchkitError.system(errno, "read \(path)") }
  }

  /// A path from the root of the file system, links resolved; nil where there is nothing.
  package static func realPath(_ path: String) -> String? {
    guard let real = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(real) }
    return unsafe String(cString: real)
  }

  /// The names in a folder, sorted by their bytes.
  package static func names(in folder: String) throws(PatchkitError) -> [String] {
    try Folder.open(folder).children().map { String(decoding: $0, as: UTF8.self) }
  }

  /// Makes a folder, and the ones above it; one that is there is fine.
  package static func makeFolder(_ path: String) throws(PatchkitError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for component in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? String(component) : "/" + component
      if unsafe mkdir(made, 0o777) != 0, errno != EEXIST {
        throw PatchkitError.system(errno, "make the folder \(made)")
      }
    }
  }

  /// Lets a program be run that is in a folder of patchkit's own; a link is refused.
  package static func makeExecutable(_ path: String) throws(PatchkitError) {
    let file = unsafe Glibc.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw unreadable(path, errno) }
    defer { close(file) }
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG,
      info.st_mode & 0o111 == 0o111 || fchmod(file, 0o755) == 0
    else { throw unreadable(path, errno) }
  }
}
