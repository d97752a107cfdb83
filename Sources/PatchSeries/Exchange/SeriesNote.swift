// SPDX-License-Identifier: GPL-2.0-only

/// The note on a commit that keeps the file of its patch, and the lines of the series that name it.
package struct SeriesNote: Hashable {
  /// The patch's name.
  package var name: String
  /// How many commits the file became.
  package var mails: Int
  /// The series' lines for the patch.
  package var piece: [UInt8]
  /// The series' lines after the last patch.
  package var end: [UInt8]
  /// The file.
  package var patch: [UInt8]
  /// The blob ids of the commits' messages, if those are in a distribution style and not the file's own.
  package var styled: [String] = []

  private static let title = "patchkit series note 1\n"

  /// The note's bytes: a header of lines, then the three texts, as long as the header says.
  package var bytes: [UInt8] {
    let style = styled.isEmpty ? "" : "styled \(styled.joined(separator: " "))\n"
    let lengths = "lengths \(piece.count) \(end.count) \(patch.count)\n"
    return Array("\(Self.title)name \(name)\nmails \(mails)\n\(lengths)\(style)\n".utf8)
      + piece + end + patch
  }

  package init(name: String, mails: Int, piece: [UInt8], end: [UInt8], patch: [UInt8]) {
    self.name = name
    self.mails = mails
    self.piece = piece
    self.end = end
    self.patch = patch
  }

  /// Reads a note; nil where it is none of these.
  package init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: Self.title.utf8) else { return nil }
    var position = Self.title.utf8.count
    var lines: [String] = []
    while lines.last != "", position < bytes.count {
      guard let end = bytes[position...].firstIndex(of: 0x0A) else { return nil }
      lines.append(String(decoding: bytes[position..<end], as: UTF8.self))
      position = end + 1
    }
    guard lines.count == 4 || lines.count == 5 && lines[3].hasPrefix("styled "),
      lines[0].hasPrefix("name "), lines[1].hasPrefix("mails "),
      lines[2].hasPrefix("lengths "), let mails = Int(lines[1].dropFirst(6)), mails > 0
    else { return nil }
    let lengths = lines[2].dropFirst(8).split(separator: " ").compactMap { Int($0) }
    guard lengths.count == 3, lengths.allSatisfy({ $0 >= 0 && $0 <= bytes.count }),
      lengths.reduce(0, +) == bytes.count - position
    else { return nil }
    let middle = position + lengths[0]
    self.init(
      name: String(lines[0].dropFirst(5)), mails: mails, piece: Array(bytes[position..<middle]),
      end: Array(bytes[middle..<(middle + lengths[1])]),
      patch: Array(bytes[(middle + lengths[1])...]))
    if lines.count == 5 { styled = lines[3].split(separator: " ").dropFirst().map(String.init) }
  }
}
