// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import FoundationEssentials
internal import Host
internal import KernelTree

/// How an evaluation is run.
package struct EvaluationOptions: Sendable {
  /// The repository with the backports.
  package var repository: String
  /// The commits to look at: a revision, or `A..B`.
  package var range: String
  /// The repository with the upstream commits.
  package var upstream: String
  /// Which half of the cases.
  package var half: CaseHalf
  /// The tools.
  package var contenders: [ContenderName]
  /// How sure patchkit has to be.
  package var accept: Confidence
  /// How many cases at most, spread evenly over all.
  package var limit: Int?
  /// How many cases are worked on at once.
  package var jobs: Int
  /// A folder for the files of each case whose result is not exact; nil for none.
  package var keep: String?

  /// Makes options from all of their parts.
  package init(
    repository: String, range: String, upstream: String, half: CaseHalf,
    contenders: [ContenderName], accept: Confidence, limit: Int?, jobs: Int, keep: String? = nil
  ) {
    self.repository = repository
    self.range = range
    self.upstream = upstream
    self.half = half
    self.contenders = contenders
    self.accept = accept
    self.limit = limit
    self.jobs = jobs
    self.keep = keep
  }
}

/// How a tool did on a case.
package enum Score: String, Sendable, Hashable, Codable, CaseIterable {
  /// Every C file is the maintainer's, byte for byte.
  case exact
  /// Every C file that differs has the same tokens: comments, white space, or the order of includes,
  /// declarations and independent definitions differ.
  case same
  /// It has the same lines in another order, which may matter.
  case reordered
  /// It gave another result.
  case differs
  /// It gave none.
  case fails
}

/// The result of one case.
package struct CaseResult: Sendable, Codable {
  /// One tool's part.
  package struct Entry: Sendable, Codable {
    /// How it did.
    package var score: Score
    /// How long it took, in seconds.
    package var seconds: Double
    /// What patchkit says of it.
    package var note: PatchkitNote?

    package init(score: Score, seconds: Double, note: PatchkitNote?) {
      self.score = score
      self.seconds = seconds
      self.note = note
    }
  }

  /// The backport's commit.
  package var backport: String
  /// The upstream commit.
  package var upstream: String
  /// The first line of the backport's message.
  package var subject: String
  /// How much the backport differs from the upstream commit.
  package var kind: CaseKind
  /// Why it is not a fair case; nil where it is one.
  package var flaw: CaseFlaw?
  /// The tools' parts, by name.
  package var entries: [String: Entry]

  package init(
    backport: String, upstream: String, subject: String, kind: CaseKind, flaw: CaseFlaw? = nil,
    entries: [String: Entry]
  ) {
    self.backport = backport
    self.upstream = upstream
    self.subject = subject
    self.kind = kind
    self.flaw = flaw
    self.entries = entries
  }
}

/// Makes backports again that maintainers made, with patchkit and with other tools, and compares.
package struct Evaluator: Sendable {
  private let options: EvaluationOptions

  /// Makes an evaluator.
  package init(_ options: EvaluationOptions) {
    self.options = options
  }

  /// The cases of the range.
  ///
  /// - Throws: `PatchkitError` where a repository cannot be read.
  package func cases() throws -> (cases: [BackportCase], withoutUpstream: Int) {
    var found = try convertingGitErrors {
      try CaseFinder(repository: options.repository, upstream: options.upstream)
        .cases(in: options.range, half: options.half)
    }
    if let limit = options.limit, limit < found.cases.count, limit > 0 {
      let step = Double(found.cases.count) / Double(limit)
      found.cases = (0..<limit).map { found.cases[Int(Double($0) * step)] }
    }
    return found
  }

  /// Tries the tools on cases, several at once.
  ///
  /// - Parameters:
  ///   - cases: the cases.
  ///   - finished: called with each result as it comes, one at a time.
  /// - Returns: how many cases were left out because they touch no C file.
  /// - Throws: the first error that any case threw.
  package func run(
    _ cases: [BackportCase], finished: (CaseResult) throws -> Void
  ) async throws -> Int {
    var skipped = 0
    try await WorkerPool.each(
      count: cases.count, atOnce: options.jobs, { try await result(of: cases[$0]) },
      finished: { _, result in
        if let result { try finished(result) } else { skipped += 1 }
      })
    return skipped
  }

  private func result(of item: BackportCase) async throws -> CaseResult? {
    let found = try convertingGitErrors {
      try CaseFinder(repository: options.repository, upstream: options.upstream)
        .content(of: item)
    }
    guard let content = found else { return nil }
    var entries: [String: CaseResult.Entry] = [:]
    let scratch = try ScratchFolder()
    for name in options.contenders {
      let start = ContinuousClock.now
      var made: ContenderResult
      switch name {
      case .patchkit, .patchkitWithBase:
        made = try PatchkitContender(
          repository: options.repository, upstream: options.upstream, accept: options.accept,
          usesBase: name == .patchkitWithBase
        ).run(content)
      case .gitApply, .gnuPatch, .threeWay, .wiggle:
        made = try await ProgramContender(name: name).run(content, in: scratch)
      }
      let elapsed = ContinuousClock.now - start
      let score = score(made, content)
      if made.files == nil, made.note?.isStopped ?? false {
        // Not a part of the time: only the evaluation asks.
        let refused = try PatchkitContender(
          repository: options.repository, upstream: options.upstream,
          accept: min(options.accept, .plausible), usesBase: name == .patchkitWithBase
        ).run(content)
        made.note?.stopped = self.score(refused, content)
      }
      entries[name.rawValue] = CaseResult.Entry(
        score: score, seconds: elapsed / .seconds(1), note: made.note)
      if score != .exact { try keep(made, by: name, of: content) }
    }
    return CaseResult(
      backport: item.backport, upstream: item.upstream, subject: item.subject, kind: content.kind,
      flaw: content.flaw, entries: entries)
  }

  /// Writes a result that is not exact, together with what it was made from and the maintainer's.
  private func keep(
    _ made: ContenderResult, by name: ContenderName, of content: CaseContent
  ) throws {
    guard let keep = options.keep else { return }
    let folder = OwnFolder(in: keep, [String(content.item.backport.prefix(12))])
    try folder.write(content.patch, to: "upstream.patch")
    func write(_ files: [(path: String, content: [UInt8]?)], to name: String) throws {
      for file in files {
        guard let text = file.content else { continue }
        var steps = file.path.split(separator: "/" as Character).map(String.init)
        let last = steps.removeLast()
        let target = steps.reduce(folder.folder(name)) { $0.folder($1) }
        try target.write(text, to: last)
      }
    }
    try write(content.files.map { ($0.path, $0.before) }, to: "before")
    try write(content.files.map { ($0.path, $0.after) }, to: "maintainer")
    guard let files = made.files else { return }
    try write(
      content.files.map { ($0.path, files[$0.path] ?? $0.before) },
      to: name.rawValue.filter { $0 != " " })
  }

  private func score(_ made: ContenderResult, _ content: CaseContent) -> Score {
    guard let files = made.files else { return .fails }
    var score = Score.exact
    for file in content.files {
      let after = files[file.path] ?? file.before
      guard after != file.after else { continue }
      // A file that only one of the two has makes it a different result.
      guard let after, let wanted = file.after else { return .differs }
      switch CodeLikeness(after, wanted) {
      case .same: if score == .exact { score = .same }
      case .reordered: score = .reordered
      case .different: return .differs
      }
    }
    return score
  }
}
