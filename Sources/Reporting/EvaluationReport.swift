// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import Backport
package import Evaluation

/// What an evaluation came to.
package struct EvaluationReport: Encodable, Sendable {
  /// A case that did not come out as the maintainer made it, and how to look at it.
  package struct Miss: Encodable, Sendable {
    /// The result.
    package var result: CaseResult
    /// The command that shows patchkit's proposal.
    package var look: String
  }

  /// A part of a run, with what `report merge` makes the whole from.
  package struct Part: Codable, Sendable {
    /// Which part.
    package var shard: Shard
    /// The repository with the upstream commits.
    package var upstream: String
    /// The tools.
    package var contenders: [String]
    /// The number of cases of the whole run.
    package var cases: Int
    /// The results of the part.
    package var results: [CaseResult]

    /// Makes a part.
    package init(
      shard: Shard, upstream: String, contenders: [String], cases: Int,
      results: [CaseResult]
    ) {
      self.shard = shard
      self.upstream = upstream
      self.contenders = contenders
      self.cases = cases
      self.results = results
    }
  }

  /// The repository with the backports.
  package var repository: String
  /// The commits that were looked at.
  package var range: String
  /// Which half of the cases.
  package var half: CaseHalf
  /// How sure patchkit had to be.
  package var accept: String
  /// Backports whose upstream commit is not available.
  package var withoutUpstream: Int
  /// Cases without a C file.
  package var withoutC: Int
  /// The figures.
  package var summary: EvaluationSummary
  /// The cases in which patchkit's result differs, or is missing.
  package var misses: [Miss]
  /// The part of the run that this is; nil for a whole run.
  package var part: Part?

  /// Makes a report of results.
  package init(
    _ results: [CaseResult], contenders: [ContenderName], repository: String, upstream: String,
    range: String, half: CaseHalf, accept: Confidence, withoutUpstream: Int, withoutC: Int,
    listsCases: Bool
  ) {
    self.repository = repository
    self.range = range
    self.half = half
    self.accept = accept.rawValue
    self.withoutUpstream = withoutUpstream
    self.withoutC = withoutC
    summary = EvaluationSummary(results, contenders: contenders)
    misses =
      listsCases
      ? results.filter { result in
        contenders.contains { name in
          name.program == nil && result.entries[name.rawValue].map { $0.score != .exact } ?? false
        }
      }.map { result in
        Miss(
          result: result,
          look: "git -C \(upstream) format-patch --stdout -1 \(result.upstream) | patchkit backport"
            + " --check --explain --onto \(repository)@\(result.backport)^ -"
            + "; git -C \(repository) show \(result.backport)")
      } : []
  }

  /// The report without its list of cases, as it is without '--cases'.
  package var withoutCases: EvaluationReport {
    var report = self
    report.misses = []
    return report
  }

  /// The report for a terminal.
  package var text: LabeledText {
    var text: LabeledText = "\(plural(summary.cases, "backport")) of \(repository) \(range)"
    text += half == .all ? LabeledText() : " (\(half.rawValue) half)"
    text += ", accepted at '\(accept)' or surer"
    if let shard = part?.shard { text += ", shard \(shard.index) of \(shard.count)" }
    text += "\n"
    if withoutUpstream > 0 {
      text += "left out: \(withoutUpstream) whose upstream commit is not available\n"
    }
    if withoutC > 0 { text += "left out: \(withoutC) without a C file\n" }
    text += Self.scores
    if !summary.flaws.isEmpty {
      let flaws = CaseFlaw.allCases.compactMap { flaw in
        summary.flaws[flaw.rawValue].map { "\(flaw.meaning) (\($0))" }
      }
      text += "not fair, and counted in 'all' alone: \(flaws.joined(separator: "; "))\n"
    }
    for group in summary.groups { text += table(group, hasTimes: group.name == "all") }
    text += "\npatchkit by confidence\n"
    for group in summary.byConfidence { text += own(group) }
    text += "\npatchkit by the most tolerant strategy used\n"
    for group in summary.byStrategy { text += own(group) }
    if !summary.byCheck.isEmpty {
      text += "\npatchkit by what reading the result found"
      text += " (of a refused result: what it would have been)\n"
      for group in summary.byCheck {
        let isWarning = ResultDoubt.Check(rawValue: group.name)?.isWarning ?? false
        text += own(group, after: isWarning ? "warned" : "refused")
      }
    }
    for miss in misses {
      text += "\n\(miss.result.backport.prefix(12)) \(miss.result.subject)\n"
      for (name, entry) in miss.result.entries.sorted(by: { $0.key < $1.key }) {
        text += "  \(padded("\(name)", 18)) \(entry.score.rawValue)"
        if let note = entry.note {
          text += "  \(note.verdict.rawValue)"
          text += note.reasons.isEmpty ? LabeledText() : ": \(note.reasons.joined(separator: "; "))"
        }
        text += "\n"
      }
      text += "  \(.faint, miss.look)\n"
    }
    return text
  }

  /// What the columns mean.
  private static let scores: LabeledText = """
    exact: byte for byte the maintainer's result. same: other comments, white space, or order of
    includes, declarations or definitions. reordered: the same lines in an order that may matter.
    differs: another result. fails: refused, or a conflict. precision: exact and same of all results.

    """

  private func table(
    _ group: EvaluationSummary.Group, hasTimes: Bool
  ) -> LabeledText {
    let total = group.rows.first?.counts.total ?? 0
    if total == 0 { return LabeledText() }
    var text: LabeledText =
      "\n\(padded("\(group.name) (\(total))", 24))    exact         same      reordered       differs         fails"
    text += "   precision\(hasTimes ? "   ms each" : "")\n"
    for row in group.rows {
      text += "  \(padded("\(row.contender)", 20))"
      let counts = row.counts
      for count in [
        counts.exact, counts.same, counts.reordered, counts.differs, counts.fails,
      ] {
        text += " \(left("\(count)", 5)) \(left("\(percent(count, total))", 6))"
      }
      text += "  \(left("\(row.counts.precision.map { percent($0) } ?? "-")", 7))"
      if hasTimes {
        text += "  \(left("\(decimal(row.counts.seconds * 1000 / Double(total)))", 8))"
      }
      text += "\n"
    }
    return text
  }

  private func own(
    _ group: EvaluationSummary.Group, after verb: LabeledText? = nil
  ) -> LabeledText {
    var text: LabeledText = "  \(padded("\(group.name)", verb == nil ? 16 : 26))"
    if let verb { text += "  \(padded(verb, 7))" }
    for row in group.rows {
      let counts = row.counts
      text += "  \(row.contender): \(counts.exact) exact"
      text += counts.same > 0 ? ", \(counts.same) same" : LabeledText()
      text += counts.reordered > 0 ? ", \(counts.reordered) reordered" : LabeledText()
      text += ", \(counts.differs) differ"
      // A result that was refused for something else as well.
      if verb != nil, counts.fails > 0 { text += ", \(counts.fails) without a result" }
      text += counts.precision.map { " (\(percent($0)))" } ?? LabeledText()
      if counts.total > 0 {
        text += ", \(decimal(counts.seconds * 1000 / Double(counts.total))) ms each"
      }
    }
    return text + "\n"
  }

  private func percent(_ count: Int, _ total: Int) -> String {
    percent(Double(count) / Double(max(total, 1)))
  }

  private func percent(_ share: Double) -> String { decimal(share * 100) + "%" }

  private func decimal(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10)"
  }

  private func padded(_ text: LabeledText, _ width: Int) -> LabeledText { text.padded(to: width) }

  private func left(_ text: LabeledText, _ width: Int) -> LabeledText {
    text.alignedRight(to: width)
  }
}
