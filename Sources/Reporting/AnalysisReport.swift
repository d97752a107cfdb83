// SPDX-License-Identifier: GPL-2.0-only

package import Analysis
package import Backport
package import PatchFormat

/// What was found about a patch on a target, for people and for programs.
package struct AnalysisReport: Encodable, Sendable {
  /// A function that the patch changes.
  package struct Function: Encodable, Sendable {
    /// Its name.
    package var name: String
    /// The path.
    package var path: String
    /// `added`, `changed`, `removed` or `renamed`.
    package var change: String
    /// What it was called.
    package var from: String?
    /// Whether this was read off the hunks alone.
    package var fromHunks: Bool
  }
  /// Something else that the patch changes.
  package struct Item: Encodable, Sendable {
    /// What it is.
    package var kind: String
    /// Its name.
    package var name: String
    /// What becomes of it.
    package var change: ChangedItem.Change
    /// The path.
    package var path: String
  }
  /// What modules built elsewhere rely on.
  package struct Interface: Encodable, Sendable {
    /// What changes: `layout`, `values`, `signature`, `removed` or `exported`.
    package var kind: InterfaceChange.Kind
    /// The type or the symbol.
    package var name: String
    /// The path.
    package var path: String
    /// How.
    package var detail: String
  }
  /// Something that the target lacks.
  package struct Missing: Encodable, Sendable {
    /// The name.
    package var name: String
    /// How it is used.
    package var role: MissingSymbol.Role
    /// For a field: the type that has none such.
    package var owner: String?
    /// Where the patch uses it.
    package var usedAt: String
    /// What is nearest to it in the target.
    package var candidates: [String]
    /// The sibling tree that has it.
    package var firstSeen: String?
  }
  /// A commit that would bring something.
  package struct Needed: Encodable, Sendable {
    /// The id.
    package var commit: String
    /// The first line of its message.
    package var subject: String
    /// What it brings.
    package var brings: [String]
    /// Whether the patch is a part of it.
    package var isItself: Bool
    /// What became of it on the target.
    package var verdict: String?
    /// The commits that it needs in turn.
    package var needs: [String]
  }
  /// What speaks for the patch being there.
  package struct Evidence: Encodable, Sendable {
    /// What it is.
    package var kind: HistoryEvidence.Kind
    /// The commit.
    package var commit: String
    /// The first line of its message.
    package var subject: String
    /// The commit that reverts it.
    package var revertedBy: String?
  }
  /// A later commit about the patch.
  package struct Later: Encodable, Sendable {
    /// The commit.
    package var commit: String
    /// The first line of its message.
    package var subject: String
    /// The commit that it is about.
    package var of: String
    /// Whether it reverts that one, wholly or in part.
    package var isRevert: Bool
    /// What its message says about that one: `fixes`, `blames`, `reverts` or `partly-reverts`.
    package var role: String
    /// How many steps it is away.
    package var distance: Int
  }
  /// What the patch was made on, by the lines that `git format-patch --base` writes.
  package struct Base: Encodable, Sendable {
    /// A patch between the base commit and the series.
    package struct Earlier: Encodable, Sendable {
      /// Its patch-id.
      package var patchID: String
      /// The commit in the target's own history.
      package var applied: String?
      /// The commit in the upstream history, where the target's own history does not have it.
      package var upstream: String?
      /// The first line of that commit's message.
      package var subject: String?
    }

    /// The base commit.
    package var commit: String
    /// Whether the target's own history has it; nil without one.
    package var isInHistory: Bool?
    /// The patches that the series follows.
    package var earlier: [Earlier]

    init(_ base: PatchBase) {
      commit = base.commit
      isInHistory = base.isInHistory
      earlier = base.earlier.map {
        Earlier(
          patchID: $0.patchID, applied: $0.applied?.id, upstream: $0.upstream?.id,
          subject: ($0.applied ?? $0.upstream)?.subject)
      }
    }

    var text: LabeledText {
      var text: LabeledText = "  made on \(short(commit))"
      text +=
        isInHistory.map { $0 ? ", which the target has\n" : ", which the target does not have\n" }
        ?? "\n"
      for patch in earlier {
        let id = short(patch.patchID)
        switch (patch.applied, patch.upstream) {
        case (let commit?, _):
          text += "    after \(short(commit)) \(patch.subject ?? ""), which the target has\n"
        case (nil, let commit?):
          text += "    after \(short(commit)) \(patch.subject ?? ""), which the target lacks\n"
        case (nil, nil):
          text += "    after the patch with the patch-id \(id), which was not found\n"
        }
      }
      return text
    }
  }
  /// What the user should check.
  package struct Risk: Encodable, Sendable {
    /// What kind of thing it is.
    package var kind: RiskNote.Kind
    /// The function.
    package var function: String
    /// The file and line.
    package var at: String
    /// The reason.
    package var reason: String

    init(_ note: RiskNote) {
      kind = note.kind
      function = note.function
      at = "\(note.path):\(note.line)"
      reason = note.reason
    }
  }

  /// The patch's subject.
  package var subject: String
  /// What became of it on the target.
  package var verdict: Verdict
  /// Whether it is already applied, by its text or by the history.
  package var isThere: Bool
  /// How much of it is already applied: `all`, `part` or `none`.
  package var presence: Presence.State
  /// What speaks for that.
  package var presenceEvidence: [String]
  /// The functions.
  package var functions: [Function]
  /// The C files that are too large to be read as C: their functions are from the hunks only.
  package var unread: [String]
  /// What else changes.
  package var items: [Item]
  /// The calls of functions whose signature changes.
  package var callers: [String]
  /// What changes that modules built elsewhere rely on (kABI).
  package var interface: [Interface]
  /// Functions that live on under another name, with what speaks for it.
  package var successors: [String]
  /// What the target lacks.
  package var missing: [Missing]
  /// Whether names were looked up: without, nothing is known of the missing ones.
  package var looksUpNames: Bool
  /// The commits that would bring it; nil without a history.
  package var prerequisites: [Needed]?
  /// What the target's history says; nil where there is none.
  package var history: [Evidence]?
  /// Later commits about the patch; nil without a history.
  package var followUps: [Later]?
  /// Whether the upstream history has the patch's commit: without, later commits about it are not known; nil
  /// without an upstream history.
  package var isUpstream: Bool?
  /// What the patch was made on; nil where its text does not give a base commit.
  package var base: Base?
  /// What the user should check.
  package var risks: [Risk]

  /// Makes a report.
  package init(_ analysis: PatchAnalysis) {
    subject = analysis.subject
    verdict = analysis.outcome.verdict
    isThere = analysis.isThere
    presence = analysis.presence.state
    presenceEvidence = analysis.presence.evidence
    functions = analysis.functions.map { function in
      let (change, from): (String, String?) =
        switch function.change {
        case .added: ("added", nil)
        case .changed: ("changed", nil)
        case .removed: ("removed", nil)
        case .renamed(let from): ("renamed", from)
        }
      return Function(
        name: function.name, path: function.path, change: change, from: from,
        fromHunks: function.isFromHunks)
    }
    unread = analysis.unread
    items = analysis.items.map {
      Item(kind: $0.kind, name: $0.name, change: $0.change, path: $0.path)
    }
    interface = analysis.interface.map {
      Interface(kind: $0.kind, name: $0.name, path: $0.path, detail: $0.detail)
    }
    callers = analysis.callers.map { "\($0.path):\($0.line) \($0.caller) calls \($0.callee)" }
    successors = analysis.successors.map { successor in
      let share = successor.share.map { ", \(Int($0 * 100)) % of the tokens are the same" } ?? ""
      return "\(successor.name) may now be called \(successor.successor.name)"
        + " (\(successor.successor.path):\(successor.successor.line)"
        + (successor.isInSameFile ? ", in the same file" : "") + share + ")"
    }
    looksUpNames = analysis.looksUpNames
    missing = analysis.missing.map { symbol in
      Missing(
        name: symbol.name, role: symbol.role, owner: symbol.owner,
        usedAt: "\(symbol.path):\(symbol.line)",
        candidates: symbol.candidates.map {
          ($0.owner.isEmpty ? "" : $0.owner + ".") + "\($0.name) (\($0.path):\($0.line))"
        }, firstSeen: analysis.firstSeen[symbol.name])
    }
    prerequisites = analysis.prerequisites.map { all in
      all.map {
        Needed(
          commit: $0.commit.id, subject: $0.commit.subject, brings: $0.brings,
          isItself: $0.isItself, verdict: $0.verdict?.rawValue, needs: $0.needs)
      }
    }
    history = analysis.history.map { findings in
      findings.evidence.map {
        Evidence(
          kind: $0.kind, commit: $0.commit.id, subject: $0.commit.subject,
          revertedBy: $0.revertedBy?.id)
      }
    }
    followUps = (analysis.upstream ?? analysis.history).map { findings in
      findings.followUps.map {
        Later(
          commit: $0.commit.id, subject: $0.commit.subject, of: $0.of, isRevert: $0.isRevert,
          role: $0.role.name, distance: $0.distance)
      }
    }
    isUpstream = analysis.upstream.map { findings in
      findings.evidence.contains { $0.kind != .elsewhere }
    }
    base = analysis.base.map(Base.init)
    risks = analysis.risks.map { Risk($0) }
  }

  /// The report for a terminal.
  package var text: LabeledText {
    var text: LabeledText = "\(subject)\n"
    text += "  on the target: \(.verdict(isGood: verdict.applies), verdict.rawValue)\n"
    switch presence {
    case _ where isThere && presence != .all: text += "  already applied, by the history\n"
    case .all: text += "  already applied, every hunk:\n"
    case .part: text += "  partly applied:\n"
    case .none: break
    }
    for line in presenceEvidence { text += "    \(line)\n" }
    for evidence in history ?? [] {
      text += "  in the history: \(short(evidence.commit)) \(evidence.subject)"
      text += " [\(evidence.kind.rawValue)]"
      text += evidence.revertedBy.map { ", reverted by \(short($0))\n" } ?? "\n"
    }
    if let base { text += base.text }
    for function in functions {
      text += "  \(function.change) function \(function.name) (\(function.path))"
      if let from = function.from { text += ", was \(from)" }
      text += function.fromHunks ? ", from the hunks only\n" : "\n"
    }
    for path in unread {
      text += "  \(path) is too large to be read as C\n"
    }
    for item in items {
      text += "  \(item.change.rawValue) \(item.kind) \(item.name) (\(item.path))\n"
    }
    for change in interface {
      let word: LabeledText = change.kind == .exported ? "kABI" : "\(.warning, "kABI")"
      text += "  \(word) \(change.name) (\(change.path)): \(change.detail)\n"
    }
    for caller in callers { text += "    \(caller)\n" }
    for successor in successors { text += "  \(successor)\n" }
    if !looksUpNames {
      text += "  names were not looked up, so nothing is known of missing ones\n"
    } else if missing.isEmpty, presence != .all {
      text += "  nothing that it uses is missing\n"
    }
    for symbol in missing {
      let what = symbol.role == .name ? "" : symbol.role.rawValue + " "
      text += "  \(.bad, "missing") \(what)\(symbol.name)"
      if let owner = symbol.owner { text += " of \(owner)" }
      text += ", used at \(symbol.usedAt)"
      text += symbol.firstSeen.map { "; \($0) has it\n" } ?? "\n"
      for candidate in symbol.candidates { text += "    near: \(candidate)\n" }
    }
    for needed in prerequisites ?? [] {
      text += "  needs \(short(needed.commit)) \(needed.subject)"
      text += needed.isItself ? " (the patch is a part of it)\n" : "\n"
      text += "    for \(needed.brings.joined(separator: ", "))\n"
      if let verdict = needed.verdict { text += "    on the target: \(verdict)\n" }
      for other in needed.needs { text += "    which needs \(short(other))\n" }
    }
    for later in followUps ?? [] {
      text += "  later: \(short(later.commit)) \(later.subject)"
      let verb = later.role.split(separator: "-").joined(separator: " ")
      text += ", \(verb) \(short(later.of))\n"
    }
    if isUpstream == false {
      text +=
        "  the upstream history does not have this patch, so later fixes may be missing here\n"
    }
    for risk in risks {
      text += "  check \(risk.at), \(risk.function): \(risk.reason) [\(risk.kind.rawValue)]\n"
    }
    return text
  }

}

