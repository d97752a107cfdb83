// SPDX-License-Identifier: GPL-2.0-only

extension PatchOutcome {
  /// Where a commit comes from, for a note on it: a line for each fact, those of a hunk indented below its file.
  ///
  /// - Parameters:
  ///   - version: the version of the program that made the commit.
  ///   - upstream: the commit that the patch comes from, where that is known.
  package func provenance(version: String, upstream: String?) -> String {
    var lines = ["patchkit: \(version)"]
    if let upstream { lines.append("upstream: \(upstream)") }
    lines.append("verdict: \(verdict.rawValue)")
    for file in files {
      lines.append("file: \(file.path): \(file.verdict.rawValue)")
      for hunk in file.hunks {
        var facts = [hunk.verdict.rawValue]
        if let line = hunk.line { facts.append("line \(line) (stated \(hunk.statedLine))") }
        if let strategy = hunk.strategy, strategy != .placement, strategy != .remembered {
          facts.append(strategy.rawValue)
        }
        if let confidence = hunk.confidence { facts.append(confidence.rawValue) }
        if hunk.strategy == .remembered { facts.append("as the user decided") }
        for (name, own) in (hunk.renamed ?? [:]).sorted(by: { $0.key < $1.key }) {
          facts.append("\(name) is \(own)")
        }
        facts += hunk.doubts ?? []
        lines.append("  hunk \(hunk.number): \(facts.joined(separator: ", "))")
      }
    }
    for line in build?.sentences ?? [] { lines.append("build: \(line)") }
    return lines.joined(separator: "\n") + "\n"
  }
}
