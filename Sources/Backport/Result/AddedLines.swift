// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat

/// The lines that a file patch adds to a file, each with the line of the file before where it is.
///
/// They are in two lists and not in a dictionary, as a hunk may add a million lines. The hunks of a file patch that has a
/// result are in the order of the file.
struct AddedLines {
  /// The lines of the file after, from 1; they rise.
  private(set) var lines: [Int] = []
  /// For each of them, the line of the file before.
  private var origins: [Int] = []

  /// Finds the lines in the hunks of a file patch, which are at the lines that they state.
  init(of file: FilePatch) {
    for hunk in file.hunks {
      var (old, new) = (hunk.oldStart, hunk.newStart)
      for line in hunk.lines {
        switch line.kind {
        case .context: (old, new) = (old + 1, new + 1)
        case .removed: old += 1
        case .added:
          lines.append(new)
          origins.append(old)
          new += 1
        case .noNewlineMarker: break
        }
      }
    }
  }

  /// The index of the first line that is not before another one.
  private func firstIndex(from line: Int) -> Int {
    var (low, high) = (0, lines.count)
    while low < high {
      let middle = (low + high) / 2
      if lines[middle] < line { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The line of the file before of the added line that is nearest to a line; nil where no line is added.
  func origin(near line: Int) -> Int? {
    let next = firstIndex(from: line)
    if next == lines.count { return origins.last }
    if next == 0 || lines[next] - line < line - lines[next - 1] { return origins[next] }
    return origins[next - 1]
  }
}
