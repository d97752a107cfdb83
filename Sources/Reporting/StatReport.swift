// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat

/// The lines that patches add and remove, as `git apply` shows them.
package struct StatReport: OrderedMembers, Sendable {
  /// One file patch.
  package struct Entry: Encodable, Sendable {
    /// The path, in quotes where git would put them.
    package var path: String
    /// Lines added.
    package var added: Int
    /// Lines removed.
    package var removed: Int
    /// Whether the file is binary.
    package var isBinary: Bool
    /// The path's bytes as they are, for output that ends lines with NUL.
    var rawPath: [UInt8]

    private enum CodingKeys: String, CodingKey { case path, added, removed, isBinary }
  }

  /// The file patches in their order.
  package var files: [Entry]
  /// Lines added in all.
  package var added: Int { files.reduce(0) { $0 + $1.added } }
  /// Lines removed in all.
  package var removed: Int { files.reduce(0) { $0 + $1.removed } }

  /// Takes over counted file patches.
  package init(_ stats: [DiffStat]) {
    files = stats.map { stat in
      Entry(
        path: String(decoding: FilePatch.quoted(stat.path), as: UTF8.self), added: stat.added,
        removed: stat.removed, isBinary: stat.isBinary, rawPath: stat.path)
    }
  }

  private enum CodingKeys: String, CodingKey { case files, added, removed }

  /// Writes the files and both sums.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(added, forKey: .added)
    try container.encode(files, forKey: .files)
    try container.encode(removed, forKey: .removed)
  }

  /// One line a file as `git apply --numstat` writes it; with `-z`, paths as they are and NUL ends.
  package func numstat(nulEnds: Bool) -> [UInt8] {
    files.flatMap { file -> [UInt8] in
      let counts = file.isBinary ? "-\t-\t" : "\(file.added)\t\(file.removed)\t"
      return Array(counts.utf8) + (nulEnds ? file.rawPath + [0] : Array(file.path.utf8) + [0x0A])
    }
  }

  /// The histogram that `git apply --stat` prints, in its 80 columns.
  package func histogram() -> LabeledText {
    let widest = files.map { $0.path.utf8.count }.max() ?? 0
    let most = files.map { $0.added + $0.removed }.max() ?? 0
    let nameWidth = min(widest, 50)
    let barWidth = nameWidth + most > 70 ? 70 - nameWidth : most
    var text = LabeledText()
    for file in files {
      text += " \(fitted(file.path, nameWidth)) |"
      if file.isBinary {
        text += "  Bin\n"
        continue
      }
      let count = file.added + file.removed
      let number = String(count)
      text += "\(String(repeating: " ", count: max(0, 5 - number.count)))\(number) "
      if most > 0 {
        let total = (count * barWidth + most / 2) / most
        let plus = (file.added * barWidth + most / 2) / most
        text += "\(String(repeating: "+", count: plus))"
        text += "\(String(repeating: "-", count: max(0, total - plus)))"
      }
      text += "\n"
    }
    return text + "\(summary())\n"
  }

  /// A path in exactly that many bytes: a long one loses its start, at a slash if there is one.
  private func fitted(_ path: String, _ width: Int) -> String {
    let bytes = Array(path.utf8)
    guard bytes.count > width else {
      return path + String(repeating: " ", count: width - bytes.count)
    }
    let tail = bytes[(bytes.count + 3 - width)...]
    let cut = tail.firstIndex(of: UInt8(ascii: "/")) ?? tail.startIndex
    let short = "..." + String(decoding: bytes[cut...], as: UTF8.self)
    return short + String(repeating: " ", count: max(0, width - short.utf8.count))
  }

  private func summary() -> String {
    if files.isEmpty { return " 0 files changed" }
    var text = " \(plural(files.count, "file")) changed"
    if added > 0 || removed == 0 { text += ", \(plural(added, "insertion"))(+)" }
    if removed > 0 || added == 0 { text += ", \(plural(removed, "deletion"))(-)" }
    return text
  }
}
