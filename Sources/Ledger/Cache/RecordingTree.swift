// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree

/// Files of one tree that were read, for the next job of the same thread: many patches touch the same ones.
final class ReadFiles {
  private struct Known {
    var file: TreeFile?
    /// The digest of the file; nil until it is asked for.
    var digest: String?
  }

  private var files: [TreePath: Known] = [:]
  private var size = 0

  /// More bytes than this are not kept.
  private static let room = 8 << 20

  /// Whether a file was read and is kept.
  func knows(_ path: TreePath) -> Bool { files[path] != nil }

  /// Reads a file.
  ///
  /// - Parameter answers: what records the digest of what was read; nil where nothing is recorded.
  func file(
    at path: TreePath, of tree: any KernelTree, _ answers: TreeAnswers?
  ) throws(PatchkitError) -> (file: TreeFile?, digest: String?) {
    var known: Known
    if let found = files[path] {
      known = found
      if answers == nil || known.digest != nil { return (known.file, known.digest) }
      known.digest = try TreeQuestion.digest(known.file)
    } else {
      if let answers {
        let (file, digest) = try answers.read(path, in: tree)
        known = Known(file: file, digest: digest)
      } else {
        known = Known(file: try tree.file(at: path))
      }
      size += known.file?.content.count ?? 0
      if size > Self.room {
        files.removeAll(keepingCapacity: true)
        size = known.file?.content.count ?? 0
      }
    }
    files[path] = known
    return (known.file, known.digest)
  }
}

/// A tree that notes what it is asked, and what it answered: what a result depends on.
final class RecordingTree: KernelTree {
  private let base: any KernelTree
  private let files: ReadFiles
  /// What was asked before; nil where nothing is recorded.
  private let answers: TreeAnswers?
  /// What was asked, with the digests of the answers.
  private(set) var asked: [TreeQuestion: String] = [:]
  /// Whether something was asked that cannot be asked again cheaply, or was answered differently the second time.
  private(set) var isWide = false

  /// Whether the machine failed, or a question was answered differently the second time: then the result is not kept.
  private(set) var hasFailed = false
  /// Whether a history was asked.
  private(set) var asksHistory = false
  /// Whether a blob of the repository was asked for that the tree need not have.
  private(set) var asksBlobs = false

  /// - Parameter answers: where answers are recorded; nil where the result is not kept.
  init(_ base: any KernelTree, _ files: ReadFiles, _ answers: TreeAnswers?) {
    self.base = base
    self.files = files
    self.answers = answers
  }

  /// What was asked as it is kept, in a fixed order; nil where the result cannot be kept.
  var record: [Verifier.Record.Answer]? {
    if isWide || answers == nil { return nil }
    var record: [Verifier.Record.Answer] = []
    for (question, digest) in asked {
      guard let text = question.text else { return nil }
      record.append(Verifier.Record.Answer(question: text, digest: digest))
    }
    return record.sorted { $0.question < $1.question }
  }

  private func note(_ question: TreeQuestion, _ digest: String) {
    if let known = asked.updateValue(digest, forKey: question), known != digest {
      (isWide, hasFailed) = (true, true)
    }
  }

  /// Asks the tree, and notes what it answers, be it an error.
  private func ask<Answer>(
    _ question: TreeQuestion, _ answer: () throws(PatchkitError) -> Answer,
    digest: (Answer) throws(PatchkitError) -> String?
  ) throws(PatchkitError) -> Answer {
    do {
      let answer = try answer()
      if answers != nil, let digest = try digest(answer) { note(question, digest) }
      return answer
    } catch {
      if error.isOfMachine {
        (isWide, hasFailed) = (true, true)
      } else {
        note(question, TreeQuestion.digest(error))
      }
      throw error
    }
  }

  var name: String { base.name }

  func file(at path: TreePath) throws(PatchkitError) -> TreeFile? { try read(path).file }

  private func read(
    _ path: TreePath
  ) throws(PatchkitError) -> (file: TreeFile?, digest: String?) {
    try ask(.file(path)) { () throws(PatchkitError) in
      try files.file(at: path, of: base, answers)
    } digest: {
      $0.digest
    }
  }

