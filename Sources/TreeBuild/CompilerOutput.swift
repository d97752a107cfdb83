// SPDX-License-Identifier: GPL-2.0-only

/// What a build printed, line by line, without colors and control characters.
struct CompilerOutput {
  private let lines: [String]

  /// Takes the output of a build.
  ///
  /// - Parameter folder: the folder that it ran in, whose path is left out of the lines; empty for none.
  init(_ log: [UInt8], folder: String) {
    lines = log.split(separator: 0x0A, omittingEmptySubsequences: true).map { line in
      let text = String(decoding: Self.withoutControls(line), as: UTF8.self)
      return folder.isEmpty ? text : text.replacing(folder + "/", with: "")
    }
  }

  /// Longer lines are cut.
  private static let longest = 240

  /// The first errors: what compilers, linkers and make call so, else the last lines.
  ///
  /// - Parameter most: how many lines.
  func errors(most: Int) -> [String] {
    let signs = [
      "error:", "undefined reference", "multiple definition", "No rule to make target", "not found",
    ]
    var found = lines.filter { line in signs.contains { line.contains($0) } }
    // make's own word comes after the compiler's, and repeats it.
    if found.isEmpty { found = lines.filter { $0.contains("*** ") } }
    if found.isEmpty { found = lines.suffix(most) }
    return found.prefix(most).map { line in
      line.count > Self.longest ? line.prefix(Self.longest) + "…" : line
    }
  }

  /// The last lines.
  func last(_ most: Int) -> [String] { Array(lines.suffix(most)) }

  /// A line without the sequences that color it, and without other control characters.
  private static func withoutControls(_ line: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var position = line.startIndex
    while position < line.endIndex {
      let byte = line[position]
      position += 1
      if byte == 0x09 {
        text.append(0x20)
      } else if byte == 0x1B, position < line.endIndex {
        let kind = line[position]
        position += 1
        if kind == UInt8(ascii: "[") {
          // Up to a letter.
          while position < line.endIndex, !(0x40...0x7E).contains(line[position]) { position += 1 }
          position = min(position + 1, line.endIndex)
        } else if kind == UInt8(ascii: "]") {
          // A link, up to BEL or ESC \.
          while position < line.endIndex, line[position] != 0x07, line[position] != 0x1B {
            position += 1
          }
          position = min(
            position + (position < line.endIndex && line[position] == 0x1B ? 2 : 1), line.endIndex)
        }
      } else if byte >= 0x20, byte != 0x7F {
        text.append(byte)
      }
    }
    return text
  }
}
