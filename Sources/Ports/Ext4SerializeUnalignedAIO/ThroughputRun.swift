// SPDX-License-Identifier: GPL-2.0-only

/// The workload of the commit message as a discrete-event run: a guest writes blocks through direct AIO
/// into a sparse or preallocated image, with its partition at sector 63 or at sector 64.
///
/// Time is what the disk and the queue take; the processor costs nothing. The rules are those of
/// ext4_file_write after the patch: an unaligned write waits for the hashed mutex and for every
/// conversion under way, and then holds up the next one until it is submitted.
package struct ThroughputRun: Sendable, Hashable {
  /// The first sector of the partition: 63 is off the blocks, 64 is on them.
  package var firstSector: Int
  /// The size of a write and of a block, in bytes.
  package var blocksize: Int
  /// How many writes there are.
  package var writes: Int
  /// The disk and its queue.
  package var workload: DiskWorkload

  /// Makes a run; by default of 4000 writes of 4 KiB.
  package init(
    firstSector: Int, blocksize: Int = 4096, writes: Int = 4000,
    workload: DiskWorkload = DiskWorkload()
  ) {
    self.firstSector = firstSector
    self.blocksize = blocksize
    self.writes = writes
    self.workload = workload
  }

  /// When each write was done, in microseconds from the start, in order of completion.
  package func completions() -> [Int] {
    let isUnaligned = firstSector * 512 % blocksize != 0
    // When each channel of the disk and each slot of the queue is free again.
    var disk = [Int](repeating: 0, count: max(1, workload.channels))
    var queue = [Int](repeating: 0, count: max(1, workload.depth))
    var worker = 0
    var lastConverted = 0
    var done: [Int] = []
    for _ in 0..<writes {
      guard let slot = queue.indices.min(by: { queue[$0] < queue[$1] }),
        let channel = disk.indices.min(by: { disk[$0] < disk[$1] })
      else { break }
      var start = queue[slot]
      // Serialised: not before everything that is to be converted is.
      if isUnaligned, !workload.isWritten { start = max(start, lastConverted) }
      let begin = max(start, disk[channel])
      var end = begin + workload.latency
      disk[channel] = end
      if !workload.isWritten {
        worker = max(worker, end) + workload.conversion
        end = worker
        if isUnaligned { lastConverted = max(lastConverted, end) }
      }
      queue[slot] = end
      done.append(end)
    }
    return done.sorted()
  }

  /// How long all of it takes, in microseconds.
  package var duration: Int { completions().last ?? 0 }
}

extension ThroughputModel {
  /// A guest whose partition starts at sector 63, compared with one at sector 64.
  static let unalignedPartition = ThroughputModel(
    "a guest's partition at sector 63, compared with one at sector 64"
  ) { workload in
    [63, 64].map { sector in
      let run = ThroughputRun(firstSector: sector, workload: workload)
      return Run(label: "sector \(sector)", writes: run.writes, duration: run.duration)
    }
  }
}
