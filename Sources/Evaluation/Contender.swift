// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Host
internal import KernelTree
internal import PatchFormat

/// A tool that is asked to make the backport.
package enum ContenderName: String, Sendable, Hashable, Codable, CaseIterable {
  /// patchkit with the patch alone.
  case patchkit
  /// patchkit with the true pre-image.
  case patchkitWithBase = "patchkit --base"
  /// `git apply`.
  case gitApply = "git apply"
  /// `patch -F2`.
  case gnuPatch = "patch -F2"
  /// `git merge-file` with the true pre-image.
  case threeWay = "three-way"
  /// `wiggle --merge`.
  case wiggle

  /// The names that people give.
  package static let peers: [ContenderName] = [.gitApply, .gnuPatch, .threeWay, .wiggle]

  /// The program that it needs; nil for patchkit itself.
  package var program: String? {
    switch self {
    case .patchkit, .patchkitWithBase: nil
    case .gitApply, .threeWay: "git"
    case .gnuPatch: "patch"
    case .wiggle: "wiggle"
    }
  }
}

/// What a tool made of a case: the C files after, by path; nil where it refused.
struct ContenderResult: Sendable {
  var files: [String: [UInt8]?]?
  /// What patchkit says of its own result.
  var note: PatchkitNote?
}

/// What the evaluation records of patchkit's outcome of a case.
package struct PatchkitNote: Sendable, Hashable, Codable {
  /// The verdict on the patch.
  package var verdict: Verdict
  /// The least confidence of its hunks; nil where every hunk stood there as it was.
  package var confidence: Confidence?
  /// The most tolerant strategy that took a hunk.
  package var strategy: StrategyName?
  /// Why it was refused, hunk by hunk.
  package var reasons: [String]
  /// What the proposals of its hunks rest on.
  package var features: [String]
  /// The checks of the result that found something.
  package var failedChecks: [String]
  /// What the result that a check refused would have been; nil where no check refused it.
  package var stopped: Score?

  /// Whether a check refused the result.
  var isStopped: Bool {
    failedChecks.contains { ResultDoubt.Check(rawValue: $0)?.isWarning == false }
  }

  /// Records of an outcome what the summary counts by, and the evidence.
  init(_ outcome: PatchOutcome) {
    verdict = outcome.verdict
    confidence = outcome.leastConfidence
    strategy = outcome.mostTolerantStrategy
    reasons = outcome.refusals
    features = outcome.files.flatMap(\.hunks).compactMap { hunk in
      hunk.proposal.map { "\(hunk.confidence?.rawValue ?? "") \(Self.features($0))" }
    }
    failedChecks = outcome.failedChecks.map(\.rawValue).sorted()
  }

  /// The evidence of a proposal, for tuning the acceptance policy.
  private static func features(_ proposal: Proposal) -> String {
    let evidence = proposal.evidence
    func short(_ value: Double) -> String {
      value == .infinity ? "-" : "\((value * 100).rounded() / 100)"
    }
    return """
      \(proposal.strategy.rawValue) coverage=\(short(proposal.coverage)) \
      margin=\(short(proposal.margin)) function=\(proposal.function.rawValue) \
      distance=\(proposal.distance) anchor=\(short(evidence.anchor)) \
      same=\(evidence.removedSame) blanks=\(evidence.removedBlanks) like=\(evidence.removedLike) \
      gone=\(evidence.removedGone) least=\(short(evidence.leastLikeness)) \
      words=\(evidence.wordMerges) blocks=\(evidence.blockMerges) tight=\(evidence.tight) \
      onesided=\(evidence.oneSided) anchored=\(evidence.anchored) besideweak=\(evidence.weaklyAnchored) lost=\(proposal.lostNames.count) same=\(evidence.alreadyThere) \
      there=\(proposal.presence != nil) renamed=\(proposal.renamed.count) \
      indent=\(evidence.reindented) edits=\(proposal.edits.count)
      """
  }
}

/// patchkit itself, in this process.
struct PatchkitContender {
  let repository: String
  let upstream: String
  let accept: Confidence
  let usesBase: Bool

