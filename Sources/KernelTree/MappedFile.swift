// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// A file of patchkit's own that is read where it lies, without copying it.
///
/// It is never written in place: a new one takes its name, and the old one lives until it is let go.
@safe package final class MappedFile: @unchecked Sendable {
  // The memory is never written, so any thread may read it.
  private let start: UnsafeMutableRawPointer
  /// The number of bytes.
  package let count: Int

  /// Maps a file; nil where there is none, or where it is empty.
  package init?(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var info = stat()
    guard unsafe fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG, info.st_size > 0
    else { return nil }
    count = Int(info.st_size)
    guard let mapped = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0),
      unsafe mapped != MAP_FAILED
    else { return nil }
    unsafe start = mapped
  }

  deinit { unsafe _ = munmap(start, count) }

  /// Lets a body read the bytes.
  package func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    try unsafe body(UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// Writes a file of patchkit's own piece by piece; it takes its name when it is whole.
package final class CacheWriter {
  private let descriptor: Int32
  private let draft: String
  private let path: String
  private var buffer: [UInt8] = []
  private var isGood = true

  private static let room = 1 << 20

  /// Opens a draft beside the file; nil where that is not possible.
  package init?(_ path: String) {
    self.path = path
    draft = "\(path).\(getpid()).new"
    descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    if descriptor < 0 { return nil }
    buffer.reserveCapacity(2 * Self.room)
  }

  /// Appends bytes.
  package func append(_ bytes: UnsafeRawBufferPointer) {
    if bytes.count >= Self.room {
      flush()
      unsafe write(bytes)
      return
    }
    unsafe buffer.append(contentsOf: bytes)
    if buffer.count >= Self.room { flush() }
  }

  private func flush() {
    unsafe buffer.withUnsafeBytes { unsafe write($0) }
    buffer.removeAll(keepingCapacity: true)
  }

  private func write(_ bytes: UnsafeRawBufferPointer) {
    var written = 0
    while isGood, written < bytes.count {
      let count = unsafe Glibc.write(
        descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { isGood = false } else { written += count }
    }
  }

  /// Gives the file its name.
  ///
  /// - Returns: whether it is there as a whole; what was there before is else still there.
  package func finish() -> Bool {
    flush()
    close(descriptor)
    if isGood, unsafe rename(draft, path) == 0 { return true }
    unsafe _ = unlink(draft)
    return false
  }
}

/// Where patchkit keeps what it can make again at any time.
package enum CacheFolder {
  /// The folder for a kind of things: in the store of the project if there is one, else where the
  /// system keeps such (`XDG_CACHE_HOME`, `~/.cache`); nil where there is no such place.
  package static func path(_ kind: String) -> String? {
    if let store = try? VendoredStore.find(from: ".") {
      guard let path = made("\(store.path)/\(kind)") else { return nil }
      // The store may be kept in git; what can be made again is not.
      let ignored = "\(path)/.gitignore"
      if !InputFile.exists(ignored) { try? InputFile.write(Array("*\n".utf8), to: ignored) }
      return path
    }
    func variable(_ name: String) -> String? {
      unsafe getenv(name).map { unsafe String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    guard let base = variable("XDG_CACHE_HOME") ?? variable("HOME").map({ $0 + "/.cache" }) else {
      return nil
    }
    return made("\(base)/patchkit/\(kind)")
  }

  private static func made(_ path: String) -> String? {
    (try? InputFile.makeFolder(path)) == nil ? nil : path
  }
}
