// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Host

/// A kernel tarball, unpacked by `tar` into a folder that is removed with its last owner.
struct Tarball {
  /// The folder that everything was unpacked into, which goes with this.
  private let folder: ScratchFolder
  /// The folder of the kernel within it: a tarball has one at its top.
  let top: String

  /// Unpacks a tarball, or the paths of it that are named.
  ///
  /// `tar` itself refuses members that would lead out of the folder.
  ///
  /// - Throws: `PatchkitError` of kind `badInput` with tar's words where it fails.
  static func unpack(
    _ path: String, paths: [TreePath], below home: String
  ) async throws -> Tarball {
    try InputFile.requireReadable(path)
    guard InputFile.kind(of: path) == .file else {
      throw PatchkitError(
        .badInput, path: path, "is not a regular file", hint: "save the tarball in a file first")
    }
    let folder: ScratchFolder
    do { folder = try ScratchFolder(below: home) } catch {
      throw PatchkitError(
        .system, path: home, "cannot make a folder in it")
    }
    // Root's tar would restore setuid bits.
    var arguments = [
      "--extract", "--file=\(path)", "--directory=\(folder.path)", "--no-same-owner",
      "--no-same-permissions", "--no-acls", "--no-xattrs", "--no-selinux", "--force-local",
      "--wildcards", "--no-wildcards-match-slash",
    ]
    arguments += paths.isEmpty ? [] : ["--"] + paths.map { "*/\(Self.escaped($0.description))" }
    // A member of some bytes may unpack to any size: the system ends tar at the largest file that is read.
    let limits =
      Machine.hasProgram("prlimit")
      ? ["prlimit", "--fsize=\(InputFile.largest)", "--core=0", "--"] : []
    let program = SystemProgram(limits + ["tar"] + arguments)
    let unpacked = folder.path
    let ended = try await ScratchRoom.kept(for: unpacked) { try await program.run(errors: 1 << 16) }
    guard let result = ended else {
      throw PatchkitError(
        .system, path: path,
        "was not unpacked whole: less than 1 GiB is left on the disk of '\(home)'",
        hint: "make room on the disk; 'tar tvf' lists the members with their sizes")
    }
    if case .signaled(SIGXFSZ) = result.status {
      throw PatchkitError(
        .badInput, path: path,
        "has a member that unpacks to more than the limit of \(InputFile.largest >> 20) MiB",
        hint: "'tar tvf' lists its members with their sizes")
    }
    guard result.status.isSuccess else {
      let words = result.errors.split(separator: "\n").first ?? "tar failed"
      throw PatchkitError(
        .badInput, path: path, String(words), hint: "'tar tf' checks the archive")
    }
    let opened = try Folder.open(folder.path)
    let names = try opened.children()
    guard names.count == 1, let only = names.first else {
      throw PatchkitError(
        .badInput, path: path, "the tarball has \(names.count) entries at its top, not one folder",
        hint: "unpack it yourself, and import the folder of the kernel")
    }
    // A link at the top would lead to whatever it names, such as a folder of the user's.
    guard try opened.status(of: only)?.isFolder == true else {
      throw PatchkitError(
        .badInput, path: path,
        "the only member at the top of the tarball, '\(String(decoding: only, as: UTF8.self))', is not a folder",
        hint: "a kernel's tarball has one folder at its top; 'tar tvf' lists the members")
    }
    return Tarball(folder: folder, top: folder.path + "/" + String(decoding: only, as: UTF8.self))
  }

  /// A path with tar's wildcard signs taken literally.
  private static func escaped(_ path: String) -> String {
    path.reduce(into: "") { text, character in
      if "*?[\\".contains(character) { text.append("\\") }
      text.append(character)
    }
  }
}
