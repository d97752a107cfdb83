// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// Which items of two versions of a C file may differ: those between the items at the start that both have,
/// and those at the end.
///
/// A large header has hundreds of thousands of items, and a patch changes a few.
struct ItemDifference {
  /// The items of the file before.
  let before: Range<Int>
  /// The items of the file after.
  let after: Range<Int>

  /// Compares two versions.
  init(_ before: CSourceFile, _ after: CSourceFile) {
    let (head, tail) = Self.commonBytes(before.bytes, after.bytes)
    let most = min(before.items.count, after.items.count)
    var start = 0
    while start < most, before.items[start] == after.items[start],
      before.end(of: before.items[start]) <= head
    {
      start += 1
    }
    var length = 0
    while length < most - start {
      let old = before.items[before.items.count - 1 - length]
      let new = after.items[after.items.count - 1 - length]
      guard before.start(of: old) >= before.bytes.count - tail,
        after.start(of: new) >= after.bytes.count - tail,
        Self.isMoved(old, in: before, to: new, in: after)
      else { break }
      length += 1
    }
    // A field whose type is not among them may have another owner.
    var first = before.items.count - length
    while let last = before.items[first...].lastIndex(where: {
      $0.parent >= 0 && Int($0.parent) < first
    }) {
      first = last + 1
    }
    length = before.items.count - first
    self.before = start..<first
    self.after = start..<(after.items.count - length)
  }

  /// Whether two items are the same where the text before them has another length: positions are counted
  /// from the files' ends.
  private static func isMoved(
    _ old: CItem, in before: CSourceFile, to new: CItem, in after: CSourceFile
  ) -> Bool {
    let bytes = after.bytes.count - before.bytes.count
    let tokens = after.tokens.count - before.tokens.count
    let items = after.items.count - before.items.count
    return old.kind == new.kind && old.isMadeByMacro == new.isMadeByMacro
      && Int(old.nameStart) + bytes == Int(new.nameStart)
      && Int(old.nameEnd) + bytes == Int(new.nameEnd)
      && Int(old.firstToken) + tokens == Int(new.firstToken)
      && Int(old.endToken) + tokens == Int(new.endToken)
      && Int(old.bodyToken) + tokens == Int(new.bodyToken)
      && (old.parent < 0 ? new.parent < 0 : Int(old.parent) + items == Int(new.parent))
  }

  /// How many bytes two texts share at the start, and at the end of the rest.
  static func commonBytes(_ a: [UInt8], _ b: [UInt8]) -> (head: Int, tail: Int) {
    let (a, b) = (a.span, b.span)
    let most = min(a.count, b.count)
    var head = 0
    while head < most, unsafe a[unchecked: head] == b[unchecked: head] { head += 1 }
    var tail = 0
    while tail < most - head,
      unsafe a[unchecked: a.count - 1 - tail] == b[unchecked: b.count - 1 - tail]
    {
      tail += 1
    }
    return (head, tail)
  }
}

extension CSourceFile {
  fileprivate func start(of item: CItem) -> Int { Int(tokens[Int(item.firstToken)].start) }

  fileprivate func end(of item: CItem) -> Int {
    Int(tokens[max(Int(item.firstToken), Int(item.endToken) - 1)].end)
  }
}
