// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

extension OpenQuestion {
  /// The file with the lines in question between markers, for the user to edit; nil if the question is
  /// not about lines.
  ///
  /// - Parameter patch: the name of the patch for the marker.
  /// - Returns: the file, and the line of the first marker, from 1.
  package func marked(patch: String) -> (content: [UInt8], line: Int)? {
    guard let region else { return nil }
    let table = LineTable(file)
    var content = Array(file[..<table.start(of: region.range.lowerBound)])
    // A last line without a newline must not run into a marker.
    if content.last.map({ $0 != 0x0A }) ?? false { content.append(0x0A) }
    content += region.marked(.diff3, patch: patch).flatMap(\.bytes)
    content += file[table.start(of: region.range.upperBound)...]
    return (content, region.range.lowerBound + 1)
  }

  /// What an edit does not say.
  package enum UnclearEdit: String, Error, Sendable {
    /// A marker is still there.
    case open = "the markers are still there"
    /// The lines around the conflict are not as they were.
    case elsewhere = "lines outside the markers were changed too"
    /// The file is as it was without the hunk.
    case nothing = "the file was not changed"
  }

  /// The decision that the user's edit of the marked file makes.
  ///
  /// - Throws: `UnclearEdit` where that cannot be kept.
  package func decision(edited: [UInt8]) throws(UnclearEdit) -> Decision {
    guard let region else { throw .nothing }
    let (old, new) = (LineIndex(LineTable(file)).lines, LineIndex(LineTable(edited)).lines)
    let isOpen = new.contains { line in
      ["<<<<<<< ", ">>>>>>> ", "||||||| "].contains { line.bytes.starts(with: Array($0.utf8)) }
    }
    if isOpen { throw .open }
    switch subject {
    case .conflict, .doubt:
      let following = old.count - region.range.upperBound
      guard new.count >= region.range.lowerBound + following,
        new[..<region.range.lowerBound].elementsEqual(old[..<region.range.lowerBound]),
        new[(new.count - following)...].elementsEqual(old[region.range.upperBound...])
      else { throw .elsewhere }
      let lines = new[region.range.lowerBound..<(new.count - following)]
      return .lines(lines.flatMap(\.bytes))
    case .position, .nowhere, .file: break
    }
    var start = 0
    while start < min(old.count, new.count), old[start] == new[start] { start += 1 }
    var following = 0
    while following < min(old.count, new.count) - start,
      old[old.count - 1 - following] == new[new.count - 1 - following]
    { following += 1 }
    if start + following == old.count, old.count == new.count { throw .nothing }
    return .edit(
      start..<(old.count - following), new[start..<(new.count - following)].flatMap(\.bytes))
  }

  /// The decision to use the patch's own lines instead of those in conflict; nil if no position is known.
  public var takingThePatch: Decision? {
    guard case .conflict(let region) = subject else { return nil }
    return .lines(region.theirs.flatMap(\.bytes))
  }

  /// The decision to use a hunk although its result is doubtful; nil for any other question.
  public var acceptingDoubts: Decision? {
    guard case .doubt(let region, _) = subject else { return nil }
    return .lines(region.theirs.flatMap(\.bytes))
  }

  /// The decision to take what a strategy proposes; nil where it proposes more than the lines in conflict.
  public func taking(_ proposal: Proposal) -> Decision? {
    guard case .conflict(let region) = subject else { return nil }
    let edits = proposal.edits.sorted { $0.range.lowerBound < $1.range.lowerBound }
    let lines = LineIndex(LineTable(file)).lines
    var text: [UInt8] = []
    var line = region.range.lowerBound
    for edit in edits {
      guard edit.range.lowerBound >= line, edit.range.upperBound <= region.range.upperBound else {
        return nil
      }
      text += lines[line..<edit.range.lowerBound].flatMap(\.bytes)
      text += edit.replacement.flatMap(\.bytes)
      line = edit.range.upperBound
    }
    text += lines[line..<region.range.upperBound].flatMap(\.bytes)
    return .lines(text)
  }
}
