// SPDX-License-Identifier: GPL-2.0-only

package import CSource
internal import Git
internal import TextAlign

/// The tokens of a C function, without comments and spacing: a port is for exactly these.
package struct FunctionFingerprint: Sendable, Hashable {
  /// Its words, a line a statement.
  package var lines: [String]

  /// Takes the words of a function.
  package init(_ file: CSourceFile, _ item: CItem) {
    lines = StatementLines(file.words(of: item)).lines
  }

  /// Takes lines that were kept.
  package init(lines: [String]) { self.lines = lines }

  /// The git blob id of the lines: forty hex digits.
  package var id: String {
    let text = lines.map { $0 + "\n" }.joined()
    return (try? ObjectID.ofBlob(Array(text.utf8)))?.description ?? ""
  }

  /// How many statements one has and the other does not.
  func changedStatements(to new: FunctionFingerprint) -> Int {
    lines == new.lines ? 0 : difference(to: new).count { !$0.hasPrefix("  ") }
  }

  /// Where two differ: `-` and `+` lines with the statements around them, words that differ marked.
  package func difference(to new: FunctionFingerprint) -> [String] {
    let old = lines.map { LineText(Array($0.utf8)) }
    let partners = SequenceDiff().partners(old, new.lines.map { LineText(Array($0.utf8)) })
    var output: [String] = []
    var next = 0
    for (index, line) in lines.enumerated() {
      guard let partner = partners[index] else {
        output.append("- \(line)")
        continue
      }
      while next < partner {
        output.append("+ \(new.lines[next])")
        next += 1
      }
      output.append("  \(line)")
      next = partner + 1
    }
    output += new.lines[next...].map { "+ \($0)" }
    // One line around each change is enough to find it.
    return output.indices.filter { index in
      (max(0, index - 1)...min(output.count - 1, index + 1)).contains {
        !output[$0].hasPrefix("  ")
      }
    }.map { output[$0] }
  }
}
