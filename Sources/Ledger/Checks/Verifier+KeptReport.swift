// SPDX-License-Identifier: GPL-2.0-only

internal import Backport
internal import FoundationEssentials
internal import Host
internal import KernelTree
internal import PatchFormat

/// The whole report of an earlier run, used again if none of its inputs changed.
///
/// Each result is kept by itself as well: if a patch or a file of a tree changed, the results of the others are used.
extension Verifier {
  /// What a report depends on: a line of JSON, then a line for each question.
  private struct KeptInputs {
    struct Tree: Codable, Sendable {
      var identity: String
      /// What identifies the tree's names, where names were looked up.
      var names: String?
      /// How many of the lines are the tree's: what the trials asked it, and what it answered.
      var count: Int
    }
    struct Head: Codable, Sendable {
      /// The options, the patches, and what distinguishes the trees.
      var key: String
      var trees: [Tree]
      /// The run that wrote them: a random number, which the run's report has, too.
      var run: UInt64
    }
    var head: Head
    /// A digest, a tab and a question, neither of which has a control character.
    var lines: [ArraySlice<UInt8>]

    /// Takes what a run asked, tree by tree.
    init(key: String, run: UInt64, _ trees: [(tree: Tree, answers: [Record.Answer])]) {
      head = Head(key: key, trees: trees.map(\.tree), run: run)
      lines = trees.flatMap(\.answers).map { Array("\($0.digest)\t\($0.question)".utf8)[...] }
    }

    /// Reads what was kept; nil for anything else.
    init?(_ bytes: [UInt8]) {
      var rest = bytes[...]
      func next() -> ArraySlice<UInt8>? {
        guard let end = rest.firstIndex(of: 0x0A) else { return nil }
        defer { rest = rest[(end + 1)...] }
        return rest[..<end]
      }
      guard let line = next(),
        let head = try? JSONDecoder().decode(Head.self, from: Data(line))
      else { return nil }
      (self.head, lines) = (head, [])
      while let line = next() { lines.append(line) }
      var left = lines.count
      for tree in head.trees {
        guard tree.count >= 0, tree.count <= left else { return nil }
        left -= tree.count
      }
      guard left == 0, rest.isEmpty else { return nil }
    }

    /// What is kept; nil where that cannot be written.
    var bytes: [UInt8]? {
      guard let head = try? JSONEncoder().encode(head) else { return nil }
      return Array(([Array(head)[...]] + lines).map { $0 + [0x0A] }.joined())
    }

    /// Whether a line is of a search of the whole tree.
    static func isSearch(_ line: ArraySlice<UInt8>) -> Bool {
      guard let tab = line.firstIndex(of: 0x09) else { return false }
      let question = line[(tab + 1)...]
      return question.starts(with: "named ".utf8) || question.starts(with: "below ".utf8)
    }

    /// The questions of some lines, with the digests of the answers; nil where one is not a question.
    static func read(
      _ lines: ArraySlice<ArraySlice<UInt8>>
    ) -> [(question: TreeQuestion, digest: String)]? {
      var read: [(question: TreeQuestion, digest: String)] = []
      read.reserveCapacity(lines.count)
      for line in lines {
        guard let tab = line.firstIndex(of: 0x09), let question = TreeQuestion(line[(tab + 1)...])
        else { return nil }
        read.append((question, String(decoding: line[..<tab], as: UTF8.self)))
      }
      return read
    }
  }

  /// A report; a file of its own, which is decoded while the trees are asked.
  private struct KeptReport: Codable, Sendable {
    var run: UInt64
    var report: Verification
  }

  /// What a run reads apart from the trees, for each folder.
  struct Inputs: Equatable {
    /// The checksums of the patches' files, in their order.
    var patches: [[String]]
    /// The checksums of the patches that trees have of their own, by the trees' names.
    var adapted: [[String: String]]
  }

  /// The number of questions that one worker asks at a time.
  private static let questions = 64

