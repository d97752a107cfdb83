// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Subprocess

/// A kernel tarball, unpacked by `tar` into a folder that is removed again.
struct Tarball {
  /// The folder that everything was unpacked into.
  private let folder: String
  /// The folder of the kernel within it: a tarball has one at its top.
  let top: String

  /// Unpacks a tarball, or the paths of it that are named.
  ///
  /// `tar` itself refuses members that would lead out of the folder.
  ///
  /// - Throws: `TreeError` of kind `noTree` with tar's words where it fails.
  static func unpack(
    _ path: String, paths: [TreePath], below home: String
  ) async throws -> Tarball {
    guard unsafe access(path, R_OK) == 0 else { throw TreeError.system(errno, "read \(path)") }
    var template = Array((home + "/unpack.XXXXXX").utf8CString)
    guard
      unsafe template.withUnsafeMutableBufferPointer({ buffer -> Bool in
        guard let base = buffer.baseAddress else { return false }
        return unsafe mkdtemp(base) != nil
      })
    else { throw TreeError.system(errno, "make a folder in \(home)") }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    do {
      var arguments = [
        "--extract", "--file=\(path)", "--directory=\(folder)", "--no-same-owner",
        "--force-local", "--wildcards", "--no-wildcards-match-slash",
      ]
      arguments += paths.isEmpty ? [] : ["--"] + paths.map { "*/\(Self.escaped($0.description))" }
      let result = try await Subprocess.run(
        .name("tar"), arguments: Arguments(arguments), output: .discarded,
        error: .string(limit: 1 << 16))
      guard result.terminationStatus.isSuccess else {
        let words = result.standardError.split(separator: "\n").first ?? "tar failed"
        throw TreeError(.noTree, path: path, String(words))
      }
      let names = try Folder.open(folder).children()
      guard names.count == 1, let only = names.first else {
        throw TreeError(
          .noTree, path: path, "the tarball holds \(names.count) things at its top, not one folder")
      }
      return Tarball(folder: folder, top: folder + "/" + String(decoding: only, as: UTF8.self))
    } catch {
      Tarball(folder: folder, top: folder).remove()
      throw error
    }
  }

  /// A path with tar's wildcard signs taken literally.
  private static func escaped(_ path: String) -> String {
    path.reduce(into: "") { text, character in
      if "*?[\\".contains(character) { text.append("\\") }
      text.append(character)
    }
  }

  /// Removes what was unpacked.
  func remove() {
    // Nothing that is done about a failure here would help: the folder is scratch and is ignored.
    try? Self.removeAll(folder)
  }

  private static func removeAll(_ path: String) throws(TreeError) {
    let folder = try Folder.open(path)
    for name in try folder.children() {
      let child = path + "/" + String(decoding: name, as: UTF8.self)
      if try folder.status(of: name)?.isFolder ?? false {
        try removeAll(child)
      } else {
        try folder.remove(name)
      }
    }
    unsafe _ = rmdir(path)
  }
}
