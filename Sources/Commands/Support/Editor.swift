// SPDX-License-Identifier: GPL-2.0-only

import Host
import KernelTree

/// The user's editor: `GIT_EDITOR`, `core.editor` of the user's own configuration, `VISUAL`, `EDITOR`, or vi.
enum Editor {
  /// Editors that begin at a line that is given as `+LINE`.
  private static let takesLine: Set<String> = [
    "vi", "vim", "nvim", "view", "nano", "emacs", "emacsclient", "mg", "joe", "jed", "ne", "micro",
  ]

  private static func words() throws -> String {
    let isDumb = Terminal.isDumb || Machine.variable("TERM") == nil
    if let words = Machine.variable("GIT_EDITOR") { return words }
    if let set = try GitSettings.program(of: "core.editor")?.text, !set.isEmpty { return set }
    if !isDumb, let words = Machine.variable("VISUAL") { return words }
    return Machine.variable("EDITOR") ?? "vi"
  }

  /// Lets the user edit a text.
  ///
  /// - Parameters:
  ///   - name: the file's name, from which the editor knows its kind.
  ///   - line: the line to begin at, from 1.
  /// - Returns: the text as it was left.
  /// - Throws: `PatchkitError` where the editor cannot be started or says that it failed.
  static func edited(_ content: [UInt8], name: String, line: Int) throws -> [UInt8] {
    let words = try words()
    let folder = try ScratchFolder()
    let path = folder.path + "/" + (name.split(separator: "/").last.map(String.init) ?? "file")
    try OutputFile.write(content, to: path, refusing: KeptFiles.refuse)
    let program = words.split(separator: " ").first?.split(separator: "/").last.map(String.init)
    let lineArgument = takesLine.contains(program ?? "") ? ["+\(line)"] : []
    let code = Shell.runInFront(words, lineArgument + [path])
    guard let code, code == 0 else {
      throw PatchkitError(
        .system, "the editor '\(words)' \(code.map { "ended with \($0)" } ?? "cannot be started")",
        hint:
          "set GIT_EDITOR, core.editor, VISUAL or EDITOR to another editor; nothing was recorded")
    }
    return try InputFile.read(path)
  }
}
