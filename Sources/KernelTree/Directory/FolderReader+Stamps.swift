// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// What is at a path, as far as its folder shows.
package enum FileState: Sendable, Hashable {
  /// A file or a link, with its stamp.
  case stamp(FileStamp)
  /// Nothing.
  case missing
  /// Something else, or something that only reading shows.
  case unknown
}

extension FolderReader {
  /// What is at several paths; opens a folder once for consecutive paths in it.
  func states(at paths: [TreePath]) -> [FileState] {
    var states: [FileState] = []
    states.reserveCapacity(paths.count)
    var rest = paths[...]
    while let first = rest.first {
      let group = rest.prefix { $0.folder == first.folder }
      rest = rest.dropFirst(group.count)
      do {
        let found = try withFolder(of: first) { folder, _ in
          group.map { path in path.components.last.map { state(of: $0, in: folder) } ?? .unknown }
        }
        states += found ?? group.map { _ in isWhole ? .missing : .unknown }
      } catch {
        states += group.map { _ in .unknown }
      }
    }
    return states
  }

  private func state(of name: [UInt8], in folder: borrowing Folder) -> FileState {
    do {
      guard let status = try folder.status(of: name) else { return isWhole ? .missing : .unknown }
      return Self.stamp(of: status).map { .stamp($0) } ?? .unknown
    } catch {
      return .unknown
    }
  }
}
