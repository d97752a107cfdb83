// SPDX-License-Identifier: GPL-2.0-only

/// A function that a patch changes.
public struct ChangedFunction: Sendable, Hashable {
  /// What becomes of a function.
  public enum Change: Sendable, Hashable {
    /// It is new.
    case added
    /// Its words change.
    case changed
    /// It goes away.
    case removed
    /// It has another name, and most of its words are the same.
    case renamed(from: String)
  }

  /// The path of the function's file below the tree's root.
  public var path: String
  /// Its name; the old one where it goes away.
  public var name: String
  /// Whether the patch adds, changes, removes or renames the function.
  public var change: Change
  /// Its lines before, from 1; nil where it is new, or where only hunks are at hand.
  public var before: ClosedRange<Int>?
  /// Its lines after; nil where it goes away, or where only hunks are at hand.
  public var after: ClosedRange<Int>?
  /// Whether this was read off the hunks alone, without the files.
  package var isFromHunks = false

  /// Makes one.
  package init(
    path: String, name: String, change: Change, before: ClosedRange<Int>?,
    after: ClosedRange<Int>?, isFromHunks: Bool = false
  ) {
    self.path = path
    self.name = name
    self.change = change
    self.before = before
    self.after = after
    self.isFromHunks = isFromHunks
  }
}

extension ChangedFunction {
  /// Two functions with fewer words in common than this share of theirs are not one that was renamed.
  private static let leastCommon = 0.6

  /// The functions that differ between two files, in the order of the file after, removed ones last.
  ///
  /// Functions are the same if their words are: comments and spacing do not count. Of several with one
  /// name, as in the arms of an `#if`, the first belongs to the first.
  package static func between(
    _ before: CSourceFile?, _ after: CSourceFile?, path: String
  ) -> [ChangedFunction] {
    struct Key: Hashable {
      var name: String
      var ordinal: Int
    }
    func keyed(_ file: CSourceFile?) -> [(key: Key, item: CItem)] {
      guard let file else { return [] }
      var counts: [String: Int] = [:]
      return file.functions.map { item in
        let name = file.name(of: item)
        defer { counts[name, default: 0] += 1 }
        return (Key(name: name, ordinal: counts[name, default: 0]), item)
      }
    }
    let old = keyed(before)
    let new = keyed(after)
    let oldByKey = Dictionary(old.map { ($0.key, $0.item) }) { first, _ in first }
    let newKeys = Set(new.map(\.key))
    var gone = old.filter { !newKeys.contains($0.key) }
    var changes: [ChangedFunction] = []
    for (key, item) in new {
      guard let after else { break }
      if let partner = oldByKey[key], let before {
        if before.words(of: partner) == after.words(of: item) { continue }
        changes.append(
          ChangedFunction(
            path: path, name: key.name, change: .changed, before: partner.lines, after: item.lines))
        continue
      }
      if let before,
        let index = mostAlike(item, of: after, among: gone.map(\.item), of: before)
      {
        let partner = gone.remove(at: index)
        changes.append(
          ChangedFunction(
            path: path, name: key.name, change: .renamed(from: partner.key.name),
            before: partner.item.lines, after: item.lines))
        continue
      }
      changes.append(
        ChangedFunction(
          path: path, name: key.name, change: .added, before: nil, after: item.lines))
    }
    return changes
      + gone.map {
        ChangedFunction(
          path: path, name: $0.key.name, change: .removed, before: $0.item.lines, after: nil)
      }
  }

  /// How much of two rows of words is the same, from 0 to 1, whatever their order.
  package static func share(_ a: [String], _ b: [String]) -> Double {
    var counts: [String: Int] = [:]
    for word in a { counts[word, default: 0] += 1 }
    var common = 0
    for word in b where counts[word, default: 0] > 0 {
      counts[word, default: 0] -= 1
      common += 1
    }
    return Double(common) / Double(max(a.count, b.count, 1))
  }

  private static func mostAlike(
    _ item: CItem, of file: CSourceFile, among candidates: [CItem], of other: CSourceFile
  ) -> Int? {
    let own = file.words(of: item)
    var best: (index: Int, share: Double)?
    for (index, candidate) in candidates.enumerated() {
      let share = share(own, other.words(of: candidate))
      if share >= leastCommon, share > best?.share ?? 0 { best = (index, share) }
    }
    return best?.index
  }
}
