// SPDX-License-Identifier: GPL-2.0-only

internal import Host
public import KernelTree
internal import PatchFormat
package import Symbols

/// Patches that are tried one after the other on a tree: the one loop that applies patches.
///
/// A session keeps the tree as its patches leave it, so a series can be given in pieces; the
/// outcomes of the pieces make up one `SeriesOutcome`. Nothing is written. Patches that share no
/// path do not see each other, so where the tree can be read from any thread, such groups are tried
/// in parallel; the outcome is the one of trying all in their order.
public final class SeriesSession {
  /// How the patches are tried.
  package var policy: SeriesPolicy
  /// The tree that the next patch was made for, where it is at hand.
  package var base: (any KernelTree)?
  /// The names of the tree before the first patch, where they are indexed already.
  var index: SymbolIndex?
  let memory: ResolutionMemory?
  /// What ends the trial of a patch at the first hunk that the tree does not have; nil tries all.
  var absence: AbsenceTest?
  /// The tree as the patches so far leave it.
  private(set) var overlay: Overlay
  /// The patches that were refused so far and may be tried again.
  private var refused: [Refused] = []
  private var madeApplier: (applier: PatchApplier, hasBase: Bool)?

  private struct Refused {
    var item: PatchQueue.Item
    var paths: Set<[UInt8]>
    var retries = 0
    /// The index in the patches of the present piece; nil for those of earlier pieces.
    var index: Int?
  }

  /// Starts on a tree, to apply all patches or none, as `git am` does.
  ///
  /// - Parameters:
  ///   - tree: the tree; it is only read.
  ///   - base: the tree that the patches were made for, where it is at hand: the tolerant
  ///     strategies find in it where the lines around a hunk moved to.
  ///   - memory: what the user decided about conflicts before.
  public convenience init(
    on tree: any KernelTree, base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil
  ) {
    self.init(on: tree, base: base, memory: memory, policy: SeriesPolicy())
  }

  /// Starts on a tree with a policy: what happens at a refusal, and what is kept.
  package init(
    on tree: any KernelTree, base: (any KernelTree)? = nil, memory: ResolutionMemory? = nil,
    policy: SeriesPolicy
  ) {
    overlay = Overlay(tree)
    self.base = base
    self.memory = memory
    self.policy = policy
  }

  /// The tree as the patches so far leave it.
  public var tree: any KernelTree { overlay }

  /// Is shown each outcome as it becomes known, with the tree as it was before the patch.
  public typealias Observer = (
    _ index: Int, _ outcome: inout PatchOutcome, _ before: any KernelTree
  ) throws -> Void

