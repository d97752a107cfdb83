// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Ledger
import Reporting

struct Init: AsyncConsoleCommand {
  static let configuration = CommandConfiguration(
    abstract: "Begin a folder of patches that 'patchkit verify' checks.",
    discussion: """
      Makes a folder for each patch with a patch.yaml beside it, and says what to run next. Nothing \
      that is there already is written over: then nothing is made.
      """)

  @Argument(help: "The patches (default: the ones in the current folder).")
  var patches: [String] = []

  @Option(
    help: ArgumentHelp(
      "A tree that they are meant for, NAME=TREE or TREE; may be given again.", valueName: "tree"))
  var onto: [String] = []

  @Option(help: ArgumentHelp("The folder of the collection.", valueName: "folder"))
  var folder = "Patches"

  @Flag(
    help: "Keep what the patches touch of each tree in .patchkit/, so that CI has it, too.")
  var vendor = false

  @Option(help: "Write what a CI engine runs: github or gitlab.")
  var ci: String?

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if let ci, CollectionStart.Engine(rawValue: ci) == nil {
      throw ValidationError("--ci is github or gitlab.")
    }
    if vendor, onto.isEmpty { throw ValidationError("--vendor needs --onto TREE.") }
  }

  func run() async throws {
    let names =
      patches.isEmpty
      ? try InputFile.names(in: ".").filter { $0.hasSuffix(".patch") || $0.hasSuffix(".mbox") }
      : patches
    if names.isEmpty {
      throw PatchkitError(
        .badInput, "there is no patch in this folder", hint: "name one: 'patchkit init FILE'")
    }
    var trees = onto.map(Verify.tree)
    for tree in trees where InputFile.kind(of: tree.location) == .folder {
      // Opened once, so that a name that is none is told now and not by the first run.
      _ = try DirectoryTree(path: tree.location)
    }
    if vendor { trees = trees.map { PatchManifest.Tree(name: $0.name, location: $0.name) } }
    var files: [CollectionStart.File] = []
    for name in names {
      files += try CollectionStart.files(for: name, below: folder, trees: trees)
    }
    let engine = ci.flatMap { CollectionStart.Engine(rawValue: $0) }
    if let engine { files.append((engine.path, Array(engine.text.utf8))) }
    if let taken = files.first(where: { InputFile.exists($0.path) }) {
      throw PatchkitError(
        .wrongKind, path: taken.path, "is there already", hint: "nothing was made")
    }
    if vendor { try await keepTrees(names) }
    for (path, content) in files {
      if let slash = path.lastIndex(of: "/") { try InputFile.makeFolder(String(path[..<slash])) }
      try OutputFile.write(content, to: path, replaces: false)
    }
    try Console.print(
      files.map { "made \(.path, $0.path)\n" as LabeledText }.joined() + next(trees, engine))
  }

  private func keepTrees(_ names: [String]) async throws {
    let store = try VendoredStore.findOrCreate(in: ".")
    let paths = try CollectionStart.touchedFolders(names)
    for tree in onto.map(Verify.tree) {
      let source: VendoredStore.Source
      if InputFile.kind(of: tree.location) == .folder {
        source = .folder(tree.location)
      } else if let at = tree.location.lastIndex(of: "@") {
        source = .revision(
          repository: String(tree.location[..<at]),
          revision: String(tree.location[tree.location.index(after: at)...]))
      } else {
        source = .tarball(tree.location)
      }
      let entry = try await store.add(tree.name, from: source, paths: paths)
      Console.error("\(entry.name): kept \(plural(entry.files, "file")) of \(tree.location)\n")
    }
  }

  private func next(_ trees: [PatchManifest.Tree], _ engine: CollectionStart.Engine?) -> LabeledText
  {
    let added = [folder] + (vendor ? [".patchkit"] : []) + (engine.map { [$0.path] } ?? [])
    let place = folder == "Patches" ? "" : " \(folder)"
    var text: LabeledText = "\nnext:\n"
    if trees.isEmpty {
      text += "  name the trees in the patch.yaml, or give them with --onto TREE below\n"
    }
    text +=
      "  patchkit verify --update\(place)\n      tries it, and keeps what came in patch.lock\n"
    text += "  patchkit verify\(place)\n"
    text +=
      "      what CI runs; 0: all holds, 1: something does not, 3: not everything was checked\n"
    text += "  git add \(added.joined(separator: " "))\n"
    if engine == nil {
      text += "  patchkit init --ci github, or gitlab, writes what a CI engine runs\n"
    }
    return text
  }
}
