// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Synchronization

/// A folder for the files that another program is run on, removed when it goes.
package final class ScratchFolder: Sendable {
  /// The folder.
  package let path: String

  /// Makes an empty folder where the system keeps what is temporary, or below another one.
  ///
  /// Other users may not look into it: it may have a copy of a tree that they may not read. Where confined code
  /// runs as another user, the folder is that user's.
  ///
  /// - Parameter isOpen: whether other users may look into it nevertheless, as it has a program for them.
  /// - Throws: `PatchkitError` of kind `system` where there can be none; `CancellationError` where the process is
  ///   about to end.
  package init(below home: String? = nil, isOpen: Bool = false) throws {
    let base = home ?? Machine.variable("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    let random = (UInt64.random(in: 0...UInt64.max), UInt64.random(in: 0...UInt64.max))
    let name = "patchkit.\(getpid()).\(String(random.0, radix: 36))\(String(random.1, radix: 36))"
    let path = (base == "/" ? "" : base) + "/" + name
    self.path = path
    // Under the lock: none is made that 'removeAll' does not know.
    try Self.all.withLock { all in
      if all.isEnding { throw CancellationError() }
      try InputFile.makeFolder(base)
      let made = try Folder.open(base).makeNewFolder(
        Array(name.utf8), permissions: isOpen ? 0o755 : 0o700, path: base)
      guard let made else { throw PatchkitError(.taken, path: path, "already exists") }
      // Whatever the user's mask is.
      if isOpen { try made.setOwnPermissions(to: 0o755) }
      all.open.insert(path)
    }
  }

  deinit {
    Self.remove(path)
    let path = path
    _ = Self.all.withLock { $0.open.remove(path) }
  }

  private static func remove(_ path: String) {
    let (folder, name) = NamedFile.parts(of: path)
    try? Folder.open(folder).removeTree(Array(name.utf8))
  }

  private struct All {
    var open: Set<String> = []
    var isEnding = false
  }
  private static let all = Mutex(All())

  /// Removes every folder that this process has made: it is about to end in the middle of its work.
  ///
  /// Other threads may be in the middle of a file, and so may a compiler: nothing new is begun, and what they
  /// leave is looked for again.
  package static func removeAll() {
    let folders = all.withLock { all in
      all.isEnding = true
      return all.open
    }
    var quiet = 0
    for _ in 0..<300 where quiet < 8 {
      let left = folders.filter { InputFile.exists($0) }
      for path in left { remove(path) }
      quiet = left.isEmpty ? quiet + 1 : 0
      usleep(10_000)
    }
  }

  /// Removes everything in the folder.
  package func clear() throws {
    let folder = try Folder.open(path)
    for name in try folder.children() { try folder.removeTree(name) }
  }

  /// Writes a file, with the folders above it; no link below the folder is followed.
  package func write(_ content: [UInt8], to name: String) throws {
    let steps = name.split(separator: "/").map { Array($0.utf8) }
    guard let last = steps.last else { return }
    // Under the lock, or a folder that was just removed would be made again.
    let folder: Folder = try Self.all.withLock { all in
      if all.isEnding { throw CancellationError() }
      var folder = try Folder.open(path)
      for step in steps.dropLast() { folder = try folder.makeFolder(step, path: name) }
      return folder
    }
    try folder.replace(last, content: content)
  }

  /// Reads a file; nil where there is none.
  package func read(_ name: String) -> [UInt8]? { try? InputFile.read(path + "/" + name) }

  /// Reads the beginning of a file that foreign code wrote; nil where there is none, or a link.
  ///
  /// - Parameter most: how many bytes are read.
  package func read(_ name: String, most: Int) -> [UInt8]? {
    let file = unsafe open("\(path)/\(name)", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    let size = min(most, Int(info.st_size))
    return unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let part = unsafe pread(file, buffer.baseAddress?.advanced(by: count), size - count, count)
        if part < 0, errno == EINTR { continue }
        if part <= 0 { break }
        count += part
      }
    }
  }
}
