// SPDX-License-Identifier: GPL-2.0-only

internal import Analysis
internal import Backport
internal import Host
internal import KernelTree
internal import PatchFormat
internal import Symbols
internal import Synchronization

/// Looks for names that patches depend on and a tree lacks; the table of the tree's names is made once, when the first
/// patch asks.
final class SymbolCheck: Sendable {
  private let target: TreeTarget
  private let isKept: Bool
  /// The identity, once computed; its text is nil if it cannot be kept.
  private struct Identity {
    var text: String?
  }

  private let state = Mutex<(table: DefinitionTable?, identity: Identity?)>((nil, nil))

  /// Prepares the check of a tree.
  ///
  /// - Parameter isKept: whether the index is kept for the next run.
  init(_ target: TreeTarget, isKept: Bool) {
    self.target = target
    self.isKept = isKept
  }

  /// What shows whether any name of the tree may have changed: git's id, or the stamps of every file and
  /// folder: a file of any name may be included, and a header may be a link.
  ///
  /// Nil where a file or a folder was changed so short a time ago that a later change could have the same stamp.
  func identity(_ tree: any KernelTree) throws -> String? {
    if let id = target.contentID { return id }
    if let known = state.withLock({ $0.identity }) { return known.text }
    let time = Machine.secondsSince1970
    let files = try tree.listing { _ in true }.sorted { $0.path < $1.path }
    let folders = try (tree as? DirectoryTree)?.names().folders
    var bytes = folders?.bytes ?? []
    for file in files { bytes += file.path.bytes + [0] + file.stamp + [0] }
    let isSettled = folders?.isSettled ?? true && files.allSatisfy { $0.isSettled(at: time) }
    let identity = isSettled ? Checksum.sha256(bytes) : nil
    state.withLock { $0.identity = Identity(text: identity) }
    return identity
  }

  /// The identity, if it was asked for in this run; nil if not.
  var knownIdentity: String? { target.contentID ?? state.withLock { $0.identity?.text } }

  private func table(_ tree: any KernelTree) throws -> DefinitionTable {
    // One thread makes it, with as many as there are cores; the others wait for it.
    try state.withLock { state in
      if let table = state.table { return table }
      let made = try SymbolIndex(tree, key: isKept ? target.contentID ?? target.identity : nil)
        .definitions()
      state.table = made
      return made
    }
  }

  /// The names that each of some patches lacks, by the patch's index in its folder.
  ///
  /// What an earlier patch's lines name is there, or is reported with that patch.
  ///
  /// - Parameter names: what the patches of the folder bring.
  func lookup(
    _ items: [LedgerItem], _ outcomes: [Int: PatchOutcome], _ tree: any KernelTree,
    _ names: SeriesNames
  ) throws -> [Int: Verification.NameLookup] {
    let table = try table(tree)
    var search = try MissingSymbols(SymbolIndex(tree, table: table))
    var result: [Int: Verification.NameLookup] = [:]
    for item in items where !item.isPrerequisite {
      // What is already applied depends on nothing; what is refused is not looked at before it applies.
      guard outcomes[item.index]?.applies == true else { continue }
      let files = item.item.patch.files.compactMap { file -> (file: FilePatch, path: String)? in
        let strip = item.item.options.strip ?? file.usualStrip
        guard let path = file.paths(strip: strip)?.shown else { return nil }
        return (file, String(decoding: path, as: UTF8.self))
      }
      let blind = try files.map(\.path).filter { path in try !search.hasHeaders(of: path) }
      if !blind.isEmpty {
        result[item.index] = Verification.NameLookup(withoutHeaders: blind)
        continue
      }
      let missing = try search.find(in: files) { symbol in
        if symbol.role == .header { return names.makes(symbol.name, before: item.index) }
        return names.names(symbol.name, before: item.index)
          || names.moves(
            table.symbols(named: symbol.name).map(\.path), before: item.index)
      }.map(Self.described)
      result[item.index] = Verification.NameLookup(missing: missing)
    }
    return result
  }

  private static func described(_ symbol: MissingSymbol) -> Verification.MissingName {
    Verification.MissingName(
      name: symbol.name, role: symbol.role.rawValue, usedAt: "\(symbol.path):\(symbol.line)",
      candidates: symbol.candidates.prefix(3).map { "\($0.name) (\($0.path))" })
  }
}
