// SPDX-License-Identifier: GPL-2.0-only

import Backport
import CSource
import Foundation
import Host
import KernelTree
import Ledger
import PatchFormat

/// What has to hold for any input.
///
/// libFuzzer makes them. A trap is a finding, and so is a property that
/// does not hold.
enum Property: String, CaseIterable {
  case parser, mailbox, apply, delta, refresh, outline, manifest, lock, series, journal

  static let chosen = Property(
    rawValue: ProcessInfo.processInfo.environment["PATCHKIT_FUZZ"] ?? "parser")

  func check(_ bytes: [UInt8]) {
    switch self {
    case .parser: Self.parser(bytes)
    case .mailbox: Self.mailbox(bytes)
    case .apply: Self.apply(bytes)
    case .delta: Self.delta(bytes)
    case .refresh: Self.refresh(bytes)
    case .outline: Self.outline(bytes)
    case .manifest:
      _ = try? PatchManifest(String(decoding: bytes, as: UTF8.self), file: "patch.yaml")
    case .lock: Self.lock(bytes)
    case .series: Self.series(bytes)
    case .journal: Self.journal(bytes)
    }
  }

  /// Every input comes back byte for byte; findings lie in it; every description can be read.
  private static func parser(_ bytes: [UInt8]) {
    let document = PatchDocument(parsing: bytes)
    hold(document.serialized() == bytes, "the input does not come back")
    for finding in document.diagnostics {
      hold(finding.location.offset <= bytes.count && finding.location.line >= 1)
    }
    for message in document.messages {
      let description = message.description()
      _ = (description.fileName, description.commitMessage, message.subject)
      for file in message.files {
        _ = file.paths(strip: 1)
        hold(file.reversed.reversed.hunks.count == file.hunks.count)
        for hunk in file.hunks {
          hold(hunk.image(.removed).allSatisfy { hunk.content(of: $0).count >= 0 })
        }
      }
    }
  }

  /// A mailbox comes apart the same wherever its pieces end.
  private static func mailbox(_ bytes: [UInt8]) {
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
    hold(parts.flatMap(\.bytes) == input, "the parts are not the input")
    let whole = PatchDocument(parsing: input)
    hold(
      parts.count == max(1, whole.messages.count), "the parts are not the messages of the whole")
  }

  /// What applies can be taken back, and what libgit2 made is what the hunks say.
  private static func apply(_ bytes: [UInt8]) {
    let (content, patch) = halves(bytes)
    let tree = MemoryTree(["f": content, "g": Array("1\n2\n3\n".utf8)])
    guard let outcome = outcome(of: patch, on: tree), outcome.applies else { return }
    let after = tree.applying(outcome.changes)
    // Without context a hunk may fit elsewhere on the way back; a part that is there already stays.
    guard outcome.outcomes.allSatisfy({ $0.verdict == .exact }) else { return }
    guard let back = self.outcome(of: patch, on: after, isReversed: true), back.applies,
      back.outcomes.allSatisfy({ $0.verdict == .exact })
    else { return }
    hold(after.applying(back.changes).files == tree.files, "it does not go back")
  }