  /// A stamp that stays the same only where the content does that this tree answers with.
  ///
  /// With a record, the file is read, so that its digest is recorded. The stamp is from before that: a file that was
  /// read earlier may have changed since, and has its digest as a stamp.
  func stamp(at path: TreePath) throws(PatchkitError) -> FileStamp? {
    let directory = base as? DirectoryTree
    if answers == nil, let directory {
      switch directory.states(at: [path]).first {
      case .stamp(let stamp): return stamp
      case .missing: return nil
      case .unknown, nil: break
      }
    }
    let stamp = files.knows(path) ? nil : try directory?.stamp(at: path)
    let (file, digest) = try read(path)
    guard let file else { return nil }
    if let stamp { return stamp }
    guard let digest else { return try FileStamp(of: file) }
    // The digest of a git tree's file names its blob. A digest is that of a content, so it was never changed.
    let blob = digest.split(separator: " " as Character).last.map(String.init)
    return FileStamp(
      bytes: Array(digest.utf8), blob: TreeQuestion.namesBlob(digest) ? blob : nil, changed: 0)
  }

  func blob(named id: [UInt8]) throws(PatchkitError) -> [UInt8]? {
    asksBlobs = true
    return try ask(.blob(id)) { () throws(PatchkitError) in
      try base.blob(named: id)
    } digest: {
      TreeQuestion.digest($0)
    }
  }

  func blob(at path: TreePath, inCommit id: String) throws(PatchkitError) -> [UInt8]? {
    asksBlobs = true
    return try ask(.committed(path, id)) { () throws(PatchkitError) in
      try base.blob(at: path, inCommit: id)
    } digest: {
      TreeQuestion.digest($0)
    }
  }

  func paths(named name: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try ask(.paths(named: name)) { () throws(PatchkitError) in
      if let answers { return try answers.paths(named: name, in: base) }
      return try base.paths(named: name)
    } digest: {
      TreeQuestion.digest($0)
    }
  }

  func files(in folder: [UInt8]) throws(PatchkitError) -> [TreePath] {
    try ask(.files(in: folder)) { () throws(PatchkitError) in
      if let answers { return try answers.files(in: folder, in: base) }
      return try base.files(in: folder)
    } digest: {
      TreeQuestion.digest($0)
    }
  }

  func allFiles(below folder: TreePath) throws(PatchkitError) -> [TreePath] {
    try ask(.allFiles(below: folder)) { () throws(PatchkitError) in
      if let answers { return try answers.allFiles(below: folder, in: base) }
      return try base.allFiles(below: folder).sorted()
    } digest: {
      TreeQuestion.digest($0)
    }
  }

  func laterName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    noteHistory()
    return try noting { () throws(PatchkitError) in try base.laterName(of: path) }
  }

  func formerName(of path: TreePath) throws(PatchkitError) -> TreePath? {
    noteHistory()
    return try noting { () throws(PatchkitError) in try base.formerName(of: path) }
  }

  /// Notes a failure of the machine.
  private func noting<Answer>(
    _ answer: () throws(PatchkitError) -> Answer
  ) throws(PatchkitError) -> Answer {
    do { return try answer() } catch {
      if error.isOfMachine { hasFailed = true }
      throw error
    }
  }

  /// A history cannot be asked again cheaply; that there is none can.
  private func noteHistory() {
    if base.mayHaveHistory {
      (isWide, asksHistory) = (true, true)
    } else {
      note(.history, "none")
    }
  }

  func listing(where isWanted: ([UInt8]) -> Bool) throws(PatchkitError) -> [ListedFile] {
    // What is wanted cannot be kept.
    isWide = true
    return try noting { () throws(PatchkitError) in try base.listing(where: isWanted) }
  }

  func content(of file: ListedFile) throws(PatchkitError) -> [UInt8]? {
    isWide = true
    return try noting { () throws(PatchkitError) in try base.content(of: file) }
  }
}
