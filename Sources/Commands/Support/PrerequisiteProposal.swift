// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

/// Upstream commits that patches need on a tree, for the user to accept.
struct PrerequisiteProposal {
  /// A commit of the proposal, and the patch that needs it.
  private struct Entry {
    var step: PrerequisitePlan.Step
    var neededBy: PatchQueue.Item
  }

  private var entries: [Entry] = []
  /// What no commit brings, by the patches that use it.
  private var missing: [(patch: String, names: [String])] = []
  private let original: PatchQueue

  /// Looks for what the patches of a queue need.
  ///
  /// - Throws: `PatchkitError` where the tree or a history cannot be read.
  init(for queue: PatchQueue, on tree: OpenedTree, _ landing: LandingOptions) throws {
    original = queue
    let progress = SharedProgress(Progress("reading names", "files", isShown: !landing.quiet))
    defer { progress.finish() }
    var options = PatchAnalysis.Options(
      upstream: landing.reading.upstream.map(CommitNames.repositoryAndRevision),
      history: tree.history(named: landing.onto), indexKey: tree.indexKey, risks: [])
    options.indexing = progress.report
    var known = Set(queue.items.compactMap { $0.patch.message.description().commit })
    for item in queue.items {
      let plan = try PrerequisitePlan(for: item, on: tree.tree, options)
      for step in plan.steps where known.insert(step.commit.id).inserted {
        entries.append(Entry(step: step, neededBy: item))
      }
      if !plan.stillMissing.isEmpty {
        missing.append((item.patch.message.description().subject, plan.stillMissing))
      }
    }
  }

  /// The patches with the proposed commits before those that need them.
  var queue: PatchQueue {
    PatchQueue(
      original.items.flatMap { item in
        entries.filter { $0.neededBy.label == item.label }.map(item(of:)) + [item]
      })
  }

  /// A proposed commit, whose message says why it is taken.
  private func item(of entry: Entry) -> PatchQueue.Item {
    let description = entry.neededBy.patch.message.description()
    let id = description.references.first?.commit ?? description.commit
    let known = id.flatMap { $0.allSatisfy { $0 == "0" } ? nil : String($0.prefix(12)) }
    var item = entry.step.item
    item.patch = item.patch.adding(
      Trailer(
        token: "Stable-dep-of",
        value: known.map { "\($0) (\"\(description.subject)\")" } ?? description.subject))
    return item
  }

  /// The commits of the proposal, for a report.
  var reported: [ApplyReport.Prerequisite] {
    entries.map { entry in
      let step = entry.step
      return ApplyReport.Prerequisite(
        commit: step.commit.id, subject: step.commit.subject, brings: step.brings,
        verdict: step.verdict, files: step.files, added: step.lines.added,
        removed: step.lines.removed,
        neededBy: entry.neededBy.patch.message.description().subject)
    }
  }

  /// What no upstream commit brings, for a report.
  var lacking: [ApplyReport.Lacking] { missing.map { .init(patch: $0.patch, names: $0.names) } }

  /// What the user says to the proposal.
  enum Answer {
    /// There is nothing to propose.
    case nothing
    case accepted
    case declined
  }

  /// Shows the proposal, and asks whether it is to be applied.
  ///
  /// - Parameters:
  ///   - isYes: whether the command line agrees already.
  ///   - mayAsk: whether there is a user to ask: a program reads JSON.
  func answer(isYes: Bool, mayAsk: Bool) -> Answer {
    for (patch, names) in missing {
      Console.error("note: \(patch): no upstream commit brings \(names.joined(separator: ", "))\n")
    }
    if entries.isEmpty { return .nothing }
    Console.error(text)
    if isYes { return .accepted }
    guard mayAsk, Terminal.isTerminal(.input) else {
      Console.error(
        "\(.hint, "hint:") add --yes to apply \(entries.count == 1 ? "it" : "them") first; nothing was changed\n"
      )
      return .declined
    }
    Console.error("apply \(entries.count == 1 ? "it" : "them") first? [y/N] ")
    guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
      Console.error("nothing was changed\n")
      return .declined
    }
    return .accepted
  }

  private var text: LabeledText {
    var text: LabeledText = "\(plural(entries.count, "upstream commit")) would come first:\n"
    for entry in entries {
      let step = entry.step
      text += "  \(.faint, String(step.commit.id.prefix(12))) \(step.commit.subject)\n"
      text += "    brings \(step.brings.joined(separator: ", "))\n"
      text += "    \(.verdict(isGood: step.verdict.applies), step.verdict.rawValue); "
      text += "\(plural(step.files, "file")), +\(step.lines.added) -\(step.lines.removed)\n"
    }
    return text
  }
}
