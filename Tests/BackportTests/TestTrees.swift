// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat

/// A tree that is a dictionary.
struct MemoryTree: KernelTree {
  var name = "memory"
  var files: [String: TreeFile] = [:]

  init(_ texts: [String: String] = [:]) {
    for (path, text) in texts {
      files[path] = TreeFile(mode: .regular, content: Array(text.utf8))
    }
  }

  func file(at path: TreePath) throws(PatchkitError) -> TreeFile? { files[path.description] }

  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try every { $0.components.last == name }
  }

  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try every { $0.components.dropLast().joined(separator: [0x2F]).elementsEqual(folder) }
  }

  func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    try every { $0.bytes.starts(with: folder.bytes + [0x2F]) }
  }

  private func every(_ isWanted: (TreePath) -> Bool) throws(PatchkitError) -> [TreePath] {
    files.keys.sorted().compactMap { try? TreePath(Array($0.utf8)) }.filter(isWanted)
  }

  /// The tree with changes made.
  func applying(_ changes: [TreeChange]) -> MemoryTree {
    var copy = self
    for change in changes { copy.files[change.path.description] = change.after }
    return copy
  }

  /// The texts of the files.
  var texts: [String: String] { files.mapValues { String(decoding: $0.content, as: UTF8.self) } }
}

/// Tries the patches of a text, one on the other.
func apply(
  _ text: String, to tree: any KernelTree, _ options: ApplyOptions = ApplyOptions()
) throws -> SeriesOutcome {
  try apply(Array(text.utf8), to: tree, options)
}

func apply(
  _ bytes: [UInt8], to tree: any KernelTree, _ options: ApplyOptions = ApplyOptions()
) throws -> SeriesOutcome {
  let document = PatchDocument(parsing: bytes, name: "test.patch")
  return try SeriesSession(on: tree).apply(try PatchQueue(document, options: options))
}