/// A commit's id as it is shown.
private func short(_ id: String) -> String { String(id.prefix(12)) }

/// How far a backport is from its upstream patch, for people and for programs.
package struct ComparisonReport: Encodable, Sendable {
  /// A hunk with its partner.
  package struct Pair: Encodable, Sendable {
    /// How the two compare.
    package var kind: PatchComparison.Pair.Kind
    /// The path upstream.
    package var upstreamPath: String?
    /// The path in the backport.
    package var backportPath: String?
    /// The function.
    package var function: String?
    /// The line upstream.
    package var upstreamLine: Int?
    /// The line in the backport.
    package var backportLine: Int?
    /// The difference of the changed lines.
    package var difference: [String]
  }

  /// The hunks.
  package var pairs: [Pair]
  /// Whether no changed line differs.
  package var faithful: Bool
  /// What the user should check.
  package var risks: [AnalysisReport.Risk]
  /// What the backport's message lacks by the rules of a distribution style.
  package var trailers: [String]

  /// Makes a report.
  package init(_ comparison: PatchComparison, risks: Bool, trailers: [DistributionStyle.Problem]) {
    pairs = comparison.pairs.map {
      Pair(
        kind: $0.kind, upstreamPath: $0.upstreamPath, backportPath: $0.backportPath,
        function: $0.function, upstreamLine: $0.upstreamLine, backportLine: $0.backportLine,
        difference: $0.difference)
    }
    faithful = comparison.isFaithful
    self.risks = risks ? comparison.notes.map { AnalysisReport.Risk($0) } : []
    self.trailers = trailers.map { "\($0.message) [\($0.rule)]" }
  }

  /// The report for a terminal.
  package var text: LabeledText {
    var text = LabeledText()
    for pair in pairs {
      let path = pair.upstreamPath ?? pair.backportPath ?? ""
      text += "\(.path, path)"
      if let own = pair.backportPath, let their = pair.upstreamPath, own != their {
        text += " -> \(own)"
      }
      let lines = [
        pair.upstreamLine.map { "line \($0) upstream" },
        pair.backportLine.map { "line \($0) in the backport" },
      ]
      text += ": \(lines.compactMap(\.self).joined(separator: ", "))"
      text += pair.function.map { " (\($0))" } ?? LabeledText()
      let isGood = ![.code, .onlyUpstream, .onlyBackport].contains(pair.kind)
      text += ": \(.verdict(isGood: isGood), Self.words(pair.kind))\n"
      for line in pair.difference { text += "  \(code: line.utf8)\n" }
    }
    for risk in risks { text += "check \(risk.at): \(risk.reason) [\(risk.kind.rawValue)]\n" }
    for line in trailers { text += "message: \(line)\n" }
    if pairs.contains(where: { !$0.difference.isEmpty }) {
      let signs =
        "(the first sign: - only upstream, + only in the backport; the second: the patch's own)"
      text += "\(.faint, signs)\n"
    }
    text +=
      faithful
      ? "the backport makes upstream's changes\n"
      : "the backport's changes differ from upstream's\n"
    return text
  }

  /// How two hunks compare, for a reader without the manual.
  private static func words(_ kind: PatchComparison.Pair.Kind) -> String {
    switch kind {
    case .same: "same"
    case .context: "same changes, other context"
    case .whitespace: "same changes, apart from white space"
    case .code: "changed lines differ"
    case .onlyUpstream: "only in the upstream patch"
    case .onlyBackport: "only in the backport"
    }
  }
}
