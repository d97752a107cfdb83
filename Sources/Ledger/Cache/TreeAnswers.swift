// SPDX-License-Identifier: GPL-2.0-only

internal import Host
internal import KernelTree
internal import Synchronization

/// The digests of what a tree answered, asked again only if a stamp differs: what git's index does for a work tree.
///
/// The stamp of a file's answer is that of the file. The stamp of a list of files is that of the folder. The stamp
/// of a search of the whole tree is the checksum of the stamps of all folders. A git tree has blob ids and
/// never changes, so nothing is kept of it. An answer that was made so soon after a change that a later change could
/// have the same time is not kept.
final class TreeAnswers: Sendable {
  private struct Entry {
    var stamp: String
    var digest: String
  }

  private struct State {
    /// By the bytes of the question: texts that look the same are equal as strings.
    var entries: [[UInt8]: Entry] = [:]
    var isChanged = false
    /// The folders as an earlier run found them, and their checksum; nil where they changed since.
    var folders: (stamps: FolderStamps, checksum: String)?
    var hasAskedFolders = false
    /// The folders as this run found them are to be kept.
    var hasNewFolders = false
    /// The names of all files, once a search needed them.
    var names: PathNames?
    /// The checksum of the folders of `names`; nil where one of them changed a short time ago.
    var namesStamp: String?
    /// What this run found.
    var named: [[UInt8]: [TreePath]] = [:]
    var below: [TreePath: String] = [:]
  }

  private let state: Mutex<State>
  private let cache: VerificationCache
  private let name: String
  private let foldersName: String

