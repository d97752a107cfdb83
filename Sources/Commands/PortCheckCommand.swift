// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import Interleave
import KernelTree
import Ledger
import PatchFormat
import PortCheck
import Ports
import Reporting

extension Port {
  struct Check: AsyncConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", _superCommandName: "patchkit port",
      abstract: "Compare a patch's ports with the C functions that the patch produces.",
      discussion: """
        Each function that the patch changes is paired with its port, and its tokens are compared with \
        those recorded in patch.lock. The C is compiled and compared with the port: on generated \
        values, and in every interleaving of each scenario.

        Exits with 0 if every check holds, with 1 if one fails, and with 3 if something could not be \
        checked, which is not a pass.
        """)

    @Argument(help: "Folders of patches, or a folder of such folders (default: Patches).")
    var patches: [String] = []

    @Option(
      help: ArgumentHelp(
        "The tree that the patch is applied to (default: the first of patch.yaml).",
        valueName: "tree"))
    var onto: String?

    @Option(help: ArgumentHelp("The C compiler (default: cc, gcc or clang).", valueName: "program"))
    var cc: String?

    @Option(
      help: ArgumentHelp("Compare each function with its C on this many values.", valueName: "n"))
    var values = 20_000

    @Option(help: ArgumentHelp("The seed of the generated values.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(
      help: ArgumentHelp("Compare a scenario in at most this many executions.", valueName: "n"))
    var executions = 20_000

    @Flag(help: "Try the values again with the address and undefined behavior sanitizers.")
    var sanitize = false

    @Flag(
      name: .customLong("trust-c"),
      help: "Run the C of patches, and build commands, even if they cannot be confined.")
    var trustsC = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if values < 0 || executions < 1 {
        throw ValidationError("--values takes 0 or more, --executions 1 or more.")
      }
    }

    func run() async throws {
      if trustsC { Confinement.trustForeignCode() }
      Console.noteConfinement()
      let compiler = cc.map { CCompiler($0) } ?? CCompiler.find()
      if let compiler, cc != nil, !compiler.exists {
        throw PatchkitError(
          .badInput, "there is no compiler '\(compiler.name)'",
          hint: "install it, or name another with --cc")
      }
      let options = PortCheckOptions(
        compiler: compiler, values: values, seed: seed,
        limits: Limits(executions: executions, steps: 1000), usesSanitizers: sanitize)
      var reports: [PortCheckReport] = []
      for folder in try PatchFolder.all(in: patches.isEmpty ? ["Patches"] : patches) {
        try folder.requireSound()
        let checker = PortChecker(
          PatchPort.named(folder.name), try folder.sources(onto: onto), options,
          tree: folder.nameOfTree(at: onto))
        let outcome = await checker.check(
          lock: folder.lock?.functions, reasons: folder.manifest.reasons)
        let report = PortCheckReport(outcome, patch: folder.name)
        reports.append(report)
        if !json { try Console.print(report.text) }
      }
      if json { try Console.write(json: ["patches": reports]) }
      if reports.contains(where: { $0.verdict == .fails }) { throw Exit.refused }
      if reports.contains(where: { $0.verdict == .notChecked }) { throw Exit.notDone }
    }
  }
}

extension PatchFolder {
  /// The name of a tree in the manifest; nil for one that the manifest does not name.
  fileprivate func nameOfTree(at location: String?) -> String? {
    guard let location else { return manifest.trees.first?.name }
    return manifest.trees.first { $0.location == location || $0.name == location }?.name
  }

  /// The C on both sides of the folder's patches, put on a tree one on the other.
  func sources(onto name: String?) throws -> PatchSources {
    PatchSources(try changes(onto: name).changes)
  }

  /// What the folder's patches change in a tree, put on it one on the other.
  func changes(onto name: String?) throws -> (
    changes: [TreeChange], tree: any KernelTree, name: String
  ) {
    guard let name = name ?? manifest.trees.first?.location else {
      throw PatchkitError(
        .badInput, "\(path): the patch has no tree to be applied to",
        hint: "add --onto TREE, or name a tree in \(path)/patch.yaml")
    }
    let queue = try PatchQueue(
      reading: kind == .file ? files.map(\.path) : [path], options: ApplyOptions(),
      parsing: ParseOptions())
    let tree = try OpenedTree.named(name).tree
    let outcome = try SeriesSession(on: tree).apply(queue)
    guard outcome.applies else {
      throw PatchkitError(
        .changedMeanwhile, "\(path): the patch does not apply to \(name)",
        hint:
          "'patchkit apply --check --onto \(Shell.quoted(name)) \(Shell.quoted(path))' shows why")
    }
    return (outcome.changes, tree, name)
  }
}
