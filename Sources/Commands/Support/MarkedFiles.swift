// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import Reporting

/// The files that an earlier run left with conflicts between markers: the lines that replaced them are recorded, and
/// on a terminal the user is asked about the rest.
struct MarkedFiles {
  let isListOnly: Bool
  private let view = QuestionView(width: Console.width)

  func run() throws {
    guard let found = try VendoredStore.find(from: ".") else {
      throw PatchkitError(
        .badInput, "there is no .patchkit here",
        hint:
          "name patches, or run 'patchkit backport --conflicts merge' first")
    }
    let store = DecisionStore(found)
    let waiting = try store.pending()
    var done: [DecisionStore.Pending] = []
    var hasLeft = false
    for file in waiting {
      let name = file.tree + "/" + file.path
      if !isListOnly, !hasLeft, Terminal.isTerminal(.input), Console.isTerminal {
        hasLeft = try !ask(file, name)
      }
      let content = isListOnly ? nil : try? InputFile.read(name)
      let decisions = content.map { MarkedConflict.decisions(marked: file.marked, resolved: $0) }
      guard let decisions, decisions.count == file.keys.count,
        decisions.allSatisfy({ $0 != nil })
      else {
        try Console.print("\(name): \(plural(file.keys.count, "conflict")) left to decide\n")
        continue
      }
      for (key, lines) in zip(file.keys, decisions) {
        if let lines { try store.keep(Decision.lines(lines).bytes, for: key) }
      }
      try Console.print("\(name): recorded \(plural(file.keys.count, "decision"))\n")
      done.append(file)
    }
    if waiting.isEmpty { try Console.print("there is no conflict to decide\n") }
    if !done.isEmpty { try store.forget(done) }
    if done.count < waiting.count, !isListOnly { throw Exit.refused }
  }

  /// Asks about each conflict of a file that is still between markers, and writes each answer into the file.
  ///
  /// - Returns: false if the user quits.
  private func ask(_ file: DecisionStore.Pending, _ name: String) throws -> Bool {
    var skipped = 0
    while let content = try? InputFile.read(name),
      let conflict = MarkedConflict.all(in: content).dropFirst(skipped).first
    {
      try Console.print("\n\(view.text(conflict, in: file.path, content: content))")
      guard let answer = try ResolveSession.answer("[o,t,e,s,q,?]") else { return false }
      switch answer {
      case "o": try write(conflict.resolved(with: conflict.ours, in: content), file)
      case "t": try write(conflict.resolved(with: conflict.theirs, in: content), file)
      case "e":
        do {
          let line = conflict.lines.lowerBound + 1
          try write(try Editor.edited(content, name: name, line: line), file)
        } catch let error as PatchkitError {
          Console.error(Failure.text(error))
        }
      case "s": skipped += 1
      case "q": return false
      default:
        try Console.print(
          """
            o  use the tree's lines
            t  use the patch's lines
            e  edit the file in your editor
            s  skip to the next one
            q  quit; your decisions stay in the file

          """)
      }
    }
    return true
  }

  private func write(_ content: [UInt8], _ file: DecisionStore.Pending) throws {
    let tree = try DirectoryTree(path: file.tree)
    let path = try TreePath(Array(file.path.utf8))
    guard let before = try tree.file(at: path) else { return }
    try tree.land([
      TreeChange(path: path, before: before, after: TreeFile(mode: before.mode, content: content))
    ])
  }
}
