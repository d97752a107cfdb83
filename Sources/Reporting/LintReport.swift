// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import PatchFormat

/// The findings about inputs: one value for the terminal and for JSON.
package struct LintReport: Encodable, Sendable {
  /// What a patch lacks in a distribution style.
  package struct StyleFinding: Encodable, Sendable {
    /// The input.
    package var input: String
    /// The line at which the patch starts, from 1.
    package var line: Int
    /// The patch's subject.
    package var subject: String
    /// The rule.
    package var rule: String
    /// What is wrong.
    package var message: String
  }

  /// The findings in order.
  package var findings: [SeriesOutcome.InputFinding]
  /// What the patches lack in the style that was asked for; nil where none was.
  package var style: [StyleFinding]?
  /// How many inputs were read.
  package var inputs: Int

  /// Takes over the findings of documents, and looks at the style of each patch where one is named.
  package init(_ documents: [PatchDocument], style distribution: DistributionStyle? = nil) {
    style = distribution.map { distribution in
      documents.flatMap { document in
        document.patchMessages.flatMap { message in
          distribution.problems(of: message).map { problem in
            StyleFinding(
              input: document.name,
              line: document.location(ofSourceOffset: message.range.lowerBound).line,
              subject: message.description().subject, rule: problem.rule, message: problem.message)
          }
        }
      }
    }
    inputs = documents.count
    findings = documents.flatMap { document in
      let absence =
        document.diagnostics.contains { $0.severity == .refused } ? nil : document.absence
      return (document.diagnostics + [absence].compactMap(\.self)).map {
        SeriesOutcome.InputFinding(document.name, $0)
      }
    }
  }

  /// The findings, a line or two each.
  package var text: LabeledText {
    var lines = findings.map(\.text).joined()
    for finding in style ?? [] {
      lines += "\(.path, finding.input):\(.lineNumber, finding.line): \(.warning, "warning"): "
      lines += "\(finding.message)\(.faint, " [\(finding.rule)]")\n"
    }
    let total = findings.count + (style?.count ?? 0)
    let count = total == 0 ? "no findings" : plural(total, "finding")
    return lines + "\(count) in \(plural(inputs, "input"))\n"
  }
}

extension SeriesOutcome.InputFinding {
  /// The finding as compilers write theirs, so that editors find the line.
  package var text: LabeledText {
    let word: LabeledText =
      switch severity {
      case .note: "note"
      case .assumed: "\(.warning, "warning")"
      case .refused: "\(.bad, "error")"
      }
    var text: LabeledText = "\(.path, input):\(.lineNumber, line): \(word): \(message)"
    text += "\(.faint, " [\(id.rawValue), byte \(offset)]")\n"
    if let assumption {
      text += "  assumed: \(assumption)  (--strict or --refuse \(id.rawValue) refuses it)\n"
    }
    if let hint { text += "  \(.hint, "hint:") \(hint)\n" }
    return text
  }
}
