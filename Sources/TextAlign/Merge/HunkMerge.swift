// SPDX-License-Identifier: GPL-2.0-only

/// Carries what a hunk changes over to the lines of a target that its pre-image was aligned with.
///
/// For each change the lines around it give its position. If the target has a different change
/// next to it, both are kept; if it changed the same words, there is no merge.
package struct HunkMerge: Sendable {
  /// The result.
  package enum Outcome: Sendable {
    /// The edits of the target, in order, with the evidence; no edits if everything is already applied.
    case merged([LineEdit], MergeEvidence)
    /// The target changed what the hunk changes; the base's lines where that is, and why.
    case conflict(Range<Int>, Reason)
  }

  /// Why there is no merge.
  package enum Reason: String, Sendable, Hashable, Codable {
    /// The neighbours of a change are not in the target.
    case noAnchor = "the lines around the change are not in the file"
    /// Lines that the hunk changes are in the target with other words changed.
    case sameWords = "the file changed the same words"
    /// Lines that the hunk removes are others in the target.
    case otherLines = "the file has different lines where the hunk removes some"
    /// The target has other lines where the hunk puts some.
    case samePlace = "the file has new lines where the hunk adds some"
  }

  private let script: ChangeScript
  private let partners: [HunkAlignment.Partner?]
  private let index: LineIndex
  private let indents: IndentMap
  /// The target's wording of lines that the hunk removes, by the solid bytes that they have in the hunk: where
  /// the hunk adds such a line again, it moves it.
  private let rewordings: [[UInt8]: LineText]

  /// Prepares a merge of a hunk with a target.
  package init(_ script: ChangeScript, _ partners: [HunkAlignment.Partner?], in index: LineIndex) {
    let pinned = PinnedLines(script, partners, in: index).partners
    self.script = script
    self.partners = pinned
    self.index = index
    indents = IndentMap(script.base, pinned, index)
    var rewordings: [[UInt8]: LineText] = [:]
    for (base, partner) in pinned.enumerated() {
      guard let partner, case .like = partner.match, case .removed = script.fates[base] else {
        continue
      }
      rewordings[script.base[base].solidBytes] = index.lines[partner.line]
    }
    self.rewordings = rewordings
  }

  /// Merges.
  package func merge() -> Outcome {
    var run = Run(evidence: MergeEvidence(), edits: [])
    let matched = partners.indices.filter { partners[$0] != nil }
    guard let first = matched.first, let last = matched.last else {
      return .conflict(0..<script.base.count, .noAnchor)
    }
    // Only the insertion right before the first line found anchors the lines before
    // that line.
    if let reason = edge(0..<first, insertions: 0..<first) { return .conflict(0..<first, reason) }
    if !script.insertions[first].isEmpty, first > 0 || partners[first]?.line != 0 {
      insertOneSided(at: line(first), first, &run)
    } else if !script.insertions[first].isEmpty {
      insert(script.insertions[first], at: 0, &run)
      run.evidence.tight += 1
    }
    for (position, current) in matched.enumerated() {
      if let reason = replace(current, &run) { return .conflict(current..<(current + 1), reason) }
      guard position + 1 < matched.count else { break }
      let next = matched[position + 1]
      if let reason = between(current, next, &run) {
        return .conflict((current + 1)..<next, reason)
      }
    }
    let following = (last + 1)..<script.base.count
    if let reason = edge(following, insertions: (last + 2)..<(script.base.count + 1)) {
      return .conflict(following, reason)
    }
    if !script.insertions[last + 1].isEmpty {
      if last + 1 == script.base.count, line(last) + 1 == index.lines.count {
        insert(script.insertions[last + 1], at: index.lines.count, &run)
        run.evidence.tight += 1
      } else {
        insertOneSided(at: line(last) + 1, last + 1, &run)
      }
    }
    measureAnchors(&run.evidence)
    return .merged(run.joined, run.evidence)
  }

  private struct Run {
    var evidence: MergeEvidence
    var edits: [LineEdit]

    /// The edits with those that touch put together.
    var joined: [LineEdit] {
      var result: [LineEdit] = []
      for edit in edits {
        if let last = result.last, last.range.upperBound == edit.range.lowerBound {
          result[result.count - 1] = LineEdit(
            last.range.lowerBound..<edit.range.upperBound, last.replacement + edit.replacement)
        } else {
          result.append(edit)
        }
      }
      return result
    }
  }

  private func line(_ base: Int) -> Int { partners[base]?.line ?? 0 }

  /// A stretch at an end of the hunk that was not found: it may hold no change.
  private func edge(_ stretch: Range<Int>, insertions: Range<Int>) -> Reason? {
    let isTouched = stretch.contains { script.fates[$0] != .kept }
    let isInserted = insertions.contains { !script.insertions[$0].isEmpty }
    return isTouched || isInserted ? .noAnchor : nil
  }

  private func insert(_ lines: [LineText], at line: Int, _ run: inout Run) {
    let placed = lines.map { line in
      let moved = indents.moved(line)
      guard let wording = rewordings[line.solidBytes] else { return moved }
      return LineText(Array(moved.indent) + Array(wording.bytes.dropFirst(wording.indent.count)))
    }
    run.evidence.reindented += zip(lines, placed).count { $0 != $1 }
    run.edits.append(LineEdit(line..<line, placed))
  }

  private func insertOneSided(at line: Int, _ gap: Int, _ run: inout Run) {
    let lines = script.insertions[gap]
    let around = max(0, line - lines.count)..<min(index.lines.count, line + lines.count)
    if Self.holds(index.lines[around], lines) {
      run.evidence.alreadyThere += 1
      return
    }
    insert(lines, at: line, &run)
    run.evidence.oneSided += 1
  }

  /// Carries out what becomes of a line that was found.
  private func replace(_ base: Int, _ run: inout Run) -> Reason? {
    guard let partner = partners[base], script.fates[base] != .kept else { return nil }
    let target = index.lines[partner.line]
    let range = partner.line..<(partner.line + 1)
    var becomes: LineText?
    if case .changed(let line) = script.fates[base] { becomes = line }
    switch partner.match {
    case .same: run.evidence.removedSame += 1
    case .blanks:
      run.evidence.removedBlanks += 1
      if let line = becomes {
        becomes = indents.moved(line)
        if becomes != line { run.evidence.reindented += 1 }
      }
    case .like(let likeness):
      if let line = becomes, line.solidBytes == target.solidBytes {
        run.evidence.alreadyThere += 1
        return nil
      }
      run.evidence.removedLike += 1
      run.evidence.leastLikeness = min(run.evidence.leastLikeness, likeness)
      if let line = becomes {
        guard
          let merged = WordMerge.merge(
            base: script.base[base].bytes, ours: target.bytes, theirs: line.bytes)
        else { return .sameWords }
        becomes = LineText(merged)
        run.evidence.wordMerges += 1
      }
    }
    run.edits.append(LineEdit(range, becomes.map { [$0] } ?? []))
    return nil
  }

  /// Carries out what the hunk does between two lines that were found.
  private func between(_ before: Int, _ after: Int, _ run: inout Run) -> Reason? {
    let base = (before + 1)..<after
    let target = (line(before) + 1)..<line(after)
    let gaps = (before + 1)...after
    let isTouched = base.contains { script.fates[$0] != .kept }
    let inserted = gaps.filter { !script.insertions[$0].isEmpty }
    if !isTouched, inserted.isEmpty {
      // A line of the target's own inside of braces that go would be left without them.
      let own = index.lines[target].contains { !$0.isBlank }
      return own && base.isEmpty && isInsideRemoved(after) ? .otherLines : nil
    }
    let result = script.result(of: base, insertionsFrom: before + 1, through: after)
    let present = Array(index.lines[target])
    if !result.isEmpty || !present.isEmpty, Self.alike(present, result) {
      run.evidence.alreadyThere += 1
      return nil
    }
    if target.isEmpty {
      // The target has nothing between the two: what the hunk adds goes there, and what it removes
      // is gone; a line that stays in the hunk and is gone in the target stays gone.
      let changed = base.filter { if case .changed = script.fates[$0] { true } else { false } }
      if !changed.isEmpty {
        guard inserted.isEmpty else { return .otherLines }
        run.evidence.lacking += changed.map { script.base[$0] }
      }
      // A blank line that is gone already shows nothing.
      let gone = base.filter { script.fates[$0] == .removed && !script.base[$0].isBlank }
        .map { script.base[$0] }
      if script.fates[before] == .removed, script.fates[after] == .removed, inserted.isEmpty {
        run.evidence.goneInside += gone
      } else if inserted.isEmpty {
        run.evidence.gone += gone
      } else {
        run.evidence.removedGone += gone.count
      }
      let lines = gaps.flatMap { script.insertions[$0] }
      if lines.isEmpty { return nil }
      insert(lines, at: target.lowerBound, &run)
      if base.isEmpty { run.evidence.tight += 1 } else { run.evidence.oneSided += 1 }
      return nil
    }
    if base.isEmpty { return besides(after, target, run: &run) }
    if !isTouched, inserted == [before + 1] {
      insertOneSided(at: target.lowerBound, before + 1, &run)
      return nil
    }
    if !isTouched, inserted == [after] {
      insertOneSided(at: target.upperBound, after, &run)
      return nil
    }
    return block(base, target, result, &run)
  }

  /// Whether a line that the hunk removes is inside of braces that the removed lines before it open.
  private func isInsideRemoved(_ base: Int) -> Bool {
    guard script.fates[base] == .removed else { return false }
    var depth = 0
    var line = base - 1
    while line >= 0, script.fates[line] == .removed {
      for byte in script.base[line].solidBytes.reversed() {
        if byte == UInt8(ascii: "}") { depth -= 1 }
        if byte == UInt8(ascii: "{") { depth += 1 }
        if depth > 0 { return true }
      }
      line -= 1
    }
    return false
  }

  /// The target has lines of its own where the hunk adds some: they come after the line before, as
  /// long as that and the one before it are specific enough, else before the next line.
  private func besides(_ gap: Int, _ target: Range<Int>, run: inout Run) -> Reason? {
    let lines = script.insertions[gap]
    if Self.holds(index.lines[target], lines) {
      run.evidence.alreadyThere += 1
      return nil
    }
    let before = hold(of: stride(from: gap - 1, through: 0, by: -1))
    let following = hold(of: stride(from: gap, to: script.base.count, by: 1))
    if before >= 0.6 { run.evidence.anchored += 1 } else { run.evidence.weaklyAnchored += 1 }
    insert(
      lines, at: before < 0.6 && following > before ? target.upperBound : target.lowerBound, &run)
    return nil
  }

  /// How well the two nearest lines that are not blank anchor an insertion between them.
  private func hold(of lines: some Sequence<Int>) -> Double {
    lines.lazy.filter { !script.base[$0].isBlank }.prefix(2).reduce(0.0) { sum, base in
      partners[base] == nil ? sum : sum + index.weight(of: script.base[base])
    }
  }

  /// Several lines that changed on both sides: word by word, if they are alike enough.
  private func block(
    _ base: Range<Int>, _ target: Range<Int>, _ result: [LineText], _ run: inout Run
  ) -> Reason? {
    guard base.count <= 12, target.count <= 12 else { return .otherLines }
    let old = LineText(script.base[base].flatMap(\.bytes))
    let ours = LineText(index.lines[target].flatMap(\.bytes))
    let theirs = result.flatMap(\.bytes)
    let isReflowed = old.solidBytes == ours.solidBytes
    let likeness = old.similarity(to: ours)
    guard likeness >= 0.7 else { return .otherLines }
    var merged = WordMerge.merge(base: old.bytes, ours: ours.bytes, theirs: theirs)
    // The target has every word of the lines, so the hunk's own line breaks are as good as any.
    if merged == nil, isReflowed { merged = result.map(indents.moved).flatMap(\.bytes) }
    guard let merged else { return .sameWords }
    if isReflowed {
      run.evidence.removedBlanks += base.count { script.fates[$0] != .kept }
      run.evidence.reflowed += script.base[base]
    } else if Self.isStatement(old), Self.isStatement(ours) {
      // One statement over several lines is changed as one line is.
      run.evidence.removedLike += 1
      run.evidence.wordMerges += 1
      run.evidence.leastLikeness = min(run.evidence.leastLikeness, likeness)
    } else {
      run.evidence.blockMerges += 1
      run.evidence.leastLikeness = min(run.evidence.leastLikeness, likeness)
    }
    let table = LineTable(merged)
    run.edits.append(
      LineEdit(target, (0..<table.count).map { LineText(Array(merged[table.range(of: $0)])) }))
    return nil
  }

  /// Whether the text is one statement: it ends with its only semicolon, and no bracket is left open.
  private static func isStatement(_ text: LineText) -> Bool {
    let signs = Words(text.bytes).texts.compactMap(\.first)
    func count(_ sign: Unicode.Scalar) -> Int { signs.count { $0 == UInt8(ascii: sign) } }
    return text.solidBytes.last == UInt8(ascii: ";") && count(";") == 1 && count("{") == 0
      && count("}") == 0 && count("(") == count(")")
  }

  private static func alike(_ a: [LineText], _ b: [LineText]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { $0.solidBytes == $1.solidBytes }
  }

  /// Whether the lines are in a stretch of the target, one after the other.
  private static func holds(_ stretch: ArraySlice<LineText>, _ lines: [LineText]) -> Bool {
    guard stretch.count >= lines.count, lines.contains(where: \.saysSomething) else {
      return false
    }
    return (stretch.startIndex...(stretch.endIndex - lines.count)).contains { start in
      zip(stretch[start...], lines).allSatisfy { $0.solidBytes == $1.solidBytes }
    }
  }

  /// Whether a line of the pre-image is removed, as the one before it is, and both are in the target
  /// unchanged and next to each other.
  private func follows(_ base: Int) -> Bool {
    guard base > 0, script.fates[base] == .removed, script.fates[base - 1] == .removed,
      let here = partners[base], let before = partners[base - 1]
    else { return false }
    return here.match == .same && before.match == .same && here.line == before.line + 1
  }

  private func measureAnchors(_ evidence: inout MergeEvidence) {
    let changes = script.fates.indices.filter { script.fates[$0] != .kept }
    let gaps = script.insertions.indices.filter { !script.insertions[$0].isEmpty }
    // Lines that are removed one after the other, and are so in the target, are one change.
    var blocks: [Range<Int>] = []
    for change in changes {
      if let last = blocks.last, last.upperBound == change, follows(change) {
        blocks[blocks.count - 1] = last.lowerBound..<(change + 1)
      } else {
        blocks.append(change..<(change + 1))
      }
    }
    // A change of a line and a change between two lines both have the lines around them.
    for (low, high) in blocks.map({ ($0.lowerBound, $0.upperBound) }) + gaps.map({ ($0, $0) }) {
      let around = Array(max(0, low - 3)..<min(script.base.count, high + 3))
      let weight = around.reduce(0.0) { sum, base in
        guard let partner = partners[base] else { return sum }
        let fit: Double =
          switch partner.match {
          case .same: 1
          case .blanks: 0.9
          case .like(let likeness): likeness * 0.7
          }
        return sum + fit * index.weight(of: script.base[base])
      }
      evidence.anchor = min(evidence.anchor, weight)
    }
  }
}
