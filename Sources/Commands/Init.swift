// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Ledger
import Reporting

struct Init: AsyncConsoleCommand {
  static let configuration = CommandConfiguration(
    commandName: "init", _superCommandName: "patchkit",
    abstract: "Start a collection of patches for 'patchkit verify'.",
    discussion: """
      Creates a folder with a patch.yaml for each patch, and prints what to run next. If one of the \
      files exists, nothing is written.
      """)

  @Argument(help: "The patches (default: the ones in the current folder).")
  var patches: [String] = []

  @Option(
    help: ArgumentHelp(
      "A tree that the patches are for, NAME=TREE or TREE; can be repeated.", valueName: "tree"))
  var onto: [String] = []

  @Option(help: ArgumentHelp("The folder of the collection.", valueName: "folder"))
  var folder = "Patches"

  @Flag(
    help: "Store the files that the patches touch in .patchkit/, so that CI has them.")
  var vendor = false

  @Option(help: "Write a workflow file for CI: github or gitlab.")
  var ci: String?

  @OptionGroup(title: "Display options")
  var console: ConsoleOptions

  func validate() throws {
    if let ci, CollectionStart.Engine(rawValue: ci) == nil {
      throw ValidationError("--ci takes github or gitlab.")
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
      // Opened once, so that a wrong name is reported now and not by the first run.
      _ = try DirectoryTree(path: tree.location)
    }
    if vendor { trees = trees.map { PatchManifest.Tree(name: $0.name, location: $0.name) } }
    var files: [CollectionStart.File] = []
    for name in names {
      files += try CollectionStart.files(for: name, below: folder, trees: trees)
    }
    let engine = ci.flatMap { CollectionStart.Engine(rawValue: $0) }
    if let engine { files.append((engine.path, Array(engine.text.utf8), nil)) }
    for file in files { try TreeBounds.requireInside(file.path) }
    if let taken = files.first(where: { InputFile.exists($0.path) }) {
      throw PatchkitError(
        .wrongKind, path: taken.path, "already exists",
        hint: "move it away, or choose another --folder")
    }
    if vendor { try await keepTrees(names) }
    try land(files)
    try Console.print(
      files.map { "made \(.path, $0.path)\n" as LabeledText }.joined() + next(trees, engine))
  }

  /// Writes the files: all of them, or none.
  private func land(_ files: [CollectionStart.File]) throws {
    func plain(_ path: String) -> String {
      path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
    // The journal follows no link; what leads elsewhere is the user's own by now.
    let here = InputFile.realPath(".") ?? "."
    func base(of path: String) -> String {
      var part = path[...]
      while let slash = part.lastIndex(of: "/") {
        part = slash == part.startIndex ? "/" : part[..<slash]
        guard part == "/" || InputFile.exists(String(part)) else { continue }
        let usual = plain(String(part)).isEmpty ? here : here + "/" + plain(String(part))
        return InputFile.realPath(String(part)) == usual ? "." : String(part)
      }
      return "."
    }
    var changes: [String: [TreeChange]] = [:]
    for file in files {
      let base = base(of: file.path)
      let path = plain(base == "." ? file.path : String(file.path.dropFirst(base.count)))
      var change = TreeChange(
        path: try TreePath(Array(path.utf8)), before: nil,
        after: TreeFile(mode: .regular, content: file.content))
      change.copyOf = file.copyOf
      changes[base, default: []].append(change)
    }
    for (base, changes) in changes.sorted(by: { $0.key < $1.key }) {
      try DirectoryTree(path: base).land(changes)
    }
  }

  private func keepTrees(_ names: [String]) async throws {
    let store = try VendoredStore.findOrCreate(in: ".")
    for tree in onto.map(Verify.tree) {
      // A tarball is read while it is taken in, so that what was moved in it is not known before.
      let opened = try? OpenedTree.named(tree.location)
      let paths = try CollectionStart.touchedFolders(names, on: opened?.tree)
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
      Console.error("\(entry.name): stored \(plural(entry.files, "file")) of \(tree.location)\n")
    }
  }

  private func next(_ trees: [PatchManifest.Tree], _ engine: CollectionStart.Engine?) -> LabeledText
  {
    let added = [folder] + (vendor ? [".patchkit"] : []) + (engine.map { [$0.path] } ?? [])
    let argument = folder == "Patches" ? "" : " \(folder)"
    var text: LabeledText = "\nnext:\n"
    if trees.isEmpty {
      text += "  name the trees in patch.yaml, or add --onto TREE to the commands below\n"
    }
    text +=
      "  patchkit verify --update\(argument)\n      tries the patches, and records the results in patch.lock\n"
    text += "  patchkit verify\(argument)\n"
    text +=
      "      for CI; exits with 0: every check holds, 1: a check fails, 3: not everything was checked\n"
    text += "  git add \(added.joined(separator: " "))\n"
    if engine == nil {
      text += "  patchkit init --ci github (or gitlab) writes a workflow file\n"
    }
    return text
  }
}
