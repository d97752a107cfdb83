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
  /// How many are asked for at once.
  package var depth: Int
  /// How many the disk works on at once.
  package var channels: Int
  /// How long the disk takes for one, in microseconds.
  package var latency: Int
  /// How long the conversion of an extent takes, in microseconds.
  package var conversion: Int
  /// Whether the blocks are written already: then there is nothing to convert.
  package var isWritten: Bool

  /// Makes a run; by default of 4 KiB writes, 16 at once, on a disk that works on 8.
  package init(
    firstSector: Int, blocksize: Int = 4096, writes: Int = 4000, depth: Int = 16, channels: Int = 8,
    latency: Int = 400, conversion: Int = 50, isWritten: Bool = false
  ) {
    self.firstSector = firstSector
    self.blocksize = blocksize
    self.writes = writes
    self.depth = depth
    self.channels = channels
    self.latency = latency
    self.conversion = conversion
    self.isWritten = isWritten
  }

  /// When each write was done, in microseconds from the start, in order of completion.
  package func completions() -> [Int] {
    let isUnaligned = firstSector * 512 % blocksize != 0
    // When each channel of the disk and each slot of the queue is free again.
    var disk = [Int](repeating: 0, count: max(1, channels))
    var queue = [Int](repeating: 0, count: max(1, depth))
    var worker = 0
    var lastConverted = 0
    var done: [Int] = []
    for _ in 0..<writes {
      guard let slot = queue.indices.min(by: { queue[$0] < queue[$1] }),
        let channel = disk.indices.min(by: { disk[$0] < disk[$1] })
      else { break }
      var start = queue[slot]
      // Serialised: not before everything that is to be converted is.
      if isUnaligned, !isWritten { start = max(start, lastConverted) }
      let begin = max(start, disk[channel])
      var end = begin + latency
      disk[channel] = end
      if !isWritten {
        worker = max(worker, end) + conversion
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
