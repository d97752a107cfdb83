// SPDX-License-Identifier: GPL-2.0-only

/// A step with the task that makes it, as it is compared with others.
struct TaskStep: Sendable, Codable {
  var task: Int
  var footprint: Footprint
}

/// The sequences that are still to be explored from one point of the search, as an ordered tree (Source
/// Sets, definition 6.1): a node for each step, whose children are explored in their order.
final class WakeupTree {
  let step: TaskStep?
  var children: [WakeupTree] = []

  /// Makes the root of an empty tree, or a node.
  init(_ step: TaskStep? = nil) { self.step = step }

  var isLeaf: Bool { children.isEmpty }

  /// Adds a sequence unless one that is there is explored before it and covers it: `insert` of Source
  /// Sets, section 6.2, lemma 6.2.
  ///
  /// Descends to the first child whose step is a weak initial of what is left of the sequence, and takes
  /// it out of the sequence. A leaf that is reached so is consistent with the sequence. Where no child
  /// is, what is left becomes the last branch.
  ///
  /// - Returns: whether the tree changed.
  func insert(_ sequence: [TaskStep], _ mutant: ReductionMutant?) -> Bool {
    var node = self
    var left = sequence
    var isRoot = true
    while !left.isEmpty {
      if node.isLeaf, !isRoot { return false }
      isRoot = false
      var next: WakeupTree?
      for child in node.children {
        guard let step = child.step else { continue }
        switch WeakInitial(step, of: left, mutant) {
        case .first(let index):
          left.remove(at: index)
          next = child
        case .independent: next = child
        case .no: continue
        }
        break
      }
      guard let next else {
        for step in left {
          let child = WakeupTree(step)
          node.children.append(child)
          node = child
        }
        return true
      }
      node = next
    }
    return false
  }
}

/// Whether a task's next step can come first in some extension of a sequence: the set WI of Source
/// Sets, definition 4.1.
enum WeakInitial {
  /// The step is in the sequence, at this index, and nothing before it there conflicts with it.
  case first(Int)
  /// The task makes no step in the sequence, and its step conflicts with none there.
  case independent
  /// The step is not a weak initial.
  case no

  init(_ step: TaskStep, of sequence: [TaskStep], _ mutant: ReductionMutant?) {
    for (index, other) in sequence.enumerated() {
      if other.task == step.task {
        self = .first(index)
        return
      }
      if other.footprint.conflicts(with: step.footprint, mutant) {
        self = .no
        return
      }
    }
    self = .independent
  }
}