  func run(_ content: CaseContent) throws -> ContenderResult {
    let tree = try RevisionTree(repositoryPath: repository, revision: content.item.target)
    let base =
      usesBase ? try RevisionTree(repositoryPath: upstream, revision: content.item.base) : nil
    var options = ApplyOptions(strip: 1, accept: accept, looksForPreImage: false)
    // The other tools have no word for a part that is missing; the maintainers' results show what
    // the rest is worth.
    options.leavesOutUnknownFiles = true
    options.stripsTrailingBlanks = true
    let document = PatchDocument(parsing: content.patch, name: content.item.upstream)
    let queue = try PatchQueue(document, options: options)
    guard let item = queue.items.first else { return ContenderResult() }
    let outcome = try PatchOutcome(of: item.patch, on: tree, item.options, base: base)
    let note = PatchkitNote(outcome)
    guard outcome.applies else { return ContenderResult(files: nil, note: note) }
    var files: [String: [UInt8]?] = [:]
    for change in outcome.changes {
      files[change.path.description] = .some(change.after?.content)
    }
    return ContenderResult(files: files, note: note)
  }
}

/// A program of the system, run in a folder that holds the case's files.
struct ProgramContender {
  let name: ContenderName

  func run(_ content: CaseContent, in scratch: ScratchFolder) async throws -> ContenderResult {
    switch name {
    case .gitApply:
      return try await onTree(
        content, scratch, "git", ["apply", "-p1", "--whitespace=nowarn", "case.patch"])
    case .gnuPatch:
      return try await onTree(
        content, scratch, "patch",
        ["-p1", "-s", "-f", "-F2", "--no-backup-if-mismatch", "-r", "-", "-i", "case.patch"])
    case .threeWay: return try await fileByFile(content, scratch, Self.mergeFile)
    case .wiggle: return try await fileByFile(content, scratch, Self.wiggle)
    case .patchkit, .patchkitWithBase: return ContenderResult()
    }
  }

  private func onTree(
    _ content: CaseContent, _ scratch: ScratchFolder, _ program: String, _ arguments: [String]
  ) async throws -> ContenderResult {
    try scratch.clear()
    for file in content.files {
      if let before = file.before { try scratch.write(before, to: file.path) }
    }
    try scratch.write(content.patch, to: "case.patch")
    guard try await scratch.run(program, arguments) != nil else { return ContenderResult() }
    var files: [String: [UInt8]?] = [:]
    for file in content.files { files[file.path] = .some(scratch.read(file.path)) }
    return ContenderResult(files: files)
  }

  private typealias Merge = (
    _ file: CaseContent.UpstreamFile, _ target: [UInt8], _ patch: [UInt8],
    _ scratch: ScratchFolder
  ) async throws -> [UInt8]?

  private func fileByFile(
    _ content: CaseContent, _ scratch: ScratchFolder, _ merge: Merge
  ) async throws -> ContenderResult {
    var files: [String: [UInt8]?] = [:]
    for file in content.upstream {
      guard let old = file.oldPath, let new = file.newPath else {
        // A new or a deleted file needs no merge.
        let path = file.newPath ?? file.oldPath ?? ""
        let existing = content.files.first { $0.path == path }?.before
        if (existing == nil) != (file.oldPath == nil) { return ContenderResult() }
        files[path] = file.newPath == nil ? .some(nil) : .some(file.after)
        continue
      }
      guard let target = content.files.first(where: { $0.path == old })?.before else {
        return ContenderResult()
      }
      try scratch.clear()
      guard let merged = try await merge(file, target, content.patch, scratch) else {
        return ContenderResult()
      }
      if old != new { files[old] = .some(nil) }
      files[new] = .some(merged)
    }
    return ContenderResult(files: files)
  }

  private static func mergeFile(
    _ file: CaseContent.UpstreamFile, _ target: [UInt8], _ patch: [UInt8],
    _ scratch: ScratchFolder
  ) async throws -> [UInt8]? {
    try scratch.write(target, to: "ours")
    try scratch.write(file.before, to: "base")
    try scratch.write(file.after, to: "theirs")
    return try await scratch.run("git", ["merge-file", "-p", "-q", "ours", "base", "theirs"])
  }

  private static func wiggle(
    _ file: CaseContent.UpstreamFile, _ target: [UInt8], _ patch: [UInt8],
    _ scratch: ScratchFolder
  ) async throws -> [UInt8]? {
    let own = PatchDocument(parsing: patch).patches.flatMap(\.files).first { candidate in
      candidate.paths(strip: 1)?.new.map { String(decoding: $0, as: UTF8.self) } == file.newPath
    }
    guard let own else { return nil }
    if own.hunks.isEmpty { return target }
    try scratch.write(target, to: "ours")
    try scratch.write(Array(patch[own.range]), to: "file.patch")
    return try await scratch.run("wiggle", ["--merge", "ours", "file.patch"])
  }
}
