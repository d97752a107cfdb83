// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// What is at a path, as far as a look at its folder shows.
package enum FileLook: Sendable, Hashable {
  /// A file or a link, with its stamp.
  case stamp(FileStamp)
  /// Nothing.
  case missing
  /// Something else, or something that only reading shows.
  case unknown
}

extension FolderReader {
  /// Looks at several paths; those that follow each other in one folder are looked at from it.
  func looks(at paths: [TreePath]) -> [FileLook] {
    var looks: [FileLook] = []
    looks.reserveCapacity(paths.count)
    var rest = paths[...]
    while let first = rest.first {
      let parent = first.folders.last
      let group = rest.prefix { $0.folders.last == parent }
      rest = rest.dropFirst(group.count)
      do {
        let found = try withFolder(of: first) { folder, _ in
          group.map { path in path.components.last.map { look(at: $0, in: folder) } ?? .unknown }
        }
        looks += found ?? group.map { _ in isWhole ? .missing : .unknown }
      } catch {
        looks += group.map { _ in .unknown }
      }
    }
    return looks
  }

  private func look(at name: [UInt8], in folder: borrowing Folder) -> FileLook {
    do {
      guard let status = try folder.status(of: name) else { return isWhole ? .missing : .unknown }
      return Self.stamp(of: status).map { .stamp($0) } ?? .unknown
    } catch {
      return .unknown
    }
  }
}
