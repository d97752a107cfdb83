// SPDX-License-Identifier: GPL-2.0-only

/// Reads the header of one file patch: `diff --git` with its extended lines, or `---` and `+++`.
struct FileHeaderParser {
  let bytes: [UInt8]
  let limit: Int
  var diagnostics: [PendingDiagnostic] = []

  /// The names that the different lines of a git header give.
  private struct Names {
    var gitLine: (old: [UInt8], new: [UInt8])?
    var minus: HeaderName?
    var plus: HeaderName?
    var from: [UInt8]?
    var to: [UInt8]?
  }

  /// A name of a `---` or `+++` line.
  enum HeaderName: Equatable {
    case devNull
    case name([UInt8])

    var bytes: [UInt8]? {
      if case .name(let name) = self { name } else { nil }
    }
  }

  /// Reads a git header that starts at `first`; the header ends where its lines end.
  mutating func parseGit(_ first: Line) -> FilePatch {
    var file = FilePatch(dialect: .git, change: .modify, oldName: nil, newName: nil)
    file.hasTransportCR = bytes.contentEndWithoutCR(first) < first.contentEnd && first.isTerminated
    var names = Names()
    names.gitLine = GitLineNames.split(
      bytes, start: first.start + 11, limit: bytes.contentEndWithoutCR(first))
    var position = first.end
    while position < limit {
      let line = bytes.line(at: position, limit: limit)
      guard read(line, into: &file, &names) else { break }
      position = line.end
    }
    file.header = first.start..<position
    resolve(names, in: &file, at: first.start)
    checkNames(&file, [names.minus?.bytes, names.plus?.bytes], at: first.start)
    return file
  }

  /// Reads one extended header line; false where the line is none.
  private mutating func read(
    _ line: Line, into file: inout FilePatch, _ names: inout Names
  ) -> Bool {
    let end = bytes.contentEndWithoutCR(line)
    func value(_ prefix: StaticString) -> Range<Int>? {
      bytes.hasPrefix(prefix, at: line.start, limit: end)
        ? (line.start + prefix.utf8CodeUnitCount)..<end : nil
    }
    guard line.start < end else { return false }
    switch bytes[line.start] {
    case UInt8(ascii: "i"):
      guard let range = value("index ") else { return false }
      readIndex(range, into: &file)
    case UInt8(ascii: "-"):
      guard let range = value("--- ") else { return false }
      names.minus = name(range, line)
    case UInt8(ascii: "+"):
      guard let range = value("+++ ") else { return false }
      names.plus = name(range, line)
    case UInt8(ascii: "o"):
      guard let range = value("old mode ") else { return false }
      file.oldMode = mode(range)
    case UInt8(ascii: "n"):
      if let range = value("new mode ") {
        file.newMode = mode(range)
      } else if let range = value("new file mode ") {
        file.newMode = mode(range)
        setChange(.create, in: &file, at: line.start)
      } else {
        return false
      }
    case UInt8(ascii: "d"):
      if let range = value("deleted file mode ") {
        file.oldMode = mode(range)
        setChange(.delete, in: &file, at: line.start)
      } else if let range = value("dissimilarity index ") {
        file.dissimilarity = percentage(range)
      } else {
        return false
      }
    case UInt8(ascii: "s"):
      guard let range = value("similarity index ") else { return false }
      file.similarity = percentage(range)
    case UInt8(ascii: "r"):
      if let range = value("rename from ") ?? value("rename old ") {
        names.from = only(plainName(range, line), names.from, line)
      } else if let range = value("rename to ") ?? value("rename new ") {
        names.to = only(plainName(range, line), names.to, line)
      } else {
        return false
      }
      setChange(.rename, in: &file, at: line.start)
    case UInt8(ascii: "c"):
      if let range = value("copy from ") {
        names.from = only(plainName(range, line), names.from, line)
      } else if let range = value("copy to ") {
        names.to = only(plainName(range, line), names.to, line)
      } else {
        return false
      }
      setChange(.copy, in: &file, at: line.start)
    default: return false
    }
    return true
  }

  /// A name that a line gives; two lines that give different ones are a doubt.
  private mutating func only(_ name: [UInt8]?, _ before: [UInt8]?, _ line: Line) -> [UInt8]? {
    if let before, let name, before != name {
      report(
        .inconsistentNames, line.start, "two lines of the header give the file different names")
    }
    return name
  }

