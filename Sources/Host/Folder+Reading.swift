// SPDX-License-Identifier: GPL-2.0-only

internal import CLinux
internal import Glibc

extension Folder {
  /// Reads a child that is a file or a link.
  package func read(_ child: [UInt8], _ status: Status, path: some CustomStringConvertible)
    throws(PatchkitError) -> [UInt8]
  {
    if status.isLink {
      var buffer = [UInt8](repeating: 0, count: 4097)
      let length = child.withCString { name in
        unsafe buffer.withUnsafeMutableBytes { bytes -> Int in
          guard let base = bytes.baseAddress else { return -1 }
          return unsafe readlinkat(
            descriptor, name, base.assumingMemoryBound(to: CChar.self), bytes.count)
        }
      }
      if length < 0 { throw PatchkitError.system(errno, "read the link", path: path.description) }
      return Array(buffer.prefix(length))
    }
    let file = openForReading(child)
    if file < 0 { throw PatchkitError.system(errno, "read", path: path.description) }
    defer { close(file) }
    return try readAll(file, path: path).content
  }

  /// Reads the regular file at a path below this folder, in few steps; nil where that fails, or where something else
  /// is there.
  ///
  /// The caller then opens the folders one by one, which shows the reason. What is there is looked at before it is
  /// opened: opening a device may have effects.
  package func fileBelow(_ path: [UInt8]) -> (status: Status, content: [UInt8])? {
    path.withCString { name in
      guard unsafe status(at: name)?.isRegular ?? false else { return nil }
      let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC
      let file = unsafe patchkit_open_below(descriptor, name, UInt(flags))
      if file < 0 { return nil }
      defer { close(file) }
      return try? readAll(file, path: text(path))
    }
  }

  /// Whether a file has exactly these bytes; it is read in pieces.
  package func holds(
    _ content: [UInt8], _ child: [UInt8], path: some CustomStringConvertible
  ) throws(PatchkitError) -> Bool {
    var position = 0
    let isSame = try unsafe readPieces(of: child, path: path) { piece in
      let end = position + piece.count
      guard end <= content.count else { return false }
      let isSame = unsafe content.withUnsafeBytes { whole in
        guard let start = whole.baseAddress, let other = piece.baseAddress else { return true }
        return unsafe memcmp(start + position, other, piece.count) == 0
      }
      position = end
      return isSame
    }
    return isSame && position == content.count
  }

  /// The SHA-1 of some bytes with a file's after them; it is read in pieces.
  package func sha1(
    of child: [UInt8], after head: [UInt8], path: some CustomStringConvertible
  ) throws(PatchkitError) -> [UInt8] {
    let digest = StreamedSHA1()
    unsafe head.withUnsafeBytes { unsafe digest.add($0) }
    _ = try unsafe readPieces(of: child, path: path) { piece in
      unsafe digest.add(piece)
      return true
    }
    return digest.finish()
  }

  /// Lets a body see a regular file in pieces until it returns false; returns whether it never did.
  private func readPieces(
    of child: [UInt8], path: some CustomStringConvertible, _ body: (UnsafeRawBufferPointer) -> Bool
  ) throws(PatchkitError) -> Bool {
    let file = openForReading(child)
    if file < 0 { throw PatchkitError.system(errno, "read", path: path.description) }
    defer { close(file) }
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw PatchkitError(.notAFile, path: path.description, "is not a regular file")
    }
    var buffer = [UInt8](repeating: 0, count: min(1 << 20, max(1, Int(info.st_size))))
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe Glibc.read(file, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      if count < 0 { throw PatchkitError.system(errno, "read", path: path.description) }
      if count == 0 { return true }
      let goesOn = unsafe buffer.withUnsafeBytes {
        unsafe body(UnsafeRawBufferPointer(rebasing: $0[..<count]))
      }
      if !goesOn { return false }
    }
  }

  private func readAll(
    _ file: Int32, path: some CustomStringConvertible
  ) throws(PatchkitError) -> (status: Status, content: [UInt8]) {
    var info = stat()
    guard unsafe fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
      throw PatchkitError(.notAFile, path: path.description, "is not a regular file")
    }
    let size = Int(info.st_size)
    var filled = 0
    var failure: Int32 = 0
    let content = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while filled < size {
        guard let base = buffer.baseAddress else { break }
        let got = unsafe Glibc.read(file, base + filled, size - filled)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = errno }
        if got <= 0 { break }
        filled += got
      }
      count = filled
    }
    if failure != 0 { throw PatchkitError.system(failure, "read", path: path.description) }
    return (Status(info), content)
  }
}
