// SPDX-License-Identifier: GPL-2.0-only

/// A function of the kernel and its port, side by side.
public struct SourcePair: Sendable {
  private let name: String
  private let c: [Substring]
  private let swift: [Substring]

  /// Takes the two files.
  ///
  /// - Parameters:
  ///   - name: the function's name in C.
  ///   - c: the C file.
  ///   - swift: the port's file.
  public init(name: String, c: String, swift: String) {
    self.name = name
    self.c = c.split(separator: "\n" as Character, omittingEmptySubsequences: false)
    self.swift = swift.split(separator: "\n" as Character, omittingEmptySubsequences: false)
  }

  /// The two functions in columns; nil where one is not in its file.
  public func text(width: Int) -> String? {
    guard let left = cFunction, let right = swiftFunction else { return nil }
    let column = max(30, (width - 3) / 2)
    var text = ""
    for index in 0..<max(left.count, right.count) {
      let a = index < left.count ? String(left[index]).replacing("\t", with: "    ") : ""
      let b = index < right.count ? String(right[index]) : ""
      let cut = String(a.prefix(column))
      text += cut + String(repeating: " ", count: column - cut.count) + " | "
      text += TextStyle.harmless(String(b.prefix(column))) + "\n"
    }
    return TextStyle.harmless(text)
  }

  /// From the line that names the function, outside of any, to its closing brace.
  private var cFunction: [Substring]? {
    guard
      let start = c.indices.first(where: { index in
        c[index].contains("\(name)(") && c[index].first.map { $0.isLetter } ?? false
          && c[index...].first { $0.hasPrefix("{") || $0.hasSuffix(";") }?.hasPrefix("{") ?? false
      }), let end = c[start...].firstIndex(where: { $0.hasPrefix("}") })
    else { return nil }
    return Array(c[start...end])
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
