// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// What a run is to do to a folder, as its journal states it.
package struct JournalPlan: Sendable {
  /// A version of a file: its kind, and the git id of its content.
  package struct Version: Sendable, Hashable {
    package var mode: TreeFile.Mode
    package var id: String

    package init(_ file: TreeFile) throws(PatchkitError) {
      mode = file.mode
      id = try convertingGitErrors { try ObjectID.ofBlob(file.content).description }
    }

    /// The version that a child of a folder is; a large file is read in pieces.
    init(
      _ name: [UInt8], _ status: Folder.Status, in folder: borrowing Folder, path: TreePath
    ) throws(PatchkitError) {
      guard !status.isLink else {
        let target = try folder.read(name, status, path: path)
        mode = .symlink
        id = try convertingGitErrors { try ObjectID.ofBlob(target).description }
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

    fileprivate var text: String { String(mode.rawValue, radix: 8) + ":" + id }
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

  /// A branch that is to move once the files are in place, with the index brought along.
  package struct BranchMove: Sendable {
    /// The full name, such as `refs/heads/main`.
    package var name: String
    /// The commit it is at, in hex digits.
    package var from: String
    /// The commit it is to be at.
    package var to: String
    /// Whether it undoes a move: a branch that another program has moved meanwhile stays where it is.
    package private(set) var isUndo = false

    package init(name: String, from: String, to: String) {
      self.name = name
      self.from = from
      self.to = to
    }

    /// The move back.
    var reversed: BranchMove {
      var back = BranchMove(name: name, from: to, to: from)
      back.isUndo = true
      return back
    }
  }

  /// The changes, in the order of their numbers.
  package var steps: [Step] = []
  /// The branch to move.
  package var branch: BranchMove?
  /// The folders to make, each after the one that it is in.
  package var folders: [TreePath] = []

  /// The paths that change.
  package var paths: [TreePath] { steps.map(\.path) }

  package init(steps: [Step] = [], branch: BranchMove? = nil) {
    self.steps = steps
    self.branch = branch
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
        guard parts.count == 4, ObjectID(parts[1]) != nil, ObjectID(parts[2]) != nil,
          branch == nil
        else { return nil }
        branch = BranchMove(name: parts[3], from: parts[1], to: parts[2])
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

  /// The plan as it is written.
  package var content: [UInt8] {
    var text = Array("patchkit journal 2\n".utf8)
    if let branch { text += "branch \(branch.from) \(branch.to) \(branch.name)\n".utf8 }
    for folder in folders { text += Array("folder ".utf8) + folder.bytes + [0x0A] }
    for step in steps {
      text += "\(step.before?.text ?? "-") \(step.after?.text ?? "-") ".utf8
      text += step.path.bytes + [0x0A]
    }
    return text + Array("end\n".utf8)
  }
}
