// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Testing

import Reporting
import VerifyReports

/// The schemas that the program brings along.
@Suite struct ReportSchemaTests {
  @Test(arguments: ReportSchema.allCases) func eachIsASchema(_ schema: ReportSchema) throws {
    let parsed = try JSONSerialization.jsonObject(with: Data(schema.text))
    let object = try #require(parsed as? [String: Any])
    #expect((object["$schema"] as? String)?.contains("draft-07") == true)
    #expect((object["title"] as? String)?.isEmpty == false)
  }

  @Test func noTwoAreTheSame() {
    #expect(Set(ReportSchema.allCases.map(\.text)).count == ReportSchema.allCases.count)
  }
}
