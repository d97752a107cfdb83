// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import PatchFormat

/// What stays the same about a patch wherever it is applied: its changed lines without white space and
/// line numbers, as in `git patch-id --stable`.
package struct PatchIdentity: Sendable, Hashable {
  /// Forty hex digits; not the ones that git prints.
  package let text: String

  /// Takes the digits of an identity.
  init(text: String) { self.text = text }

  /// Takes the file patches of a patch; nil where none changes a line.
  package init?(_ files: [FilePatch]) {
    var parts: [[UInt8]] = []
    for file in files {
      guard let paths = file.paths(strip: file.usualStrip) else { continue }
      var part = (paths.old ?? []) + [0] + (paths.new ?? []) + [0]
      var isEmpty = true
      for hunk in file.hunks {
        for line in hunk.lines where line.kind != .noNewlineMarker {
          part.append(line.kind.rawValue)
          part += hunk.content(of: line).filter { $0 > 0x20 }
          part.append(0x0A)
          if line.kind != .context { isEmpty = false }
        }
      }
      if !isEmpty { parts.append(part) }
    }
    if parts.isEmpty { return nil }
    // Independent of the order of the files. A large patch may be of one.
    if parts.count > 1 { parts.sort { $0.lexicographicallyPrecedes($1) } }
    var whole = parts[0]
    whole.append(0)
    for part in parts.dropFirst() {
      whole += part
      whole.append(0)
    }
    guard let id = try? ObjectID.ofBlob(whole) else { return nil }
    text = id.description
  }
}
