// SPDX-License-Identifier: GPL-2.0-only

internal import Git
internal import Host
internal import PatchFormat

extension PatchTrial {
  /// The file patches whose binary data is damaged, by their numbers in the patch.
  ///
  /// Checked before libgit2 gets it: version 1.5 unpacks some damaged data for ever, lets sizes
  /// of deltas overflow, and allocates whatever size a few bytes of deflated data or of a delta
  /// declare.
  ///
  /// - Throws: `PatchkitError` where all of it unpacks to more than the limit.
  func damagedData(of tasks: [FileTask]) throws(PatchkitError) -> Set<Int> {
    let most = options.limits[.unpackedSize]
    var size = 0
    var damaged: Set<Int> = []
    for task in tasks {
      for block in [task.file.binary?.forward, task.file.binary?.reverse].compactMap(\.self) {
        // What a header says is checked before room is made for it.
        size = size.addingReportingOverflow(block.size).partialValue
        if (0...most).contains(size) {
          if let made = block.deltaSize {
            size = size.addingReportingOverflow(made).partialValue
          } else {
            damaged.insert(task.index)
          }
        }
        guard !(0...most).contains(size) else { continue }
        throw PatchkitError.patch(
          input: patch.input, location: patch.location(task.file.header.lowerBound),
          message: "the binary data of the patch unpacks to more than \(most) bytes",
          hint: InputLimits.hint(.unpackedSize))
      }
    }
    return damaged
  }

  /// Why the data of a file patch can be used for no file; nil where it can.
  func unusable(_ task: FileTask) -> Reason? {
    if task.file.isBinaryWithoutData { return .binaryWithoutData }
    return damagedData.contains(task.index) ? .binaryDamaged : nil
  }
}

extension BinaryPatch.Block {
  /// How much a delta makes besides its own data, 0 for a whole file; nil if the data is damaged.
  fileprivate var deltaSize: Int? {
    guard let data = compressed else { return nil }
    return method == .delta
      ? CompressedData.deltaSize(data, size: size)
      : CompressedData.unpacked(data, size: size) == nil ? nil : 0
  }
}
