// SPDX-License-Identifier: GPL-2.0-only

package import CSource
package import Host
package import KernelTree

// Where the functions that a file calls are defined.
extension FileScope {
  /// A file that defines or declares something, with its outline.
  package struct DefiningFile {
    /// The file.
    package var path: TreePath
    /// What it defines.
    package var source: CSourceFile
    private let blob: String?

    fileprivate init(_ path: TreePath, _ source: CSourceFile, in index: SymbolIndex)
      throws(PatchkitError)
    {
      self.path = path
      self.source = source
      blob = try index.tree.stamp(at: path)?.blob
    }

    /// Whether another tree has the same file in the same form.
    package func isSame(as other: DefiningFile?) -> Bool {
      guard let other, path == other.path else { return false }
      return blob != nil && blob == other.blob || source.bytes == other.source.bytes
    }
  }

  /// So many headers are searched.
  private static let mostHeaders = 40
  /// A folder with more C files than this is not searched.
  private static let mostSiblings = 100

  /// The header that defines or declares a function or a macro, the first of those that the file includes;
  /// nil where none of the first headers does, or where an earlier patch changed a file with that name.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  package func header(defining name: String) throws(PatchkitError) -> DefiningFile? {
    let name = SearchedName(name)
    if isChanged(name) { return nil }
    let index = index
    var found: DefiningFile?
    _ = try headers.contains(
      where: { header throws(PatchkitError) in
        guard header.names.words.contains(name.hash),
          let source = try index.outline(of: header.path),
          source.defines(name, as: [.function, .prototype, .macro])
        else { return false }
        found = try DefiningFile(header.path, source, in: index)
        return true
      }, first: Self.mostHeaders, then: { true })
    return found
  }

  /// The other C file of the file's folder that has a function with its body; nil where none has, or where the
  /// folder has too many C files.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  package func sibling(defining name: String) throws(PatchkitError) -> DefiningFile? {
    let name = SearchedName(name)
    let siblings = try index.tree.files(in: path.folders.last ?? []).filter {
      $0 != path && $0.bytes.suffix(2).elementsEqual(".c".utf8)
    }
    if isChanged(name) || siblings.count > Self.mostSiblings { return nil }
    for sibling in siblings {
      guard try index.names(at: sibling)?.words.contains(name.hash) ?? false,
        let source = try index.outline(of: sibling), source.defines(name, as: [.function])
      else { continue }
      return try DefiningFile(sibling, source, in: index)
    }
    return nil
  }
}

extension CSourceFile {
  /// Whether the file has an item of a name that is of one of some kinds.
  fileprivate func defines(_ name: SearchedName, as kinds: Set<CItem.Kind>) -> Bool {
    items.contains {
      kinds.contains($0.kind)
        && bytes[Int($0.nameStart)..<Int($0.nameEnd)].elementsEqual(name.bytes)
    }
  }
}
