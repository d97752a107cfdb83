// SPDX-License-Identifier: GPL-2.0-only

internal import CSource

/// A function of the kernel and its port, side by side.
package struct SourcePair: Sendable {
  private let name: String
  private let c: CSourceFile
  private let swift: [Substring]

  /// Takes the two files.
  ///
  /// - Parameters:
  ///   - name: the function's name in C.
  ///   - c: the C file.
  ///   - swift: the port's file.
  package init(name: String, c: String, swift: String) {
    self.name = name
    self.c = CSourceFile(Array(c.utf8))
    self.swift = swift.split(separator: "\n" as Character, omittingEmptySubsequences: false)
  }

  /// The two functions in columns; nil where one is not in its file.
  package func text(width: Int) -> LabeledText? {
    guard let left = cFunction, let right = swiftFunction else { return nil }
    let column = max(30, (width - 3) / 2)
    var text = LabeledText()
    for index in 0..<max(left.count, right.count) {
      let a = index < left.count ? String(left[index]).replacing("\t", with: "    ") : ""
      let b = index < right.count ? String(right[index]) : ""
      let (left, right): (LabeledText, LabeledText) = ("\(a)", "\(b)")
      text += "\(left.cut(to: column).padded(to: column)) | \(right.cut(to: column))\n"
    }
    return text
  }

  private var cFunction: [Substring]? {
    guard let item = c.function(named: name) else { return nil }
    return String(decoding: c.lines(of: item), as: UTF8.self)
      .split(separator: "\n" as Character, omittingEmptySubsequences: false).dropLast()
  }

  private var swiftFunction: [Substring]? {
    let wanted = name.replacing("_", with: "").lowercased()
    guard
      let start = swift.indices.first(where: { index in
        guard let function = swift[index].firstRange(of: "func ") else { return false }
        return swift[index][function.upperBound...].prefix { $0 != "(" }.lowercased() == wanted
      }), let end = swift[start...].firstIndex(where: { $0 == "  }" })
    else { return nil }
    return Array(swift[start...end])
  }
}
