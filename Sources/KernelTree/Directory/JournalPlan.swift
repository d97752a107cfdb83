// SPDX-License-Identifier: GPL-2.0-only

package import Git
internal import Host

/// What a run is to do to a folder, as its journal states it.
package struct JournalPlan: Sendable {
  /// A version of a file: its kind, and the git id of its content.
  package struct Version: Sendable, Hashable {
    package var mode: TreeFile.Mode
    package var id: String

    package init(_ file: TreeFile) {
      mode = file.mode
      id = Self.id(of: file.content)
    }

    /// The git id of a content, by the function that hashes the files of the tree, too: several times as fast
    /// as libgit2's, which looks for attacks on it.
    private static func id(of content: [UInt8]) -> String {
      let head = Array("blob \(content.count)\0".utf8)
      return Hex.text(Digest.sha1(head, content))
    }

    /// The version that a child of a folder is; a large file is read in pieces.
    init(
      _ name: [UInt8], _ status: Folder.Status, in folder: borrowing Folder, path: TreePath
    ) throws(PatchkitError) {
      guard !status.isLink else {
        let target = try folder.read(name, status, path: path)
        mode = .symlink
        id = Self.id(of: target)
        return
      }
      mode = status.permissions & 0o100 != 0 ? .executable : .regular
      let head = Array("blob \(status.size)\0".utf8)
      let hash = try folder.sha1(of: name, after: head, path: path)
      id = ObjectID(bytes: hash)?.description ?? ""
    }

    fileprivate init?(_ word: some StringProtocol) {
      let parts = word.split(separator: ":")
      guard parts.count == 2, let number = UInt32(parts[0], radix: 8),
        let mode = TreeFile.Mode(rawValue: number), ObjectID(parts[1]) != nil
      else { return nil }
      self.mode = mode
      id = String(parts[1])
    }

    /// The version as a plan states it.
    package var text: String { String(mode.rawValue, radix: 8) + ":" + id }
  }

  /// The change of one path: the version before and after, nil where there is no file.
  package struct Step: Sendable {
    package var path: TreePath
    package var number: Int
    package var before: Version?
    package var after: Version?
    /// The folders on the way that do not exist yet, outermost first.
    package var missingFolders: [TreePath] = []

    package init(
      path: TreePath, number: Int, before: Version? = nil, after: Version? = nil,
      missingFolders: [TreePath] = []
    ) {
      self.path = path
      self.number = number
      self.before = before
      self.after = after
      self.missingFolders = missingFolders
    }

    /// The new version in the journal.
    package var new: [UInt8] { Array("new.\(number)".utf8) }
    /// The second name of the old version in the journal.
    package var old: [UInt8] { Array("old.\(number)".utf8) }
  }

  /// The changes, in the order of their numbers.
  package var steps: [Step] = []
  /// The references that are to move once the files are in place, in this order.
  package var moves: [ReferenceMove] = []
  /// The folders to make, each after the one that it is in.
  package var folders: [TreePath] = []

  /// The paths that change.
  package var paths: [TreePath] { steps.map(\.path) }

  package init(steps: [Step] = [], moves: [ReferenceMove] = []) {
    self.steps = steps
    self.moves = moves
    folders = Set(steps.flatMap(\.missingFolders)).sorted()
  }

  /// Reads a plan; nil where the text is not a whole one.
  package init?(_ content: [UInt8]) {
    var lines = content.split(separator: 0x0A, omittingEmptySubsequences: true)[...]
    guard content.last == 0x0A, let first = lines.popFirst(),
      first.elementsEqual("patchkit journal 2".utf8),
      let last = lines.popLast(), last.elementsEqual("end".utf8)
    else { return nil }
    for line in lines {
      let words = line.split(separator: 0x20, maxSplits: 2)
      let texts = words.map { String(decoding: $0, as: UTF8.self) }
      guard let kind = texts.first else { return nil }
      switch kind {
      case "branch":
        let parts = line.split(separator: 0x20, maxSplits: 3)
          .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 4, let from = Self.commit(parts[1]), let to = Self.commit(parts[2])
        else { return nil }
        moves.append(ReferenceMove(name: parts[3], from: from, to: to))
      case "folder":
        guard let path = try? TreePath(Array(line.dropFirst("folder ".utf8.count))) else {
          return nil
        }
        folders.append(path)
      default:
        guard texts.count == 3, let path = try? TreePath(Array(words[2])) else { return nil }
        let (before, after) = (Version(texts[0]), Version(texts[1]))
        guard before != nil || texts[0] == "-", after != nil || texts[1] == "-" else { return nil }
        steps.append(Step(path: path, number: steps.count, before: before, after: after))
      }
    }
  }

  /// A commit of a reference, or none; nil where the word is neither.
  private static func commit(_ word: String) -> ObjectID?? {
    if word == "-" { return .some(nil) }
    return ObjectID(word).map { .some($0) }
  }

  /// The plan as it is written.
  package var content: [UInt8] {
    var text = Array("patchkit journal 2\n".utf8)
    for move in moves {
      let commits = [move.from, move.to].map { $0?.description ?? "-" }.joined(separator: " ")
      text += "branch \(commits) \(move.name)\n".utf8
    }
    for folder in folders { text += Array("folder ".utf8) + folder.bytes + [0x0A] }
    for step in steps {
      text += "\(step.before?.text ?? "-") \(step.after?.text ?? "-") ".utf8
      text += step.path.bytes + [0x0A]
    }
    return text + Array("end\n".utf8)
  }
}
