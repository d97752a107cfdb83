// SPDX-License-Identifier: GPL-2.0-only

import Backport
import CSource
import Foundation
import Host
import KernelTree
import Ledger
import PatchFormat
import PatchSeries
import TestTrees

/// What has to hold for any input.
///
/// `Fuzzing/run` has libFuzzer make the inputs; the test suite checks those that are kept.
package enum Property: String, CaseIterable, Sendable {
  case parser, mailbox, apply, delta, refresh, outline, manifest, lock, series, journal

  /// Checks one input.
  ///
  /// - Throws: `Broken` where the property does not hold. A trap is a finding as well.
  package func check(_ bytes: [UInt8]) throws {
    switch self {
    case .parser: try Self.parser(bytes)
    case .mailbox: try Self.mailbox(bytes)
    case .apply: try Self.apply(bytes)
    case .delta: try Self.delta(bytes)
    case .refresh: try Self.refresh(bytes)
    case .outline: try Self.outline(bytes)
    case .manifest:
      _ = try? PatchManifest(String(decoding: bytes, as: UTF8.self), file: "patch.yaml")
    case .lock: Self.lock(bytes)
    case .series: try Self.series(bytes)
    case .journal: try Self.journal(bytes)
    }
  }

  /// Every input comes back byte for byte; findings lie in it; every description can be read.
  private static func parser(_ bytes: [UInt8]) throws {
    let document = PatchDocument(parsing: bytes)
    try hold(document.serialized() == bytes, "the input does not come back")
    for finding in document.diagnostics {
      try hold(finding.location.offset <= bytes.count && finding.location.line >= 1)
    }
    for message in document.messages {
      let description = message.description()
      _ = (description.fileName, description.commitMessage, message.subject)
      for file in message.files {
        _ = file.paths(strip: 1)
        try hold(file.reversed.reversed.hunks.count == file.hunks.count)
        for hunk in file.hunks {
          try hold(hunk.image(.removed).allSatisfy { hunk.content(of: $0).count >= 0 })
        }
      }
    }
  }

  /// A mailbox comes apart the same wherever its pieces end.
  private static func mailbox(_ bytes: [UInt8]) throws {
    guard let size = bytes.first.map({ Int($0 % 37) + 1 }) else { return }
    let input = Array(bytes.dropFirst())
    var splitter = MailboxSplitter()
    var parts: [MailboxSplitter.Part] = []
    var rest = input[...]
    while !rest.isEmpty {
      parts += splitter.feed(Array(rest.prefix(size)))
      rest = rest.dropFirst(size)
    }
    parts += splitter.finish()
    try hold(parts.flatMap(\.bytes) == input, "the parts are not the input")
    let whole = PatchDocument(parsing: input)
    try hold(
      parts.count == max(1, whole.messages.count), "the parts are not the messages of the whole")
  }

  /// What applies can be reverse-applied, and what libgit2 made is what the hunks say.
  private static func apply(_ bytes: [UInt8]) throws {
    let (content, patch) = halves(bytes)
    let tree = MemoryTree(contents: ["f": content, "g": Array("1\n2\n3\n".utf8)])
    guard let outcome = try outcome(of: patch, on: tree), outcome.applies else { return }
    let after = tree.applying(outcome.changes)
    // Without context a hunk may fit elsewhere on the way back; a part that is already applied stays.
    guard isExact(outcome) else { return }
    guard let back = try self.outcome(of: patch, on: after, isReversed: true), back.applies,
      isExact(back)
    else { return }
    try hold(after.applying(back.changes).files == tree.files, "it does not go back")
  }

  /// What is written anew makes the version after of the version before.
  private static func refresh(_ bytes: [UInt8]) throws {
    let (before, rest) = halves(bytes)
    let (after, patch) = halves(rest)
    guard let path = try? TreePath(Array("f".utf8)) else { return }
    func file(_ content: [UInt8]) -> TreeFile { TreeFile(mode: .regular, content: content) }
    let document = PatchDocument(parsing: patch)
    guard !document.diagnostics.contains(where: { $0.severity == .refused }) else { return }
    let text: [UInt8]
    do {
      text = try PatchRefresh.text(
        of: document, options: ApplyOptions(),
        versions: [path: PatchRefresh.Versions(before: file(before), after: file(after))])
    } catch let defect as Defect {
      throw Broken(description: "\(defect)")
    } catch {
      return
    }
    guard before != after,
      let outcome = try outcome(of: text, on: MemoryTree(contents: ["f": before])),
      outcome.applies, isExact(outcome)
    else { return }
    try hold(
      MemoryTree(contents: ["f": before]).applying(outcome.changes).files["f"]?.content == after,
      "the patch makes another file")
  }

  /// Tokens and items lie in the file, in order.
  private static func outline(_ bytes: [UInt8]) throws {
    let file = CSourceFile(bytes)
    for item in file.items {
      try hold(item.firstLine <= item.lastLine && item.tokens.upperBound <= file.tokens.count)
      _ = (file.name(of: item), file.lines(of: item))
    }
  }

  private static func lock(_ bytes: [UInt8]) {
    _ = try? PatchLock(String(decoding: bytes, as: UTF8.self), file: "patch.lock")
  }

  /// A series comes back byte for byte, and its pieces are the whole.
  private static func series(_ bytes: [UInt8]) throws {
    guard let series = try? Series(parsing: bytes) else { return }
    try hold(series.serialized() == bytes && series.pieces.joined().elementsEqual(bytes))
    try hold(series.pieces.count == series.entries.count + 1)
    var copy = series
    try? copy.insert(Array("new.patch\n".utf8), at: series.entries.count / 2)
    if !series.entries.isEmpty { copy.remove(at: 0) }
  }

  /// A journal that another process wrote changes nothing outside its tree.
  private static func journal(_ bytes: [UInt8]) throws {
    let files = FileManager.default
    let scratch = files.temporaryDirectory.path() + "/patchkit-fuzz-\(UUID())"
    let tree = scratch + "/t"
    let home = tree + "/.patchkit-journal"
    try files.createDirectory(atPath: home, withIntermediateDirectories: true)
    defer { try? files.removeItem(atPath: scratch) }
    try Data("secret\n".utf8).write(to: URL(filePath: scratch + "/outside"))
    try Data(bytes).write(to: URL(filePath: home + "/plan"))
    for name in ["new.0", "old.0", "new.1", "old.1"] {
      try Data(name.utf8).write(to: URL(filePath: home + "/" + name))
    }
    // As if a run of the same user had written it: otherwise it is not read at all.
    let record = try StateRecord(of: .journal, for: Folder.open(tree))
    try record.write(bytes)
    defer { try? record.remove() }
    _ = try? DirectoryTree.recover(at: tree, rollingBack: bytes.count % 2 == 0)
    let outside = try? Data(contentsOf: URL(filePath: scratch + "/outside"))
    try hold(outside == Data("secret\n".utf8), "a file outside the tree changed")
    let names = (try? files.contentsOfDirectory(atPath: scratch)) ?? []
    try hold(names.sorted() == ["outside", "t"], "there is a new file next to the tree")
  }

  /// A delta gives the file that another reader of deltas gives, or is refused as that one refuses it.
  private static func delta(_ bytes: [UInt8]) throws {
    let (base, delta) = halves(bytes)
    guard !base.isEmpty, !delta.isEmpty else { return }
    let patch = BinaryPatchText.of(delta: delta, base: base)
    let made = GitDelta.applied(delta, to: base)
    let tree = MemoryTree(contents: ["f": base])
    // One that says that it makes more than the limit is refused before it is tried.
    guard let outcome = try outcome(of: patch, on: tree) else {
      return try hold(made == nil, "a sound delta cannot be read")
    }
    guard outcome.applies else {
      return try hold(made == nil || made == base, "a sound delta is refused")
    }
    try hold(
      made == tree.applying(outcome.changes).files["f"]?.content, "the delta makes another file")
  }

  private static func isExact(_ outcome: SeriesOutcome) -> Bool {
    outcome.patches.allSatisfy { $0.verdict == .exact }
  }

  private static func halves(_ bytes: [UInt8]) -> ([UInt8], [UInt8]) {
    guard let first = bytes.first else { return ([], []) }
    let count = min(bytes.count - 1, Int(first) * 2)
    return (Array(bytes[1..<(1 + count)]), Array(bytes[(1 + count)...]))
  }

  private static func outcome(
    of patch: [UInt8], on tree: MemoryTree, isReversed: Bool = false
  ) throws -> SeriesOutcome? {
    let options = ApplyOptions(isReversed: isReversed)
    do {
      let queue = try PatchQueue(PatchDocument(parsing: patch), options: options)
      return try SeriesSession(on: tree).apply(queue)
    } catch let defect as Defect {
      throw Broken(description: "\(defect)")
    } catch {
      return nil
    }
  }
}

/// A property that does not hold.
package struct Broken: Error, CustomStringConvertible {
  package var description: String
}

private func hold(_ condition: Bool, _ message: String = "a property does not hold") throws {
  if !condition { throw Broken(description: message) }
}
