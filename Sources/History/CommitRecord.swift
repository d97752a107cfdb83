// SPDX-License-Identifier: GPL-2.0-only

internal import Git

/// What the index keeps of a commit, before its texts have numbers.
struct CommitRecord: Sendable {
  var number: Int
  var id: ObjectID
  var subject: [UInt8]
  var author: [UInt8]
  var authored: Int64
  var zoneMinutes: Int
  var committed: Int64
  /// `token: value`.
  var trailers: [[UInt8]]
  var mentions: [Mention]
  var titles: [TitleMention]
  /// The changed paths, as positions among the batch's, with how each changed; nil where the repository
  /// lacks what it takes to know.
  var paths: [(path: Int, change: TreeComparison.Change)]?
}

/// The records of commits that follow each other.
struct CommitBatch: Sendable {
  /// The records, by number.
  private(set) var records: [CommitRecord] = []
  /// The paths that they change, each once.
  private(set) var paths: [[UInt8]] = []

  /// Reads commits.
  ///
  /// - Parameters:
  ///   - range: which of the walk's commits.
  ///   - first: the number of the walk's first commit.
  ///   - knownTrees: the trees of parents that the walk does not have, by their numbers.
  /// - Throws: `GitError` where one cannot be read.
  init(
    _ range: Range<Int>, of walk: HistoryWalk, first: Int, _ reader: ObjectReader,
    knownTrees: [Int: ObjectID]
  ) throws {
    var positions: [[UInt8]: Int] = [:]
    var comparison = TreeComparison(reader)
    records.reserveCapacity(range.count)
    for index in range {
      let walked = walk.commits[index]
      guard let commit = CommitObject(try reader.read(walked.id, .commit)) else {
        throw HistoryStop.damagedCommit(walked.id)
      }
      let message = CommitMessage(Self.utf8(commit.message, of: commit))
      var record = CommitRecord(
        number: first + index, id: walked.id, subject: message.subject,
        author: Array(Self.utf8(commit.author.name, of: commit)),
        authored: commit.author.seconds, zoneMinutes: commit.author.zoneMinutes,
        committed: commit.committer.seconds,
        trailers: message.trailers.map { $0.token + Array(": ".utf8) + $0.value },
        mentions: message.mentions, titles: message.titles, paths: nil)
      var found: [(path: Int, change: TreeComparison.Change)] = []
      do throws(GitError) {
        if !walked.isCutOff {
          var old: [ObjectID] = []
          for parent in walked.parents {
            if parent >= first {
              old.append(walk.commits[parent - first].tree)
            } else if let known = knownTrees[parent] {
              old.append(known)
            }
          }
          try comparison.compare(walked.tree, with: old) { path, change in
            let path = Array(path)
            let position = positions[path] ?? paths.count
            if position == paths.count {
              positions[path] = position
              paths.append(path)
            }
            found.append((position, change))
          }
          record.paths = found
        }
      } catch {
        // A partial clone may lack folders; what its messages say is still known.
        guard error.kind == .notFound else { throw error }
      }
      records.append(record)
    }
  }

  /// A part of a commit in UTF-8.
  private static func utf8(_ text: ArraySlice<UInt8>, of commit: CommitObject) -> ArraySlice<UInt8>
  {
    guard text.contains(where: { $0 >= 0x80 }) else { return text }
    return Array(commit.text(text).utf8)[...]
  }
}
