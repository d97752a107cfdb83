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

// Try it on the tree.
let tree = try DirectoryTree(path: folder)
let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))

@MainActor func tryPatch(_ memory: ResolutionMemory? = nil) throws -> PatchOutcome {
  let outcome = try SeriesSession(on: tree, memory: memory).apply(queue).patches[0]
  for file in outcome.files {
    for hunk in file.hunks {
      let line = hunk.line.map { "line \($0)" } ?? "no line"
      print("  \(file.path), hunk \(hunk.number): \(hunk.verdict.rawValue), \(line)")
      if let reason = hunk.reason { print("    \(reason)") }
    }
  }
  return outcome
}
var outcome = try tryPatch()

// Decide what the strategies cannot.
var decided: [String: Decision] = [:]
for hunk in outcome.files.flatMap(\.hunks) {
  guard let question = hunk.question, let proposal = hunk.proposal,
    let decision = question.taking(proposal)
  else { continue }
  decided[try question.key()] = decision
}
if !outcome.applies {
  print("with \(decided.count) decision")
  outcome = try tryPatch(ResolutionMemory { [decided] key in decided[key] })
}

// Write it, and check the result.
guard let adapted = try outcome.adaptedPatch() else { exit(1) }
let strict = ApplyOptions()
@MainActor func check() throws -> Verdict {
  let again = try PatchQueue(PatchDocument(parsing: adapted, name: "adapted"), options: strict)
  return try SeriesSession(on: tree).apply(again).patches[0].verdict
}
print("the adapted patch, \(adapted.count) bytes: \(try check().rawValue)")
try tree.land(outcome.changes)
print("after that: \(try check().rawValue)")
