// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host

/// The parts of patches that the user leaves out, on every command that adapts patches.
struct LeaveOutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Apply the patch without this file's part; can be repeated.", valueName: "path"))
  var leaveOut: [String] = []

  /// The files as paths of the tree.
  var paths: [[UInt8]] { leaveOut.map { Array($0.utf8) } }

  /// Shows which options apply a refused patch without the files that the tree has nothing like.
  static func hint(_ refused: PatchOutcome?) {
    let missing = refused?.unknownFiles ?? []
    if missing.isEmpty { return }
    let options = missing.map { " --leave-out \(Shell.quoted($0))" }.joined()
    Console.error(
      "\(.hint, "hint:") to apply the patch without what is missing, add\(options)\n")
  }
}
