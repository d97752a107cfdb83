// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import Host
internal import KernelTree
internal import PatchFormat
internal import Symbols
internal import TextAlign

/// The stage after the strict apply: reads the file that a file patch makes as C, and finds what is
/// doubtful in it.
struct ResultStage {
  /// The file patch as it applies to the file.
  var ready: FilePatch
  let path: TreePath
  let before: [UInt8]
  let patch: PatchNames
  let index: SymbolIndex
  /// The C files that earlier patches changed.
  let changed: () -> [ChangedText]
  /// Whether the shape of the result is looked at, too.
  var readsShape: Bool
  /// The file that the patch was made for, where it is at hand.
  var base: BaseFile?

  /// Whether a path is that of a C file.
  static func reads(_ path: TreePath) -> Bool {
    let name = path.description
    return name.hasSuffix(".c") || name.hasSuffix(".h")
  }

  /// What is doubtful in a result, and what only calls for a warning, each with the line of the file before where it is.
  func doubts(in after: [UInt8]) throws(PatchkitError) -> [(doubt: ResultDoubt, line: Int)] {
    var added: Set<Int> = []
    var origins: [Int: Int] = [:]
    for hunk in ready.hunks {
      var (old, new) = (hunk.oldStart, hunk.newStart)
      for line in hunk.lines {
        switch line.kind {
        case .context: (old, new) = (old + 1, new + 1)
        case .removed: old += 1
        case .added:
          added.insert(new)
          origins[new] = old
          new += 1
        case .noNewlineMarker: break
        }
      }
    }
    let check = ResultCheck(
      path, before: before, after: after, added: added, patch: patch, index: index,
      readsShape: readsShape, changed: changed)
    var doubts = try check.doubts()
    if let base { doubts += try check.differences(from: base) }
    return doubts.map { doubt in
      // A line that was there before is near the next one that was added.
      let near =
        origins[doubt.line]
        ?? origins.min {
          abs($0.key - doubt.line) < abs($1.key - doubt.line)
        }?.value
      return (doubt, near ?? doubt.line)
    }
  }

  /// The file patch with the target's names in its added lines; nil where none is learned.
  func renamed(
    _ unknown: Set<String>, from base: LineTable
  ) -> (file: FilePatch, names: LearnedNames)? {
    let target = TargetText(LineTable(before), preImage: base)
    guard let preImage = target.preImage else { return nil }
    let names = LearnedNames(unknown, from: preImage, in: target)
    if names.isEmpty { return nil }
    let edits = ready.hunks.map { hunk in
      let text = HunkText(hunk, number: 0)
      let known = Set(text.base.map(\.bytes))
      let start = hunk.oldCount == 0 ? hunk.oldStart : hunk.oldStart - 1
      return LineEdit(
        start..<(start + hunk.oldCount),
        text.result.map { known.contains($0.bytes) ? $0 : names.applied(to: $0) })
    }
    var file = ready
    file.hunks = AdaptedHunks.hunks(of: edits, in: target)
    return (file, names)
  }

  /// The names that a patch adds and declares, and the headers that it makes.
  static func names(of files: [FilePatch]) -> PatchNames {
    var names: Set<String> = []
    var words: Set<UInt32> = []
    for file in files {
      if file.change != .modify, file.change != .delete,
        let path = file.paths(strip: 1)?.new, path.suffix(2).elementsEqual(".h".utf8)
      {
        // Whatever the folder that it is included from.
        var parts = String(decoding: path, as: UTF8.self).split(separator: "/" as Character)[...]
        while !parts.isEmpty {
          names.insert(parts.joined(separator: "/"))
          parts = parts.dropFirst()
        }
      }
      for hunk in file.hunks where hunk.addedCount > 0 {
        var text: [UInt8] = []
        var added: Set<Int> = []
        for (number, line) in hunk.image(.added).enumerated() {
          text += hunk.content(of: line) + [0x0A]
          if line.kind == .added { added.insert(number + 1) }
        }
        let fragment = CText(text)
        for word in fragment.words
        where word.kind == .identifier && added.contains(Int(word.line)) {
          words.insert(NameSet.hash(text[word.range]))
        }
        // A function whose parameters change is declared in lines that may be context.
        names.formUnion(fragment.declared(in: fragment.words.indices))
        if let function = FunctionName(hunk.section) {
          names.insert(String(decoding: function.bytes, as: UTF8.self))
        }
        // A statement in the middle of a function looks like a prototype or a macro's call.
        for item in fragment.source.items
        where item.lines.contains(where: added.contains)
          && ![.prototype, .macroCall, .variable, .member].contains(item.kind)
        {
          names.insert(fragment.source.name(of: item))
        }
        names.formUnion(fragment.enumerators(on: added))
      }
    }
    return PatchNames(declared: names, words: words)
  }
}

/// The names in the added lines of a patch.
struct PatchNames: Sendable {
  /// Those that it declares or defines, and the headers that it makes.
  var declared: Set<String>
  /// The numbers of all of them in a `NameSet`.
  var words: Set<UInt32>
}
