// SPDX-License-Identifier: GPL-2.0-only

package import CSource
package import PatchFormat

extension ChangedFunction {
  /// The functions that a file patch changes, as far as its hunks show: without the files, a change
  /// above the first head in a hunk belongs to the function that its `@@` line names.
  package static func inHunks(of file: FilePatch, path: String) -> [ChangedFunction] {
    var found: [ChangedFunction] = []
    func note(_ name: String, _ change: Change) {
      if let index = found.firstIndex(where: { $0.name == name }) {
        if found[index].change != change { found[index].change = .changed }
      } else {
        found.append(
          ChangedFunction(
            path: path, name: name, change: change, before: nil, after: nil, isFromHunks: true))
      }
    }
    for hunk in file.hunks {
      let section = sectionName(hunk.section)
      for (side, own) in [(HunkLine.Kind.added, Change.added), (.removed, .removed)] {
        let lines = hunk.image(side)
        let fragment = CSourceFile(lines.flatMap { Array(hunk.content(of: $0)) + [0x0A] })
        let functions = fragment.functions
        for (index, line) in lines.enumerated() where line.kind == side {
          if hunk.content(of: line).allSatisfy({ $0 <= 0x20 }) { continue }
          if let item = functions.first(where: { $0.lines.contains(index + 1) }) {
            let isWhole = item.lines.allSatisfy {
              lines[$0 - 1].kind == side
                || hunk.content(of: lines[$0 - 1]).allSatisfy { $0 <= 0x20 }
            }
            note(fragment.name(of: item), isWhole ? own : .changed)
          } else if let section, !functions.contains(where: { $0.firstLine <= UInt32(index + 1) }),
            !isBehindAnEnd(index, lines, hunk)
          {
            note(section, .changed)
          }
        }
      }
    }
    return found
  }

  /// Whether there is a closing brace in column 1 above a line: the function of the `@@` line has ended.
  private static func isBehindAnEnd(_ index: Int, _ lines: [HunkLine], _ hunk: Hunk) -> Bool {
    lines[..<index].contains { hunk.content(of: $0).first == UInt8(ascii: "}") }
  }

  /// The function that the text after the second `@@` names; nil if it names none.
  private static func sectionName(_ section: [UInt8]) -> String? {
    let file = CSourceFile(section + Array("\n{\n}\n".utf8))
    if let item = file.functions.first { return file.name(of: item) }
    // The head may continue in the lines below: a name before an open parenthesis is enough.
    let open = CSourceFile(section + Array(")\n{\n}\n".utf8))
    return open.functions.first.map { open.name(of: $0) }
  }
}
