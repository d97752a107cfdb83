// SPDX-License-Identifier: GPL-2.0-only

/// Text for XML and HTML.
enum Markup {
  /// Text as content or as the value of an attribute in double quotes; control characters, which XML
  /// cannot hold, made visible.
  static func escaped(_ text: String) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      case "\t", "\n": output.unicodeScalars.append(scalar)
      default:
        let isControl = scalar.value < 32 || (127..<160).contains(scalar.value)
        let isForbidden = scalar.value == 0xFFFE || scalar.value == 0xFFFF
        output += isControl || isForbidden ? "\u{FFFD}" : String(scalar)
      }
    }
    return output
  }
}
