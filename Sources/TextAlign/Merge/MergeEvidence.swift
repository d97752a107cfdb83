// SPDX-License-Identifier: GPL-2.0-only

/// What a merge met on its way: the evidence for and against it.
package struct MergeEvidence: Sendable, Hashable {
  /// Lines that the hunk removes or changes and that are in the target unchanged.
  package var removedSame = 0
  /// Those that differ in white space.
  package var removedBlanks = 0
  /// Those that differ in words.
  package var removedLike = 0
  /// Those that are not in the target any more.
  package var removedGone = 0
  /// Lines that are gone from the middle of a block that the hunk removes whole, lines before and after them
  /// being there: without them, the rest of the block goes all the same.
  package var goneInside: [LineText] = []
  /// Lines that the hunk removes and that are gone, their neighbors being next to each other in the target: the
  /// target may never have had them.
  package var gone: [LineText] = []
  /// Lines that the hunk changes and that are gone in the same way.
  package var lacking: [LineText] = []
  /// Lines of the hunk that the target has with the same words and other line breaks.
  package var reflowed: [LineText] = []
  /// The least likeness of a line that was found by likeness and is removed or changed.
  package var leastLikeness = 1.0
  /// Lines that were merged word by word.
  package var wordMerges = 0
  /// Blocks of several lines that were merged word by word.
  package var blockMerges = 0
  /// Insertions between two neighbors that are next to each other in the target too.
  package var tight = 0
  /// Insertions held by the neighbour on one side alone.
  package var oneSided = 0
  /// Insertions where the target has other lines at the same position: those added after the line before
  /// them, which anchors them.
  package var anchored = 0
  /// The same, if the lines after them anchor them better, or neither side does.
  package var weaklyAnchored = 0
  /// Changes that the target has already.
  package var alreadyThere = 0
  /// The least weight of the lines around a change, three on each side, that are in the target.
  package var anchor = Double.infinity
  /// Lines put in with other blanks before them than the hunk has.
  package var reindented = 0

  /// Makes evidence of nothing.
  package init() {}

  /// Every line that was to go or to change.
  package var removed: Int { removedSame + removedBlanks + removedLike + removedGone }
}
