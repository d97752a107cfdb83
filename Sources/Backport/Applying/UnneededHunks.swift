// SPDX-License-Identifier: GPL-2.0-only

internal import PatchFormat
internal import TextAlign

/// Hunks that a tree does not need: the file has no function of the name that the hunk changes, and each line
/// that the hunk removes names a function, a field or a constant that occurs nowhere in the file but where other
/// hunks of the patch change it.
///
/// A hunk that only adds lines shows nothing of what it is for, so it is never one of them.
enum UnneededHunks {
  /// Whether a hunk has no position: none fits, or several fit what is left of its text.
  static func isOpen(_ verdict: Verdict) -> Bool { verdict == .conflict || verdict == .ambiguous }

  /// The hunks without a position that are not needed, by their indices, each with the function.
  static func found(in file: FilePatch, _ outcomes: [HunkOutcome], on target: LineTable) -> [Int:
    [UInt8]]
  {
    let text = TargetText(target)
    let edited = Set(outcomes.flatMap { $0.edits ?? [] }.flatMap(\.range))
    // The names of what the patch leaves as it is; read when a hunk has no function here.
    lazy var rest = Set(
      text.index.lines.enumerated().filter { !edited.contains($0.offset) }
        .flatMap { NameMap.names(in: $0.element) })
    var unneeded: [Int: [UInt8]] = [:]
    for (index, hunk) in file.hunks.enumerated() where Self.isOpen(outcomes[index].verdict) {
      let image = LineTable(hunk.image(.removed).flatMap { hunk.content(of: $0) + [0x0A] })
      guard let name = FunctionName(hunk.section), hunk.section.contains(UInt8(ascii: "(")),
        !text.holds(name: name.bytes[...]),
        !(0..<image.count).contains(where: { image.isHeading($0) })
      else { continue }
      let removed = hunk.lines.filter { $0.kind == .removed }
        .map { LineText(Array(hunk.content(of: $0))) }.filter(\.saysSomething)
      let isNowhere = removed.allSatisfy { line in
        NameMap.tellingNames(in: line).contains { !rest.contains($0) }
      }
      if !removed.isEmpty, isNowhere { unneeded[index] = name.bytes }
    }
    return unneeded
  }
}
