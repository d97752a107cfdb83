// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import TextAlign

/// Additions that mean the same wherever they are among their neighbors: includes among includes, and whole
/// functions, macros and types outside of every other one.
///
/// The order within such a part of a file does not matter, so an addition of this kind needs no exact position:
/// it is enough that the lines on one side of it show the part.
enum OrderFreeAddition {
  /// Whether the edits of a hunk only add such text, at positions of the target where it is free.
  ///
  /// - Parameter partners: the lines of the target that the lines of the hunk's pre-image were found at.
  static func holds(
    _ edits: [LineEdit], _ hunk: HunkText, _ partners: [HunkAlignment.Partner?],
    on target: TargetText
  ) -> Bool {
    guard !edits.isEmpty, edits.allSatisfy({ $0.range.isEmpty && isWhole($0.replacement) }),
      // What is between the addition and the lines that were found may not begin or end a condition.
      !zip(hunk.base, partners).contains(where: { $1 == nil && isConditional($0) })
    else { return false }
    let file = CSourceFile(target.table.bytes)
    return edits.allSatisfy {
      isOutside($0.range.lowerBound, in: file, target.table)
        && isFree($0.range.lowerBound, for: $0.replacement, in: target, file)
    }
  }

  /// Whether nothing around a line of the target gives an addition another meaning there: no condition is open,
  /// no comment is above the definition that it belongs to, and includes are among includes.
  private static func isFree(
    _ line: Int, for addition: [LineText], in target: TargetText, _ file: CSourceFile
  ) -> Bool {
    let lines = target.index.lines
    let before = lines[..<line]
    if line > 0, lines[line - 1].solidBytes.suffix(2).elementsEqual("*/".utf8),
      // A comment after code on the same line belongs to that code.
      !file.tokens.contains(where: { $0.line == UInt32(line) })
    {
      return false
    }
    var depth = 0
    for row in before where row.solidBytes.first == UInt8(ascii: "#") {
      if row.solidBytes.starts(with: conditions[0]) { depth += 1 }
      if row.solidBytes.starts(with: conditions[2]) { depth -= 1 }
    }
    // The guard of a header is its first condition, and defines the name that it asks for.
    let isGuarded = lines.first { isConditional($0) }?.solidBytes.starts(
      with: Array("#ifndef".utf8))
    guard depth == 0 || depth == 1 && isGuarded == true else { return false }
    // What is defined before an include may change what that declares.
    let hasIncludes = addition.contains(where: isInclude)
    let next = lines[line...].first { !$0.solidBytes.isEmpty }
    let last = before.last { !$0.solidBytes.isEmpty }
    let isAmong = [next, last].contains { $0.map(isInclude) ?? false }
    if hasIncludes {
      return isAmong && addition.allSatisfy { isInclude($0) || $0.solidBytes.isEmpty }
    }
    return !(next.map(isInclude) ?? false)
  }

  private static func isInclude(_ line: LineText) -> Bool {
    line.solidBytes.starts(with: Array("#include".utf8))
  }

  private static let conditions = ["#if", "#el", "#endif"].map { Array($0.utf8) }

  private static func isConditional(_ line: LineText) -> Bool {
    conditions.contains { line.solidBytes.starts(with: $0) }
  }

  /// Whether lines are nothing but includes and definitions.
  private static func isWhole(_ lines: [LineText]) -> Bool {
    let file = CSourceFile(lines.flatMap(\.bytes))
    if file.tokens.isEmpty { return false }
    var inside = [Bool](repeating: false, count: file.tokens.count)
    // A statement in the middle of a function looks like a prototype, a variable or a macro's call.
    for item in file.items
    where item.parent < 0 && ![.prototype, .variable, .macroCall].contains(item.kind) {
      for index in item.tokens { inside[index] = true }
    }
    return file.tokens.indices.allSatisfy { index in
      inside[index]
        || file.tokens[index].kind == .directive
          && CInclude(file.bytes[file.tokens[index].range]) != nil
    }
  }

  /// Whether the text before a line, from 0, is outside of every definition, statement and comment.
  private static func isOutside(_ line: Int, in file: CSourceFile, _ table: LineTable) -> Bool {
    // Lines of items count from 1.
    if file.items.contains(where: { $0.firstLine <= line && $0.lastLine > line }) { return false }
    let start = table.start(of: line)
    var end = 0
    var depth = 0
    for token in file.tokens {
      if Int(token.start) >= start { break }
      end = Int(token.end)
      guard token.kind == .sign else { continue }
      switch token.first {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"): depth -= 1
      default: break
      }
    }
    if depth != 0 || end > start { return false }
    let gap = table.bytes[end..<start]
    let opened = gap.lastRange(of: Array("/*".utf8))
    let closed = gap.lastRange(of: Array("*/".utf8))
    guard let opened else { return true }
    return closed.map { $0 > opened } ?? false
  }
}

extension ArraySlice<UInt8> {
  /// Where some bytes begin last; nil where they do not occur.
  fileprivate func lastRange(of bytes: [UInt8]) -> Int? {
    guard count >= bytes.count else { return nil }
    return (startIndex...(endIndex - bytes.count)).last { self[$0...].starts(with: bytes) }
  }
}
