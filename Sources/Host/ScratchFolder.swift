// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
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
  /// - Throws: what Foundation says where there can be none.
  package init(below home: String? = nil, isOpen: Bool = false) throws {
    let base = home ?? FileManager.default.temporaryDirectory.path
    path = "\(base)/patchkit.\(ProcessInfo.processInfo.processIdentifier).\(UUID())"
    let path = path
    // Under the lock: none is made that 'removeAll' does not know.
    try Self.all.withLock { all in
      if all.isEnding { throw CancellationError() }
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: [.posixPermissions: isOpen ? 0o755 : 0o700])
      all.open.insert(path)
    }
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    let path = path
    _ = Self.all.withLock { $0.open.remove(path) }
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
      let left = folders.filter { FileManager.default.fileExists(atPath: $0) }
      for path in left { try? FileManager.default.removeItem(atPath: path) }
      quiet = left.isEmpty ? quiet + 1 : 0
      usleep(10_000)
    }
  }

  /// Removes everything in the folder.
  package func clear() throws {
    for name in try FileManager.default.contentsOfDirectory(atPath: path) {
      try FileManager.default.removeItem(atPath: path + "/" + name)
    }
  }

  /// Writes a file, with the folders above it.
  package func write(_ content: [UInt8], to name: String) throws {
    let file = path + "/" + name
    let folder = path + "/" + name[..<(name.lastIndex(of: "/") ?? name.startIndex)]
    // Under the lock, or a folder that was just removed would be made again.
    try Self.all.withLock { all in
      if all.isEnding { throw CancellationError() }
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }
    try Data(content).write(to: URL(filePath: file))
  }

  /// Reads a file; nil where there is none.
  package func read(_ name: String) -> [UInt8]? {
    (try? Data(contentsOf: URL(filePath: path + "/" + name))).map(Array.init)
  }

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