  /// Whether the report depends on patches and trees alone.
  ///
  /// Histories, builds, ports and what people decide are looked at anew in every run.
  private var hasOnlyTrials: Bool {
    cache.isOn && !options.updates && options.changed == nil && options.upstream == nil
      && options.memory == nil && !options.searchesHistory && makeBuilds().isEmpty
      && portUnits().isEmpty
      && units.allSatisfy { $0.folder.files.allSatisfy { $0.commit == nil } }
  }

  /// Where the report and its inputs are kept: one for the same folders, whatever is in them.
  private var keptNames: (report: String, inputs: String) {
    let key = Checksum.sha256(units.flatMap { [$0.folder.name, $0.folder.path] })
    return ("report-" + key, "inputs-" + key)
  }

  /// All that the report depends on apart from what the trees answer; nil where the trees are not opened.
  private func reportKey(_ inputs: Inputs) -> String? {
    let shard = options.shard.map { "\($0.index)/\($0.count)" } ?? ""
    var parts = [
      cache.program, keptNames.report, options.description, shard, "\(options.keepsText)",
    ]
    // One collection has the same trees in each folder.
    var texts: [PatchManifest.Tree: String] = [:]
    func text(_ tree: PatchManifest.Tree) -> String {
      if let known = texts[tree] { return known }
      let text = "\(tree)"
      texts[tree] = text
      return text
    }
    for (index, unit) in units.enumerated() {
      parts += [unit.folder.kind.rawValue] + unit.folder.texts
      parts += unit.folder.files.flatMap { [$0.path, $0.entry?.text ?? ""] }
      parts += inputs.patches[index]
      parts += inputs.adapted[index].sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
      for tree in unit.trees {
        switch targets[Self.key(tree)] {
        case .success(let target)?:
          parts += [
            text(tree), target.identity, target.contentID ?? "", target.revisionID ?? "",
            target.substitutes ?? "",
          ]
        case .failure(let error)?:
          let (message, hint) = Self.said(error)
          parts += [text(tree), message, hint ?? ""]
        case nil: return nil
        }
      }
    }
    return Checksum.sha256(parts)
  }

  /// Reads the files of the patches without looking into them; nil where one cannot be read, or only once.
  private func inputs() -> Inputs? {
    @Sendable func checksum(_ file: PatchQueue.File) -> String? {
      guard InputFile.kind(of: file.path) == .file else { return nil }
      return (try? PatchQueue.read(file)).map(Checksum.sha256)
    }
    let files = units.flatMap(\.folder.files)
    let sums = WorkerPool.map(count: files.count) { checksum(files[$0]) }
    var rest = sums[...]
    var inputs = Inputs(patches: [], adapted: [])
    for unit in units {
      let own = rest.prefix(unit.folder.files.count).compactMap(\.self)
      rest = rest.dropFirst(unit.folder.files.count)
      guard own.count == unit.folder.files.count else { return nil }
      inputs.patches.append(own)
      var adapted: [String: String] = [:]
      for tree in unit.trees where unit.folder.kind != .file {
        guard let name = tree.patch else { continue }
        guard let sum = checksum(PatchQueue.File(path: "\(unit.folder.path)/\(name)")) else {
          return nil
        }
        adapted[tree.name] = sum
      }
      inputs.adapted.append(adapted)
    }
    return inputs
  }

  /// The report of an earlier run that holds; nil where there is none.
  ///
  /// Opens the trees.
  func keptReport() async throws -> Verification? {
    guard hasOnlyTrials else { return nil }
    let (names, cache) = (keptNames, cache)
    guard let bytes = cache.bytes(named: names.inputs) else { return nil }
    async let read = Self.report(named: names.report, in: cache)
    guard let kept = KeptInputs(bytes) else { return nil }
    await openTrees()
    guard let inputs = inputs(), let key = reportKey(inputs), key == kept.head.key else {
      return nil
    }
    var rest = kept.lines[...]
    do {
      for tree in kept.head.trees {
        guard try holds(tree, rest.prefix(tree.count)) else { return nil }
        rest = rest.dropFirst(tree.count)
      }
    } catch is PatchkitError {
      // A run that asks each tree for each patch reports it.
      return nil
    }
    guard let report = await read, report.run == kept.head.run else { return nil }
    for tree in units.flatMap(\.trees) where target(tree) != nil { times[tree.name] = .zero }
    return report.report
  }

