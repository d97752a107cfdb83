// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// The proof that a journal was written by this program, for this user and for this very folder.
///
/// A journal comes with the tree that it lies in, and a tree can come from anywhere: a plan in it could
/// move branches and remove files. So its checksum is recorded where no tree can write, in the user's
/// state folder (`XDG_STATE_HOME`, else `~/.local/state`), under the device and the inode of the tree's
/// root; without such a folder, in the git directory of the work tree.
///
/// The system may give the device another number when it starts again, so after a power cut the record of
/// another device counts, too, if it has the same inode and the same checksum.
package struct JournalRecord: Sendable {
  private let folder: OwnFolder?
  private let name: String
  private let inode: String

  /// The record for a tree's root.
  ///
  /// - Parameter gitFolder: the git directory of the work tree, if the tree is in one.
  package init(for root: borrowing Folder, gitFolder: String?) throws(PatchkitError) {
    let status = try root.ownStatus()
    inode = "\(status.inode)"
    name = "\(status.device)-\(inode)"
    func variable(_ name: String) -> String? {
      Machine.variable(name).flatMap { $0.hasPrefix("/") ? $0 : nil }
    }
    var base = variable("XDG_STATE_HOME")
    if base == nil, let home = variable("HOME") { base = home + "/.local/state" }
    if let base, (try? InputFile.makeFolder(base)) != nil {
      folder = OwnFolder(in: base, ["patchkit", "journals"])
    } else {
      folder = gitFolder.map { OwnFolder(in: $0, ["patchkit-journals"]) }
    }
  }

  /// Records a plan.
  package func write(_ plan: [UInt8]) throws(PatchkitError) {
    try folder?.write(Self.checksum(plan), to: name)
  }

  /// Whether a plan is the one that was recorded.
  func matches(_ plan: [UInt8]) throws(PatchkitError) -> Bool {
    guard let folder else { return false }
    let checksum = try Self.checksum(plan)
    if try folder.read(name) == checksum { return true }
    for other in try folder.names() where other != name && other.hasSuffix("-" + inode) {
      guard try folder.read(other) == checksum else { continue }
      try folder.write(checksum, to: name)
      try folder.remove(other)
      return true
    }
    return false
  }

  /// Forgets the record; the folder has no journal any more.
  func remove() throws(PatchkitError) { try folder?.remove(name) }

  private static func checksum(_ plan: [UInt8]) throws(PatchkitError) -> [UInt8] {
    Array("\(ObjectID.hash(of: plan))\n".utf8)
  }
}