  /// Reads a plain header: `minus` is the `---` line, and a `+++` line follows it.
  mutating func parseUnified(_ minus: Line) -> FilePatch {
    let plus = bytes.line(at: minus.end, limit: limit)
    let minusEnd = bytes.contentEndWithoutCR(minus)
    let plusEnd = bytes.contentEndWithoutCR(plus)
    let old = name((minus.start + 4)..<minusEnd, minus)
    let new = name((plus.start + 4)..<plusEnd, plus)
    var file = FilePatch(dialect: .unified, change: .modify, oldName: nil, newName: nil)
    file.hasTransportCR = minusEnd < minus.contentEnd && plusEnd < plus.contentEnd
    file.oldName = old?.bytes
    file.newName = new?.bytes
    let oldIsEpoch = Timestamp.isEpoch(bytes, (minus.start + 4)..<minusEnd)
    let newIsEpoch = Timestamp.isEpoch(bytes, (plus.start + 4)..<plusEnd)
    if old == .devNull || (oldIsEpoch && new != .devNull) {
      file.change = .create
    } else if new == .devNull || newIsEpoch {
      file.change = .delete
    }
    if old == nil || new == nil || (old == .devNull && new == .devNull) {
      report(.missingName, minus.start, "the --- and +++ lines have no file name")
    }
    checkNames(&file, [], at: minus.start)
    file.header = minus.start..<plus.end
    return file
  }

  /// Finds names that only damage gives: `b/dev/null`, and blanks or a mail's escapes at the end.
  ///
  /// - Parameter written: the names of the `---` and `+++` lines of a git header.
  private mutating func checkNames(
    _ file: inout FilePatch, _ written: [[UInt8]?], at offset: Int
  ) {
    let names = ([file.oldName, file.newName] + written).compactMap(\.self)
    for (index, name) in names.enumerated()
    where Self.mayBeDamaged(name) && !names[..<index].contains(name) {
      let parts = name.split(separator: UInt8(ascii: "/"))
      if parts.suffix(2).elementsEqual(["dev", "null"].map { Array($0.utf8)[...] }),
        parts.count <= 3
      {
        report(
          .damagedName, offset,
          "'\(String(lossy: name))' is a damaged /dev/null")
      } else if name.hasSuffix("=20") || name.hasSuffix("=0D") || name.last == UInt8(ascii: "=") {
        report(
          .damagedName, offset,
          "the name '\(String(lossy: name))' ends with an escape of quoted-printable text")
      }
    }
    // A blank that one of two equal names has more came from an editor.
    guard let old = file.oldName, let new = file.newName, old.last == 0x20 || new.last == 0x20,
      old.last != new.last
    else { return }
    func trimmed(_ name: [UInt8]) -> [UInt8] {
      Array(name.reversed().drop { $0 == 0x20 }.reversed())
    }
    guard GitLineNames.agree(trimmed(old), trimmed(new)) else { return }
    (file.oldName, file.newName) = (trimmed(old), trimmed(new))
    diagnostics.append(
      PendingDiagnostic(
        id: .damagedName, severity: .assumed, offset: offset,
        message: "one of the file's names ends with a blank", assumption: "the name has no blank"))
  }

  /// Whether a name ends with one of the letters that damaged names end with: few names do.
  private static func mayBeDamaged(_ name: [UInt8]) -> Bool {
    switch name.last {
    case UInt8(ascii: "/"), UInt8(ascii: "l"), UInt8(ascii: "0"), UInt8(ascii: "D"),
      UInt8(ascii: "="):
      true
    default: false
    }
  }

  private mutating func setChange(
    _ change: FilePatch.Change, in file: inout FilePatch, at offset: Int
  ) {
    if file.change != .modify, file.change != change {
      report(
        .inconsistentChange, offset,
        "the header has both \(file.change.rawValue) and \(change.rawValue) for one file")
    }
    file.change = change
  }

  /// Decides which of the names that a git header gives are the file's.
  private mutating func resolve(_ names: Names, in file: inout FilePatch, at offset: Int) {
    if file.change == .rename || file.change == .copy {
      file.oldName = names.from
      file.newName = names.to
      file.namesHaveNoPrefix = true
      if names.from == nil || names.to == nil {
        report(.missingName, offset, "a \(file.change.rawValue) needs an old and a new name")
      }
      if let minus = names.minus?.bytes, let from = names.from, !minus.endsWithPath(from) {
        report(.inconsistentNames, offset, "the --- line and the from line name different files")
      }
      if let plus = names.plus?.bytes, let to = names.to, !plus.endsWithPath(to) {
        report(.inconsistentNames, offset, "the +++ line and the to line name different files")
      }
      return
    }
    if file.change == .create, let minus = names.minus, minus != .devNull {
      report(.inconsistentNames, offset, "a new file cannot have an old name")
    }
    if file.change == .delete, let plus = names.plus, plus != .devNull {
      report(.inconsistentNames, offset, "a deleted file cannot have a new name")
    }
    file.oldName = Self.named(names.minus, names.gitLine?.old)
    file.newName = Self.named(names.plus, names.gitLine?.new)
    if names.minus == .devNull, file.change == .modify {
      file.change = .create
    } else if names.plus == .devNull, file.change == .modify {
      file.change = .delete
    }
    if file.change == .create { file.oldName = nil }
    if file.change == .delete { file.newName = nil }
    if file.oldName == nil, file.newName == nil {
      report(.missingName, offset, "the diff --git line does not identify the file")
    }
    if let old = file.oldName, let new = file.newName, !GitLineNames.agree(old, new) {
      report(.inconsistentNames, offset, "the header names two files and has no rename")
    }
  }

