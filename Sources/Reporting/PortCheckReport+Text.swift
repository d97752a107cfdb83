// SPDX-License-Identifier: GPL-2.0-only

package import PortCheck

extension PortCheckReport {
  /// The report for a terminal.
  package var text: LabeledText {
    var text: LabeledText = "\(patch): \(.verdict(isGood: verdict == .holds), verdict.rawValue)\n"
    if let tree { text += "  compared with the functions that patch.lock records for '\(tree)'\n" }
    for function in functions {
      text += "  \(function.name) (\(function.path), \(function.change)): "
      if let port = function.port {
        text += "\(port), \(function.side)"
        if function.lock != "fresh" {
          text += ", \(.verdict(isGood: function.lock == "not-locked"), function.lock)"
        }
        text += "\n"
      } else if let reason = function.reason {
        text += "no port: \(reason)\n"
      } else {
        text += "\(.bad, "no port, and no reason in patch.yaml")\n"
      }
      for line in function.difference { text += "      \(code: line.utf8)\n" }
    }
    for reference in references { text += described(reference) }
    for comparison in values {
      text += "  values of \(comparison.function), \(comparison.side): "
      text += "\(plural(comparison.cases, "case")), \(plural(comparison.paths, "path")), "
      text += Self.equality(comparison.equal) + "\n"
      if !comparison.values.isEmpty {
        text += "    \(comparison.values.joined(separator: ", "))\n"
        text += Self.columns(comparison.portDid, comparison.cDid)
      }
    }
    for comparison in traces {
      text += "  traces of \(comparison.scenario), \(comparison.side): "
      text += "\(comparison.port) of the port, \(comparison.c) of the C, "
      text += Self.equality(comparison.equal)
      text += comparison.complete ? "\n" : " (bounded)\n"
      for line in comparison.difference { text += "    \(line)\n" }
    }
    for complaint in complaints { text += "  \(.bad, complaint)\n" }
    for reason in notChecked { text += "  not checked: \(reason)\n" }
    for hint in hints { text += "  \(.hint, "hint:") \(hint)\n" }
    return text
  }

  /// How far the checked tree represents another one.
  private func described(_ reference: TreeReference) -> LabeledText {
    let count = reference.same + reference.differing.count
    var text: LabeledText = "  '\(tree ?? "")' represents '\(reference.tree)': "
    text += "\(reference.same) of \(plural(count, "function")) with the same tokens"
    text += reference.differing.isEmpty ? "\n" : "; statements of '\(reference.tree)' with +\n"
    var shown: [[String]] = []
    for function in reference.differing where !shown.contains(function.difference) {
      let alike = reference.differing.filter { $0.difference == function.difference }
      shown.append(function.difference)
      text += "    \(alike.map { "\($0.name), \($0.side)" }.joined(separator: "; "))\n"
      for line in function.difference { text += "      \(code: line.utf8)\n" }
    }
    return text
  }

  private static func equality(_ isEqual: Bool) -> LabeledText {
    "\(.verdict(isGood: isEqual), isEqual ? "equal" : "different")"
  }

  private static func columns(_ port: [String], _ c: [String]) -> LabeledText {
    let left = port.map { "\($0)" as LabeledText }
    let right = c.map { "\($0)" as LabeledText }
    let width = max(8, left.map(\.width).max() ?? 0)
    var text: LabeledText = "    \(("the port" as LabeledText).padded(to: width)) | the C\n"
    for index in 0..<max(port.count, c.count) {
      let own = index < left.count ? left[index] : LabeledText()
      let other = index < right.count ? right[index] : LabeledText()
      text += "  \(own == other ? " " : "!") \(own.padded(to: width)) | \(other)\n"
    }
    return text
  }
}
