// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// The folders and files of a tree that are wanted; nothing named means all.
struct PathSelection {
  private let paths: [[UInt8]]

  init(_ paths: [TreePath]) {
    self.paths = paths.map(\.bytes)
  }

  /// Whether a file is wanted.
  func takes(_ path: [UInt8]) -> Bool {
    paths.isEmpty || paths.contains { Self.isBelow(path, $0) }
  }

  /// Whether a folder may hold something that is wanted.
  func mayHold(_ folder: [UInt8]) -> Bool {
    paths.isEmpty
      || paths.contains { Self.isBelow(folder, $0) || Self.isBelow($0, folder) }
  }

  /// Throws where nothing was found at all.
  func requireFound(_ count: Int, in source: String) throws(PatchkitError) {
    if count > 0 { return }
    let names = paths.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ", ")
    throw PatchkitError(
      .badInput,
      paths.isEmpty ? "\(source) has no files" : "cannot find these paths in \(source): \(names)",
      hint: "paths start at the top of the kernel tree, such as fs/ext4"
    )
  }

  private static func isBelow(_ path: [UInt8], _ folder: [UInt8]) -> Bool {
    path.starts(with: folder) && (path.count == folder.count || path[folder.count] == 0x2F)
  }
}
