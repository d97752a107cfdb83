// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import KernelTree
import PatchFormat

let (mail, folder) = (CommandLine.arguments[1], CommandLine.arguments[2])

// Read the mail.
let document = PatchDocument(parsing: Array(try Data(contentsOf: URL(filePath: mail))), name: mail)
for finding in document.diagnostics {
  print("line \(finding.location.line): \(finding.message)")
  if let assumption = finding.assumption { print("  assumed: \(assumption)") }
}
try document.requireSound()
print(document.messages[0].description().subject)
