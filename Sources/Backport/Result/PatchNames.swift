// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import PatchFormat
internal import Symbols
internal import TextAlign

/// The names in the added lines of a patch.
struct PatchNames: Sendable {
  /// Those that it declares or defines, and the headers that it makes.
  var declared: Set<String>
  /// The numbers of all of them in a `NameSet`.
  var words: Set<UInt32>

  /// The names that a patch adds and declares, and the headers that it makes.
  init(of files: [FilePatch]) {
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
        var number = 0
        // At once: the text of a long hunk would be copied at every growth.
        text.reserveCapacity(hunk.lines.byteCount)
        for line in hunk.lines where line.kind == .context || line.kind == .added {
          text += hunk.content(of: line)
          text.append(0x0A)
          number += 1
          if line.kind == .added { added.insert(number) }
        }
        let fragment = CText(text)
        for word in fragment.words
        where word.kind == .identifier && added.contains(Int(word.line)) {
          words.insert(NameSet.hash(text[word.range]))
        }
        // A function whose parameters change is declared in lines that may be context.
        let declared = fragment.declared(in: fragment.words.indices)
        // Those of a long hunk that is the only one are not copied.
        if names.isEmpty { names = declared } else { names.formUnion(declared) }
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
    (declared, self.words) = (names, words)
  }
}
