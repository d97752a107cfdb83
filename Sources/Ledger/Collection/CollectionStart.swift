// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import EmbeddedFiles
internal import Host
package import KernelTree
internal import PatchFormat

/// The first files of a collection: a folder for each patch, and what a CI engine runs.
package struct CollectionStart: Sendable {
  /// A CI engine that a file is made for.
  package enum Engine: String, Sendable, CaseIterable {
    /// GitHub's actions.
    case github
    /// GitLab's pipelines.
    case gitlab

    /// Where its file lies.
    package var path: String {
      switch self {
      case .github: ".github/workflows/patchkit.yml"
      case .gitlab: ".gitlab-ci.yml"
      }
    }

    /// What runs `patchkit verify` there, in as many shards as the file says.
    package var text: String {
      let bytes =
        switch self {
        case .github: EmbeddedFile.content(of: "github.yml")
        case .gitlab: EmbeddedFile.content(of: "gitlab.yml")
        }
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// A file that is to be made.
  ///
  /// `copyOf` is the file that it is a copy of, if there is one.
  package typealias File = (path: String, content: [UInt8], copyOf: String?)

  /// Words of a title as the name of a folder, in lower case.
  ///
  /// - Parameter most: how many words are taken.
  package static func slug(_ title: String, most: Int = 6) -> String {
    let words = title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.prefix(most).joined(separator: "-")
  }

  /// The folder of a patch file: the patch, and its manifest.
  ///
  /// - Parameters:
  ///   - file: the patch file, or the name of a commit.
  ///   - folder: the folder of the collection.
  ///   - trees: the trees that it is meant for.
  /// - Throws: `PatchkitError` and `PatchFormatError` where the patch cannot be read or used.
  package static func files(
    for file: String, below folder: String, trees: [PatchManifest.Tree]
  ) throws -> [File] {
    var own = String(file.split(separator: "/" as Character).last ?? "")
    let content: [UInt8]
    let document: PatchDocument
    if CommitNames.mayBeCommit(file) {
      let commits = try CommitNames(upstream: nil).commits(file)
      let documents = try commits.map {
        try PatchQueue.document(PatchQueue.File($0), ParseOptions())
      }
      content = documents.flatMap(\.source)
      document =
        documents.count == 1 ? documents[0] : PatchDocument(parsing: content, name: file)
      own = document.messages.first?.fileName(number: 1) ?? own
    } else {
      content = try InputFile.read(file, kinds: .filesAndStreams)
      document = PatchDocument(parsing: try PatchQueue.unpacked(content, of: file), name: file)
    }
    try document.requireSound()
    let description = document.patches.first?.message.description()
    let stem = own.firstIndex(of: ".").map { String(own[..<$0]) } ?? own
    let title = document.patches.count == 1 ? description?.subject ?? "" : ""
    let name = slug(title.isEmpty ? stem : title)
    let path = "\(folder)/\(name.isEmpty ? "patch" : name)"
    let upstream =
      description?.references.map(\.commit).first { $0.count == 40 }
      ?? (CommitNames.mayBeCommit(file) && document.patches.count == 1 ? description?.commit : nil)
    return [
      ("\(path)/\(own)", content, CommitNames.mayBeCommit(file) ? nil : file),
      (
        "\(path)/\(PatchFolder.manifestName)",
        Array(
          manifest(
            title: title, upstream: upstream, damage: document.diagnostics, trees, below: path
          ).utf8),
        nil
      ),
    ]
  }

  private static func manifest(
    title: String, upstream: String?, damage: [Diagnostic], _ trees: [PatchManifest.Tree],
    below path: String
  ) -> String {
    func quoted(_ text: String) -> String {
      "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
    let up = path.split(separator: "/").map { _ in "../" }.joined()
    var text = title.isEmpty ? "" : "title: \(quoted(title))\n"
    if let upstream { text += "upstream: \(upstream)\n" }
    let known = Set(damage.filter { $0.severity == .assumed }.map(\.id.rawValue)).sorted()
    if !known.isEmpty {
      text += "# Damage whose meaning is certain:\n"
      text += "damage: [\(known.joined(separator: ", "))]\n"
    }
    if trees.isEmpty {
      text += "# The trees that it is applied to:\n# trees:\n#   - name: linux\n"
      return text + "#     at: ../../../linux\n"
    }
    text += "trees:\n"
    for tree in trees {
      // A folder is named relative to the manifest's own, so that it is found from any current folder.
      let isFolder = !tree.location.hasPrefix("/") && InputFile.kind(of: tree.location) == .folder
      let location = isFolder ? up + tree.location : tree.location
      text += "  - name: \(quoted(tree.name))\n    at: \(quoted(location))\n"
    }
    return text
  }

  /// The folders of a tree that patches touch: those that they name, and those where `backport` finds
  /// what they change.
  ///
  /// - Parameters:
  ///   - files: the patches, as the command line names them.
  ///   - tree: the tree; nil where it cannot be read yet, as a tarball.
  /// - Throws: `PatchkitError` and `PatchFormatError` where a patch or the tree cannot be read.
  package static func touchedFolders(
    _ files: [String], on tree: (any KernelTree)?
  ) throws -> [TreePath] {
    let queue = try PatchQueue(
      reading: files, options: ApplyOptions(accept: .likely), parsing: ParseOptions(),
      commits: CommitNames(upstream: nil))
    var paths = queue.items.flatMap { $0.paths ?? [] }.compactMap { try? TreePath($0) }
    if let tree {
      let outcome = try SeriesSession(on: tree, policy: SeriesPolicy(refusal: .skip)).apply(queue)
      paths += outcome.patches.flatMap(\.files).flatMap { file in
        [file.path, file.oldPath].compactMap { $0 }.compactMap { try? TreePath(Array($0.utf8)) }
      }
      paths += outcome.changes.paths
    }
    let folders = Set(paths.compactMap(\.folders.last))
    return folders.compactMap { try? TreePath($0) }.sorted()
  }
}
