// SPDX-License-Identifier: GPL-2.0-only

package import Ledger
internal import Reporting

extension Verification {
  /// The report as SARIF 2.1.0 (OASIS standard of 2020-03-27), with every check as a rule.
  ///
  /// - Throws: what `JSON.text` throws.
  package func sarif(version: String) throws -> [UInt8] {
    let rules = Check.allCases.map { check in
      SARIF.Rule(
        id: check.rawValue, shortDescription: SARIF.Text(text: check.summary),
        defaultConfiguration: SARIF.Configuration(level: SARIF.level(check.severity)))
    }
    let results = findings.map { finding in
      let text =
        ([finding.sentence] + finding.details + (finding.hint.map { ["hint: \($0)"] } ?? []))
        .map { VisibleText.escaped($0, as: .code) }.joined(separator: "\n")
      return SARIF.Result(
        ruleId: finding.check.rawValue,
        ruleIndex: Check.allCases.firstIndex(of: finding.check) ?? 0,
        level: SARIF.level(finding.severity), message: SARIF.Text(text: text),
        locations: [
          SARIF.Location(
            physicalLocation: SARIF.Physical(
              artifactLocation: SARIF.Artifact(uri: SARIF.uri(finding.file)),
              region: SARIF.Region(startLine: max(1, finding.line ?? 1))))
        ],
        partialFingerprints: [
          "patchkit/v1": "\(finding.check.rawValue) \(finding.file) \(finding.tree ?? "")"
        ])
    }
    return try JSON.text(
      SARIF.Log(
        runs: [
          SARIF.Run(
            tool: SARIF.Tool(
              driver: SARIF.Driver(name: "patchkit", semanticVersion: version, rules: rules)),
            results: results)
        ]))
  }
}

/// The parts of SARIF that a report has.
private enum SARIF {
  struct Log: Encodable {
    var schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
    var version = "2.1.0"
    var runs: [Run]
    enum CodingKeys: String, CodingKey {
      case schema = "$schema"
      case version, runs
    }
  }
  struct Run: Encodable {
    var tool: Tool
    var columnKind = "unicodeCodePoints"
    var results: [Result]
  }
  struct Tool: Encodable { var driver: Driver }
  struct Driver: Encodable {
    var name: String
    var semanticVersion: String
    var rules: [Rule]
  }
  struct Rule: Encodable {
    var id: String
    var shortDescription: Text
    var defaultConfiguration: Configuration
  }
  struct Configuration: Encodable { var level: String }
  struct Text: Encodable { var text: String }
  struct Result: Encodable {
    var ruleId: String
    var ruleIndex: Int
    var level: String
    var message: Text
    var locations: [Location]
    var partialFingerprints: [String: String]
  }
  struct Location: Encodable { var physicalLocation: Physical }
  struct Physical: Encodable {
    var artifactLocation: Artifact
    var region: Region
  }
  struct Artifact: Encodable { var uri: String }
  struct Region: Encodable { var startLine: Int }

  static func level(_ severity: Check.Severity) -> String {
    switch severity {
    case .error: "error"
    // No level fits better: an unchecked part has to be seen.
    case .warning, .notChecked: "warning"
    case .note: "note"
    }
  }

  /// A path as a relative URI reference (RFC 3986).
  static func uri(_ path: String) -> String {
    var output = ""
    for byte in path.utf8 {
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || "-._~/".utf8.contains(byte)
      let digits = String(byte, radix: 16, uppercase: true)
      output += isPlain ? String(UnicodeScalar(byte)) : "%" + (digits.count < 2 ? "0" : "") + digits
    }
    return output
  }
}
