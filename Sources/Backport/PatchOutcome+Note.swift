// SPDX-License-Identifier: GPL-2.0-only

extension PatchOutcome {
  /// Whether more than line numbers was changed for the tree.
  public var isAdapted: Bool { !adaptedFiles.isEmpty }

  /// What was changed for the tree, in a few words for a person to edit; nil where nothing was.
  public var adaptationNote: String? {
    let parts = adaptedFiles.map { file in
      let what = file.verdict == .relocated ? "moved to" : "adjusted context in"
      return "\(what) \(file.newPath ?? file.oldPath ?? "")"
    }
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  private var adaptedFiles: [FileOutcome] {
    files.filter { file in
      ([file.verdict] + file.hunks.map(\.verdict)).contains { ![.exact, .offset].contains($0) }
    }
  }
}
