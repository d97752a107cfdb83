// SPDX-License-Identifier: GPL-2.0-only

extension Series {
  /// The lines of the file in pieces: for each patch its own line with those above it that name none,
  /// and last the lines after all patches.
  ///
  /// There is one more piece than patches; together they are the file.
  package var pieces: [[UInt8]] {
    var pieces: [[UInt8]] = [[]]
    for line in lines {
      pieces[pieces.count - 1] += line.raw
      if line.entry != nil { pieces.append([]) }
    }
    return pieces
  }

  /// Inserts lines before the patch with a number, from 0, or after the last patch for its count.
  ///
  /// - Parameter text: whole lines, such as a piece of another series.
  /// - Throws: `PatchFormatError` where an option is none that quilt knows.
  package mutating func insert(_ text: [UInt8], at number: Int) throws(PatchFormatError) {
    var pieces = pieces
    // A last line without an end would join with the next one.
    for index in pieces.indices where pieces[index].last.map({ $0 != 0x0A }) ?? false {
      pieces[index].append(0x0A)
    }
    let position = min(number, pieces.count - 1)
    // Lines after the last patch stay after it.
    if position == pieces.count - 1, number >= entries.count {
      let isEnd = pieces[position].isEmpty || !entries.isEmpty
      pieces.insert(text, at: isEnd ? position : position + 1)
    } else {
      pieces.insert(text, at: position)
    }
    self = try Series(parsing: Array(pieces.joined()))
  }

  /// Takes the patch with a number, from 0, out; comments above it stay.
  package mutating func remove(at number: Int) {
    guard let index = lineIndex(of: number) else { return }
    lines.remove(at: index)
    renumber()
  }

  /// Gives the patch with a number, from 0, another name; its options, guards and comment stay.
  package mutating func rename(at number: Int, to name: [UInt8]) {
    guard let index = lineIndex(of: number), lines[index].entry != nil else { return }
    lines[index].entry?.path = name
    setOptions(lines[index].entry?.options ?? [], at: number)
  }

  /// Writes the options of the patch with a number, from 0, anew; its path and comment stay.
  package mutating func setOptions(_ options: [String], at number: Int) {
    guard let index = lineIndex(of: number), var entry = lines[index].entry else { return }
    var raw = entry.guards.flatMap { Array("\($0.text) ".utf8) } + entry.path
    for option in options { raw += " \(option)".utf8 }
    if let comment = entry.comment { raw += Array(" #".utf8) + comment }
    entry.options = options
    entry.isReversed = options.contains("-R") || options.contains("--reverse")
    lines[index] = SeriesLine(raw: raw + [0x0A], entry: entry)
  }

  private func lineIndex(of number: Int) -> Int? {
    let named = lines.indices.filter { lines[$0].entry != nil }
    return named.indices.contains(number) ? named[number] : nil
  }

  private mutating func renumber() {
    for index in lines.indices { lines[index].entry?.line = index + 1 }
  }
}

extension SeriesGuard {
  /// The guard as it is written.
  package var text: String { (letsIn ? "+" : "-") + (isInverted ? "!" : "") + symbol }
}
