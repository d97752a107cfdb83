// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Reads the files that a user names as input, and writes the ones named as output.
package enum InputFile {
  /// Files larger than this are refused before they are read, where nobody says another size.
  package static let largest = 512 << 20

  /// The bytes of a file, or of standard input for `-`.
  ///
  /// - Parameter largest: the most bytes that are read.
  /// - Throws: `PatchkitError` of kind `badInput` where it cannot be read or is too large.
  package static func read(
    _ path: String, largest: Int = InputFile.largest
  ) throws(PatchkitError) -> [UInt8] {
    let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw unreadable(path, errno) }
    defer { if descriptor != 0 { close(descriptor) } }
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0 else { throw unreadable(path, errno) }
    if info.st_mode & S_IFMT == S_IFDIR { throw unreadable(path, EISDIR) }
    if info.st_mode & S_IFMT == S_IFREG, Int(info.st_size) > largest {
      throw tooLarge(path, Int(info.st_size), largest)
    }
    var content: [UInt8] = []
    content.reserveCapacity(Int(max(info.st_size, 0)) + 1)
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
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

  static func unreadable(_ path: String, _ code: Int32) -> PatchkitError {
    PatchkitError(
      .badInput, path: path, "cannot be read: \(unsafe String(cString: strerror(code)))",
      hint: code == ENOENT
        ? "look at the name, and at the folder that the command runs in"
        : code == EISDIR ? "name a file in it" : "look at its permissions")
  }

  static func tooLarge(_ path: String, _ size: Int, _ largest: Int) -> PatchkitError {
    let shown =
      largest >= 1 << 20 && largest % (1 << 20) == 0 ? "\(largest >> 20) MiB" : "\(largest) bytes"
    return PatchkitError(
      .badInput, path: path, "is \(size) bytes and more than the \(shown) that are read",
      hint: "a mailbox is read mail by mail; else '--limit input-size=2G' reads more of a patch")
  }

  /// What a name stands for.
  package enum Kind: Sendable {
    /// A folder.
    case folder
    /// Anything that is no folder, or nothing at all.
    case other
  }

  /// What a name stands for.
  package static func kind(of path: String) -> Kind {
    var info = stat()
    return unsafe stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR ? .folder : .other
  }

  /// Whether anything stands at a path.
  package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// What tells a file from what stood at its path before or after, links followed: its real path, size
  /// and time of change; nil where there is none.
  package static func identity(of path: String) -> String? {
    guard let real = realPath(path) else { return nil }
    var info = stat()
    guard unsafe stat(real, &info) == 0 else { return nil }
    let changed = info.st_mtim
    return "\(real) \(info.st_size) \(changed.tv_sec).\(changed.tv_nsec)"
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

  /// Removes a file.
  ///
  /// - Throws: `PatchkitError` of kind `system` where the system refuses.
  package static func remove(_ path: String) throws(PatchkitError) {
    guard unsafe unlink(path) == 0 else {
      throw PatchkitError(
        .system, path: path, "cannot be removed: \(unsafe String(cString: strerror(errno)))")
    }
  }

  /// Writes a file in one step: it is there as a whole or not at all.
  ///
  /// `-` is standard output.
  ///
  /// - Parameter replaces: whether a file that is there is replaced.
  /// - Throws: `PatchkitError` of kind `busy` where one is there and is not to be replaced.
  package static func write(
    _ content: [UInt8], to path: String, replaces: Bool = true
  ) throws(PatchkitError) {
    if path == "-" { return try writeStandardOutput(content) }
    if !replaces, unsafe access(path, F_OK) == 0 {
      throw PatchkitError(
        .taken, path: path, "is there already", hint: "remove it or choose another name")
    }
    let slash = path.lastIndex(of: "/")
    let folderPath = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
    let folder = try Folder.open(folderPath)
    let draft = Array(".\(name).\(getpid()).new".utf8)
    try folder.remove(draft)
    let mask = umask(0)
    umask(mask)
    try folder.create(draft, content: content, permissions: 0o666 & ~mask)
    do {
      try folder.rename(draft, to: folder, as: Array(name.utf8))
    } catch {
      try? folder.remove(draft)
      throw error
    }
  }

  /// Writes to standard output as a whole.
  package static func writeStandardOutput(_ content: [UInt8]) throws(PatchkitError) {
    var written = 0
    while written < content.count {
      let count = unsafe content.withUnsafeBytes {
        unsafe Glibc.write(1, $0.baseAddress.map { unsafe $0 + written }, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { throw PatchkitError.system(errno, "write to standard output") }
      written += count
    }
  }
}
