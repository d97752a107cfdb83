// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import Backport
import Foundation
import KernelTree
import PatchFormat

// For each patch of a mail: the functions that it changes in a tree, and the names that it uses and
// the tree lacks.
let (mail, folder) = (CommandLine.arguments[1], CommandLine.arguments[2])
let document = PatchDocument(parsing: Array(try Data(contentsOf: URL(filePath: mail))), name: mail)
try document.requireSound()
let tree = try DirectoryTree(path: folder)
for message in document.messages where message.hasDiff {
  let analysis = try PatchAnalysis(
    Patch(message, of: document), on: tree, PatchAnalysis.Options())
  print("\(analysis.subject): \(analysis.outcome.verdict.rawValue)")
  for function in analysis.functions { print("  changes \(function.name) in \(function.path)") }
  for symbol in analysis.missing {
    print("  lacks \(symbol.name), used at \(symbol.path):\(symbol.line)")
  }
}
