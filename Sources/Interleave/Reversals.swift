// SPDX-License-Identifier: GPL-2.0-only

/// Which races of an execution have to be reversed.
///
/// For a step r without a condition this is the paper's reversible race (Source Sets, definition 3.3):
/// e races with r where they conflict and nothing between them orders them, and v = notdep(e, E).r.
///
/// The paper assumes that no task disables another. Here a step with a condition can be disabled, so
/// that the step which comes right before r in the happens-before order need not be the one to
/// reverse, and notdep(e, E) may hold steps that disable r. So for such a step every conflicting e that did
/// not happen before r's task came to r is taken; and of the steps that conflict with r and are in
/// notdep(e, E), every subset K that is closed under happens-before: v = (the part of notdep(e, E) in
/// which no other step conflicts with r).r, wherever r is enabled after it. Whether it is depends only on
/// the steps that conflict with r, so it is known from the execution or found by running it once (a
/// probe), and remembered.
struct Reversals {
  /// A race, and how it is reversed.
  struct Reversal {
    /// The step e that comes after r in the reversal.
    var rival: Int
    /// The steps that conflict with r and are left out together with all that happened after them.
    var excluded: [Int]
  }

  /// Whether r is enabled after a sequence.
  struct Question {
    /// The sequence starts with all that came before this step.
    var rival: Int
    /// The tasks of the steps that follow.
    var tasks: [Int]
    /// Whether the execution itself came through a state that answers it: right before the rival.
    var isObserved: Bool
  }

  private var found: [[Reversal]?] = []
  private var answers: [Fingerprint: Bool] = [:]
  /// How many probes were run.
  private(set) var probes = 0

  /// What was found for an event, as long as the events before it are the same.
  func known(_ index: Int) -> [Reversal]? { index < found.count ? found[index] : nil }

  mutating func keep(_ reversals: [Reversal], _ index: Int) {
    while found.count <= index { found.append(nil) }
    found[index] = reversals
  }

  mutating func truncate(to count: Int) {
    if found.count > count { found.removeLast(found.count - count) }
  }

  /// The races of a step that was made as the event `end`, or that a blocked task would make after all
  /// events.
  mutating func find(
    _ event: HappensBefore.Event, at end: Int, _ past: inout HappensBefore,
    _ probe: (Question) -> Bool
  ) -> [Reversal] {
    let rivals = past.rivals(of: event, before: end)
    if rivals.isEmpty { return [] }
    guard event.footprint.isConditional, past.mutant != .ignoresDisabling else {
      var races = rivals.filter { rival in
        !rivals.contains { $0 > rival && past.isBefore(rival, $0) }
      }
      if past.mutant == .skipsRace { races = Array(races.dropLast()) }
      return races.map { Reversal(rival: $0, excluded: []) }
    }
    var reversals: [Reversal] = []
    for rival in candidates(rivals, event, past) {
      let free = rivals.filter { $0 > rival && !past.isBefore(rival, $0) }
      let before = rivals.filter { $0 < rival }
      forEachClosedSubset(of: free, past) { included, excluded in
        if isEnabled(event, rival, before, included, &past, probe) {
          reversals.append(Reversal(rival: rival, excluded: excluded))
        }
      }
    }
    if past.mutant == .skipsRace { reversals = Array(reversals.dropLast()) }
    return reversals
  }

  /// The steps that may have disabled a step with a condition.
  ///
  /// A step that takes a lock is disabled by the last step that took it, or by one after that which is
  /// not a lock operation; a release never disables it.
  private func candidates(
    _ rivals: [Int], _ event: HappensBefore.Event, _ past: HappensBefore
  ) -> [Int] {
    guard event.footprint.isAcquire else { return rivals }
    let last = rivals.last { past.events[$0].footprint.isAcquire } ?? 0
    return rivals.filter { $0 >= last && !past.events[$0].footprint.onlyReleases(event.footprint) }
  }

  /// Calls a closure with every subset that holds what happened before its members, and with its
  /// complement.
  private func forEachClosedSubset(
    of events: [Int], _ past: HappensBefore, _ body: (_ included: [Int], _ excluded: [Int]) -> Void
  ) {
    func choose(_ index: Int, _ included: [Int], _ excluded: [Int]) {
      if index == events.count { return body(included, excluded) }
      let event = events[index]
      if !excluded.contains(where: { past.isBefore($0, event) }) {
        choose(index + 1, included + [event], excluded)
      }
      choose(index + 1, included, excluded + [event])
    }
    choose(0, [], [])
  }

  private mutating func isEnabled(
    _ event: HappensBefore.Event, _ rival: Int, _ before: [Int], _ included: [Int],
    _ past: inout HappensBefore, _ probe: (Question) -> Bool
  ) -> Bool {
    if included.isEmpty {
      if event.previous < rival {
        return probe(Question(rival: rival, tasks: [], isObserved: true))
      }
      // The lock was free when the rival took it.
      if event.footprint.isAcquire, past.events[rival].footprint.isAcquire { return true }
    }
    var key = Fingerprint()
    key.add(event.task)
    key.add(Int(event.number))
    key.add(past.hash(of: event.previous))
    var conflicting = Fingerprint()
    for other in before + included { conflicting.merge(past.hash(of: other)) }
    key.add(conflicting)
    if let known = answers[key] { return known }
    probes += 1
    let tasks = ((rival + 1)..<max(rival + 1, past.count)).filter { index in
      past.isBefore(index, event.previous) || included.contains { past.isBefore(index, $0) }
    }.map { past.events[$0].task }
    let answer = probe(Question(rival: rival, tasks: tasks, isObserved: false))
    answers[key] = answer
    return answer
  }
}
