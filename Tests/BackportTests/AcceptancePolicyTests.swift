// SPDX-License-Identifier: GPL-2.0-only

import TextAlign
import Testing

import Backport

/// Every rule of the acceptance policy, on both sides of its bound.
///
/// Each case starts from a proposal that every rule lets pass, and changes what one rule looks at.
@Suite struct AcceptancePolicyTests {
  /// A proposal with nothing against it.
  private static let sound: Proposal = {
    var evidence = MergeEvidence()
    evidence.removedSame = 3
    evidence.anchor = 2
    return Proposal(
      strategy: .reducedContext, edits: [LineEdit(4..<5, [LineText(Array("x\n".utf8))])],
      span: 2...8, evidence: evidence, coverage: 1, margin: 1, function: .same, distance: 0)
  }()

  struct Case: Sendable, CustomTestStringConvertible {
    var rule: String
    var expected: Confidence
    var change: @Sendable (inout Proposal) -> Void
    var testDescription: String { "\(rule): \(expected)" }

    init(
      _ rule: String, _ expected: Confidence, _ change: @escaping @Sendable (inout Proposal) -> Void
    ) {
      self.rule = rule
      self.expected = expected
      self.change = change
    }
  }

  static let cases: [Case] = [
    Case("nothing against it", .likely) { _ in },
    // What it adds is in the file already.
    Case("doubled", .doubtful) { $0.presence = "it is close by" },
    Case("lost names", .doubtful) { $0.lostNames = ["lamp_level"] },
    Case("a removed line is gone", .doubtful) { $0.evidence.removedGone = 1 },
    // Already applied: by coverage and margin alone.
    Case("no edits, coverage 0.5, margin 0.2", .likely) {
      ($0.edits, $0.coverage, $0.margin) = ([], 0.5, 0.2)
    },
    Case("no edits, coverage below 0.5", .plausible) {
      ($0.edits, $0.coverage, $0.margin) = ([], 0.49, 0.2)
    },
    Case("no edits, margin below 0.2", .plausible) {
      ($0.edits, $0.coverage, $0.margin) = ([], 0.5, 0.19)
    },
    // The next best position.
    Case("margin 0.1", .likely) { $0.margin = 0.1 },
    Case("margin below 0.1", .doubtful) { $0.margin = 0.09 },
    // Coverage: 0.15 in the function at most 60 lines away, 0.3 elsewhere.
    Case("coverage 0.15 at home", .likely) { $0.coverage = 0.15 },
    Case("coverage below 0.15 at home", .doubtful) { $0.coverage = 0.14 },
    Case("coverage 0.15, 60 lines away", .likely) { ($0.coverage, $0.distance) = (0.15, 60) },
    Case("coverage 0.15, 61 lines away", .doubtful) { ($0.coverage, $0.distance) = (0.15, 61) },
    Case("coverage 0.3, function unknown", .likely) {
      ($0.coverage, $0.function) = (0.3, .unknown)
    },
    Case("coverage below 0.3, function unknown", .doubtful) {
      ($0.coverage, $0.function) = (0.29, .unknown)
    },
    // Lines of the target's own where the hunk adds some.
    Case("weakly held addition", .plausible) { $0.evidence.weaklyAnchored = 1 },
    Case("block merge", .plausible) { $0.evidence.blockMerges = 1 },
    // The lines around a change: 0.65 at home, 0.8 elsewhere.
    Case("anchor 0.65 at home", .likely) { $0.evidence.anchor = 0.65 },
    Case("anchor below 0.65 at home", .plausible) { $0.evidence.anchor = 0.64 },
    Case("anchor 0.8, function unknown", .likely) {
      ($0.evidence.anchor, $0.function) = (0.8, .unknown)
    },
    Case("anchor below 0.8, function unknown", .plausible) {
      ($0.evidence.anchor, $0.function) = (0.79, .unknown)
    },
    // Removed lines found by likeness.
    Case("likeness 0.7", .likely) {
      ($0.evidence.leastLikeness, $0.evidence.removedLike) = (0.7, 1)
    },
    Case("likeness below 0.7", .plausible) {
      ($0.evidence.leastLikeness, $0.evidence.removedLike) = (0.69, 1)
    },
    Case("one of two removed lines is only alike: 3 ≤ 2 + 2", .likely) {
      ($0.evidence.removedSame, $0.evidence.removedLike) = (1, 1)
    },
    Case("two of three are only alike: 6 > 3 + 2", .plausible) {
      ($0.evidence.removedSame, $0.evidence.removedLike) = (1, 2)
    },
    // An addition that is held on one side alone.
    Case("one-sided in its function", .likely) {
      ($0.evidence.oneSided, $0.coverage) = (1, 0.5)
    },
    Case("one-sided elsewhere, coverage 0.85", .likely) {
      ($0.evidence.oneSided, $0.function, $0.coverage) = (1, .other, 0.85)
    },
    Case("one-sided elsewhere, coverage below 0.85", .plausible) {
      ($0.evidence.oneSided, $0.function, $0.coverage) = (1, .other, 0.84)
    },
    Case("weakly anchored elsewhere, coverage below 0.85", .plausible) {
      ($0.evidence.anchored, $0.function, $0.coverage) = (1, .other, 0.84)
    },
    Case("one-sided, function unknown, 3 lines away, coverage 0.6", .likely) {
      ($0.evidence.oneSided, $0.function, $0.distance, $0.coverage) = (1, .unknown, 3, 0.6)
    },
    Case("one-sided, function unknown, 4 lines away", .plausible) {
      ($0.evidence.oneSided, $0.function, $0.distance, $0.coverage) = (1, .unknown, 4, 0.6)
    },
    Case("one-sided, function unknown, coverage below 0.6", .plausible) {
      ($0.evidence.oneSided, $0.function, $0.distance, $0.coverage) = (1, .unknown, 3, 0.59)
    },
    // Text whose order does not matter, held by two lines' weight.
    Case("free of order, anchor 2", .likely) {
      ($0.evidence.oneSided, $0.function, $0.coverage, $0.isOrderFree) = (1, .other, 0.4, true)
    },
    Case("free of order, by the pre-image", .plausible) {
      ($0.evidence.oneSided, $0.function, $0.coverage, $0.isOrderFree) = (1, .other, 0.6, true)
      $0.strategy = .threeWay
    },
    Case("free of order, anchor below 2", .plausible) {
      ($0.evidence.oneSided, $0.function, $0.coverage, $0.isOrderFree) = (1, .other, 0.4, true)
      $0.evidence.anchor = 1.99
    },
    // Another function than the one that the header names.
    Case("other function, coverage 0.5", .likely) { ($0.function, $0.coverage) = (.other, 0.5) },
    Case("other function, coverage below 0.5", .plausible) {
      ($0.function, $0.coverage) = (.other, 0.49)
    },
    Case("other function, word merge", .plausible) {
      ($0.function, $0.strategy) = (.other, .wordMerge)
    },
    Case("other function, white space", .plausible) {
      ($0.function, $0.strategy) = (.other, .whitespace)
    },
    Case("word merge in its function", .likely) { $0.strategy = .wordMerge },
    // The first rule that holds decides.
    Case("a doubt weighs more than something plausible", .doubtful) {
      ($0.evidence.blockMerges, $0.margin) = (1, 0.05)
    },
  ]

  @Test(arguments: cases)
  func everyRuleHasItsBound(_ one: Case) {
    var proposal = Self.sound
    one.change(&proposal)
    let result = AcceptancePolicy().assess(proposal)
    #expect(result.confidence == one.expected, "\(result.doubt ?? "no doubt")")
    #expect((result.doubt == nil) == (one.expected == .likely), "each doubt has a reason")
  }

  /// No two rules give the same reason, so that a report says which one it was.
  @Test func everyReasonIsOfOneRule() {
    var rules: [String: Set<String>] = [:]
    for one in Self.cases where one.expected != .likely {
      var proposal = Self.sound
      one.change(&proposal)
      if let doubt = AcceptancePolicy().assess(proposal).doubt {
        rules[doubt, default: []].insert(one.rule)
      }
    }
    #expect(rules.count == 12, "\(rules.keys.sorted())")
  }
}
