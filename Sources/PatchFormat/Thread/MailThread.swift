// SPDX-License-Identifier: GPL-2.0-only

/// The series in a mailbox that holds a discussion: the patches of the newest version in their order,
/// each with the trailers that replies gave to it.
///
/// The rules are those of b4 (`b4 am`): a trailer counts for the patch that its mail answers, directly or through
/// other replies; one given to the letter counts for every patch; one given to an older version counts where
/// the change is the same. One rule differs: two patches without a version count as two
/// versions only if their titles are the same.
package struct MailThread: Sendable {
  /// What to do with the mails of a thread.
  package struct Options: Sendable, Hashable {
    /// Take the mails as they are: every version, no trailers of replies.
    package var takesMails = false
    /// Take trailers that do not name the sender of their mail.
    package var takesAllTrailers = false
    /// Where a mail can be read, with `%s` for its id: a `Link:` trailer is added; nil adds none.
    package var linkMask: String?

    /// Replies' trailers are added, older versions are left out, no link is added.
    package init() {}
  }

  /// A patch of the series.
  struct Part: Sendable {
    /// The mail's index in the mailbox.
    var mail: Int
    /// The trailers to add at the end of its text.
    var trailers: [GivenTrailer] = []
  }

  /// The patches in their order, of all series of the mailbox.
  private(set) var parts: [Part] = []
  /// The letters of the versions that are taken.
  private(set) var letters: Set<Int> = []
  /// What was left out or added, each at the mail that it is about.
  private(set) var findings: [(mail: Int, finding: PendingDiagnostic)] = []

  /// How many trailers of a letter, and of older versions, are looked at.
  private static let mostForAll = 100

  private let mails: [ThreadMail]
  private let options: Options
  private let offsets: [Int]
  private let byID: [String: Int]
  /// The mail that each answers, where it is there.
  private let parents: [Int?]

  /// Whether mails could be more than patches in their order, by their headers alone.
  package static func isPossible(_ mails: [ThreadMail]) -> Bool {
    var numbers: [Int: Int] = [:]
    var versions: Set<Int> = []
    var ids: Set<String> = []
    for mail in mails {
      if mail.isReply || !mail.id.isEmpty && !ids.insert(mail.id).inserted { return true }
      versions.insert(mail.version ?? 1)
      guard let position = mail.position else { continue }
      let last = numbers[position.count] ?? 0
      if position.number > 0, last >= position.number || last == 0 && position.number > 1 {
        return true
      }
      numbers[position.count] = position.number == position.count ? 0 : position.number
    }
    return versions.count > 1
  }

  /// Reads the thread in a mailbox; nil where its mails are patches in their order.
  ///
  /// - Parameter isSame: whether two mails, by their index, make the same change.
  init?(_ messages: [Message], _ options: Options, isSame: (Int, Int) -> Bool) {
    guard messages.count > 1, !options.takesMails else { return nil }
    mails = messages.map { ThreadMail($0) }
    guard Self.isPossible(mails) else { return nil }
    self.options = options
    offsets = messages.map(\.range.lowerBound)
    byID = Dictionary(
      mails.enumerated().filter { !$0.element.id.isEmpty }.map { ($0.element.id, $0.offset) },
      uniquingKeysWith: { first, _ in first })
    parents = mails.enumerated().map { [byID] index, mail in
      mail.references.lazy.compactMap { byID[$0] }.first { $0 != index }
    }
    for members in conversations() { take(members, isSame: isSame) }
    // The same patches in the same order, and nothing to add: the mailbox is read as it is.
    let patches = mails.indices.filter { mails[$0].hasDiff }
    if parts.map(\.mail) == patches, parts.allSatisfy(\.trailers.isEmpty), findings.isEmpty {
      return nil
    }
  }

  // MARK: Conversations

  /// The mails that belong together, in the order of their first ones: those that answer each other,
  /// and versions of a series that were sent as threads of their own.
  private func conversations() -> [[Int]] {
    var groups = DisjointSets(count: mails.count)
    var owner: [String: Int] = [:]
    for (index, mail) in mails.enumerated() {
      for name in [mail.id] + mail.references where !name.isEmpty {
        if let other = owner[name] { groups.join(index, other) } else { owner[name] = index }
      }
    }
    struct Title: Hashable {
      var title: String
      var sender: String
    }
    var versions: [Title: Int] = [:]
    for (index, mail) in mails.enumerated() where !mail.isReply {
      let key = Title(title: mail.title, sender: mail.sender?.email.lowercased() ?? "")
      guard let other = versions.updateValue(index, forKey: key) else { continue }
      if (mails[other].version ?? 1) != (mail.version ?? 1) { groups.join(index, other) }
    }
    var members: [Int: [Int]] = [:]
    for index in mails.indices { members[groups.first(of: index), default: []].append(index) }
    return members.sorted { $0.key < $1.key }.map(\.value)
  }

  // MARK: Versions

  /// Takes the newest version of a conversation.
  private mutating func take(_ members: [Int], isSame: (Int, Int) -> Bool) {
    var versions: [Int: [Int]] = [:]
    var letters: [Int: Int] = [:]
    for index in members {
      let mail = mails[index]
      if !mail.id.isEmpty, byID[mail.id] != index {
        note(index, .repeatedMail, "the mail '\(mail.title)' is there twice; the first one is used")
        continue
      }
      if mail.isReply {
        if mail.hasDiff {
          note(
            index, .supersededPatch, "the reply '\(mail.title)' holds a diff and is left out",
            hint: "put it into a file of its own to apply it")
        }
        continue
      }
      let version = version(of: index)
      if mail.hasDiff {
        versions[version, default: []].append(index)
      } else if mail.isLetter {
        letters[version] = index
      }
    }
    versions = versions.reduce(into: [:]) { all, version in
      for (round, mails) in rounds(version.value).enumerated() {
        // A patch that was sent again without a version is newer than the one before.
        all[version.key + round, default: []] += mails
      }
    }
    guard let newest = versions.keys.max(), var taken = versions[newest] else { return }
    var old = versions.filter { $0.key != newest }
    if let completed = completed(taken, by: old[newest - 1] ?? []) {
      taken = completed
      old[newest - 1]?.removeAll { completed.contains($0) }
    }
    for (version, mails) in old.sorted(by: { $0.key < $1.key }) {
      guard let first = mails.first else { continue }
      let what = mails.count == 1 ? "patch" : "\(mails.count) patches"
      note(
        first, .supersededPatch,
        "the \(what) of version \(version) \(mails.count == 1 ? "is" : "are") left out: version \(newest) is there",
        hint: "--no-thread takes every mail as it is")
    }
    if let letter = letters[newest] { self.letters.insert(letter) }
    let numbers = taken.compactMap { mails[$0].position?.number }
    if numbers.count == taken.count, Set(numbers).count == numbers.count {
      taken.sort { (mails[$0].position?.number ?? 0) < (mails[$1].position?.number ?? 0) }
    }
    add(taken, letter: letters[newest], members: members, isSame: isSame)
  }

  /// The version of a patch or a letter: its own, or that of the letter or first patch that it answers.
  private func version(of index: Int) -> Int {
    if let version = mails[index].version { return version }
    guard let parent = parent(of: index), !mails[parent].isReply else { return 1 }
    let isHead = (mails[parent].position?.number ?? 2) < 2
    return isHead && mails[index].position != nil ? mails[parent].version ?? 1 : 1
  }

  /// Patches of one version, taken apart where a title comes again.
  private func rounds(_ patches: [Int]) -> [[Int]] {
    var rounds: [[Int]] = []
    var seen: [String: Int] = [:]
    for index in patches {
      let round =
        mails[index].version == nil && mails[index].position == nil
        ? seen[mails[index].title].map { $0 + 1 } ?? 0 : 0
      seen[mails[index].title] = round
      while rounds.count <= round { rounds.append([]) }
      rounds[round].append(index)
    }
    // Other patches of the conversation stay with the newest round.
    guard rounds.count > 1, let last = rounds.indices.last else { return rounds }
    for round in rounds.indices.dropLast() {
      let moved = rounds[round].filter { seen[mails[$0].title] == round }
      rounds[round].removeAll { seen[mails[$0].title] == round }
      rounds[last] += moved
    }
    rounds[last].sort()
    return rounds
  }

  /// A version of which only some parts were sent again, each as an answer to the part that it replaces:
  /// the others come from the version before.
  private func completed(_ newer: [Int], by older: [Int]) -> [Int]? {
    guard let count = newer.first.flatMap({ mails[$0].position?.count }), newer.count < count else {
      return nil
    }
    let answers = newer.allSatisfy { index in
      guard let position = mails[index].position else { return false }
      return ancestors(of: index).contains {
        older.contains($0) && mails[$0].position == position
      }
    }
    let sent = Set(newer.compactMap { mails[$0].position?.number })
    let kept = older.filter { mails[$0].position.map { !sent.contains($0.number) } ?? false }
    return answers && newer.count + kept.count == count ? newer + kept : nil
  }

  // MARK: Trailers

  /// Adds the patches of a series with the trailers that the mails of its conversation give.
  private mutating func add(
    _ patches: [Int], letter: Int?, members: [Int], isSame: (Int, Int) -> Bool
  ) {
    var given: [Int: [GivenTrailer]] = [:]
    var forAll: [GivenTrailer] = []
    var earlier: [(patch: Int, trailer: GivenTrailer)] = []
    let answers = Dictionary(grouping: members.filter { mails[$0].hasDiff }) { parents[$0] }
    for index in members where mails[index].isReply {
      let trailers = accepted(of: index)
      guard !trailers.isEmpty else { continue }
      for parent in ancestors(of: index) where !mails[parent].isReply {
        if patches.contains(parent) {
          given[parent, default: []] += trailers
        } else if parent == letter || isUnnumberedLetter(parent, of: patches) {
          forAll += trailers
        } else {
          // What an older letter got counts for the patches of its version.
          let old =
            mails[parent].hasDiff ? [parent] : answers[parent] ?? []
          earlier += old.flatMap { patch in trailers.map { (patch, $0) } }
        }
        break
      }
    }
    // Every patch gets them: a mailbox made to be slow could have very many of both.
    forAll = Array(forAll.prefix(Self.mostForAll))
    earlier = Array(earlier.prefix(Self.mostForAll))
    for patch in patches {
      var alike: [Int: Bool] = [:]
      let same = earlier.filter { old in
        let known = alike[old.patch] ?? isSame(old.patch, patch)
        alike[old.patch] = known
        return known
      }.map(\.trailer)
      parts.append(Part(mail: patch, trailers: (given[patch] ?? []) + same + forAll))
    }
  }

  /// Whether a mail without a number is the letter before patches: they answer it, and their sender wrote it.
  private func isUnnumberedLetter(_ mail: Int, of patches: [Int]) -> Bool {
    !mails[mail].hasDiff && mails[mail].position == nil && mails[mail].references.isEmpty
      && patches.contains {
        parent(of: $0) == mail && mails[$0].sender?.email == mails[mail].sender?.email
      }
  }

  /// The trailers of a reply that its sender may give.
  private mutating func accepted(of index: Int) -> [GivenTrailer] {
    let mail = mails[index]
    return mail.trailers.filter { trailer in
      if options.takesAllTrailers || trailer.mayBeGiven(by: mail.sender) { return true }
      let sender = mail.sender.map { "\($0.name) <\($0.email)>" } ?? "a mail without an author"
      let line = "\(trailer.trailer.token): \(trailer.trailer.value)"
      note(
        index, .foreignTrailer, "'\(line)' is not added: \(sender) sent it",
        hint: "--sloppy-trailers adds it")
      return false
    }
  }

  // MARK: Walking up

  private func parent(of index: Int) -> Int? { parents[index] }

  /// The mails that a mail answers, the nearest first; no further up than any discussion goes.
  private func ancestors(of index: Int) -> [Int] {
    var found: [Int] = []
    var current = index
    while found.count < 200, let parent = parent(of: current), parent != index {
      found.append(parent)
      current = parent
    }
    return found
  }

  private mutating func note(
    _ mail: Int, _ id: DiagnosticID, _ message: String, hint: String? = nil
  ) {
    findings.append(
      (
        mail,
        PendingDiagnostic(
          id: id, severity: .note, offset: offsets[mail], message: message, hint: hint)
      ))
  }
}
