// SPDX-License-Identifier: GPL-2.0-only

package import Ledger

extension Verification {
  /// The report as JUnit XML: a suite a folder, a case a patch and a tree.
  ///
  /// What could not be checked is an error, as most readers take a skipped case for a pass.
  package var junit: String {
    var suites = ""
    var totals = (tests: 0, failures: 0, errors: 0)
    for folder in folders {
      var cases = ""
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
      suites += "  <testsuite name=\"\(Markup.escaped(folder.name))\" tests=\"\(counts.tests)\" "
      suites += "failures=\"\(counts.failures)\" errors=\"\(counts.errors)\" skipped=\"0\">\n"
      suites += cases + "  </testsuite>\n"
      totals.tests += counts.tests
      totals.failures += counts.failures
      totals.errors += counts.errors
    }
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<testsuites name=\"patchkit\" tests=\"\(totals.tests)\" failures=\"\(totals.failures)\" "
      + "errors=\"\(totals.errors)\">\n" + suites + "</testsuites>\n"
  }

  private static func testCase(
    _ name: String, _ folder: Folder, _ findings: [Finding]
  ) -> (text: String, status: Status) {
    let status = Status(findings)
    let head =
      "    <testcase classname=\"\(Markup.escaped(folder.name))\" name=\"\(Markup.escaped(name))\""
    let bad = findings.filter { $0.severity == .error || $0.severity == .notChecked }
    let rest = findings.filter { $0.severity == .warning || $0.severity == .note }
    if findings.isEmpty { return (head + "/>\n", status) }
    var text = head + ">\n"
    if let first = bad.max(by: { Status([$0]) < Status([$1]) }) {
      let element = status == .fails ? "failure" : "error"
      text += "      <\(element) type=\"\(first.check.rawValue)\" "
      text += "message=\"\(Markup.escaped(first.message))\">"
      text += Markup.escaped(bad.map(\.lines).joined(separator: "\n")) + "</\(element)>\n"
    }
    if !rest.isEmpty {
      text += "      <system-out>"
      text += Markup.escaped(rest.map(\.lines).joined(separator: "\n")) + "</system-out>\n"
    }
    return (text + "    </testcase>\n", status)
  }
}

extension Verification.Finding {
  /// What was found, and on which tree, where that is not what it is about.
  var sentence: String {
    guard let tree, check != .tree else { return message }
    return "\(message) on \(tree)"
  }

  /// The finding as plain lines.
  var lines: String {
    let place = file + (line.map { ":\($0)" } ?? "")
    let head = "\(place): \(severity.rawValue): \(sentence)"
    return
      ([head + " [\(check.rawValue)]"] + details.map { "  \($0)" }
      + (hint.map { ["  hint: \($0)"] } ?? [])).joined(separator: "\n")
  }
}
