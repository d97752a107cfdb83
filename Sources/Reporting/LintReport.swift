// SPDX-License-Identifier: GPL-2.0-only

public import PatchFormat

/// The findings about inputs: one value for the terminal and for JSON.
public struct LintReport: Encodable, Sendable {
  /// One finding.
  public struct Finding: Encodable, Sendable {
    /// The input.
    public var input: String
    /// The line, from 1.
    public var line: Int
    /// The byte offset, from 0.
    public var offset: Int
    /// The kind.
    public var id: DiagnosticID
    /// How far it goes.
    public var severity: Diagnostic.Severity
    /// What is wrong.
    public var message: String
    /// What is assumed.
    public var assumption: String?
  }

  /// The findings in order.
  public var findings: [Finding]
  /// How many inputs were read.
  public var inputs: Int

  /// Takes over the findings of documents.
  public init(_ documents: [PatchDocument]) {
    inputs = documents.count
    findings = documents.flatMap { document in
      document.diagnostics.map { Finding(document.name, $0) }
    }
  }

  /// The findings, a line or two each.
  public func text(_ style: TextStyle) -> String {
    let lines = findings.map { finding in finding.text(style) }.joined()
    let count = findings.isEmpty ? "no findings" : plural(findings.count, "finding")
    return lines + "\(count) in \(plural(inputs, "input"))\n"
  }
}

extension LintReport.Finding {
  /// Takes over one finding.
  public init(_ input: String, _ diagnostic: Diagnostic) {
    self.init(
      input: input, line: diagnostic.location.line, offset: diagnostic.location.offset,
      id: diagnostic.id, severity: diagnostic.severity, message: diagnostic.message,
      assumption: diagnostic.assumption)
  }

  /// The finding as compilers write theirs, so that editors find the line.
  public func text(_ style: TextStyle) -> String {
    let word =
      switch severity {
      case .note: "note"
      case .assumed: style.warning("warning")
      case .refused: style.removed("error")
      }
    var text = "\(input):\(line): \(word): \(TextStyle.harmless(message))"
    text += style.dim(" [\(id.rawValue), byte \(offset)]") + "\n"
    if let assumption {
      text += "  assumed: \(assumption)  (--strict or --refuse \(id.rawValue) refuses it)\n"
    }
    return text
  }
}
