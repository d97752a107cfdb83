// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser

/// The parts of patches that the user leaves out, on every command that adapts patches.
struct LeaveOutOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Apply the patch without this file's part; can be repeated.", valueName: "path"))
  var leaveOut: [String] = []

  /// The files as paths of the tree.
  var paths: [[UInt8]] { leaveOut.map { Array($0.utf8) } }
}
