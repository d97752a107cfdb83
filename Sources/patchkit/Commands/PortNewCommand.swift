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
      abstract: "Begin the ports of a patch: a stub a function, and tests that fail.",
      discussion: """
        Run it in a checkout of patchkit. It makes Patches/NAME with the patch and its patch.yaml, \
        stubs with the C beside them in Sources/Ports, and tests that fail until the stubs are \
        written. Files that are there already are left alone, and then nothing is written.
        """)

    @Argument(help: "The patch.")
    var patch: String

    @Option(help: ArgumentHelp("The tree that the patch is put on.", valueName: "tree"))
    var onto: String

    @Option(
      help: ArgumentHelp("The name of its folder (default: from its subject).", valueName: "name"))
    var name: String?

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
      guard InputFile.exists("Package.swift"), InputFile.exists(list) else {
        throw PatchkitError(
          .badInput, "this is no checkout of patchkit",
          hint: "ports are compiled into patchkit: run this where its Package.swift is")
      }
      let queue = try PatchQueue(
        reading: [patch], options: ApplyOptions(), parsing: ParseOptions())
      let outcome = try SeriesSession(on: try OpenedTree.named(onto).tree).apply(queue)
      guard outcome.applies else {
        throw PatchkitError(
          .changedMeanwhile, "the patch does not apply to \(onto)",
          hint:
            "'patchkit apply --check --onto \(Shell.quoted(onto)) \(Shell.quoted(patch))' shows why"
        )
      }
      let title = queue.items.first?.patch.message.description().subject ?? patch
      let folder = name ?? CollectionStart.slug(title)
      guard Self.isName(folder) else {
        throw ValidationError("the patch has no subject to make a name of: give --name.")
      }
      let scaffold = PortScaffold(
        name: folder, title: title, sources: PatchSources(outcome.changes))
      let own = patch.split(separator: "/" as Character).last.map(String.init) ?? patch
      var files = scaffold.files(tree: onto.hasPrefix("/") ? onto : "../../" + onto)
        .map { ($0.path, Array($0.text.utf8)) }
      files.append(("Patches/\(folder)/\(own)", try InputFile.read(patch)))
      if let taken = files.first(where: { InputFile.exists($0.0) }) {
        throw PatchkitError(
          .wrongKind, path: taken.0, "it is there already", hint: "give another --name")
      }
      let ports = String(decoding: try InputFile.read(list), as: UTF8.self)
      guard let registered = scaffold.registering(in: ports) else {
        throw PatchkitError(.wrongKind, path: list, "the list of ports is not where it was")
      }
      for (path, content) in files {
        try InputFile.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
        try OutputFile.write(content, to: path, replaces: false)
        try Console.print("made     \(path)\n")
      }
      try OutputFile.write(Array(registered.utf8), to: list)
      try Console.print("changed  \(list)\n")
      try Console.print("next: write the stubs, then 'patchkit port check Patches/\(folder)'\n")
    }
  }
}
