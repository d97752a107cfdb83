// SPDX-License-Identifier: GPL-2.0-only

package import Ledger
internal import Reporting

extension Verification {
  /// The report as JUnit XML: a suite a folder, a case a patch and a tree.
  ///
  /// What could not be checked is an error, as most readers take a skipped case for a pass.
  package var junit: String {
    var suites = MarkupText()
    var totals = (tests: 0, failures: 0, errors: 0)
    for folder in folders {
      var cases = MarkupText()
      var counts = (tests: 0, failures: 0, errors: 0)
      func add(_ name: String, _ findings: [Finding]) {
        let (text, status) = Self.testCase(name, folder, findings)
        cases += text
        counts.tests += 1
        if status == .fails { counts.failures += 1 }
        if status == .notChecked { counts.errors += 1 }
      }
      add("the folder", folder.findings)
      for patch in folder.patches {
        add(patch.label, patch.findings)
        for cell in patch.cells { add("\(patch.label) on \(cell.tree)", cell.findings) }
      }
      suites += "  <testsuite name=\"\(folder.name)\" tests=\"\(counts.tests)\" "
      suites += "failures=\"\(counts.failures)\" errors=\"\(counts.errors)\" skipped=\"0\">\n"
      suites += cases + "  </testsuite>\n"
      totals.tests += counts.tests
      totals.failures += counts.failures
      totals.errors += counts.errors
    }
    let whole: MarkupText = """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="patchkit" tests="\(totals.tests)" failures="\(totals.failures)" \
      errors="\(totals.errors)">
      \(suites)</testsuites>

      """
    return whole.text
  }

  private static func testCase(
    _ name: String, _ folder: Folder, _ findings: [Finding]
  ) -> (text: MarkupText, status: Status) {
    let status = Status(findings)
    let head: MarkupText = "    <testcase classname=\"\(folder.name)\" name=\"\(name)\""
    let bad = findings.filter { $0.severity == .error || $0.severity == .notChecked }
    let rest = findings.filter { $0.severity == .warning || $0.severity == .note }
    if findings.isEmpty { return (head + "/>\n", status) }
    var text = head + ">\n"
    if let first = bad.max(by: { Status([$0]) < Status([$1]) }) {
      let element: MarkupText = status == .fails ? "failure" : "error"
      text += "      <\(element) type=\"\(first.check.rawValue)\" "
      text += "message=\"\(first.message)\">\(Self.lines(bad))</\(element)>\n"
    }
    if !rest.isEmpty {
      text += "      <system-out>\(Self.lines(rest))</system-out>\n"
    }
    return (text + "    </testcase>\n", status)
  }

  private static func lines(_ findings: [Finding]) -> MarkupText {
    findings.flatMap(\.lines).map { "\($0)" as MarkupText }.joined(separator: "\n")
  }
}

extension Verification.Finding {
  /// What was found, and on which tree, where that is not what it is about.
  var sentence: String {
    guard let tree, check != .tree else { return message }
    return "on \(tree): \(message)"
  }

  /// The finding as plain lines.
  var lines: [String] {
    let location = file + (line.map { ":\($0)" } ?? "")
    let head = "\(location): \(severity.rawValue): \(sentence)"
    return [head + " [\(check.rawValue)]"] + details.map { "  \($0)" }
      + (hint.map { ["  hint: \($0)"] } ?? [])
  }
}
