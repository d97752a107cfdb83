// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Backport
import Host
import KernelTree
import Ledger
import PatchFormat
import PortCheck
import Reporting

extension Port {
  struct New: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "new", _superCommandName: "patchkit port",
      abstract: "Create scenarios in C for a patch, and with --ports stubs of its ports.",
      discussion: """
        Creates Patches/NAME in the current folder with the patch, its patch.yaml, and scenarios in C: two \
        tasks call a function that the patch changes, on the same objects. 'port explore --c' runs them with \
        the C of the patch, so nothing of patchkit is rebuilt.

        With --ports, in a checkout of patchkit, it also creates stubs with the C as comments in \
        Sources/Ports, and tests that fail until the stubs are written. If one of the files exists, \
        nothing is written.
        """)

    @Argument(help: "The patch.")
    var patch: String

    @Option(help: ArgumentHelp("The tree that the patch is applied to.", valueName: "tree"))
    var onto: String

    @Option(
      help: ArgumentHelp("The name of its folder (default: from its subject).", valueName: "name"))
    var name: String?

    @Flag(
      name: .customLong("ports"),
      help: "Also create stubs of ports in Swift; in a checkout of patchkit.")
    var makesPorts = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func validate() throws {
      if let name, !Self.isName(name) {
        throw ValidationError("--name takes lower-case letters, digits and '-'.")
      }
    }

    private static func isName(_ name: String) -> Bool {
      name.first.map { $0.isLetter } ?? false
        && name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "-") }
    }

    func run() throws {
      let list = "Sources/Ports/Pairing/PatchPort.swift"
      guard !makesPorts || InputFile.exists("Package.swift") && InputFile.exists(list) else {
        throw PatchkitError(
          .badInput, "the current folder is not a checkout of patchkit",
          hint:
            "change to the folder with patchkit's Package.swift: ports are compiled into patchkit; "
            + "without --ports only scenarios in C are created, in any folder")
      }
      let queue = try PatchQueue(
        reading: [patch], options: ApplyOptions(), parsing: ParseOptions(),
        commits: CommitNames(upstream: nil))
      let outcome = try SeriesSession(on: try OpenedTree.named(onto).tree).apply(queue)
      guard outcome.applies else {
        throw PatchkitError(
          .changedMeanwhile, "the patch does not apply to \(onto)",
          hint:
            "'patchkit apply --check --onto \(Shell.quoted(onto)) \(Shell.quoted(patch))' shows why"
        )
      }
      let title = queue.items.first?.patch.message.description().subject ?? patch
      let folder = name ?? CollectionStart.slug(title, most: .max)
      guard Self.isName(folder) else {
        throw ValidationError("the patch has no subject to derive a name from: use --name.")
      }
      let sources = PatchSources(outcome.changes)
      let scaffold = PortScaffold(name: folder, title: title, sources: sources)
      let proposal = ScenarioProposal(sources)
      let own = patch.split(separator: "/" as Character).last.map(String.init) ?? patch
      var files = scaffold.files(tree: onto.hasPrefix("/") ? onto : "../../" + onto)
        .filter { makesPorts || $0.path.hasPrefix("Patches/") }
        .map { ($0.path, Array($0.text.utf8)) }
      files.append(("Patches/\(folder)/\(own)", try InputFile.read(patch)))
      for scenario in proposal.scenarios {
        files.append(
          ("Patches/\(folder)/scenarios/\(scenario.name).c", Array(scenario.text.utf8)))
      }
      if let taken = files.first(where: { InputFile.exists($0.0) }) {
        throw PatchkitError(
          .wrongKind, path: taken.0, "the file already exists", hint: "choose another --name")
      }
      var registered: String?
      if makesPorts {
        registered = scaffold.registering(
          in: String(decoding: try InputFile.read(list), as: UTF8.self))
        if registered == nil {
          throw PatchkitError(.wrongKind, path: list, "cannot find the list of ports in this file")
        }
      }
      for path in files.map(\.0) + [list] { try TreeBounds.requireInside(path) }
      for (path, content) in files {
        try InputFile.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try OutputFile.write(content, to: path, replaces: false, refusing: KeptFiles.refuse)
        try Console.print("created  \(path)\n")
      }
      for (function, reason) in proposal.left {
        try Console.print("no scenario  \(function): \(reason)\n")
      }
      if let registered {
        try OutputFile.write(Array(registered.utf8), to: list, refusing: KeptFiles.refuse)
        try Console.print("changed  \(list)\n")
        try Console.print("next: write the stubs, then 'patchkit port check Patches/\(folder)'\n")
      }
      if let first = proposal.scenarios.first {
        try Console.print(
          "next: patchkit port explore \(folder)/\(first.name) --c --onto \(Shell.quoted(onto))\n")
      }
    }
  }
}
