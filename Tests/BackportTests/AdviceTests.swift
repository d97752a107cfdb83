// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Foundation
import Testing

/// Which advice follows from an outcome, and its words.
@Suite struct AdviceTests {
  /// An outcome with one file, as a report has it.
  private func outcome(
    _ verdict: Verdict, _ hunks: [(Verdict, reason: String?)] = [], after: [String]? = nil
  ) throws -> PatchOutcome {
    let texts = hunks.enumerated().map { index, hunk in
      let reason = hunk.reason.map { ", \"reason\": \"\($0)\"" } ?? ""
      return """
        {"number": \(index + 1), "verdict": "\(hunk.0.rawValue)", "statedLine": 1, "candidates": []\(reason)}
        """
    }
    let earlier = after.map { ", \"afterRefused\": [\"\($0.joined(separator: "\", \""))\"]" } ?? ""
    let text = """
      {"input": "p", "subject": "s", "verdict": "\(verdict.rawValue)", "applies": false, "excluded": 0,
       "files": [{"index": 0, "path": "f", "change": "modify", "verdict": "\(verdict.rawValue)",
         "isSettled": false, "hunks": [\(texts.joined(separator: ","))]}]\(earlier)}
      """
    return try JSONDecoder().decode(PatchOutcome.self, from: Data(text.utf8))
  }

  @Test func aStrictRunNamesWhatHelps() throws {
    func advice(
      _ verdict: Verdict, _ hunks: [(Verdict, reason: String?)] = [(.conflict, nil)],
      isReversed: Bool = false, assumed: String? = nil
    ) throws -> Advice? {
      try outcome(verdict, hunks).adviceOnApplying(isReversed: isReversed, assumed: assumed)
    }
    #expect(try advice(.nothingToApply) == .changeFilters)
    #expect(try advice(.alreadyApplied) == nil)
    #expect(try advice(.conflict, []) == .lookAtPath)
    #expect(try advice(.missingPath, [], assumed: ".") == .nameTree(tried: "."))
    #expect(try advice(.missingPath, []) == .adapt)
    #expect(try advice(.conflict, [(.conflict, "use --unidiff-zero")]) == .allowNoContext)
    #expect(try advice(.conflict) == .adapt)
    #expect(try advice(.conflict, isReversed: true) == nil)
    let positions = Advice.choosePosition(orMore: false)
    #expect(try advice(.ambiguous, [(.exact, nil), (.ambiguous, nil)]) == positions)
    #expect(try advice(.ambiguous, [(.ambiguous, nil), (.conflict, nil)]) == .adapt)
    #expect(try advice(.ambiguous, [(.ambiguous, nil)], isReversed: true) == nil)
  }

  @Test func aCollectionNamesTheFirstCause() throws {
    let later = try outcome(.ambiguous, after: ["a", "b"])
    #expect(later.adviceOnChecking(records: true) == .fixEarlier("b"))
    let ambiguous = try outcome(.ambiguous, [(.ambiguous, nil)])
    #expect(ambiguous.adviceOnChecking(records: true) == .choosePosition(orMore: true))
    for records in [true, false] {
      #expect(
        try outcome(.conflict).adviceOnChecking(records: records) == .compare(records: records))
    }
  }

  @Test func commandsAreTypedAsTheCallerTypesThem() {
    func text(_ advice: Advice) -> String { advice.text({ "'\($0)'" }, quoted: { "<\($0)>" }) }
    #expect(text(.adapt) == "'backport' adapts what 'apply' refuses")
    #expect(
      text(.compare(records: true))
        == "'explain' shows what the tree has instead; 'record' records the adapted patch")
    #expect(text(.leaveOut(["a", "b"])).hasSuffix("add --leave-out <a> --leave-out <b>"))
    #expect(text(.nameTree(tried: ".")).hasPrefix("the tree is the current folder; "))
    #expect(text(.decide(trees: 2)).hasSuffix("the answers count for every tree"))
    #expect(text(.decide(trees: 1)).hasSuffix("records your answers"))
    #expect(text(.editFiles(next: nil)).hasSuffix("records what you decided"))
    #expect(text(.editFiles(next: "X")).hasSuffix("then X works on the patches after it"))
  }
}
