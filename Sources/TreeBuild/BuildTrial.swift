// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import KernelTree

/// The builds before and after one patch, in a copy of its tree.
///
/// 1. The objects of the touched files are built as the copy has them.
/// 2. The changed files get markers (`BuildProbe`) and are built, to find the lines that no compiler reads.
/// 3. They are built as the patch leaves them.
///
/// Where several objects fail to build together, each is built alone. The patch stays in the copy unless a
/// build newly fails.
package struct BuildTrial: Sendable {
  private let command: BuildCommand
  private let tree: ScratchTree
  private let changes: [TreeChange]
  private let probes: [BuildProbe]
  /// What every marker of this trial begins with.
  private let markerWord: String
  /// What was found so far.
  package private(set) var outcome: BuildOutcome
  /// The first errors of each part, by its index.
  private var errors: (before: [Int: [String]], after: [Int: [String]]) = ([:], [:])
  /// The markers that builds printed.
  private var seen: Set<String> = []

  /// How many errors are kept.
  private static let mostErrors = 12

  /// Prepares the builds for the changes of a patch.
  package init(_ command: BuildCommand, _ changes: [TreeChange], in tree: ScratchTree) {
    self.command = command
    self.changes = changes
    self.tree = tree
    // No patch can hold the word of a build to come.
    let word = "patchkit\(String(UInt64.random(in: .min ... .max), radix: 16))_"
    markerWord = word
    probes = changes.enumerated().compactMap { BuildProbe($1, word: "\(word)\($0)_") }
    outcome = BuildOutcome(command: command.line)
    outcome.parts =
      command.namesFiles
      ? changes.compactMap(Self.part)
      : [
        .init(name: command.line, source: nil, before: .failed, after: .failed)
      ]
  }

  /// The part of a touched source file; nil where the file has no object.
  private static func part(_ change: TreeChange) -> BuildOutcome.Part? {
    let source = change.path.description
    let isFile = [change.before, change.after].contains { $0 != nil && $0?.mode != .symlink }
    guard isFile, let object = BuildCommand.object(of: source) else { return nil }
    return .init(
      name: object, source: source, before: change.before == nil ? .absent : .failed,
      after: change.after == nil ? .absent : .failed)
  }

  /// Runs all builds.
  ///
  /// - Throws: `PatchkitError` where nothing can be built: no confinement, no room, no copy.
  package mutating func run() async throws {
    let start = ContinuousClock.now
    if !outcome.parts.isEmpty {
      try await tree.fill()
      try await buildBefore()
      try await probe()
      try await buildAfter()
    }
    outcome.uncompiled = probes.flatMap { $0.unseen(in: seen, isBuilt: isBuilt($0)) }
    let isFailing = outcome.result == .fails
    let shown = isFailing ? errors.after : errors.before
    outcome.errors = Array(
      outcome.parts.indices.filter { !isFailing || outcome.parts[$0].newlyFails }
        .flatMap { shown[$0] ?? [] }.prefix(Self.mostErrors))
    if isFailing {
      try await tree.land(
        changes.map { TreeChange(path: $0.path, before: $0.after, after: $0.before) })
    }
    let took = (ContinuousClock.now - start).components
    outcome.seconds = Double(took.seconds) + Double(took.attoseconds) * 1e-18
  }

  /// Whether the object of a file was built, or for a header any object.
  private func isBuilt(_ probe: BuildProbe) -> Bool {
    let own = outcome.parts.filter { $0.source == probe.path.description }
    return (own.isEmpty ? outcome.parts : own).contains {
      $0.after == .built || $0.after == .excluded
    }
      || outcome.parts.isEmpty
  }

  // MARK: The builds

  private mutating func buildBefore() async throws {
    let parts = outcome.parts.indices.filter { outcome.parts[$0].before != .absent }
    for (part, built) in try await build(parts) {
      outcome.parts[part].before = built.state
      errors.before[part] = built.errors
    }
  }

  private mutating func buildAfter() async throws {
    let present = outcome.parts.indices.filter { outcome.parts[$0].after != .absent }
    var ends = try await build(present.filter(mayBuild))
    // What failed before does not make the others fail.
    for part in present where !mayBuild(part) {
      ends.merge(try await build([part])) { $1 }
    }
    for (part, built) in ends {
      outcome.parts[part].after = built.state
      errors.after[part] = built.errors
      let own = probes.first { $0.path.description == outcome.parts[part].source }
      if outcome.parts[part].before == .absent, built.state == .failed, let own,
        !own.isRead(in: seen)
      {
        outcome.parts[part].after = .excluded
      }
    }
  }

  /// Whether a part was built before the patch, or is new with it.
  private func mayBuild(_ part: Int) -> Bool {
    outcome.parts[part].before == .built || outcome.parts[part].before == .absent
  }

  /// Builds parts together, and where that fails each alone.
  private func build(
    _ parts: [Int]
  ) async throws -> [Int: (state: BuildOutcome.State, errors: [String])] {
    if parts.isEmpty { return [:] }
    let together = try await end(of: parts)
    var ends = Dictionary(uniqueKeysWithValues: parts.map { ($0, together) })
    if together.state == .built || parts.count == 1 { return ends }
    var alone = ends
    for part in parts { alone[part] = try await end(of: [part]) }
    // Some fail only together.
    if alone.values.contains(where: { $0.state != .built }) { ends = alone }
    return ends
  }

  private func end(
    of parts: [Int]
  ) async throws -> (state: BuildOutcome.State, errors: [String]) {
    let run = try await execute(parts)
    switch run.status {
    case .succeeded: return (.built, [])
    case .stopped:
      return (
        .stopped,
        [
          "the build was stopped after \(command.seconds) \(command.seconds == 1 ? "second" : "seconds")"
        ]
      )
    case .failed(let how):
      let errors = CompilerOutput(run.log, folder: tree.path).errors(most: Self.mostErrors)
      return (.failed, errors.isEmpty ? ["the command printed nothing: \(how)"] : errors)
    }
  }

  private func execute(_ parts: [Int]) async throws -> BuildCommand.Run {
    let line = command.line(
      objects: parts.map { outcome.parts[$0].name },
      files: parts.compactMap { outcome.parts[$0].source })
    return try await BuildCommand.run(line, in: tree, seconds: command.seconds)
  }

  // MARK: The probe

  /// Builds the changed files with markers, and leaves them as the patch makes them.
  private mutating func probe() async throws {
    let parts = outcome.parts.indices.filter {
      mayBuild($0) && outcome.parts[$0].after != .absent
    }
    if parts.isEmpty || probes.isEmpty { return try await tree.land(changes) }
    let marked = Dictionary(
      uniqueKeysWithValues: probes.map { ($0.path, $0.marked(asErrors: false)) })
    let withMarkers = changes.map { change in
      var change = change
      if let content = marked[change.path] { change.after?.content = content }
      return change
    }
    try await tree.land(withMarkers)
    try await read(execute(parts))
    try await tree.land(
      zip(withMarkers, changes).filter { marked[$1.path] != nil }.map {
        TreeChange(path: $0.path, before: $0.after, after: $1.after)
      })
    // A warning may be switched off, or an error that ends the build before the next file.
    for probe in probes where !probe.isSeen(in: seen) {
      guard let change = changes.first(where: { $0.path == probe.path }) else { continue }
      var file = change.after
      file?.content = probe.marked(asErrors: true)
      try await tree.land([TreeChange(path: probe.path, before: change.after, after: file)])
      let own = parts.filter { outcome.parts[$0].source == probe.path.description }
      for part in own.isEmpty ? parts : own where !probe.isSeen(in: seen) {
        try await read(execute([part]))
      }
      try await tree.land([TreeChange(path: probe.path, before: file, after: change.after)])
    }
  }

  private mutating func read(_ run: BuildCommand.Run) {
    seen.formUnion(BuildProbe.words(in: run.log, beginning: markerWord))
  }
}
