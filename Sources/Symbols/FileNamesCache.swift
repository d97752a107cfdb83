// SPDX-License-Identifier: GPL-2.0-only

internal import Synchronization

/// The C files that were read, by the ids of their blobs, or by the stamps of files in a folder: trees of one
/// repository share most of them.
final class FileNamesCache: Sendable {
  static let shared = FileNamesCache()
  /// As many names as 32 MiB hold.
  private static let limit = 8 << 20

  private struct State {
    var known: [String: FileNames] = [:]
    var count = 0
    var searches = 0
  }
  private let state = Mutex(State())

  /// The file of an id or a stamp, if it was read; nil as well without one.
  func names(of key: String?) -> FileNames? {
    guard let key else { return nil }
    return state.withLock { $0.known[key] }
  }

  /// Keeps what was read of a file.
  func keep(_ names: FileNames, of key: String?) {
    guard let key else { return }
    state.withLock { state in
      if state.count > Self.limit { (state.known, state.count) = ([:], 0) }
      state.known[key] = names
      state.count += names.words.count
    }
  }

  /// Counts a search of a whole tree's headers.
  ///
  /// - Returns: whether it is worth while to keep what is read: one search is faster without.
  func noteSearch() -> Bool {
    state.withLock { state in
      state.searches += 1
      return state.searches > 2
    }
  }
}
