// SPDX-License-Identifier: GPL-2.0-only

extension ApplyReport {
  /// The report for programs: a line a patch, file and hunk, its fields apart by tabs.
  ///
  /// `result RESULT`, then for each patch `patch VERDICT SUBJECT`, for each of its files `file VERDICT CHANGE
  /// PATH`, for each of the hunks `hunk VERDICT NUMBER LINE`, where LINE is its line, or `-`. With `--build`,
  /// `build RESULT` follows, for each part `object BEFORE AFTER NAME`, and for touched lines that the
  /// compiler did not see `uncompiled CAUSE FIRST LAST PATH`. New kinds of
  /// lines, and new fields at the ends, can be added; none of these changes.
  ///
  /// - Parameter endsWithNUL: whether lines end with a NUL and texts are as they are; else control
  ///   characters are made visible.
  package func porcelain(endsWithNUL: Bool) -> [UInt8] {
    func text(_ text: String) -> String {
      endsWithNUL ? text : VisibleText.escaped(text)
    }
    var lines = ["result\t\(result.rawValue)"]
    for patch in patches {
      lines.append("patch\t\(patch.verdict.rawValue)\t\(text(patch.subject))")
      for file in patch.files {
        lines.append(
          "file\t\(file.verdict.rawValue)\t\(file.change)\t\(text(file.path))"
        )
        for (index, hunk) in file.hunks.enumerated() {
          lines.append(
            "hunk\t\(hunk.verdict.rawValue)\t\(index + 1)\t\(hunk.line.map { "\($0)" } ?? "-")")
        }
      }
      guard let build = patch.build else { continue }
      lines.append("build\t\(build.result.rawValue)")
      for part in build.parts {
        lines.append(
          "object\t\(part.before.rawValue)\t\(part.after.rawValue)\t\(text(part.name))")
      }
      for region in build.uncompiled {
        lines.append(
          "uncompiled\t\(region.cause.rawValue)\t\(region.first)\t\(region.last)\t\(text(region.path))"
        )
      }
    }
    return lines.flatMap { Array($0.utf8) + [endsWithNUL ? 0 : 0x0A] }
  }
}
