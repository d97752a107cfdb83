// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// One run writes every format of a report, as a run takes seconds; each test of the suite reads one of them.
private struct OneRun: SuiteTrait, TestScoping {
  @TaskLocal static var scratch: Scratch?

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let reports = VerifyReportTests()
    let scratch = try reports.collection()
    _ = try await reports.patchkit(
      scratch, "verify", "--quiet", "--values", "50", "--executions", "10", "--report",
      "json=found.json", "--report", "html=page.html", "--report", "junit=found.xml", "--report",
      "sarif=found.sarif")
    try await Self.$scratch.withValue(scratch, operation: function)
  }
}

/// Each format of a report is what its own reader or schema says.
@Suite(OneRun()) struct VerifyFormatTests {
  private let reports = VerifyReportTests()

  private static func scratch() throws -> Scratch { try #require(OneRun.scratch) }

  @Test func theJSONIsWhatItsSchemaSays() async throws {
    let scratch = try Self.scratch()
    for schema in ["manifest", "report"] {
      let text = try await reports.patchkit(
        scratch, "schema", schema == "report" ? "verify" : schema)
      #expect(text.code == 0)
      try scratch.write("\(schema).json", text.output)
    }
    let script = """
      import json, jsonschema, re, sys
      schema = json.load(open('report.json'))
      check = jsonschema.Draft7Validator
      check.check_schema(schema)
      check.check_schema(json.load(open('manifest.json')))
      found = json.load(open('found.json'))
      check(schema).validate(found)
      # The page holds the same value, with the patches' text.
      page = open('page.html').read()
      data = re.search(r'id="report">(.*?)</script>', page, re.S).group(1)
      found['verification'] = json.loads(data)
      check(schema).validate(found)
      assert found['verification']['folders'][0]['patches'][0]['text']
      # A value that is none of it is reported: the schema says something.
      for broken in [{}, dict(found, status='fine'), dict(found, more=1)]:
          assert list(check(schema).iter_errors(broken))
      print(len(found['verification']['folders']))
      """
    let result = try await reports.python(script, [], in: scratch.path)
    #expect(result.text == "4\n", "\(result.errors)")
  }

  @Test func sarifIsWhatItsSchemaSays() async throws {
    let scratch = try Self.scratch()
    let text = String(decoding: try scratch.read("found.sarif"), as: UTF8.self)
    #expect(text.contains("\"version\" : \"2.1.0\"") && text.contains("0002%2C%25%3A%7C.patch"))
    let schema = Project.path(".build/schemas/sarif-2.1.0.json")
    guard FileManager.default.fileExists(atPath: schema) else {
      try Test.cancel("there is no schema of SARIF in .build/schemas; .ci/run fetches it")
    }
    let script = """
      import json, jsonschema, sys
      schema = json.load(open(sys.argv[1]))
      found = json.load(open('found.sarif'))
      check = jsonschema.validators.validator_for(schema)(schema)
      check.validate(found)
      results = found['runs'][0]['results']
      rules = [rule['id'] for rule in found['runs'][0]['tool']['driver']['rules']]
      assert all(rules[one['ruleIndex']] == one['ruleId'] for one in results)
      found['runs'][0]['results'][0]['level'] = 'bad'
      assert list(check.iter_errors(found))
      # Where linux's source is installed, a tree of it is checked as well, with a note.
      print(sorted(set(one['ruleId'] for one in results) - {'missing-symbol'}))
      """
    let result = try await reports.python(script, [schema], in: scratch.path)
    #expect(
      result.text
        == "['already-applied', 'apply', 'damage', 'duplicate', 'lock', 'regression', 'tree']\n",
      "\(result.errors)")
  }

  @Test func junitIsReadByAnXMLReader() async throws {
    let scratch = try Self.scratch()
    let script = """
      import xml.etree.ElementTree as tree
      suites = tree.parse('found.xml').getroot()
      cases = list(suites.iter('testcase'))
      assert int(suites.get('tests')) == len(cases)
      assert int(suites.get('failures')) == len(list(suites.iter('failure'))) == 2
      assert int(suites.get('errors')) == len(list(suites.iter('error'))) == 1
      for suite in suites:
          assert int(suite.get('tests')) == len(list(suite.iter('testcase')))
      names = [case.get('name') for case in cases]
      assert '0002,%:|.patch on plain' in names, names
      print('good')
      """
    let result = try await reports.python(script, [], in: scratch.path)
    #expect(result.text == "good\n", "\(result.errors)")
  }
}
