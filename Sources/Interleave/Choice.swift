// SPDX-License-Identifier: GPL-2.0-only

/// Chooses the next task of a sampled execution.
protocol Choice {
  /// A new execution starts.
  mutating func begin()
  /// One of the tasks that can continue.
  mutating func next(_ enabled: UInt64, step: Int) -> TaskID
}

/// Random numbers that a seed makes the same again (SplitMix64, Steele and others, OOPSLA 2014).
package struct SampleRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts with a seed.
  package init(seed: UInt64) { state = seed }

  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Any of them, each as likely as the others.
struct RandomChoice: Choice {
  private var random: SampleRandom

  init(seed: UInt64) { random = SampleRandom(seed: seed) }

  mutating func begin() {}

  mutating func next(_ enabled: UInt64, step: Int) -> TaskID {
    var left = enabled
    for _ in 0..<Int.random(in: 0..<enabled.nonzeroBitCount, using: &random) { left &= left - 1 }
    return TaskID(left.trailingZeroBitCount)
  }
}

/// The one with the highest priority; at a few random steps the highest becomes the lowest.
struct PriorityChoice: Choice {
  private var random: SampleRandom
  private let depth: Int
  private let steps: Int
  private var priorities: [Int: Int] = [:]
  private var changes: Set<Int> = []
  private var lowest = 0

  init(seed: UInt64, depth: Int, steps: Int) {
    random = SampleRandom(seed: seed)
    self.depth = depth
    self.steps = max(1, steps)
  }

  mutating func begin() {
    priorities = [:]
    lowest = 0
    changes = []
    for _ in 0..<max(0, depth - 1) { changes.insert(Int.random(in: 0..<steps, using: &random)) }
  }

  mutating func next(_ enabled: UInt64, step: Int) -> TaskID {
    var best: (task: Int, priority: Int)?
    var left = enabled
    while left != 0 {
      let task = left.trailingZeroBitCount
      left &= left - 1
      let priority = priorities[task] ?? Int.random(in: 1...(1 << 40), using: &random)
      priorities[task] = priority
      if best.map({ priority > $0.priority }) ?? true { best = (task, priority) }
    }
    let task = best?.task ?? 0
    if changes.contains(step) {
      lowest -= 1
      priorities[task] = lowest
    }
    return TaskID(task)
  }
}
