// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host

/// The proof that a file of a run's state was written by this program, for this user and for this very folder.
///
/// A journal, or the state of a cherry-pick, comes with the tree that it lies in, and a tree can come from
/// anywhere: such a file could move branches and remove files. So its checksum is recorded where no tree can
/// write, in the user's `StateFolder`, under the device and the inode of the folder that it is for. Without such
/// a folder nothing is believed.
///
/// The system may give the device another number when it starts again, so after a power cut the record of
/// another device counts, too, if it has the same inode and the same checksum.
package struct StateRecord: Sendable {
  /// What is recorded, as the folder of its records is called.
  package enum Subject: String, Sendable {
    /// The plan of a journal, for the root of its tree.
    case journal = "journals"
    /// The state of a cherry-pick, for the git directory of its work tree.
    case pick = "picks"
    /// The list of conflicts that wait for a decision, for the folder that it is in.
    case conflicts
  }

  private let folder: OwnFolder?
  private let name: String
  private let inode: String

  /// The record for a folder.
  package init(of subject: Subject, for root: borrowing Folder) throws(PatchkitError) {
    let status = try root.ownStatus()
    inode = "\(status.inode)"
    name = "\(status.device)-\(inode)"
    folder = StateFolder.ofUser().map { OwnFolder(in: $0, ["patchkit", subject.rawValue]) }
  }

  /// Records a file's content that is about to be written.
  ///
  /// - Parameter old: the content that the file has until then, which counts as well.
  package func write(_ content: [UInt8], replacing old: [UInt8]? = nil) throws(PatchkitError) {
    let kept = try old.map { old throws(PatchkitError) in
      try matches(old) ? Self.checksum(old) : []
    }
    try folder?.write((kept ?? []) + Self.checksum(content), to: name)
  }

  /// Whether a content is one that was recorded.
  package func matches(_ content: [UInt8]) throws(PatchkitError) -> Bool {
    guard let folder else { return false }
    let checksum = Self.checksum(content)
    if Self.has(checksum, in: try folder.read(name)) { return true }
    for other in try folder.names() where other != name && other.hasSuffix("-" + inode) {
      guard let record = try folder.read(other), Self.has(checksum, in: record) else { continue }
      try folder.write(record, to: name)
      try folder.remove(other)
      return true
    }
    return false
  }

  /// Forgets the record; the folder has no such state any more.
  package func remove() throws(PatchkitError) { try folder?.remove(name) }

  /// The line that a record has of a content.
  private static func checksum(_ content: [UInt8]) -> [UInt8] {
    Array("\(ObjectID.hash(of: content))\n".utf8)
  }

  private static func has(_ checksum: [UInt8], in record: [UInt8]?) -> Bool {
    record?.split(separator: 0x0A).contains { $0.elementsEqual(checksum.dropLast()) } ?? false
  }
}
