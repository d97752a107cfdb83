// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import Ledger
import TreeBuild

/// Whether and how patches that apply are compiled before they are accepted.
struct BuildOptions: ParsableArguments {
  @Option(
    name: .customLong("build"),
    help: ArgumentHelp(
      "Run this build command in a copy of the tree, before and after each patch, and refuse a patch that breaks the "
        + "build. {objects} and {files} are the object and source files that the patch touches.",
      valueName: "command"))
  var command: String?

  @Flag(
    name: .customLong("build-manifest"),
    help: "Like --build, with the 'build' command of the tree in the folder's patch.yaml.")
  var usesManifest = false

  @Option(
    name: .customLong("build-limit"),
    help: ArgumentHelp("Stop each build after this many seconds.", valueName: "n"))
  var limit = 600

  @Flag(
    name: .customLong("trust-c"),
    help: "Run build commands even if they cannot be confined.")
  var trustsC = false

  func validate() throws {
    if limit < 1 { throw ValidationError("--build-limit takes 1 or more.") }
    if command != nil, usesManifest {
      throw ValidationError("--build and --build-manifest contradict each other.")
    }
    if let command, command.allSatisfy(\.isWhitespace) {
      throw ValidationError("--build needs a command, such as --build 'make {objects}'.")
    }
    if trustsC, !isAsked {
      throw ValidationError("--trust-c needs --build or --build-manifest.")
    }
  }

  /// Whether anything is built.
  var isAsked: Bool { command != nil || usesManifest }

  /// Prepares the process for foreign code.
  func prepare() {
    guard isAsked else { return }
    if trustsC { Confinement.trustForeignCode() }
    Console.noteConfinement()
    // The copies of the trees are to be removed.
    Interruption.prepare()
  }

  /// What builds the patches on a tree; nil where nothing is built.
  ///
  /// - Throws: `PatchkitError` where there is no confinement, or no command in the manifest.
  func build(of tree: any KernelTree, _ landing: LandingOptions) throws -> PatchBuild? {
    guard let line = try command ?? manifestCommand(landing) else { return nil }
    return try PatchBuild(BuildCommand(line, seconds: limit), of: tree)
  }

  /// The command that the manifest of the patches' folder has for the tree.
  private func manifestCommand(_ landing: LandingOptions) throws -> String? {
    guard usesManifest else { return nil }
    guard landing.patches.count == 1, let path = landing.patches.first else {
      throw ValidationError("--build-manifest takes one folder of patches.")
    }
    let folder = try PatchFolder(path)
    let tree = try folder.tree(at: landing.onto)
    guard let line = tree.build else {
      throw PatchkitError(
        .badInput, path: folder.manifestPath, "has no 'build' for the tree '\(tree.name)'",
        hint: "add 'build: make {objects}' to the tree, or use --build 'make {objects}'")
    }
    return line
  }
}

extension PatchBuild {
  /// Checks each patch of a session as it becomes known.
  var observer: SeriesSession.Observer {
    { _, patch, _ in try self.check(&patch) }
  }
}