  private static func report(named name: String, in cache: VerificationCache) async -> KeptReport? {
    cache.read(name, as: KeptReport.self)
  }

  /// Whether a tree still answers as it did.
  private func holds(
    _ kept: KeptInputs.Tree, _ lines: ArraySlice<ArraySlice<UInt8>>
  ) throws -> Bool {
    guard let target = opened(kept.identity), let answers = answers[kept.identity] else {
      return false
    }
    if let names = kept.names {
      guard let symbols = symbols[kept.identity] else { return false }
      guard try symbols.identity(target.open()) == names else { return false }
    }
    if lines.contains(where: KeptInputs.isSearch) { answers.askFolders(of: try target.open()) }
    let chunks = stride(from: lines.startIndex, to: lines.endIndex, by: Self.questions).map {
      lines[$0..<min(lines.endIndex, $0 + Self.questions)]
    }
    let held = try WorkerPool.map(
      count: chunks.count, worker: { try target.open() },
      { tree, chunk in
        KeptInputs.read(chunks[chunk]).map { answers.areUnchanged($0, in: tree) } ?? false
      })
    return held.allSatisfy { $0 }
  }

  /// The tree of an identity that is open; nil for none.
  private func opened(_ identity: String) -> TreeTarget? {
    for case .success(let target) in targets.values where target.identity == identity {
      return target
    }
    return nil
  }

  /// Keeps the report, if the next run could know that it holds.
  ///
  /// - Parameters:
  ///   - jobs: all jobs, of which those of this shard were run.
  ///   - records: the results of the jobs; nil for those of other shards.
  func keep(_ report: Verification, of jobs: [Job], _ records: [Record?]) {
    // A file that could not be read has no checksum.
    guard hasOnlyTrials, !readInputs.patches.joined().contains(""),
      let key = reportKey(readInputs)
    else { return }
    // By the bytes of the questions: texts that look the same are equal as strings.
    var trees: [String: (names: String?, answers: [[UInt8]: Record.Answer])] = [:]
    for (job, record) in zip(jobs, records) {
      guard let record else { continue }
      let identity = job.target.identity
      if record.unread != nil { return }
      var known = trees[identity] ?? (nil, [:])
      let isGit =
        record.treeID != nil && record.treeID == job.target.contentID
        || record.revisionID != nil && record.revisionID == job.target.revisionID
      if !isGit {
        guard let answers = record.answers else { return }
        for answer in answers {
          // The tree changed while it was asked.
          if let other = known.answers.updateValue(answer, forKey: Array(answer.question.utf8)),
            other.digest != answer.digest
          {
            return
          }
        }
      }
      if job.wantsSymbols, let symbols = job.symbols {
        guard let names = symbols.knownIdentity else { return }
        known.names = names
      }
      trees[identity] = known
    }
    let kept = trees.sorted { $0.key < $1.key }.map { identity, known in
      (
        tree: KeptInputs.Tree(
          identity: identity, names: known.names, count: known.answers.count),
        // Files of one folder follow each other.
        answers: known.answers.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
      )
    }
    let run = UInt64.random(in: 0...UInt64.max)
    guard let bytes = KeptInputs(key: key, run: run, kept).bytes else { return }
    cache.write(bytes: bytes, as: keptNames.inputs)
    cache.write(KeptReport(run: run, report: report), as: keptNames.report)
  }
}

extension Series.Entry {
  /// All that a line of a series says of its patch.
  fileprivate var text: String {
    let comment = comment.map { String(decoding: $0, as: UTF8.self) } ?? "-"
    return
      "\(String(decoding: path, as: UTF8.self))\t\(options)\t\(comment)\t\(strip)\t\(isReversed)\t\(guards)\t\(line)"
  }
}
