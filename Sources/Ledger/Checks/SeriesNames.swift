// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat

/// What the patches of a folder bring: the words of their lines, and the files that they make and move,
/// with the first patch that does.
struct SeriesNames: Sendable {
  private var words: [String: Int] = [:]
  private var made: [String: Int] = [:]
  private var left: [String: Int] = [:]

  /// Looks through patches that see each other, in their order.
  init(_ items: [LedgerItem]) {
    for item in items {
      let position = item.isPrerequisite ? -1 : item.index
      for file in item.item.patch.files {
        add(file, item, position)
        for hunk in file.hunks {
          for line in hunk.lines where line.kind == .added {
            let text = String(decoding: hunk.content(of: line), as: UTF8.self)
            for word in text.split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") })
            where words[String(word)] == nil { words[String(word)] = position }
          }
        }
      }
    }
  }

  private mutating func add(_ file: FilePatch, _ item: LedgerItem, _ position: Int) {
    let paths = file.paths(strip: item.item.options.strip ?? file.usualStrip)
    guard let paths, paths.old != paths.new else { return }
    func note(_ path: [UInt8]?, _ positions: inout [String: Int]) {
      guard let path else { return }
      let name = String(decoding: path, as: UTF8.self)
      positions[name] = min(positions[name] ?? position, position)
    }
    note(paths.old, &left)
    note(paths.new, &made)
  }

  /// Whether a patch before one names a word.
  func names(_ word: String, before index: Int) -> Bool { words[word].map { $0 < index } ?? false }

  /// Whether a patch up to one makes a file whose path ends with a name, in whole components.
  func makes(_ name: String, before index: Int) -> Bool {
    made.contains { $0.value <= index && ($0.key == name || $0.key.hasSuffix("/" + name)) }
  }

  /// Whether a patch up to one moves one of some files away: what is in it is elsewhere by then.
  func moves(_ paths: [String], before index: Int) -> Bool {
    paths.contains { path in left[path].map { $0 <= index } ?? false }
  }
}
