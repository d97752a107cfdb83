// SPDX-License-Identifier: GPL-2.0-only

extension [UInt8] {
  /// The text with LF for each CR LF; a CR elsewhere stays.
  package var withLineFeeds: [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(count)
    for (index, byte) in enumerated() {
      if byte == 0x0D, index + 1 < count, self[index + 1] == 0x0A { continue }
      output.append(byte)
    }
    return output
  }
}
