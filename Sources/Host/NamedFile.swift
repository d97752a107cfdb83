// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Files that are known by their path alone: what is asked of a name and done to it, not to the content.
package enum NamedFile {
  /// The folder and the last component of a path.
  package static func parts(of path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let folder = slash == path.startIndex ? "/" : String(path[..<slash])
    return (folder, String(path[path.index(after: slash)...]))
  }

  /// Flushes a file, and the folder it is in, to disk; one that does not exist has nothing to flush.
  package static func flush(_ path: String) throws(PatchkitError) {
    let file = unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    if file < 0 {
      if errno == ENOENT { return }
      throw PatchkitError.system(errno, "flush \(path)")
    }
    defer { close(file) }
    if fsync(file) != 0 { throw PatchkitError.system(errno, "flush \(path)") }
    try Folder.open(parts(of: path).folder).flush()
  }

  /// How long ago a file was changed, such as `2 hours`; nil where there is none.
  package static func age(of path: String) -> String? {
    var info = stat()
    guard unsafe lstat(path, &info) == 0 else { return nil }
    let seconds = max(0, time(nil) - info.st_mtim.tv_sec)
    func text(_ count: Int, _ unit: String) -> String { "\(count) \(unit)\(count == 1 ? "" : "s")" }
    return switch seconds {
    case ..<120: text(seconds, "second")
    case ..<7200: text(seconds / 60, "minute")
    case ..<172_800: text(seconds / 3600, "hour")
    default: text(seconds / 86_400, "day")
    }
  }

  /// What a link points at; nil where it cannot be read.
  static func target(ofLink path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4097)
    let length = unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
      guard let base = bytes.baseAddress else { return -1 }
      return unsafe readlink(path, base.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    return length < 0 ? nil : String(decoding: buffer.prefix(length), as: UTF8.self)
  }

  /// Removes a file; one that does not exist is fine.
  ///
  /// - Throws: `PatchkitError` of kind `system` where the system refuses.
  package static func remove(_ path: String) throws(PatchkitError) {
    let code = unsafe unlink(path) == 0 ? 0 : errno
    if code == 0 || code == ENOENT { return }
    throw PatchkitError(
      .system, path: path, "cannot be removed: \(PatchkitError.words(code))",
      underlying: SystemRefusal(code: code))
  }

  /// Gives a file that another library wrote its name, as `AtomicFile` does with its own: its content is on disk
  /// before, and the name after.
  ///
  /// - Parameters:
  ///   - draft: its name until then, in the same file system.
  ///   - flushes: false for a file that can be made again at any time.
  package static func replace(
    _ path: String, with draft: String, flushes: Bool = true
  ) throws(PatchkitError) {
    let (from, to) = (parts(of: draft), parts(of: path))
    if flushes { try flush(draft) }
    let folder = try Folder.open(to.folder)
    try Folder.open(from.folder).rename(
      Array(from.name.utf8), to: folder, as: Array(to.name.utf8))
    if flushes { try folder.flush() }
  }
}