  /// The name of a `---` or `+++` line, or the git line's where that is the same with its prefix.
  private static func named(_ name: HeaderName?, _ git: [UInt8]?) -> [UInt8]? {
    guard let written = name?.bytes else { return git }
    guard let git, let rest = git.strippingComponents(1), Array(rest) == written else {
      return written
    }
    return git
  }

  /// A name of a `---` or `+++` line: quoted, or up to a tab or a timestamp.
  private mutating func name(_ range: Range<Int>, _ line: Line) -> HeaderName? {
    if range.isEmpty { return nil }
    if bytes[range.lowerBound] == UInt8(ascii: "\"") {
      guard
        let (name, _) = QuotedName.decode(bytes, from: range.lowerBound, limit: range.upperBound)
      else {
        report(.missingName, line.start, "a quoted file name is not closed or has a bad escape")
        return nil
      }
      return .name(name)
    }
    // A name may have a tab in it: a time ends the name, else a tab does.
    let end =
      Timestamp.start(bytes, range) ?? bytes[range].firstIndex(of: 0x09) ?? range.upperBound
    let name = bytes[range.lowerBound..<end]
    if name.elementsEqual("/dev/null".utf8) { return .devNull }
    return name.isEmpty ? nil : .name(Array(name))
  }

  private mutating func plainName(_ range: Range<Int>, _ line: Line) -> [UInt8]? {
    if !range.isEmpty, bytes[range.lowerBound] == UInt8(ascii: "\"") {
      guard
        let (name, _) = QuotedName.decode(bytes, from: range.lowerBound, limit: range.upperBound)
      else {
        report(.missingName, line.start, "a quoted file name is not closed or has a bad escape")
        return nil
      }
      return name
    }
    return range.isEmpty ? nil : Array(bytes[range])
  }

  private mutating func mode(_ range: Range<Int>) -> UInt32? {
    let digits = bytes[range]
    guard (1...7).contains(digits.count), digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
      report(.badMode, range.lowerBound, "'\(String(lossy: digits))' is not a file mode")
      return nil
    }
    let mode = digits.reduce(UInt32(0)) { $0 << 3 | UInt32($1 - 0x30) }
    switch mode & 0o170000 {
    case 0o100000 where mode & 0o7000 == 0:
      // git keeps one bit of a file's permissions: whether its owner may run it.
      return mode & 0o100 == 0 ? 0o100644 : 0o100755
    case 0o120000, 0o160000: return mode & 0o170000
    default:
      report(
        .badMode, range.lowerBound,
        "mode \(String(lossy: digits)): git knows 100644, 100755, 120000 and 160000")
      return nil
    }
  }

  private func percentage(_ range: Range<Int>) -> Int? {
    let digits = bytes[range].prefix { (0x30...0x39).contains($0) }
    guard (1...3).contains(digits.count) else { return nil }
    let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return value <= 100 ? value : nil
  }

  /// Reads `abc123..def456 100644`; an id of a length that no hash has is left out.
  private mutating func readIndex(_ range: Range<Int>, into file: inout FilePatch) {
    let isHex = { (byte: UInt8) in
      (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
    let old = bytes[range].prefix(while: isHex)
    guard bytes.hasPrefix("..", at: old.endIndex, limit: range.upperBound) else { return }
    let new = bytes[(old.endIndex + 2)..<range.upperBound].prefix(while: isHex)
    guard (1...64).contains(old.count), (1...64).contains(new.count) else { return }
    file.oldID = Array(old)
    file.newID = Array(new)
    if new.endIndex < range.upperBound, bytes[new.endIndex] == UInt8(ascii: " ") {
      let mode = mode((new.endIndex + 1)..<range.upperBound)
      if file.oldMode == nil { file.oldMode = mode }
      if file.newMode == nil, file.change == .modify { file.newMode = mode }
    }
  }

  private mutating func report(_ id: DiagnosticID, _ offset: Int, _ message: String) {
    diagnostics.append(
      PendingDiagnostic(id: id, severity: .refused, offset: offset, message: message))
  }
}

extension [UInt8] {
  /// Whether the path is `other`, or ends with it after a slash.
  fileprivate func endsWithPath(_ other: [UInt8]) -> Bool {
    self == other
      || (count > other.count && self.suffix(other.count) == other[...]
        && self[count - other.count - 1] == UInt8(ascii: "/"))
  }

  /// Whether the bytes end with an ASCII text.
  fileprivate func hasSuffix(_ text: StaticString) -> Bool {
    hasPrefix(text, at: Swift.max(0, count - text.utf8CodeUnitCount), limit: count)
  }
}