  /// Opens the cache of a tree.
  init(_ tree: String, _ cache: VerificationCache) {
    self.cache = cache
    let key = Checksum.sha256([tree])
    name = "answers-" + key
    foldersName = "folders-" + key
    var state = State()
    var rest = (cache.bytes(named: name) ?? [])[...]
    while let end = rest.firstIndex(of: 0x0A) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      guard let first = line.firstIndex(of: 0x09), let last = line.lastIndex(of: 0x09),
        first < last
      else { continue }
      state.entries[Array(line[..<first])] = Entry(
        stamp: String(decoding: line[(first + 1)..<last], as: UTF8.self),
        digest: String(decoding: line[(last + 1)...], as: UTF8.self))
    }
    self.state = Mutex(state)
  }

  /// Keeps what was read.
  func save() {
    state.withLock { state in
      if state.hasNewFolders, let folders = state.folders {
        cache.write(bytes: folders.stamps.bytes, as: foldersName)
      }
      guard state.isChanged else { return }
      let lines = state.entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
        $0.key + Array("\t\($0.value.stamp)\t\($0.value.digest)\n".utf8)
      }
      cache.write(bytes: Array(lines.joined()), as: name)
    }
  }

  private func entry(_ question: TreeQuestion) -> Entry? {
    question.text.flatMap { text in state.withLock { $0.entries[Array(text.utf8)] } }
  }

  private func keep(_ question: TreeQuestion, _ stamp: String, _ digest: String) {
    guard let text = question.text else { return }
    state.withLock { state in
      state.entries[Array(text.utf8)] = Entry(stamp: stamp, digest: digest)
      state.isChanged = true
    }
  }

  // MARK: Asking again

  /// Asks for the stamps of all folders, which a search of the whole tree depends on.
  ///
  /// It is called before the lock is taken that other threads wait for.
  func askFolders(of tree: any KernelTree) { _ = foldersStamp(tree) }

  /// Whether the tree answers questions as it did.
  ///
  /// A folder is opened once for consecutive files in it.
  func areUnchanged(_ known: [(question: TreeQuestion, digest: String)], in tree: any KernelTree)
    -> Bool
  {
    let paths = known.compactMap { known in
      if case .file(let path) = known.question { path } else { nil }
    }
    var states = ((tree as? DirectoryTree)?.states(at: paths) ?? [])[...]
    return known.allSatisfy { question, digest in
      var answer: String?
      if case .file = question, let state = states.popFirst() {
        switch state {
        case .missing: answer = TreeQuestion.digestOfNothing
        case .stamp(let stamp):
          if let entry = entry(question), entry.stamp == Hex.text(stamp.bytes),
            !TreeQuestion.namesBlob(digest)
          {
            answer = entry.digest
          }
        case .unknown: break
        }
      }
      return (answer ?? self.digest(of: question, in: tree, like: digest)) == digest
    }
  }

  /// The digest of what the tree answers now; nil where it cannot be read.
  ///
  /// - Parameter known: the digest that it is compared with.
  private func digest(
    of question: TreeQuestion, in tree: any KernelTree, like known: String
  ) -> String? {
    do {
      switch question {
      case .file(let path): return try fileDigest(path, in: tree, like: known)
      case .paths(let name):
        if let stamp = foldersStamp(tree), let entry = entry(question), entry.stamp == stamp {
          return entry.digest
        }
        return TreeQuestion.digest(try paths(named: name, in: tree))
      case .files(let folder):
        if let entry = entry(question), let directory = tree as? DirectoryTree,
          let stamp = try directory.stamp(ofFolder: folder), Hex.text(stamp.bytes) == entry.stamp
        {
          return entry.digest
        }
        return TreeQuestion.digest(try files(in: folder, in: tree))
      case .allFiles(let folder):
        if let stamp = foldersStamp(tree), let entry = entry(question), entry.stamp == stamp {
          return entry.digest
        }
        if let known = state.withLock({ $0.below[folder] }) { return known }
        return TreeQuestion.digest(try allFiles(below: folder, in: tree))
      case .blob(let id): return TreeQuestion.digest(try tree.blob(named: id))
      case .committed(let path, let commit):
        return TreeQuestion.digest(try tree.blob(at: path, inCommit: commit))
      case .history: return tree.mayHaveHistory ? nil : TreeQuestion.digestOfNothing
      }
    } catch {
      return error.isOfMachine ? nil : TreeQuestion.digest(error)
    }
  }

  private func fileDigest(
    _ path: TreePath, in tree: any KernelTree, like known: String
  ) throws(PatchkitError) -> String {
    if let stamp = try? tree.stamp(at: path) {
      if stamp.blob != nil, !TreeQuestion.namesContent(known) {
        return String(decoding: stamp.bytes, as: UTF8.self)
      }
      if let entry = entry(.file(path)), entry.stamp == Hex.text(stamp.bytes),
        !TreeQuestion.namesBlob(known)
      {
        return entry.digest
      }
    }
    let (file, digest) = try read(path, in: tree)
    // A folder compared with a git tree, or the other way.
    let isOther =
      TreeQuestion.namesBlob(known) && TreeQuestion.namesContent(digest)
      || TreeQuestion.namesContent(known) && TreeQuestion.namesBlob(digest)
    return isOther ? try TreeQuestion.digest(file, like: known) : digest
  }

  /// The checksum of the stamps of all folders, where the folders have the stamps that were kept.
  private func foldersStamp(_ tree: any KernelTree) -> String? {
    guard let directory = tree as? DirectoryTree else { return nil }
    return state.withLock { state in
      if !state.hasAskedFolders {
        state.hasAskedFolders = true
        if let bytes = cache.bytes(named: foldersName), let stamps = FolderStamps(bytes),
          directory.holds(stamps)
        {
          state.folders = (stamps, Checksum.sha256(bytes))
        }
      }
      return state.folders?.checksum
    }
  }

  // MARK: Asking

  /// Reads a file, with the digest of what was read.
  func read(
    _ path: TreePath, in tree: any KernelTree
  ) throws(PatchkitError) -> (file: TreeFile?, digest: String) {
    // Before the file is read: what changes meanwhile changes the stamp.
    let time = Machine.secondsSince1970
    let stamp = (try? tree.stamp(at: path)) ?? nil
    let file = try tree.file(at: path)
    if let stamp, stamp.blob != nil { return (file, String(decoding: stamp.bytes, as: UTF8.self)) }
    let text = stamp.map { Hex.text($0.bytes) }
    if let text, let entry = entry(.file(path)), entry.stamp == text,
      ((try? tree.stamp(at: path)) ?? nil)?.bytes == stamp?.bytes
    {
      return (file, entry.digest)
    }
    let digest = try TreeQuestion.digest(file)
    if let text, file != nil, stamp?.isSettled(at: time) ?? false {
      keep(.file(path), text, digest)
    }
    return (file, digest)
  }

  /// Searches a tree for a name; a folder is listed once in a run.
  func paths(named name: [UInt8], in tree: any KernelTree) throws(PatchkitError) -> [TreePath] {
    guard let directory = tree as? DirectoryTree else { return try tree.paths(named: name) }
    let (names, stamp) = try listed(directory)
    if let known = state.withLock({ $0.named[name] }) { return known }
    let found = try directory.paths(named: name, in: names)
    state.withLock { $0.named[name] = found }
    if let stamp { keep(.paths(named: name), stamp, TreeQuestion.digest(found)) }
    return found
  }

  private func listed(
    _ directory: DirectoryTree
  ) throws(PatchkitError) -> (PathNames, stamp: String?) {
    try state.withLock { state throws(PatchkitError) in
      if let names = state.names { return (names, state.namesStamp) }
      let names = try directory.names()
      state.names = names
      if names.folders.isSettled {
        let checksum = Checksum.sha256(names.folders.bytes)
        state.namesStamp = checksum
        state.hasNewFolders = state.folders?.checksum != checksum
        state.folders = (names.folders, checksum)
        state.hasAskedFolders = true
      }
      return (names, state.namesStamp)
    }
  }

  /// Lists a folder.
  func files(in folder: [UInt8], in tree: any KernelTree) throws(PatchkitError) -> [TreePath] {
    guard let directory = tree as? DirectoryTree else { return try tree.files(in: folder) }
    let time = Machine.secondsSince1970
    let stamp = try directory.stamp(ofFolder: folder)
    let found = try directory.files(in: folder)
    if let stamp, stamp.isSettled(at: time) {
      keep(.files(in: folder), Hex.text(stamp.bytes), TreeQuestion.digest(found))
    }
    return found
  }

  /// Lists everything below a folder.
  func allFiles(
    below folder: TreePath, in tree: any KernelTree
  ) throws(PatchkitError) -> [TreePath] {
    // The folders' stamps were taken before: what changed since then changes one of them.
    let stamp = state.withLock { $0.namesStamp }
    let found = try tree.allFiles(below: folder).sorted()
    let digest = TreeQuestion.digest(found)
    state.withLock { $0.below[folder] = digest }
    if let stamp { keep(.allFiles(below: folder), stamp, digest) }
    return found
  }
}
