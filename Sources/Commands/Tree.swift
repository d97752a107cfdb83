// SPDX-License-Identifier: GPL-2.0-only

import ArgumentParser
import Host
import KernelTree
import Reporting

struct Tree: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tree",
    abstract: "Keep kernel trees with the patches, in .patchkit.",
    subcommands: [Add.self, List.self, Show.self, Remove.self])

  /// A vendored tree as it is printed.
  struct Row: Encodable {
    var name: String
    var tree: String
    var commit: String
    var source: String
    var paths: [String]
    var files: Int

    init(_ entry: VendoredStore.Entry) {
      name = entry.name
      tree = entry.tree
      commit = entry.commit
      source = entry.source
      paths = entry.paths
      files = entry.files
    }

    var text: LabeledText {
      let parts = paths.isEmpty ? "" : " (\(paths.joined(separator: ", ")))"
      return "\(name)  \(plural(files, "file")) from \(source)\(parts)  tree \(tree.prefix(12))\n"
    }
  }

  static func store() throws -> VendoredStore {
    guard let store = try VendoredStore.find(from: ".") else {
      throw PatchkitError(
        .badInput, "there is no .patchkit here or above",
        hint: "'patchkit tree add NAME SOURCE' creates one")
    }
    return store
  }

  struct Add: AsyncConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "add", _superCommandName: "patchkit tree",
      abstract: "Import a folder, a kernel tarball or REPO@REVISION under a name.")

    @Argument(help: "The name.")
    var name: String

    @Argument(help: "A folder, a tarball, or REPO@REVISION.")
    var source: String

    @Option(
      help: ArgumentHelp("Import only this folder or file; can be repeated.", valueName: "path"))
    var path: [String] = []

    @Flag(name: [.short, .long], help: "Do not show progress.")
    var quiet = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() async throws {
      let paths = try path.map { text in
        do throws(TreePath.Refusal) {
          return try TreePath(Array((text.hasSuffix("/") ? String(text.dropLast()) : text).utf8))
        } catch {
          throw ValidationError("The path '\(text)' \(error.reason.rawValue).")
        }
      }
      let progress = SharedProgress(Progress("importing", "files", isShown: !quiet))
      let entry = try await VendoredStore.findOrCreate(in: ".").add(
        name, from: try origin(), paths: paths, progress: progress.report)
      progress.finish()
      let row = Row(entry)
      if json { try Console.write(json: row) } else { try Console.print(row.text) }
    }

    private func origin() throws -> VendoredStore.Source {
      if InputFile.kind(of: source) == .folder { return .folder(source) }
      if InputFile.exists(source) { return .tarball(source) }
      guard let at = source.lastIndex(of: "@"), at > source.startIndex else {
        throw PatchkitError(
          .badInput, path: source,
          "cannot find the source: not a folder, a tarball or REPO@REVISION",
          hint: "check the name; a revision is written as linux.git@v6.1")
      }
      return .revision(
        repository: String(source[..<at]), revision: String(source[source.index(after: at)...]))
    }
  }

  struct List: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "list", _superCommandName: "patchkit tree", abstract: "List the vendored trees.")

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let rows = try VendoredStore.find(from: ".")?.entries().map(Row.init) ?? []
      if json { return try Console.write(json: ["trees": rows]) }
      try Console.print(rows.isEmpty ? "no vendored trees\n" : rows.map(\.text).joined())
    }
  }

  struct Show: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", _superCommandName: "patchkit tree",
      abstract: "Show a vendored tree, its files, or one of them.")

    @Argument(help: "The name.")
    var name: String

    @Argument(help: "A file to print.")
    var file: String?

    @Flag(help: "List the files.")
    var files = false

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      let store = try Tree.store()
      if let file {
        guard let path = try? TreePath(Array(file.utf8)),
          let found = try store.tree(name).file(at: path)
        else {
          throw PatchkitError(
            .badInput, path: file, "there is no such file in the tree '\(name)'",
            hint: "'patchkit tree show \(Shell.quoted(name)) --files' lists its files")
        }
        return try Console.write(found.content)
      }
      let row = Row(try store.entry(name))
      if files {
        let paths = try store.paths(of: name)
        if json { return try Console.write(json: ["files": paths]) }
        return try Console.print(paths.map { "\(.path, $0)\n" as LabeledText }.joined())
      }
      if json { try Console.write(json: row) } else { try Console.print(row.text) }
    }
  }

  struct Remove: ConsoleCommand {
    static let configuration = CommandConfiguration(
      commandName: "remove", _superCommandName: "patchkit tree", abstract: "Remove a vendored tree."
    )

    @Argument(help: "The name.")
    var name: String

    @OptionGroup(title: "Display options")
    var console: ConsoleOptions

    func run() throws {
      try Tree.store().remove(name)
      try Console.print("removed \(name)\n")
    }
  }
}
