// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import KernelTree
internal import TreeBuild

/// The `build` and `run` commands of the manifests.
extension Verifier {
  /// A tree with commands, and the folder whose patches are built in it.
  struct Build {
    var unit: Int
    var tree: PatchManifest.Tree
  }

  func makeBuilds() -> [Build] {
    guard options.buildLimit != nil, options.isOn(.build) else { return [] }
    return units.indices.filter { !units[$0].isLeftOut }.flatMap { index in
      units[index].trees.filter { $0.build != nil || $0.run != nil }
        .map { Build(unit: index, tree: $0) }
    }
  }

  /// What is shown of a command's output.
  private static let shownLines = 12

  /// Runs the commands of a tree in a copy of it that has all patches of the folder.
  ///
  /// A `build` that names `{objects}` or `{files}` is run without the patches, too: it is an error only if it
  /// newly fails.
  func build(_ build: Build) async throws {
    let folder = units[build.unit].folder
    func finding(
      _ severity: Check.Severity, _ message: String, _ hint: String, _ details: [String]
    ) {
      units[build.unit].result.findings.append(
        Verification.Finding(
          check: .build, severity: severity, message: message, hint: hint,
          file: folder.manifestPath, tree: build.tree.name, details: details))
    }
    // A missing tree was already reported.
    guard let target = target(build.tree) else { return }
    guard let changes = try changes(of: build.unit, on: target) else {
      return finding(
        .notChecked, "the patches do not apply, so nothing is built",
        FindingRules.whyRefused(folder.path, on: build.tree), [])
    }
    let hint = "the command ran in a temporary copy of the tree"
    let copy = try ScratchTree(of: try target.open())
    let seconds = options.buildLimit ?? 0
    let command = build.tree.build.map { BuildCommand($0, seconds: seconds) }
    try BuildCommand.requireConfinement()
    if let command, command.namesFiles {
      var trial = BuildTrial(command, changes, in: copy)
      try await trial.run()
      let outcome = trial.outcome
      let details = outcome.sentences + outcome.errors
      switch outcome.result {
      case .fails:
        return finding(.error, "'\(command.line)' newly fails in the patched tree", hint, details)
      case .failedBefore:
        finding(.warning, "'\(command.line)' fails without the patches, too", hint, details)
      case .built, .nothing:
        if !outcome.uncompiled.isEmpty {
          finding(.note, "'\(command.line)' does not compile every touched line", hint, details)
        }
      }
    } else {
      try await copy.fill()
      try await copy.land(changes)
    }
    let rest = [command?.namesFiles == true ? nil : build.tree.build, build.tree.run]
    for line in rest.compactMap(\.self) {
      let run = try await BuildCommand.run(line, in: copy, seconds: seconds)
      guard let lines = run.lastLines(Self.shownLines, seconds: seconds) else { continue }
      return finding(.error, "'\(line)' fails in the patched tree", hint, lines)
    }
  }
}
