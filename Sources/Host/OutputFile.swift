// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// Writes the files that a user names as output.
///
/// A regular file is replaced in one step and keeps its mode; a link to one is followed. Devices,
/// pipes and the descriptors below `/dev/fd` are written into and never replaced.
package enum OutputFile {
  /// How long a pipe without a reader is waited for, in seconds.
  private static let patience = 10

  /// Writes a file; `-` is standard output.
  ///
  /// - Parameters:
  ///   - replaces: whether a file that is there is replaced.
  ///   - refuse: throws where a name leads to a regular file that may not be written; called before it is.
  /// - Throws: `PatchkitError` of kind `taken` where one is there and is not to be replaced, and what `refuse`
  ///   throws.
  package static func write(
    _ content: [UInt8], to path: String, replaces: Bool = true,
    refusing refuse: (_ name: String) throws(PatchkitError) -> Void
  ) throws(PatchkitError) {
    if path == "-" { return try writeStandardOutput(content) }
    var info = stat()
    let isThere = unsafe lstat(path, &info) == 0
    if !isThere, errno != ENOENT { throw refused(path, errno) }
    if isThere, !replaces {
      throw PatchkitError(
        .taken, path: path, "already exists", hint: "remove it or choose another name")
    }
    switch try destination(path) {
    case .descriptor(let number):
      let failure = Descriptor.writeAll(content, to: number)
      if failure != 0 { throw refused(path, failure) }
    case .stream(let real):
      try stream(content, to: real, named: path)
    case .file(let real, let old):
      try refuse(path)
      guard let old else { return try AtomicFile.write(content, to: real) }
      try AtomicFile.write(
        content, to: real, permissions: .exactly(old.st_mode & 0o7777),
        owner: (old.st_uid, old.st_gid))
    }
  }

  /// The path of the regular file that a name leads to, from the root of the file system, links resolved; nil
  /// where it leads to a device, a pipe or standard output.
  package static func realPath(_ name: String) -> String? {
    guard name != "-", case .file(let path, _)? = try? destination(name) else { return nil }
    let (folder, last) = NamedFile.parts(of: path)
    return InputFile.realPath(folder).map { ($0 == "/" ? "" : $0) + "/" + last }
  }

  private enum Destination {
    case descriptor(Int32)
    case stream(String)
    case file(String, stat?)
  }

  /// Follows the links that a name leads through to what is written.
  private static func destination(_ name: String) throws(PatchkitError) -> Destination {
    var path = name
    for _ in 0..<40 {
      if let number = Descriptor.number(in: path) { return .descriptor(number) }
      var info = stat()
      guard unsafe lstat(path, &info) == 0 else {
        if errno != ENOENT { throw refused(name, errno) }
        if path == name { return .file(path, nil) }
        throw PatchkitError(
          .badInput, path: name, "is a link to '\(path)', which does not exist",
          hint: "name the file itself, or remove the link")
      }
      switch info.st_mode & S_IFMT {
      case S_IFREG: return .file(path, info)
      case S_IFCHR, S_IFBLK, S_IFIFO: return .stream(path)
      case S_IFLNK:
        guard let target = NamedFile.target(ofLink: path) else { throw refused(name, errno) }
        path = target.hasPrefix("/") ? target : NamedFile.parts(of: path).folder + "/" + target
      case S_IFDIR:
        throw PatchkitError(
          .badInput, path: name, "is a folder", hint: "name a file in it")
      default:
        throw PatchkitError(
          .badInput, path: name, "is neither a file, a device nor a pipe",
          hint: "name a file, or use '-' for standard output")
      }
    }
    throw refused(name, ELOOP)
  }

  /// Writes into a device or a pipe, without waiting for ever for a program to read the pipe.
  private static func stream(
    _ content: [UInt8], to path: String, named name: String
  ) throws(PatchkitError) {
    var descriptor: Int32 = -1
    for _ in 0..<(patience * 100) {
      descriptor = unsafe open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      if descriptor >= 0 || errno != ENXIO { break }
      usleep(10_000)
    }
    if descriptor < 0 {
      if errno != ENXIO { throw refused(name, errno) }
      throw PatchkitError(
        .system, path: name, "no program reads from the pipe", consequence: "nothing was written",
        hint: "start the reading program first")
    }
    defer { close(descriptor) }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    let failure = Descriptor.writeAll(content, to: descriptor)
    if failure != 0 { throw refused(name, failure) }
  }

  private static func refused(_ path: String, _ code: Int32) -> PatchkitError {
    PatchkitError.system(code, "write \(path)")
  }

  /// Writes to standard output as a whole.
  package static func writeStandardOutput(_ content: [UInt8]) throws(PatchkitError) {
    let failure = Descriptor.writeAll(content, to: 1)
    if failure != 0 {
      throw PatchkitError(
        .system,
        "cannot write to standard output: \(PatchkitError.words(failure))",
        consequence: "the output is incomplete; earlier changes remain",
        hint: "check the target of standard output and the free space")
    }
  }
}

extension OutputFile {
  /// Appends to a regular file that exists.
  ///
  /// - Throws: `PatchkitError` of kind `system`; a part of the bytes may have been written.
  package static func append(_ content: [UInt8], to path: String) throws(PatchkitError) {
    let file = unsafe open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC)
    if file < 0 { throw PatchkitError.system(errno, "write \(path)") }
    defer { close(file) }
    let failure = Descriptor.writeAll(content, to: file)
    if failure != 0 { throw PatchkitError.system(failure, "write \(path)") }
  }
}
