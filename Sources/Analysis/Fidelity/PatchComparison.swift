// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
package import PatchFormat
internal import TextAlign

/// How far a backport is from its upstream patch: a difference of the differences.
///
/// As git's range-diff for one pair of patches, but for hunks: those with the same changed lines
/// are the same, whatever their context and position.
package struct PatchComparison: Sendable {
  /// A hunk with its partner.
  package struct Pair: Sendable, Hashable {
    /// How two hunks compare.
    package enum Kind: String, Sendable, Hashable, Codable {
      /// Everything is the same, line numbers apart.
      case same
      /// The changed lines are the same, the context is not.
      case context
      /// The changed lines differ in white space alone.
      case whitespace
      /// The changed lines differ.
      case code
      /// Only upstream has it.
      case onlyUpstream = "only-upstream"
      /// Only the backport has it.
      case onlyBackport = "only-backport"
    }

    /// How the two compare.
    package var kind: Kind
    /// The path upstream; nil where only the backport has it.
    package var upstreamPath: String?
    /// The path in the backport; nil where only upstream has it.
    package var backportPath: String?
    /// The function that the hunk is in, where it says so.
    package var function: String?
    /// The line of the pre-image upstream.
    package var upstreamLine: Int?
    /// The line of the pre-image of the backport.
    package var backportLine: Int?
    /// For code that differs: the changed lines of both, as a difference of them: ` +x`, `-+x`, `++x`.
    package var difference: [String]
  }

  /// The pairs, in the order of the upstream patch; hunks of only the backport come last.
  package let pairs: [Pair]
  /// Calls whose result upstream looks at and the backport throws away.
  package let notes: [RiskNote]

  /// Whether no changed line differs.
  package var isFaithful: Bool {
    pairs.allSatisfy { $0.kind == .same || $0.kind == .context || $0.kind == .whitespace }
  }

  private struct Side {
    var path: String
    var hunk: Hunk
    var changed: [String]

    /// The last part of the path.
    var fileName: Substring { path.split(separator: "/" as Character).last ?? "" }

    init(_ path: String, _ hunk: Hunk) {
      self.path = path
      self.hunk = hunk
      changed = hunk.lines.filter { $0.kind == .added || $0.kind == .removed }.map {
        ($0.kind == .added ? "+" : "-") + String(decoding: hunk.content(of: $0), as: UTF8.self)
      }
    }

    var context: [String] {
      hunk.lines.filter { $0.kind == .context }.map {
        String(decoding: hunk.content(of: $0), as: UTF8.self)
      }
    }

    var function: String? {
      let text = String(decoding: hunk.section, as: UTF8.self)
      return text.isEmpty ? nil : text
    }
  }

  /// Two hunks with less in common than this share of their changed lines are not a pair.
  private static let leastCommon = 0.3

  /// Compares two patches.
  ///
  /// - Parameter pairsEqualFirst: whether hunks that only belong to an equal one are paired before all others are
  ///   compared with each other, which gives the same pairs and takes less time.
  package init(
    upstream: [FilePatch], backport: [FilePatch], pairsEqualFirst: Bool = true
  ) {
    func sides(_ files: [FilePatch]) -> [Side] {
      files.flatMap { file -> [Side] in
        let paths = file.paths(strip: file.usualStrip)
        let path = String(decoding: paths?.shown ?? [], as: UTF8.self)
        return file.hunks.map { Side(path, $0) }
      }
    }
    let theirs = sides(upstream)
    let ours = sides(backport)
    var partner = [Int?](repeating: nil, count: theirs.count)
    var taken = Set<Int>()
    if pairsEqualFirst {
      for (a, b) in Self.equalPairs(theirs, ours) {
        partner[a] = b
        taken.insert(b)
      }
    }
    // The most alike first, so that a hunk that was split does not take another's partner.
    var scored: [(share: Double, a: Int, b: Int)] = []
    let others = ours.indices.filter { !taken.contains($0) }
    for a in theirs.indices where partner[a] == nil {
      for b in others {
        let share = Self.alike(theirs[a], ours[b])
        if share >= Self.leastCommon { scored.append((share, a, b)) }
      }
    }
    scored.sort { ($1.share, $0.a, $0.b) < ($0.share, $1.a, $1.b) }
    for score in scored where partner[score.a] == nil && !taken.contains(score.b) {
      partner[score.a] = score.b
      taken.insert(score.b)
    }
    var pairs: [Pair] = []
    for (a, their) in theirs.enumerated() {
      if let b = partner[a] {
        pairs.append(Self.pair(their, ours[b]))
      } else {
        pairs.append(
          Pair(
            kind: .onlyUpstream, upstreamPath: their.path, function: their.function,
            upstreamLine: their.hunk.oldStart, difference: their.changed.map { "-" + $0 }))
      }
    }
    for (b, own) in ours.enumerated() where !taken.contains(b) {
      pairs.append(
        Pair(
          kind: .onlyBackport, backportPath: own.path, function: own.function,
          backportLine: own.hunk.oldStart, difference: own.changed.map { "+" + $0 }))
    }
    self.pairs = pairs
    notes = Self.thrownAway(theirs, ours)
  }

  private static func solid(_ lines: [String]) -> [String] {
    lines.map { $0.filter { !$0.isWhitespace } }
  }

  /// The pairs of hunks that are as alike as any can be, in their order: they have the same changed lines, are in
  /// files of the same name, and name the same function.
  ///
  /// No other hunk may come as close: where hunks with these lines name several functions, or none, all of them are
  /// left to the comparison of each with each.
  private static func equalPairs(_ theirs: [Side], _ ours: [Side]) -> [(Int, Int)] {
    struct Key: Hashable {
      var fileName: Substring
      var lines: [String]
    }
    struct Group {
      var function: String?
      var isOne = true
      var theirs: [Int] = []
      var ours: [Int] = []
    }
    var groups: [Key: Group] = [:]
    func add(_ side: Side, _ note: (inout Group) -> Void) {
      let key = Key(fileName: side.fileName, lines: solid(side.changed).sorted())
      var group = groups[key] ?? Group(function: side.function)
      groups[key] = nil
      group.isOne = group.isOne && group.function == side.function
      note(&group)
      groups[key] = group
    }
    for (index, side) in theirs.enumerated() { add(side) { $0.theirs.append(index) } }
    for (index, side) in ours.enumerated() { add(side) { $0.ours.append(index) } }
    // Nothing is alike about hunks that change nothing.
    return groups.filter { $0.value.isOne && !$0.key.lines.isEmpty }.values
      .flatMap { zip($0.theirs, $0.ours) }
  }

  private static func alike(_ a: Side, _ b: Side) -> Double {
    let left = solid(a.changed)
    let right = solid(b.changed)
    var counts: [String: Int] = [:]
    for line in left { counts[line, default: 0] += 1 }
    var common = 0
    for line in right where counts[line, default: 0] > 0 {
      counts[line, default: 0] -= 1
      common += 1
    }
    let share = Double(2 * common) / Double(max(1, left.count + right.count))
    // The same file, and the same function, speak for a pair whose lines differ much.
    let isNear = a.fileName == b.fileName
    return share + (isNear ? 0.2 : 0)
      + (isNear && a.function != nil && a.function == b.function ? 0.2 : 0)
  }

  private static func pair(_ a: Side, _ b: Side) -> Pair {
    var pair = Pair(
      kind: .code, upstreamPath: a.path, backportPath: b.path, function: a.function ?? b.function,
      upstreamLine: a.hunk.oldStart, backportLine: b.hunk.oldStart, difference: [])
    if a.changed == b.changed {
      pair.kind = a.context == b.context && a.path == b.path ? .same : .context
    } else if solid(a.changed) == solid(b.changed) {
      pair.kind = .whitespace
    } else {
      pair.difference = difference(a.changed, b.changed)
    }
    return pair
  }

  private static func difference(_ a: [String], _ b: [String]) -> [String] {
    let partners = SequenceDiff().partners(
      a.map { LineText(Array($0.utf8)) }, b.map { LineText(Array($0.utf8)) })
    var output: [String] = []
    var next = 0
    for (index, line) in a.enumerated() {
      guard let partner = partners[index] else {
        output.append("-" + line)
        continue
      }
      while next < partner {
        output.append("+" + b[next])
        next += 1
      }
      output.append(" " + line)
      next = partner + 1
    }
    return output + b[next...].map { "+" + $0 }
  }

  // MARK: Results thrown away

  private static func thrownAway(_ upstream: [Side], _ backport: [Side]) -> [RiskNote] {
    let used = Set(upstream.flatMap { calls($0).filter(\.isUsed).map(\.name) })
    let thrown = Set(upstream.flatMap { calls($0).filter { !$0.isUsed }.map(\.name) })
    return backport.flatMap { side in
      calls(side).filter { !$0.isUsed && used.contains($0.name) && !thrown.contains($0.name) }.map {
        RiskNote(
          kind: .uncheckedReturn, function: side.function ?? "", path: side.path, line: $0.line,
          reason: "the result of \($0.name) is ignored, and upstream checks it")
      }
    }
  }

  /// The calls in added lines, and whether their result goes anywhere.
  private static func calls(_ side: Side) -> [(name: String, line: Int, isUsed: Bool)] {
    let lines = side.hunk.image(.added)
    var content: [UInt8] = []
    for line in lines { content += side.hunk.content(of: line) + [0x0A] }
    let text = CText(content)
    var calls: [(name: String, line: Int, isUsed: Bool)] = []
    let isCode = text.isCode
    for index in text.words.indices
    where text.isName(index) && text.isSign(index + 1, "(") && isCode[index] {
      let line = text.line(index)
      guard lines.indices.contains(line - 1), lines[line - 1].kind == .added,
        !text.isKeyword(index)
      else { continue }
      let before = text.previous(index)
      // A definition is not a call: a type comes before it.
      if let before, text.isName(before), !text.isWord(before, in: ["return", "else"]) { continue }
      let isStatement = before.map { text.isSign($0, ";{}):") || text.isWord($0, "else") } ?? true
      calls.append((text.text(index), side.hunk.newStart + line - 1, !isStatement))
    }
    return calls
  }
}
