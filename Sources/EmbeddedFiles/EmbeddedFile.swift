// SPDX-License-Identifier: GPL-2.0-only

internal import CEmbeddedFiles

/// A file that the program brings along: a schema, a style sheet, the C that ports are compared with.
package struct EmbeddedFile: Sendable {
  /// Its name.
  package let name: String
  /// Its folder below `Sources`.
  package let folder: String
  /// Its bytes.
  package let content: [UInt8]

  /// Every file that `Sources/CEmbeddedFiles/files.c` lists.
  package static let all: [EmbeddedFile] = {
    var count = 0
    let files = unsafe UnsafeBufferPointer(start: patchkit_embedded_files(&count), count: count)
    return unsafe files.map { file in
      unsafe EmbeddedFile(
        name: String(cString: file.name), folder: String(cString: file.folder),
        content: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
    }
  }()

  /// Returns the bytes of a file that is listed.
  package static func content(of name: String) -> [UInt8] {
    guard let file = all.first(where: { $0.name == name }) else {
      preconditionFailure("'\(name)' is listed in Sources/CEmbeddedFiles/files.c")
    }
    return file.content
  }
}
