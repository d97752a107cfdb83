// SPDX-License-Identifier: GPL-2.0-only

package import Backport
package import KernelTree
internal import PatchFormat

extension PatchesFolder {
  /// The commits of an exported series.
  package struct Branch: Sendable {
    /// What became of the patches.
    package var outcome: SeriesOutcome
    /// The ids of the commits; empty where a patch was refused.
    package var commits: [String] = []
    /// The patches' names, one for each commit.
    package var names: [String] = []
  }

  /// Commits the series on a revision, each patch with a note that keeps its file and its lines of the
  /// series, so that `importRange` restores them byte for byte.
  ///
  /// - Parameters:
  ///   - tree: the revision to build on.
  ///   - branch: the branch to make or to move.
  ///   - isForced: move a branch that is elsewhere.
  ///   - message: the commit message of a patch that has one, where it is to be another than its own.
  package func export(
    onto tree: RevisionTree, branch: String, isForced: Bool,
    message: (PatchOutcome) throws -> String? = { _ in nil }
  ) throws -> Branch {
    let entries = entries
    let documents = try documents(entries, ApplyOptions())
    let pieces = series.pieces
    let all = series.entries
    var items: [PatchQueue.Item] = []
    var notes: [SeriesNote?] = []
    var names: [String] = []
    // A patch of nothing is a commit of nothing.
    var empty: [(before: Int, name: String, request: CommitRequest)] = []
    for (index, (entry, document)) in zip(entries, documents).enumerated() {
      let number = all.firstIndex { $0.line == entry.line } ?? index
      let own = PatchQueue.items(of: document, options: ApplyOptions(), entry: entry)
      let note = SeriesNote(
        name: entry.name, mails: max(1, own.count), piece: pieces[number],
        end: number == all.count - 1 ? pieces[number + 1] : [], patch: document.source)
      if own.isEmpty {
        let request = document.messages.first.map {
          CommitRequest($0, named: entry.name, changes: [], note: note.bytes)
        }
        if let request { empty.append((items.count, entry.name, request)) }
      }
      items += own
      names += own.map { _ in entry.name }
      notes += own.indices.map { $0 == 0 ? note : nil }
    }
    let outcome = try SeriesSession(on: tree).apply(PatchQueue(items))
    guard outcome.applies else { return Branch(outcome: outcome) }
    var requests: [(name: String, request: CommitRequest)] = []
    let messages = try outcome.patches.map(message)
    for (number, patch) in outcome.patches.enumerated() {
      requests += empty.filter { $0.before == number }.map { ($0.name, $0.request) }
      var note = notes[number]
      if let mails = note?.mails, number + mails <= messages.count {
        let own = messages[number..<(number + mails)].compactMap(\.self)
        if own.count == mails { note?.styled = try own.map(CommitRange.Record.id(ofMessage:)) }
      }
      var request = CommitRequest(
        items[number].patch.message, named: names[number], changes: patch.changes, note: note?.bytes
      )
      if let own = messages[number] { request.message = own }
      requests.append((names[number], request))
    }
    requests += empty.filter { $0.before >= outcome.patches.count }.map { ($0.name, $0.request) }
    let made = try tree.commit(requests.map(\.request), branch: branch, isForced: isForced)
    return Branch(outcome: outcome, commits: made.commits, names: requests.map(\.name))
  }
}

extension CommitRequest {
  /// The commit of a patch: its author, date and message, and its name where it has no message.
  init(_ message: Message, named name: String, changes: [TreeChange], note: [UInt8]?) {
    let description = message.description()
    let stated = ExchangeFields(message.fields).message
    let described = description.subject.isEmpty ? name + "\n" : description.commitMessage
    self.init(
      of: description, changes,
      message: stated.map { String(decoding: $0, as: UTF8.self) } ?? described,
      CommitWording(note: note))
  }
}
