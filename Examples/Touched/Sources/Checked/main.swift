// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Ledger

// Verifies folders of patches as `patchkit verify` does, without compiling any C, and prints what
// was found.
let folders = try PatchFolder.all(in: Array(CommandLine.arguments.dropFirst()))
var options = VerifyOptions()
options.usesCache = false
options.skipped = [.portPairing, .portStale, .portValues, .portTraces, .scenario]
let found = try await Verifier(options).run(folders)
for folder in found.folders {
  for patch in folder.patches {
    for cell in patch.cells { print("\(patch.label) on \(cell.tree): \(cell.status.rawValue)") }
  }
  for finding in folder.findings { print("\(folder.name): \(finding.message)") }
}
exit(found.status == .holds ? 0 : 1)
