// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
internal import Host

/// The launcher that confines the C of patches with Landlock and seccomp: inside of the system's namespaces, or
/// alone where there are none.
///
/// It is a program of its own, in C: what it forbids has to hold before the first instruction of the program
/// that it starts. It is compiled when it is needed first, from the text that patchkit brings along.
actor CLauncher {
  static let shared = CLauncher()

  /// The making of it: while it is compiled, others ask for it.
  private var making: Task<String?, Never>?

  /// Makes the launcher, once.
  ///
  /// - Parameter compiler: the compiler's name or path.
  /// - Returns: why it cannot be used, as one sentence; nil where it confines.
  func prepare(with compiler: String) async -> String? {
    if Confinement.isTrusted { return nil }
    let task = making ?? Task { await Self.make(with: compiler) }
    making = task
    return await task.value
  }

  private static func make(with compiler: String) async -> String? {
    do {
      let folder = try ScratchFolder(isOpen: true)
      try folder.write(EmbeddedFile.content(of: "confine.c"), to: "confine.c")
      // The compiler's own files are in the folder, too, and are removed with it when it is killed.
      let made = try await SystemProgram(
        [compiler, "-O1", "-w", "-o", "confine", "confine.c"], in: folder.path,
        .inherited(adding: ["TMPDIR": folder.path])
      ).run(errors: 1 << 16)
      return made.status.isSuccess
        ? Confinement.useLauncher("\(folder.path)/confine", in: folder)
        : "'\(compiler)' cannot compile the launcher for Landlock"
    } catch {
      return "'\(compiler)' cannot be run: \(error)"
    }
  }
}
