// SPDX-License-Identifier: GPL-2.0-only

package import CSource
package import Host
internal import KernelTree
package import PatchFormat
package import Symbols

/// A function of the target that a function of the patch may live on as.
package struct SuccessorFunction: Sendable, Hashable {
  /// The function of the patch, which the target has not.
  package var name: String
  /// The function of the target.
  package var successor: Symbol
  /// How much of their words is the same, from 0 to 1; nil where the hunks do not hold the whole
  /// function.
  package var share: Double?
  /// Whether it is in the file that the patch names.
  package var isInSameFile: Bool

  /// Functions of another file have to be this much alike.
  private static let leastElsewhere = 0.5

  /// Looks for the functions that a patch adds or changes, where the target of an index has none of their name.
  ///
  /// - Throws: `PatchkitError` where the target cannot be listed or read.
  package static func find(
    for functions: [ChangedFunction], in files: [(file: FilePatch, path: String)],
    _ index: SymbolIndex
  ) throws(PatchkitError) -> [SuccessorFunction] {
    let table = try index.definitions()
    var found: [SuccessorFunction] = []
    for function in functions where function.change != .removed {
      if table.symbols(named: function.name).contains(where: { $0.kind == .function }) { continue }
      let words: [String]? = wholeText(of: function, in: files)
      var best: SuccessorFunction?
      for candidate in table.nearest(to: function.name, count: 8, where: { $0 == .function }) {
        var share: Double?
        if let words { share = Self.share(of: words, candidate, index.tree) }
        let isNear = candidate.path == function.path
        guard isNear || share ?? 0 >= leastElsewhere else { continue }
        let successor = SuccessorFunction(
          name: function.name, successor: candidate, share: share, isInSameFile: isNear)
        if let known = best, !successor.isBetter(than: known) { continue }
        best = successor
      }
      if let best { found.append(best) }
    }
    return found
  }

  private func isBetter(than other: SuccessorFunction) -> Bool {
    if isInSameFile != other.isInSameFile { return isInSameFile }
    return share ?? 0 > other.share ?? 0
  }

  /// The words of a function where one hunk adds all of it.
  private static func wholeText(
    of function: ChangedFunction, in files: [(file: FilePatch, path: String)]
  ) -> [String]? {
    for entry in files where entry.path == function.path {
      for hunk in entry.file.hunks {
        var content: [UInt8] = []
        for line in hunk.image(.added) { content += hunk.content(of: line) + [0x0A] }
        let file = CSourceFile(content)
        if let item = file.function(named: function.name) { return file.words(of: item) }
      }
    }
    return nil
  }

  private static func share(
    of words: [String], _ candidate: Symbol, _ tree: any KernelTree
  ) -> Double? {
    guard let path = try? TreePath(Array(candidate.path.utf8)),
      let content = (try? tree.file(at: path))??.content
    else { return nil }
    let file = CSourceFile(content)
    guard
      let item = file.functions.first(where: { Int($0.nameLine) == candidate.line })
    else { return nil }
    return ChangedFunction.share(words, file.words(of: item))
  }
}
