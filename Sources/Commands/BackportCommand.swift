// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import Reporting

struct BackportCommand: ConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "backport", _superCommandName: "patchkit",
    abstract: "Adapt patches to a tree they were not made for, and apply them.",
    discussion: """
      For each hunk that 'apply' refuses, strategies are tried in order: another file, less context, \
      other white space, the true pre-image, merged words, other names. The first proposal that is \
      sure enough (--accept) is used. The adapted patch then applies exactly, with no fuzz. If one \
      hunk has no such proposal, the best one is reported, and nothing changes; --conflicts \
      writes the conflicts into the files instead.

      If the tree has no counterpart of a file that the patch changes, the patch is refused. --leave-out \
      FILE applies the rest without that file, and the commit message and the patch of --output name \
      what was left out. 'patchkit resolve' can record the same decision.

      With several --onto, each tree is tried alone: a refusal on one does not stop the others. A table \
      shows the verdicts. In --branch and --output, '{tree}' becomes the name of the tree: \
      --branch 'fix-{tree}'.

      --with-prerequisites looks in the history of --upstream for the fewest commits that bring missing \
      names or make a hunk fit, shows them, and applies them first if you agree. Their messages end with \
      'Stable-dep-of:' and the commit that needs them.

      --build compiles what each patch touches: --build 'make {objects}'. The report says what was built, \
      what failed before the patch, too, and which touched lines the compiler did not see. The command \
      runs confined, in a copy of the tree. A build that succeeds does not make a hunk surer.

      Levels of --accept: certain (the tree has the hunk's text unchanged), likely (there is no reason \
      against the proposal), plausible (there is one reason against it), doubtful (there are several). \
      'patchkit evaluate' measures how often each level is right \
      on your own history.
      """)

  @OptionGroup
  var landing: LandingOptions

  @OptionGroup(title: "Strategy options")
  var strategies: StrategyOptions

  @OptionGroup
  var omissions: LeaveOutOptions

  @OptionGroup(title: "Build options")
  var building: BuildOptions

  @Flag(help: "Show each adapted hunk next to the hunk of the patch.")
  var explain = false

  @Option(
    help: ArgumentHelp(
      "What to do with conflicts: 'stop', 'merge' or 'diff3' markers in the files, or 'reject' files.",
      valueName: "how"))
  var conflicts: Conflicts = .stop

  enum Conflicts: String, NamedValue {
    case stop, merge, diff3, reject

    var markers: ConflictRegion.Markers? { ConflictRegion.Markers(rawValue: rawValue) }
  }

  @Flag(
    help:
      "Write the adapted patches to the patch's folder and name them in its patch.yaml, for 'verify'; no tree changes."
  )
  var record = false

  @Flag(
    help:
      "Propose upstream commits that bring what the tree lacks, and apply them first; with --upstream."
  )
  var withPrerequisites = false

  @Flag(name: [.customShort("y"), .long], help: "Apply the proposed commits without asking.")
  var yes = false

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if withPrerequisites, landing.reading.upstream == nil {
      throw ValidationError("--with-prerequisites needs --upstream REPO.")
    }
    if withPrerequisites, landing.givenTrees.count > 1 || conflicts != .stop {
      throw ValidationError("--with-prerequisites works on one tree, and without --conflicts.")
    }
    if record, withPrerequisites || landing.patches.count != 1 {
      throw ValidationError(
        "--record takes one folder of patches, and cannot be used with --with-prerequisites.")
    }
    if record, landing.commit || landing.branch != nil || landing.check || conflicts != .stop {
      throw ValidationError(
        "--record leaves the trees as they are, so it cannot be used with --check, --commit, --branch or "
          + "--conflicts.")
    }
    if yes, !withPrerequisites { throw ValidationError("--yes needs --with-prerequisites.") }
    if conflicts != .stop, landing.check {
      throw ValidationError("--check writes nothing, so it cannot be used with --conflicts.")
    }
    if conflicts != .stop, landing.commit || landing.output != nil {
      throw ValidationError(
        "--conflicts leaves files for you to edit, so it cannot be used with --commit or --output; "
          + "'patchkit cherry-pick' commits what applies, and stops at a conflict.")
    }
    if conflicts != .stop, landing.givenTrees.count > 1 {
      throw ValidationError("--conflicts works on one tree: give one --onto.")
    }
  }

  func run() throws {
    OpenedTree.keepFreedMemory()
    building.prepare()
    let ledger = try record ? LedgerRecording(landing) : nil
    var landing = landing
    // 'verify' tries the adapted patch on the tree as it is.
    if let ledger { (landing.check, landing.givenTrees) = (true, ledger.locations) }
    if landing.givenTrees.count > 1 {
      return try TreesRun(landing, strategies, omissions, building, explains: explain, ledger).run()
    }
    landing = TreesRun.expanded(landing)
    let opened = try landing.openTree()
    if conflicts != .stop, case .revision = opened {
      throw ValidationError("--conflicts writes files, so it needs --onto FOLDER.")
    }
    var options = landing.applyOptions
    try strategies.set(in: &options)
    options.omitted = omissions.paths
    let build = try building.build(of: opened.tree, landing)
    var queue = try landing.queue(options)
    try queue.requireOmittedFiles()
    let run = try LandingRun(landing, on: opened)
    if withPrerequisites {
      let prerequisites = try PrerequisiteProposal(for: queue, on: opened, landing)
      run.note(prerequisites)
      switch prerequisites.answer(isYes: yes, mayAsk: !landing.json) {
      case .nothing: break
      case .accepted: queue = prerequisites.queue
      case .declined:
        guard landing.json else { throw Exit.refused }
        // What becomes of the patches without them.
        try run.refuse(
          try SeriesSession(
            on: opened.tree, base: strategies.baseTree(), memory: ResolutionMemory.ofProject(),
            policy: run.policy
          ).apply(queue))
      }
    }
    var policy = run.policy
    // After a stop, the same command works on the patches that are left.
    policy.accepts.insert(.alreadyApplied)
    // --explain, a build, --record and --base need the changes.
    if !explain, build == nil, ledger == nil, strategies.base == nil {
      policy.delivery = run.delivery(of: queue)
    }
    if let markers = conflicts.markers { policy.refusal = .markConflicts(markers) }
    let outcome = try SeriesSession(
      on: opened.tree, base: strategies.baseTree(), memory: ResolutionMemory.ofProject(),
      policy: policy
    ).apply(queue, observer: build?.observer)
    let explanation: (ApplyReport) -> LabeledText = { _ in
      explain
        ? Explanation(width: Console.width).text(
          outcome) : LabeledText()
    }
    if outcome.applies {
      _ = try run.add(outcome)
      try run.finish(explanation: explanation)
      try ledger?.record(outcome, for: landing.onto)
      return
    }
    if conflicts != .stop, case .directory(let tree) = opened {
      let marked = try mark(outcome, in: tree)
      // An input of which something was tried would begin with what is decided by hand now.
      let tried = Set(queue.items.prefix(outcome.patches.count).map(\.patch.input))
      var rest: [String] = []
      for item in queue.items.dropFirst(outcome.patches.count)
      where !rest.contains(item.patch.input) { rest.append(item.patch.input) }
      if !tried.isDisjoint(with: rest) { rest = [] }
      try landing.refuse(outcome, marked: marked, rest: rest, explanation: explanation)
    }
    try landing.refuse(outcome, explanation: explanation)
  }

  /// Writes the hunks with a position, and the conflicts, and records the conflicts for 'resolve'.
  private func mark(_ outcome: SeriesOutcome, in tree: DirectoryTree) throws -> [String] {
    guard let changes = outcome.changesWithConflicts else { return [] }
    try landing.refuseUncommitted(changes, in: tree)
    try tree.land(changes)
    let store = DecisionStore(try VendoredStore.findOrCreate(in: "."))
    let waiting = try outcome.conflicts().map { file in
      DecisionStore.Pending(
        tree: tree.absolutePath, path: file.path, keys: file.keys, marked: file.content)
    }
    if !waiting.isEmpty { try store.wait(for: waiting) }
    return changes.filter { change in
      outcome.patches.flatMap(\.files).flatMap(\.marked).contains { $0.path == change.path }
    }.map(\.path.description)
  }
}

/// How tolerant the strategies may be, and what it may look at.
struct StrategyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The tree that the patches were made for, if you have it.", valueName: "tree"))
  var base: String?

  @Flag(
    help: "Use the patch alone: do not look its index lines up in the repository.")
  var patchOnly = false

  @Option(
    name: .customLong("accept"),
    help: ArgumentHelp(
      "Apply proposals of this level or surer (default: likely).", valueName: "level"))
  var givenAccept: Confidence?

  @Flag(help: "Keep trailing blanks in the lines that a patch adds to C files.")
  var keepTrailingBlanks = false

  /// How sure a hunk has to be, by the command line or the settings.
  var accept: Confidence {
    get throws { try givenAccept ?? Setting.usualConfidence() }
  }

  /// Takes the options over.
  func set(in options: inout ApplyOptions) throws {
    options.accept = try accept
    options.looksForPreImage = !patchOnly
    options.stripsTrailingBlanks = !keepTrailingBlanks
  }

  /// The tree that the patches were made for; nil where it is not at hand.
  func baseTree() throws -> (any KernelTree)? { try base.map { try OpenedTree.named($0).tree } }
}
