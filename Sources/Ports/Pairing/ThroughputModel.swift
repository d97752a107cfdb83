// SPDX-License-Identifier: GPL-2.0-only

/// A disk and a queue of writes, for a discrete-event run: time is what the disk and the completions
/// take; the processor costs nothing.
package struct DiskWorkload: Sendable, Hashable {
  /// How many writes are queued at once.
  package var depth: Int
  /// How many writes the disk works on at once.
  package var channels: Int
  /// How long the disk takes for one write, in microseconds.
  package var latency: Int
  /// How long the conversion of a written extent takes, in microseconds.
  package var conversion: Int
  /// Whether the blocks are written already, so that nothing is converted.
  package var isWritten: Bool

  /// Describes a workload; by default 16 writes at once, on a disk that works on 8.
  package init(
    depth: Int = 16, channels: Int = 8, latency: Int = 400, conversion: Int = 50,
    isWritten: Bool = false
  ) {
    self.depth = depth
    self.channels = channels
    self.latency = latency
    self.conversion = conversion
    self.isWritten = isWritten
  }
}

/// Two or more runs of a patch's workload whose times are compared.
package struct ThroughputModel: Sendable {
  /// One run.
  package struct Run: Sendable, Hashable {
    /// What distinguishes the run from the others, such as `sector 63`.
    package var label: String
    /// How many writes were made.
    package var writes: Int
    /// How long all of them took, in microseconds.
    package var duration: Int
  }

  /// What is compared, as one sentence without a full stop.
  package var summary: String
  /// Runs the workload: the slow run first, the one that it is compared with last.
  package var runs: @Sendable (DiskWorkload) -> [Run]

  /// Describes a model.
  package init(_ summary: String, runs: @escaping @Sendable (DiskWorkload) -> [Run]) {
    self.summary = summary
    self.runs = runs
  }
}
