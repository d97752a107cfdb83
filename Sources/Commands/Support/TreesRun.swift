// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import PatchFormat
import Reporting

/// Adapts patches to several trees, one after the other: each is changed whole or not at all.
struct TreesRun {
  private let landing: LandingOptions
  private let strategies: StrategyOptions
  private let omissions: LeaveOutOptions
  private let building: BuildOptions
  private let explains: Bool
  private let ledger: LedgerRecording?

  private static let placeholder = "{tree}"

  init(
    _ landing: LandingOptions, _ strategies: StrategyOptions, _ omissions: LeaveOutOptions,
    _ building: BuildOptions, explains: Bool, _ ledger: LedgerRecording?
  ) {
    self.ledger = ledger
    self.landing = landing
    self.strategies = strategies
    self.omissions = omissions
    self.building = building
    self.explains = explains
  }

  /// Tries all trees, and reports.
  ///
  /// - Throws: what names no tree or no patch, before anything is changed; `Exit.refused` where a tree was
  ///   refused or could not be changed, after all were tried.
  func run() throws {
    let each = try optionsOfEach()
    let opened = try each.map { try $0.openTree() }
    try requireDifferent(opened)
    let builds = try zip(each, opened).map { try building.build(of: $1.tree, $0) }
    var options = landing.applyOptions
    try strategies.set(in: &options)
    options.omitted = omissions.paths
    let queue = try landing.queue(options)
    try queue.requireOmittedFiles()
    let base = try strategies.baseTree()
    let memory = try ResolutionMemory.ofProject()
    var reports: [ApplyReport] = []
    var explanation = LabeledText()
    var failures: [LabeledText] = []
    for (index, (options, opened)) in zip(each, opened).enumerated() {
      do {
        let run = try LandingRun(options, on: opened)
        // What a tree has already does not stop the patches after it.
        var policy = run.policy
        policy.accepts.insert(.alreadyApplied)
        let outcome = try SeriesSession(
          on: opened.tree, base: base, memory: memory, policy: policy
        ).apply(queue, observer: builds[index]?.observer)
        if explains { explanation += Explanation(width: Console.width).text(outcome) }
        if outcome.applies, outcome.hasApplicablePatch {
          _ = try run.add(outcome)
          try run.complete()
          try ledger?.record(outcome, for: options.onto)
          reports.append(run.report)
        } else {
          let isThere =
            outcome.applies && outcome.patches.contains { $0.verdict == .alreadyApplied }
          reports.append(
            ApplyReport(outcome, tree: options.onto, result: isThere ? .unchanged : .refused))
        }
      } catch {
        // The other trees do not depend on this one.
        failures.append(
          Failure.text(
            (error as? PatchkitError)?.stating("\(options.onto) was not changed") ?? error))
        var report = ApplyReport(tree: options.onto, result: .failed)
        report.error = (error as? PatchkitError).map(\.message) ?? "\(error)"
        reports.append(report)
      }
    }
    let report = TreesReport(reports)
    try print(report, explanation)
    for failure in failures { Console.error(failure) }
    if report.applies { return }
    advise(reports)
    throw Exit.refused
  }

  private func print(_ report: TreesReport, _ explanation: LabeledText) throws {
    if landing.json {
      try Console.write(json: report)
    } else if landing.porcelain || landing.nul {
      try Console.write(report.porcelain(endsWithNUL: landing.nul))
    } else if !landing.quiet || !report.applies {
      try Console.print(report.text(width: Console.width) + explanation)
    }
  }

  private func advise(_ reports: [ApplyReport]) {
    let refused = reports.filter { $0.result == .refused }
    if let last = refused.last {
      landing.advise(last.patches.last?.adviceOnOmission, onto: last.tree)
    }
    guard let open = refused.first(where: { $0.patches.last?.hasQuestions ?? false }) else {
      return
    }
    landing.advise(open.patches.last?.adviceOnQuestions(trees: reports.count), onto: open.tree)
  }

  // MARK: Names

  private static func clash(_ name: String) -> ValidationError {
    ValidationError(
      "two trees are both called '\(name)' in names: work on them one after the other.")
  }

  /// Throws where two of the trees are the same one under different names.
  private func requireDifferent(_ opened: [OpenedTree]) throws {
    var seen: [String: String] = [:]
    for (tree, name) in zip(opened, landing.givenTrees) {
      let identity =
        switch tree {
        case .directory(let folder): InputFile.realPath(folder.absolutePath) ?? folder.absolutePath
        case .revision(let revision):
          // Two branches at one commit are two trees.
          (InputFile.realPath(tree.repositoryPath) ?? tree.repositoryPath) + "@" + revision.name
        }
      if let other = seen[identity] {
        throw ValidationError("--onto names one tree twice: '\(other)' and '\(name)'.")
      }
      seen[identity] = name
    }
  }

  /// The options for each tree.
  private func optionsOfEach() throws -> [LandingOptions] {
    var names: Set<String> = []
    var targets: Set<String> = []
    return try landing.givenTrees.map { tree in
      guard names.insert(tree).inserted else {
        throw ValidationError("--onto names '\(tree)' twice.")
      }
      var options = landing
      options.givenTrees = [tree]
      let name = Self.name(of: tree)
      options = Self.naming(name, in: options)
      if let output = options.output, !targets.insert("output " + output).inserted || output == "-"
      {
        if landing.output?.contains(Self.placeholder) == true { throw Self.clash(name) }
        throw ValidationError(
          "--output names one file for several trees: write '{tree}' where the name of the tree is to be."
        )
      }
      if let branch = options.branch {
        let repository = CommitNames.repositoryAndRevision(tree).repository
        guard targets.insert("branch \(branch) \(repository)").inserted else {
          if landing.branch?.contains(Self.placeholder) == true { throw Self.clash(name) }
          throw ValidationError(
            "--branch names one branch for several trees of '\(repository)': write '{tree}' where the name "
              + "of the tree is to be.")
        }
      }
      return options
    }
  }

  /// The options for one tree, with its name in the branch and the file.
  static func expanded(_ landing: LandingOptions) -> LandingOptions {
    naming(name(of: landing.onto), in: landing)
  }

  private static func naming(_ name: String, in landing: LandingOptions) -> LandingOptions {
    var options = landing
    options.branch = landing.branch.map { $0.replacing(placeholder, with: name) }
    options.output = landing.output.map { $0.replacing(placeholder, with: name) }
    return options
  }

  /// The name of a tree in the names of files and branches: `linux-v6.1` of `../linux@v6.1`.
  private static func name(of tree: String) -> String {
    let (folder, revision) =
      InputFile.kind(of: tree) == .folder
      ? (tree, nil)
      : (
        CommitNames.repositoryAndRevision(tree).repository,
        tree.lastIndex(of: "@").map { String(tree[tree.index(after: $0)...]) }
      )
    let last = folder.split(separator: "/").last { $0 != "." && $0 != ".." }.map(String.init)
    let parts = [last, revision].compactMap(\.self)
    let name = parts.isEmpty ? "tree" : parts.joined(separator: "-")
    return String(
      name.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "-" as Character })
  }
}
