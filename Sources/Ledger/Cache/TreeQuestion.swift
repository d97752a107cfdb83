// SPDX-License-Identifier: GPL-2.0-only

internal import Host
package import KernelTree

/// What a job asks a tree, so that a later run can ask it again and compare the answers.
///
/// Answers are compared by their digests.
package enum TreeQuestion: Hashable, Sendable {
  /// The file at a path.
  case file(TreePath)
  /// The paths whose last component is a name.
  case paths(named: [UInt8])
  /// The files directly in a folder.
  case files(in: [UInt8])
  /// The files and links below a folder.
  case allFiles(below: TreePath)
  /// The blob with an id, abbreviated or not.
  case blob([UInt8])
  /// The file at a path in a commit.
  case committed(TreePath, String)
  /// Whether the tree has a history.
  case history

  private var parts: (kind: String, bytes: [UInt8], commit: String) {
    switch self {
    case .file(let path): ("file", path.bytes, "")
    case .paths(let name): ("named", name, "")
    case .files(let folder): ("in", folder, "")
    case .allFiles(let folder): ("below", folder.bytes, "")
    case .blob(let id): ("blob", id, "")
    case .committed(let path, let commit): ("commit", path.bytes, commit)
    case .history: ("history", [], "")
    }
  }

  /// The question as it is kept, without control characters; nil where it cannot be kept so.
  package var text: String? {
    let (kind, bytes, commit) = parts
    guard let name = String(validating: bytes, as: UTF8.self),
      !(bytes + Array(commit.utf8)).contains(where: { $0 < 0x20 })
    else { return nil }
    return commit.isEmpty ? "\(kind) \(name)" : "\(kind) \(commit) \(name)"
  }

  /// Reads a question that was kept; nil for any other text.
  package init?(_ text: String) { self.init(Array(text.utf8)[...]) }

  /// Reads the bytes of a question that was kept; nil for any others.
  init?(_ text: ArraySlice<UInt8>) {
    guard let space = text.firstIndex(of: 0x20) else { return nil }
    let bytes = Array(text[(space + 1)...])
    switch String(decoding: text[..<space], as: UTF8.self) {
    case "file":
      guard let path = try? TreePath(bytes) else { return nil }
      self = .file(path)
    case "named": self = .paths(named: bytes)
    case "in": self = .files(in: bytes)
    case "below":
      guard let path = try? TreePath(bytes) else { return nil }
      self = .allFiles(below: path)
    case "blob": self = .blob(bytes)
    case "commit":
      let both = bytes.split(separator: 0x20, maxSplits: 1, omittingEmptySubsequences: false)
      guard both.count == 2, let path = try? TreePath(Array(both[1])) else { return nil }
      self = .committed(path, String(decoding: both[0], as: UTF8.self))
    case "history": self = .history
    default: return nil
    }
  }
}

/// The digests of answers.
extension TreeQuestion {
  /// The digest of nothing: there is no such file, and nothing was found.
  static let digestOfNothing = "none"

  /// A file's kind and the SHA-256 of its content.
  ///
  /// Of a git tree, whose blobs need not be read, it is the kind and the id of the blob: the SHA-1 that finds
  /// collisions takes several times as long.
  ///
  /// - Parameter known: the digest that it is compared with; it is of the same form.
  static func digest(
    _ file: TreeFile?, like known: String? = nil
  ) throws(PatchkitError) -> String {
    guard let file else { return digestOfNothing }
    if let known, namesBlob(known) { return "\(file.mode.rawValue) \(try file.blobID)" }
    return "\(file.mode.rawValue) sha256 \(Checksum.sha256(file.content))"
  }

  /// Whether the digest of a file has the id of its blob.
  static func namesBlob(_ digest: String) -> Bool {
    digest.utf8.count { $0 == 0x20 } == 1 && !digest.hasPrefix("error ")
  }

  /// Whether the digest of a file has the SHA-256 of its content.
  static func namesContent(_ digest: String) -> Bool {
    digest.utf8.count { $0 == 0x20 } == 2
  }

  static func digest(_ paths: [TreePath]) -> String {
    if paths.isEmpty { return digestOfNothing }
    var bytes: [UInt8] = []
    for path in paths { bytes += path.bytes + [0] }
    return Checksum.sha256(bytes)
  }

  static func digest(_ content: [UInt8]?) -> String {
    content.map(Checksum.sha256) ?? digestOfNothing
  }

  /// Jobs read an error as an answer, such as that a folder has the path of a file.
  static func digest(_ error: PatchkitError) -> String {
    "error " + Checksum.sha256([error.description])
  }
}

extension KernelTree {
  /// Whether the tree can have a history that says where files went: one of plain files has none, nor has a tree
  /// without a commit.
  var mayHaveHistory: Bool {
    if let revision = self as? RevisionTree { return revision.commitID != nil }
    return (self as? DirectoryTree)?.isWorkTree ?? true
  }
}
