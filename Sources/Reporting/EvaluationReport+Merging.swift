// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import Evaluation
package import Host

extension EvaluationReport {
  /// What is read of a part's JSON report; all else is made anew from the results.
  private struct Saved: Decodable {
    var repository: String
    var range: String
    var half: CaseHalf
    var accept: String
    var withoutUpstream: Int
    var withoutC: Int
    var part: Part

    /// What the parts of one run have in common.
    var run: [String] {
      [
        repository, range, half.rawValue, accept, part.upstream, "\(withoutUpstream)",
        "\(part.cases)",
      ] + part.contenders
    }
  }

  /// Merges the parts of a run into the report of the whole run.
  ///
  /// - Parameters:
  ///   - reports: the JSON reports, sorted or not, with the name of each.
  ///   - listsCases: whether the report lists the cases that differ or fail.
  /// - Returns: nil if the first report is not of a part of an evaluation.
  /// - Throws: `PatchkitError` if a part is missing, occurs twice, or is of a different run.
  package init?(
    merging reports: [(name: String, bytes: [UInt8])], listsCases: Bool
  ) throws(PatchkitError) {
    var parts: [(name: String, saved: Saved)] = []
    for (name, bytes) in reports {
      guard let saved = try? JSON.read(Saved.self, bytes) else {
        if parts.isEmpty { return nil }
        throw PatchkitError.report(
          name, "the file is not a report of 'patchkit evaluate --shard --json'",
          hint: "name reports of one run alone")
      }
      parts.append((name, saved))
    }
    guard let first = parts.first?.saved else { return nil }
    try Shard.requireWhole(
      parts.map { ($0.name, $0.saved.run, $0.saved.part.shard) })
    self.init(
      parts.flatMap(\.saved.part.results).sorted { $0.backport < $1.backport },
      contenders: first.part.contenders.compactMap(ContenderName.init(rawValue:)),
      repository: first.repository, upstream: first.part.upstream, range: first.range,
      half: first.half, accept: Confidence(rawValue: first.accept) ?? .likely,
      withoutUpstream: first.withoutUpstream, withoutC: parts.map(\.saved.withoutC).reduce(0, +),
      listsCases: listsCases)
  }
}
