// SPDX-License-Identifier: GPL-2.0-only

/// `struct iov_iter` over a caller's segments: what of them is left to be written.
package final class IOVIter: @unchecked Sendable {
  // One thread, as with the kernel.

  /// `struct iovec`.
  package struct Segment: Sendable, Hashable {
    /// `iov_base`: its address in memory.
    package var base: UInt64
    /// `iov_len`, in bytes.
    package var length: UInt64

    /// Makes one.
    package init(base: UInt64, length: UInt64) {
      self.base = base
      self.length = length
    }
  }

  /// The segments; `advance` takes what was written off the front.
  package private(set) var segments: [Segment]
  /// `iov_iter_count`: the bytes that are left.
  package private(set) var count: UInt64
  /// Makes one with everything left.
  package init(_ segments: [Segment]) {
    self.segments = segments
    count = segments.reduce(0) { $0 &+ $1.length }
  }

  /// `iov_iter_alignment` of lib/iov_iter.c: the addresses and the lengths of all segments that are not empty,
  /// or-ed.
  package var alignment: UInt64 {
    var result: UInt64 = 0
    var left = count
    for segment in segments where segment.length != 0 {
      let length = min(segment.length, left)
      result |= segment.base | length
      left -= length
      if left == 0 { break }
    }
    return result
  }

  /// `iov_iter_truncate`: leaves no more than a number of bytes.
  package func truncate(to bytes: UInt64) { count = min(count, bytes) }

  /// `iov_iter_advance`: takes bytes off the front, as many as there are.
  package func advance(by bytes: UInt64) {
    var rest = min(bytes, count)
    count -= rest
    while rest > 0, let first = segments.first {
      let own = min(rest, first.length)
      rest -= own
      if own == first.length {
        segments.removeFirst()
      } else {
        segments[0].base &+= own
        segments[0].length -= own
      }
    }
  }

  /// Takes off what a write returned: bytes, or everything for one that is on its way.
  func consume(_ result: Int64) {
    if result > 0 {
      advance(by: UInt64(result))
    } else if result == KernelError.eiocbqueued {
      advance(by: count)
    }
  }
}
