// SPDX-License-Identifier: GPL-2.0-only

/// The order of reversed lines.
///
/// Removed lines come before added ones, as every tool writes them. In reversed lines, the removed ones are those that
/// the bytes add. They are found in the bytes each time: a table of the lines would be larger than the patch.
extension HunkLines {
  /// The kind of the line in the bytes at an offset; context at the end.
  private func kind(at offset: Int) -> HunkLine.Kind {
    offset < range.upperBound ? Self.kind(storage[offset]) : .context
  }

  /// The first line of a kind from an offset on, before the end of the run of changed lines, and else that end.
  private func next(_ kind: HunkLine.Kind, from start: Int) -> (offset: Int, isFound: Bool) {
    var offset = start
    while case let own = self.kind(at: offset), own != .context {
      if own == kind { return (offset, true) }
      offset = plainLine(at: offset).end
    }
    return (offset, false)
  }

  /// The last line of a kind before an offset, not before where the run of changed lines begins; nil if there is none.
  private func last(_ kind: HunkLine.Kind, before end: Int, from run: Int) -> Int? {
    var offset = end
    while offset > run {
      offset = start(before: offset)
      if self.kind(at: offset) == kind { return offset }
    }
    return nil
  }

  /// The first position from where a run of changed lines, or a line of context, begins.
  func firstIndex(from run: Int) -> Index {
    if kind(at: run) == .context { return Index(run) }
    let added = next(.added, from: run)
    // Without an added line, all lines of the run are removed ones.
    return added.isFound
      ? Index(run: run, isSecond: false, added.offset) : Index(run: run, isSecond: true, run)
  }

  /// The position of the line after in reversed lines.
  func reversedIndex(after index: Index) -> Index {
    let end = plainLine(at: index.offset).end
    if kind(at: index.offset) == .context { return firstIndex(from: end) }
    let same = next(index.isSecond ? .removed : .added, from: end)
    if same.isFound { return Index(run: index.run, isSecond: index.isSecond, same.offset) }
    if !index.isSecond, case let removed = next(.removed, from: index.run), removed.isFound {
      return Index(run: index.run, isSecond: true, removed.offset)
    }
    return firstIndex(from: same.offset)
  }

  /// The position of the line before in reversed lines.
  func reversedIndex(before index: Index) -> Index {
    if index.offset < range.upperBound, kind(at: index.offset) != .context {
      let kind: HunkLine.Kind = index.isSecond ? .removed : .added
      if let same = last(kind, before: index.offset, from: index.run) {
        return Index(run: index.run, isSecond: index.isSecond, same)
      }
      let end = next(.context, from: index.run).offset
      if index.isSecond, let added = last(.added, before: end, from: index.run) {
        return Index(run: index.run, isSecond: false, added)
      }
    }
    // The last line of what is before the run or the line of context.
    let end = index.run
    var run = start(before: end)
    if kind(at: run) == .context { return Index(run) }
    while run > range.lowerBound, case let before = start(before: run), kind(at: before) != .context
    {
      run = before
    }
    if let removed = last(.removed, before: end, from: run) {
      return Index(run: run, isSecond: true, removed)
    }
    return Index(run: run, isSecond: false, last(.added, before: end, from: run) ?? run)
  }
}
