// SPDX-License-Identifier: GPL-2.0-only

/// The id that a linker makes of all that a program is made of, and writes into it as a note (`--build-id`).
///
/// Programs with the same id were linked from the same input. It is found without reading the whole program, which may
/// have a hundred megabytes.
package enum BuildID {
  /// A program header that leads to notes (ELF-64, `PT_NOTE`).
  private static let notes = 4
  /// The kind of note that is the id (`NT_GNU_BUILD_ID`).
  private static let kind = 3

  /// The id in a program's bytes; nil where there is none, and for anything but a 64-bit ELF file of this byte order.
  package static func find(in bytes: UnsafeRawBufferPointer) -> [UInt8]? {
    /// An unsigned number of some bytes; nil outside of the file.
    func number(_ offset: Int, _ count: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - count else { return nil }
      var value: UInt64 = 0
      for index in 0..<count { value |= UInt64(unsafe bytes[offset + index]) << UInt64(8 * index) }
      return Int(exactly: value)
    }
    // The first bytes, 64 bits, the lowest byte first.
    guard bytes.count > 64, unsafe bytes.prefix(6).elementsEqual([0x7F, 0x45, 0x4C, 0x46, 2, 1]),
      let table = number(32, 8), let size = number(54, 2), let count = number(56, 2),
      table <= bytes.count
    else { return nil }
    for index in 0..<count {
      let header = table + index * size
      guard let type = number(header, 4), let start = number(header + 8, 8),
        let length = number(header + 32, 8), start <= bytes.count, length <= bytes.count - start
      else { return nil }
      guard type == notes else { continue }
      var note = start
      while note < start + length, let name = number(note, 4), let size = number(note + 4, 4),
        let type = number(note + 8, 4)
      {
        // Each part is filled up to a multiple of four.
        let id = note + 12 + (name + 3) & ~3
        guard id <= bytes.count, size <= bytes.count - id else { return nil }
        if type == kind, name == 4, size > 0,
          unsafe bytes[(note + 12)..<(note + 16)].elementsEqual([0x47, 0x4E, 0x55, 0])
        {
          return unsafe Array(bytes[id..<(id + size)])
        }
        note = id + (size + 3) & ~3
      }
    }
    return nil
  }
}
