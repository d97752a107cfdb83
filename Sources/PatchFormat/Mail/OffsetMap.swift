// SPDX-License-Identifier: GPL-2.0-only

/// Takes offsets in a decoded text back to the encoded source they came from.
struct OffsetMap: Sendable {
  /// A stretch of decoded bytes that grew from the source at a steady ratio.
  struct Segment: Sendable {
    var decoded: Int
    var source: Int
    /// Decoded bytes for each `sourceUnit` bytes of the source: 1 and 1, or base64's 3 and 4.
    var decodedUnit: Int
    var sourceUnit: Int
  }

  private(set) var segments: [Segment] = []

  mutating func add(
    decoded: Int, source: Int, decodedUnit: Int = 1, sourceUnit: Int = 1
  ) {
    if let last = segments.last, last.decoded == decoded {
      segments.removeLast()
    } else if let last = segments.last, last.decodedUnit == 1, decodedUnit == 1,
      decoded - last.decoded == source - last.source
    {
      return
    }
    segments.append(
      Segment(decoded: decoded, source: source, decodedUnit: decodedUnit, sourceUnit: sourceUnit))
  }

  /// The source offset of a decoded one.
  func source(of decoded: Int) -> Int {
    var low = 0
    var high = segments.count
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].decoded <= decoded { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return decoded }
    let segment = segments[low - 1]
    let distance = (decoded - segment.decoded) / segment.decodedUnit * segment.sourceUnit
    return segment.source + distance
  }
}