  /// Tries the next patches of the series, each on the result of those before it.
  ///
  /// - Parameters:
  ///   - queue: the patches.
  ///   - observer: is shown each outcome; the patches are tried in their order then.
  /// - Throws: `Defect`; and where the series ends at a refusal, `PatchkitError` where a name in a
  ///   patch leads where no patch may go and where the tree cannot be read: for the first
  ///   patch that it is so for. Else such an error is the outcome of its patch.
  public func apply(
    _ queue: PatchQueue, observer: Observer? = nil
  ) throws -> SeriesOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    var outcome = SeriesOutcome()
    outcome.diagnostics = queue.documents.flatMap { document in
      document.diagnostics.map { SeriesOutcome.InputFinding(document.name, $0) }
    }
    for index in refused.indices { refused[index].index = nil }
    let before = overlay
    if let whole = try delivered(queue) {
      outcome.patches = [whole]
      outcome.isDelivered = true
    } else if observer == nil, let tried = try triedInParallel(queue) {
      outcome.patches = tried
      for patch in tried where patch.applies { overlay.stage(patch.changes) }
    } else {
      try tryInOrder(queue, observer, &outcome)
    }
    outcome.untried = queue.items.count - outcome.patches.count
    outcome.applies =
      policy.refusal == .leaveOut
      || outcome.untried == 0 && outcome.patches.allSatisfy(isAccepted)
    if outcome.applies || policy.refusal == .skip {
      var own = StagedFiles()
      for patch in outcome.patches where patch.applies { own.stage(patch.changes) }
      outcome.changes = own.changes
    }
    if !outcome.applies, policy.endsAtRefusal { overlay = before }
    if !policy.keeps.contains(.content) { outcome.patches = outcome.patches.map(\.recorded) }
    outcome.timings.applying = clock.now.seconds(since: start)
    return outcome
  }

  /// Whether a patch does not end the series.
  func isAccepted(_ patch: PatchOutcome) -> Bool {
    patch.applies || patch.problem == nil && policy.accepts.contains(patch.verdict)
  }

  // MARK: One patch

  /// Tries one patch on a tree.
  ///
  /// The only caller of `PatchApplier`.
  static func attempt(
    _ item: PatchQueue.Item, on tree: any KernelTree, with applier: PatchApplier,
    _ policy: SeriesPolicy, delivery: ChangeDelivery = .kept,
    absence: AbsenceTest? = nil
  ) throws -> PatchOutcome {
    let clock = ContinuousClock()
    let start = clock.now
    var outcome = try applier.apply(
      item.patch, to: tree, options: item.options, markers: policy.markers, delivery: delivery,
      absence: absence)
    if policy.keeps.contains(.blobIDs) { try outcome.nameBlobs() }
    outcome.seconds = clock.now.seconds(since: start)
    return outcome
  }

  /// An applier for another thread, which sees no base: libgit2's handles belong to one thread.
  static func makeApplier(
    base: (any KernelTree)? = nil, _ memory: ResolutionMemory?, index: SymbolIndex? = nil
  ) throws(PatchkitError) -> PatchApplier {
    try PatchApplier(base: base, memory: memory, index: index)
  }

  private func attempt(_ item: PatchQueue.Item, on tree: any KernelTree) throws -> PatchOutcome {
    try Self.attempt(item, on: tree, with: try applier(), policy, absence: absence)
  }

  /// The applier of this thread; a base changes from patch to patch, and its applier with it.
  private func applier() throws(PatchkitError) -> PatchApplier {
    if let made = madeApplier, !made.hasBase, base == nil { return made.applier }
    let applier = try Self.makeApplier(base: base, memory, index: index)
    madeApplier = (applier, base != nil)
    return applier
  }

  /// The bytes of a patch that is large, however many files it changes.
  private static let largePatch = 4 << 20

  /// The outcome of a large patch that is alone, whose changes are not kept.
  private func delivered(_ queue: PatchQueue) throws -> PatchOutcome? {
    guard !policy.delivery.isKept, queue.items.count == 1, let item = queue.items.first,
      item.patch.files.count >= PatchTrial.fewestForThreads
        || item.patch.document.source.count >= Self.largePatch
    else { return nil }
    return try Self.attempt(
      item, on: overlay, with: try Self.makeApplier(memory), policy, delivery: policy.delivery)
  }

  // MARK: In order

  private func tryInOrder(
    _ queue: PatchQueue, _ observer: Observer?, _ outcome: inout SeriesOutcome
  ) throws {
    for (index, item) in queue.items.enumerated() {
      var patch = try attemptOrExplain(item)
      let before = overlay
      if patch.applies {
        overlay.stage(patch.changes)
        if policy.checksReversal {
          patch.reverseProblem = try reverseProblem(of: patch, before: before, after: overlay)
        }
      }
      try observer?(index, &patch, before)
      // The observer may refuse it, as where a build fails: the next patch meets the tree without it.
      if !patch.applies { overlay = before }
      outcome.patches.append(patch)
      if patch.applies {
        try retry(after: item, &outcome)
      } else if !isAccepted(patch) {
        if policy.endsAtRefusal { return }
        let paths = Set(item.paths ?? [])
        let earlier = refused.filter { !$0.paths.isDisjoint(with: paths) }.map(\.item.label)
        outcome.patches[index].afterRefused = earlier.isEmpty ? nil : earlier
        refused.append(Refused(item: item, paths: paths, index: index))
      }
    }
  }

  /// The outcome of a patch; if the series continues after a refusal, an error in the patch or in
  /// the tree is one.
  ///
  /// A tree that cannot be read is none: nothing is known about the patch then.
  private func attemptOrExplain(_ item: PatchQueue.Item) throws -> PatchOutcome {
    if policy.endsAtRefusal { return try attempt(item, on: overlay) }
    do {
      return try attempt(item, on: overlay)
    } catch let error as PatchkitError where !error.isOfMachine {
      // Of a patch, the line and the byte are known to who reads about the patch.
      return PatchOutcome(
        item, problem: error.line == nil ? error.description : error.message)
    }
  }

  /// Tries refused patches again after one that touches their files.
  private func retry(after item: PatchQueue.Item, _ outcome: inout SeriesOutcome) throws {
    guard policy.retries > 0, !refused.isEmpty else { return }
    let paths = Set(item.paths ?? [])
    for number in refused.indices {
      guard let own = refused[number].index, refused[number].retries < policy.retries,
        outcome.patches[own].appliesAfter == nil, !refused[number].paths.isDisjoint(with: paths)
      else { continue }
      refused[number].retries += 1
      let again = try? attempt(refused[number].item, on: overlay)
      if again?.applies == true { outcome.patches[own].appliesAfter = item.label }
    }
  }

  // MARK: Reversal

  /// Reverse-applies the adapted patch, as it is written out, to its own result.
  ///
  /// - Returns: why that does not give the tree back; nil where it does.
  private func reverseProblem(
    of outcome: PatchOutcome, before: Overlay, after: Overlay
  ) throws -> String? {
    guard let patch = try outcome.reread() else {
      return outcome.changes.isEmpty ? nil : "the adapted patch cannot be read again"
    }
    let reversed = PatchQueue.Item(
      patch: patch, options: ApplyOptions(strip: 1, isReversed: true))
    let back = try Self.attempt(reversed, on: after, with: try applier(), SeriesPolicy())
    guard back.applies else {
      return "the adapted patch cannot be reverse-applied: \(back.verdict.rawValue)"
    }
    var restored = after
    restored.stage(back.changes)
    for change in outcome.changes {
      let file = try restored.file(at: change.path)
      let isSame = file.flatMap { change.before?.isEqual(to: $0) } ?? (file == change.before)
      if !isSame { return "reverse-applying the adapted patch does not restore '\(change.path)'" }
    }
    return nil
  }
}

