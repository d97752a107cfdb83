// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
internal import Host
internal import Subprocess
internal import SystemPackage

/// The launcher that confines the C of patches with Landlock and seccomp: inside of the system's namespaces, or
/// alone where there are none.
///
/// It is a program of its own, in C: what it forbids has to hold before the first instruction of the program
/// that it starts. It is compiled when it is needed first, from the text that patchkit brings along.
actor CLauncher {
  static let shared = CLauncher()

  /// Why it cannot be used, once that was tried.
  private var lack: String?

  /// Makes the launcher, once.
  ///
  /// - Parameter compiler: the compiler's name or path.
  /// - Returns: why it cannot be used, as one sentence; nil where it confines.
  func prepare(with compiler: String) async -> String? {
    guard lack == nil, Confinement.needsLauncher, !Confinement.isTrusted else { return lack }
    do {
      let folder = try ScratchFolder(isOpen: true)
      try folder.write(EmbeddedFile.content(of: "confine.c"), to: "confine.c")
      let made = try await Subprocess.run(
        .word(compiler), arguments: ["-O1", "-w", "-o", "confine", "confine.c"],
        workingDirectory: FilePath(folder.path), output: .discarded, error: .string(limit: 1 << 16))
      lack =
        made.terminationStatus.isSuccess
        ? Confinement.useLauncher("\(folder.path)/confine", in: folder)
        : "'\(compiler)' cannot compile the launcher for Landlock"
    } catch {
      lack = "'\(compiler)' cannot be run: \(error)"
    }
    return lack
  }
}
