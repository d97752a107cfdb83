// SPDX-License-Identifier: GPL-2.0-only

/// The number of context lines before the first and after the last change of a hunk.
///
/// Each line of the hunk is counted, in their order.
package struct ContextCount {
  /// The number before the first change.
  package private(set) var leading = 0
  /// The number after the last change.
  package private(set) var trailing = 0
  private var hasChange = false

  /// Starts before the first line.
  package init() {}

  /// Counts the next line.
  package mutating func add(_ kind: HunkLine.Kind) {
    switch kind {
    case .context:
      if !hasChange { leading += 1 }
      trailing += 1
    case .removed, .added: (hasChange, trailing) = (true, 0)
    // It ends the context before the first change, and not the one after the last.
    case .noNewlineMarker: hasChange = true
    }
  }
}

extension Hunk {
  /// An image of a hunk that was found in a text.
  package struct FoundImage {
    /// The offset in the text after the image.
    package fileprivate(set) var end: Int
    /// The number of lines of the image.
    package fileprivate(set) var lineCount = 0
    /// The context around the changes.
    package fileprivate(set) var context = ContextCount()
    /// Whether the last line of the image has no newline.
    package fileprivate(set) var endsFile = false
  }

  /// Whether both images are the same.
  package var changesNothing: Bool {
    guard oldCount == newCount else { return false }
    return zip(image(.removed), image(.added)).allSatisfy { old, new in
      old.start == new.start
        || old.hasNewline == new.hasNewline && content(of: old) == content(of: new)
    }
  }

  /// Looks for an image at one byte offset of a text, without making a copy of the image.
  ///
  /// - Parameters:
  ///   - side: `.removed` for the pre-image, `.added` for the post-image.
  ///   - offset: where a line of the text starts.
  /// - Returns: nil where the text has something else there.
  package func foundImage(
    _ side: HunkLine.Kind, in text: [UInt8], at offset: Int
  ) -> FoundImage? {
    guard offset <= text.count else { return nil }
    return unsafe storage.withUnsafeBytes { stored in
      unsafe text.withUnsafeBytes { text in
        var found = FoundImage(end: offset)
        for line in lines {
          found.context.add(line.kind)
          guard line.kind == .context || line.kind == side else { continue }
          let content = line.content
          let end = found.end + content.count
          guard end + (line.hasNewline ? 1 : 0) <= text.count,
            unsafe stored.isSame(content, as: text, at: found.end),
            unsafe !line.hasNewline || text[end] == 0x0A
          else { return nil }
          found.end = line.hasNewline ? end + 1 : end
          found.lineCount += 1
          found.endsFile = !line.hasNewline
        }
        return found
      }
    }
  }

  /// Whether each run of lines that the hunk adds can be one empty line for a program that only copies them.
  ///
  /// All lines are as git writes them, in the order of the bytes; a reversed hunk is printed line by line.
  package var canBeShortened: Bool { plainLines != nil }

  /// Makes the post-image from a text that has it with one empty line for each run of lines that the hunk adds, where
  /// it can be shortened.
  ///
  /// - Parameters:
  ///   - offset: where the post-image starts in the text.
  ///   - take: gets the pieces of the post-image in their order.
  /// - Returns: the offset in the text after the post-image; nil where something else is there.
  package func restorePostImage(
    from text: [UInt8], at offset: Int, _ take: (ArraySlice<UInt8>) -> Void
  ) -> Int? {
    guard canBeShortened else {
      guard let image = foundImage(.added, in: text, at: offset) else { return nil }
      take(text[offset..<image.end])
      return image.end
    }
    guard offset <= text.count else { return nil }
    // Up to where the text was taken, and compared.
    var (taken, position) = (offset, offset)
    var isInRun = false
    let isSame = unsafe storage.withUnsafeBytes { stored in
      unsafe text.withUnsafeBytes { bytes in
        for line in lines {
          if line.kind == .added {
            if !isInRun {
              guard position < bytes.count, unsafe bytes[position] == 0x0A else { return false }
              if taken < position { take(text[taken..<position]) }
              position += 1
              (taken, isInRun) = (position, true)
            }
            // The marker is not part of the line; its newline is.
            take(storage[(line.start + 1)..<line.end])
            continue
          }
          isInRun = false
          if line.kind == .removed { continue }
          let content = (line.start + 1)..<line.end
          guard position + content.count <= bytes.count,
            unsafe stored.isSame(content, as: bytes, at: position)
          else { return false }
          position += content.count
        }
        return true
      }
    }
    guard isSame else { return nil }
    if taken < position { take(text[taken..<position]) }
    return position
  }
}
