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

  /// How many headers are searched.
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

  /// Whether a structure has no field of a name: whether the name is not among the words between the braces of its
  /// definitions, in the file itself or in the headers that it includes.
  ///
  /// What is not known is not lacking: where there is no definition, where a header of an architecture has one, where
  /// a macro makes fields of it, and where an earlier patch changed a file with the structure's name. The first
  /// definition that shows it ends the search, as most files include hundreds of headers.
  ///
  /// - Throws: `PatchkitError` where the tree cannot be read.
  package func structure(_ tag: String, lacks field: String) throws(PatchkitError) -> Bool {
    let name = SearchedName(tag)
    if isChanged(name) { return false }
    if let words = source.words(ofStructure: name) {
      return !words.isOpen && !words.names.contains(field)
    }
    let index = index
    var isDefined = false
    let mayHave = try headers.contains(
      where: { header throws(PatchkitError) in
        guard header.names.words.contains(name.hash),
          let words = try index.outline(of: header.path)?.words(ofStructure: name)
        else { return false }
        isDefined = isDefined || !words.names.isEmpty
        // Each architecture may have one of its own.
        return words.isOpen || words.names.contains(field)
          || header.path.components.contains(Array("asm".utf8))
      }, then: { false })
    return isDefined && !mayHave
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

  /// The words of all structures and unions of a tag; nil where there is none.
  ///
  /// - Returns: the words, and whether a macro in one of them makes fields.
  fileprivate func words(ofStructure name: SearchedName) -> (names: Set<String>, isOpen: Bool)? {
    var names: Set<String> = []
    var isOpen = false
    var isFound = false
    for item in items where item.kind == .structure || item.kind == .union {
      guard bytes[Int(item.nameStart)..<Int(item.nameEnd)].elementsEqual(name.bytes) else {
        continue
      }
      isFound = true
      let all = tokens[item.tokens]
      for index in all.indices where all[index].kind == .identifier {
        let word = bytes[all[index].range]
        names.insert(String(decoding: word, as: UTF8.self))
        let isUpper = word.allSatisfy { !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        guard isUpper else { continue }
        // A macro: it is where a field would begin, or it has arguments.
        let before = index > all.startIndex ? bytes[all[index - 1].range].first : nil
        let after = index + 1 < all.endIndex ? bytes[all[index + 1].range].first : nil
        if before.map("{;}".utf8.contains) ?? false || after == UInt8(ascii: "(") { isOpen = true }
      }
      // An include between the braces: the fields are in another file.
      if all.contains(where: { $0.kind == .directive && CInclude(bytes[$0.range]) != nil }) {
        isOpen = true
      }
    }
    return isFound ? (names, isOpen) : nil
  }
}