extension PatchOutcome {
  /// The adapted patch as it is read again from what is written out; the patch itself where nothing
  /// of it was adapted.
  fileprivate func reread() throws -> Patch? {
    if isUnchanged { return patch }
    guard let text = try adaptedPatch(namesBlobs: false) else { return nil }
    let reread = PatchDocument(parsing: text, name: "the adapted patch").patches.first
    return patch.flatMap { reread?.titled(as: $0) } ?? reread
  }

  /// Names the blobs before and after in the outcomes of the files that change.
  fileprivate mutating func nameBlobs() throws {
    let changed = Dictionary(
      changes.map { ($0.path.description, $0) }, uniquingKeysWith: { $1 })
    for index in files.indices {
      let new = changed[files[index].path]
      let old = changed[files[index].oldPath ?? files[index].path] ?? new
      files[index].before = try old?.before?.blobID
      files[index].after = try new?.after?.blobID
    }
  }
}

extension ContinuousClock.Instant {
  /// The seconds since an earlier instant.
  func seconds(since start: Self) -> Double {
    let (seconds, attoseconds) = (self - start).components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}

extension PatchOutcome {
  /// Tries one patch on a tree.
  ///
  /// - Throws: what `SeriesSession.apply(_:observer:)` throws.
  public init(
    of patch: Patch, on tree: any KernelTree, _ options: ApplyOptions,
    base: (any KernelTree)? = nil
  ) throws {
    try self.init(of: patch, on: tree, options, base: base, index: nil)
  }

  /// Tries one patch on a tree with an index of the tree's names.
  ///
  /// - Throws: what `SeriesSession.apply(_:observer:)` throws.
  package init(
    of patch: Patch, on tree: any KernelTree, _ options: ApplyOptions,
    base: (any KernelTree)? = nil, index: SymbolIndex?
  ) throws {
    let session = SeriesSession(on: tree, base: base)
    session.index = index
    let outcome = try session.apply(PatchQueue(patch, options: options))
    guard let own = outcome.patches.first else { throw Defect("a patch was not tried") }
    self = own
  }
}
