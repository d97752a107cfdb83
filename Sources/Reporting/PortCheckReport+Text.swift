// SPDX-License-Identifier: GPL-2.0-only

package import PortCheck

extension PortCheckReport {
  /// The report for a terminal.
  package func text(_ style: TextStyle) -> String {
    let isGood = verdict == .holds
    var text = "\(patch): \(style.verdict(verdict.rawValue, isGood: isGood))\n"
    for function in functions {
      text += "  \(function.name) (\(function.path), \(function.change)): "
      if let port = function.port {
        text += "\(port), \(function.side)"
        if function.lock != "fresh" {
          text += ", " + style.verdict(function.lock, isGood: function.lock == "not-locked")
        }
        text += "\n"
      } else if let reason = function.reason {
        text += "no port: \(reason)\n"
      } else {
        text += style.removed("no port, and no reason in patch.yaml") + "\n"
      }
      for line in function.difference { text += "      \(line)\n" }
    }
    for comparison in values {
      text += "  values of \(comparison.function), \(comparison.side): "
      text += "\(plural(comparison.cases, "case")), \(plural(comparison.paths, "way")) through, "
      text += style.verdict(comparison.equal ? "equal" : "different", isGood: comparison.equal)
      text += "\n"
      if !comparison.values.isEmpty {
        text += "    \(comparison.values.joined(separator: ", "))\n"
        text += Self.columns(comparison.portDid, comparison.cDid)
      }
    }
    for comparison in traces {
      text += "  traces of \(comparison.scenario), \(comparison.side): "
      text += "\(comparison.port) of the port, \(comparison.c) of the C, "
      text += style.verdict(comparison.equal ? "equal" : "different", isGood: comparison.equal)
      text += comparison.complete ? "\n" : " (bounded)\n"
      for line in comparison.difference { text += "    \(line)\n" }
    }
    for complaint in complaints { text += "  \(style.removed(complaint))\n" }
    for reason in notChecked { text += "  not checked: \(reason)\n" }
    for hint in hints { text += "  hint: \(hint)\n" }
    return TextStyle.harmless(text)
  }

  private static func columns(_ port: [String], _ c: [String]) -> String {
    let width = max(8, port.map(\.count).max() ?? 0)
    func cell(_ text: String) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    var text = "    \(cell("the port")) | the C\n"
    for index in 0..<max(port.count, c.count) {
      let left = index < port.count ? port[index] : ""
      let right = index < c.count ? c[index] : ""
      text += "  \(left == right ? " " : "!") \(cell(left)) | \(right)\n"
    }
    return text
  }
}
