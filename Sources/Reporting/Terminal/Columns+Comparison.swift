// SPDX-License-Identifier: GPL-2.0-only

internal import TextAlign

extension Columns.Line {
  /// Two columns with partners in the same row: equal lines, and lines that differ in some words, which are marked.
  static func compared(_ left: [Self], _ right: [Self]) -> [[Self]] {
    var rows: (left: [Self], right: [Self]) = ([], [])
    func only(_ lines: [Self]) -> [Self] {
      lines.map { line in
        var line = line
        line.differs = true
        return line
      }
    }
    func blanks(_ count: Int) -> [Self] { Array(repeating: Self(text: ""), count: count) }
    func add(_ left: ArraySlice<Self>, _ right: ArraySlice<Self>) {
      rows.left += only(Array(left)) + blanks(right.count)
      rows.right += blanks(left.count) + only(Array(right))
    }
    /// Lines without an equal partner: in order, those of one sign that have half of their words in common.
    func pair(_ left: ArraySlice<Self>, _ right: ArraySlice<Self>) {
      var (first, second) = (left, right)
      for index in left.indices {
        let own = LineText(left[index].text)
        let partner = second.indices.first {
          second[$0].prefix == left[index].prefix
            && LineText(second[$0].text).similarity(to: own) >= 0.5
        }
        guard let partner else { continue }
        add(first[..<index], second[..<partner])
        let (a, b) = marked(left[index], second[partner])
        rows.left.append(a)
        rows.right.append(b)
        first = first[(index + 1)...]
        second = second[(partner + 1)...]
      }
      add(first, second)
    }
    func text(_ line: Self) -> LineText { LineText(Array(line.prefix.utf8) + line.text) }
    var next = (left: 0, right: 0)
    let partners = SequenceDiff().partners(left.map(text), right.map(text))
    for (index, partner) in partners.enumerated() {
      guard let partner else { continue }
      pair(left[next.left..<index], right[next.right..<partner])
      rows.left.append(left[index])
      rows.right.append(right[partner])
      next = (index + 1, partner + 1)
    }
    pair(left[next.left...], right[next.right...])
    return [rows.left, rows.right]
  }

  /// Two lines, each with the words marked that the other does not have.
  private static func marked(_ left: Self, _ right: Self) -> (Self, Self) {
    var numbers: [ArraySlice<UInt8>: Int] = [:]
    func number(_ words: Words) -> [Int] {
      words.texts.map { word in
        let number = numbers[word, default: numbers.count]
        numbers[word] = number
        return number
      }
    }
    let words = (left: Words(left.text), right: Words(right.text))
    let partners = SequenceDiff().partners(number(words.left), number(words.right))
    let found = Set(partners.compactMap(\.self))
    func line(_ line: Self, _ words: Words, _ isCommon: (Int) -> Bool) -> Self {
      var line = line
      line.differs = true
      line.marks = words.texts.enumerated().filter { !isCommon($0.offset) }
        .map { $0.element.startIndex..<$0.element.endIndex }
      return line
    }
    return (
      line(left, words.left) { partners[$0] != nil },
      line(right, words.right) { found.contains($0) }
    )
  }
}
