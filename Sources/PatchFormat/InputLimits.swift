// SPDX-License-Identifier: GPL-2.0-only

/// How much of an input is read: a larger one is not a real patch, and is refused.
public struct InputLimits: Sendable, Hashable {
  /// What is limited; each raw value is a stable name for `--limit`.
  package enum Name: String, Sendable, Hashable, CaseIterable {
    /// The bytes of an input, or of one mail of a mailbox.
    case inputSize = "input-size"
    /// The bytes of a line, decoded.
    case lineLength = "line-length"
    /// The files that one mail or patch file changes.
    case files
    /// The hunks of one mail or patch file.
    case hunks
    /// How deep parts of a mail lie in one another.
    case mimeDepth = "mime-depth"
    /// The parts of a mail.
    case mimeParts = "mime-parts"
    /// The bytes that a gzip file unpacks to, or the binary data of a patch, deltas applied, both
    /// directions together.
    case unpackedSize = "unpacked-size"

    /// Names for a reader, with commas between them.
    package static func list(_ names: [Name]) -> String {
      names.map(\.rawValue).joined(separator: ", ")
    }

    /// The default limit.
    package var usual: Int {
      switch self {
      case .inputSize: 512 << 20
      case .lineLength: 64 << 20
      case .files: 200_000
      case .hunks: 4_000_000
      case .mimeDepth: 16
      case .mimeParts: 1024
      case .unpackedSize: 128 << 20
      }
    }
  }

  private var others: [Name: Int] = [:]

  /// Makes limits, each the usual one.
  public init() {}

  /// The usual limits with changes, the last of each name.
  package init(_ changes: [(Name, Int)]) {
    for (name, number) in changes { self[name] = number }
  }

  /// A limit.
  package subscript(name: Name) -> Int {
    get { others[name] ?? name.usual }
    set { others[name] = newValue }
  }

  /// What to say where an input goes beyond a limit.
  package static func hint(_ name: Name) -> String {
    "'--limit \(name.rawValue)=NUMBER' sets the limit (with an optional K, M or G)"
  }
}