  /// What is written anew makes the version after of the version before.
  private static func refresh(_ bytes: [UInt8]) {
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
      fatalError("\(defect)")
    } catch {
      return
    }
    guard before != after, let outcome = outcome(of: text, on: MemoryTree(["f": before])),
      outcome.applies, outcome.outcomes.allSatisfy({ $0.verdict == .exact })
    else { return }
    hold(
      MemoryTree(["f": before]).applying(outcome.changes).files["f"]?.content == after,
      "the patch makes another file")
  }

  /// Tokens and items lie in the file, in order.
  private static func outline(_ bytes: [UInt8]) {
    let file = CSourceFile(bytes)
    for item in file.items {
      hold(item.firstLine <= item.lastLine && item.tokens.upperBound <= file.tokens.count)
      _ = (file.name(of: item), file.lines(of: item))
    }
  }

  private static func lock(_ bytes: [UInt8]) {
    _ = try? PatchLock(String(decoding: bytes, as: UTF8.self), file: "patch.lock")
  }

  /// A series comes back byte for byte, and its pieces are the whole.
  private static func series(_ bytes: [UInt8]) {
    guard let series = try? Series(parsing: bytes) else { return }
    hold(series.serialized() == bytes && series.pieces.joined().elementsEqual(bytes))
    hold(series.pieces.count == series.entries.count + 1)
    var copy = series
    try? copy.insert(Array("new.patch\n".utf8), at: series.entries.count / 2)
    if !series.entries.isEmpty { copy.remove(at: 0) }
  }

  private static let scratch: String = {
    let path = FileManager.default.temporaryDirectory.path() + "/patchkit-fuzz-\(getpid())"
    try? FileManager.default.createDirectory(
      atPath: path + "/t/.patchkit-journal", withIntermediateDirectories: true)
    try? Data("secret\n".utf8).write(to: URL(filePath: path + "/outside"))
    return path
  }()

  /// A journal that somebody else wrote changes nothing outside its tree.
  private static func journal(_ bytes: [UInt8]) {
    let tree = scratch + "/t"
    let home = tree + "/.patchkit-journal"
    try? FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
    try? Data(bytes).write(to: URL(filePath: home + "/plan"))
    for name in ["new.0", "old.0", "new.1", "old.1"] {
      try? Data(name.utf8).write(to: URL(filePath: home + "/" + name))
    }
    _ = try? DirectoryTree.recover(at: tree, rollingBack: bytes.count % 2 == 0)
    let kept = try? Data(contentsOf: URL(filePath: scratch + "/outside"))
    hold(kept == Data("secret\n".utf8), "a file outside the tree changed")
    let beside = (try? FileManager.default.contentsOfDirectory(atPath: scratch)) ?? []
    hold(beside.sorted() == ["outside", "t"], "something is beside the tree")
    try? FileManager.default.removeItem(atPath: tree)
  }

  /// A delta gives the file that another reader of deltas gives, or is refused as that one refuses it.
  private static func delta(_ bytes: [UInt8]) {
    let (base, delta) = halves(bytes)
    guard !base.isEmpty, !delta.isEmpty else { return }
    let patch = BinaryPatchText.of(delta: delta, base: base)
    let made = GitDelta.applied(delta, to: base)
    let tree = MemoryTree(["f": base])
    // One that says that it makes more than the limit is refused before it is tried.
    guard let outcome = outcome(of: patch, on: tree) else {
      return hold(made == nil, "a sound delta cannot be read")
    }
    guard outcome.applies else {
      return hold(made == nil || made == base, "a sound delta is refused")
    }
    hold(made == tree.applying(outcome.changes).files["f"]?.content, "the delta makes another file")
  }

  private static func halves(_ bytes: [UInt8]) -> ([UInt8], [UInt8]) {
    guard let first = bytes.first else { return ([], []) }
    let count = min(bytes.count - 1, Int(first) * 2)
    return (Array(bytes[1..<(1 + count)]), Array(bytes[(1 + count)...]))
  }

  private static func outcome(
    of patch: [UInt8], on tree: MemoryTree, isReversed: Bool = false
  ) -> SeriesOutcome? {
    let options = ApplyOptions(isReversed: isReversed)
    do {
      let queue = try PatchQueue(PatchDocument(parsing: patch), options: options)
      return try SeriesApplier().apply(queue, to: tree)
    } catch let defect as Defect {
      fatalError("\(defect)")
    } catch {
      return nil
    }
  }
}

/// A tree that is a dictionary.
struct MemoryTree: KernelTree {
  let name = "memory"
  var files: [String: TreeFile] = [:]

  init(_ contents: [String: [UInt8]]) {
    files = contents.mapValues { TreeFile(mode: .regular, content: $0) }
  }

  func file(at path: TreePath) throws(PatchkitError) -> TreeFile? { files[path.description] }
  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] { [] }
  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] { [] }
  func applying(_ changes: [TreeChange]) -> MemoryTree {
    var copy = self
    for change in changes { copy.files[change.path.description] = change.after }
    return copy
  }
}

/// What libFuzzer calls for each input.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  guard let property = Property.chosen else { return -1 }
  property.check(Array(UnsafeBufferPointer(start: start, count: count)))
  return 0
}

/// Ends the run with a message where a property does not hold; a precondition says nothing in a release.
private func hold(_ condition: Bool, _ message: String = "a property does not hold") {
  if !condition { fatalError(message) }
}
