// SPDX-License-Identifier: GPL-2.0-only

internal import Git
package import Host
internal import KernelTree
package import PatchFormat

/// A commit of a repository that is read as a patch: its change against a parent, with its message.
package struct CommitSource: Sendable, Hashable {
  /// The repository's folder, as the user names it.
  package let repository: String
  /// The id, forty hex digits.
  package let id: String
  /// Which parent the change is against, from 1.
  package let parent: Int

  /// Names a commit.
  package init(repository: String, id: String, parent: Int = 1) {
    self.repository = repository
    self.id = id
    self.parent = parent
  }

  /// What to call it in messages, as a user can name it: `linux@e9e3bcecf44c`.
  package var name: String {
    repository == "." ? String(id.prefix(12)) : "\(repository)@\(id.prefix(12))"
  }

  /// The commit as `git format-patch` writes it, with the origin that keeps what its message says.
  ///
  /// - Throws: `PatchkitError` where it cannot be read, or changes no file.
  package func read() throws(PatchkitError) -> (mail: [UInt8], origin: PatchDocument.Origin) {
    try convertingGitErrors {
      guard let found = try Repository.discover(from: repository), let own = ObjectID(id) else {
        throw PatchkitError(.badInput, path: repository, "not a git repository")
      }
      let reader = try ObjectReader(ObjectStore.shared(of: found))
      guard let commit = CommitObject(try reader.read(own, .commit)) else {
        throw PatchkitError(
          .git, path: repository, "cannot read the commit \(id): it is damaged",
          hint: "'git -C \(Shell.quoted(repository)) fsck' checks the repository")
      }
      var old: ObjectID?
      if !commit.parents.isEmpty {
        guard commit.parents.count >= parent else {
          throw PatchkitError(
            .badInput, path: name, "the commit has no parent \(parent)",
            hint: "it has \(commit.parents.count): '-m 1' names the first one")
        }
        old = try found.commit(commit.parents[parent - 1]).tree
      }
      let diff = try found.patch(from: old, to: commit.tree)
      if diff.isEmpty {
        throw PatchkitError(
          .badInput, path: name, "the commit changes no file, so there is nothing to apply",
          hint: "leave it out of the range")
      }
      var origin = PatchDocument.Origin()
      let (mail, stated) = try Self.written(commit, id: id, diff)
      origin.stated = stated
      return (mail, origin)
    }
  }

  private static func written(
    _ commit: CommitObject, id: String, _ diff: [UInt8]
  ) throws(Defect) -> (mail: [UInt8], stated: PatchDescription) {
    let author = author(commit.text(commit.author.name))
    var writer = MailWriter(
      message: commit.text(commit.message), author: author,
      date: MailDate(seconds: commit.author.seconds, zoneMinutes: commit.author.zoneMinutes))
    writer.commit = id
    let (subject, body) = (writer.subject, writer.body)
    let mail = MailWriter.quoted(writer.mail(diff))
    guard var stated = PatchDocument(parsing: mail).messages.first?.description() else {
      throw Defect("a commit that was written as a mail is none")
    }
    stated.subject = subject
    stated.subjectPrefixes = []
    stated.body = body
    // A title of several lines stays one.
    let lines = commit.text(commit.message).drop { $0.isNewline }
      .split(separator: "\n", omittingEmptySubsequences: false)
    if lines.count > 1, !lines[1].allSatisfy(\.isWhitespace) {
      stated.subject = String(lines[0])
      stated.body = lines.dropFirst().joined(separator: "\n")
      while stated.body.last?.isNewline == true { stated.body.removeLast() }
      stated.bodyFollowsDirectly = true
    }
    stated.author = author
    stated.date = writer.date
    return (mail, stated)
  }

  /// `Name <address>` of a commit, as it is: the rules of mail are not those of commits.
  private static func author(_ text: String) -> MailAddress {
    guard let open = text.lastIndex(of: "<") else { return MailAddress(name: text, email: "") }
    let address = text[text.index(after: open)...].prefix { $0 != ">" }
    var name = text[..<open]
    while name.last == " " { name.removeLast() }
    return MailAddress(name: String(name), email: String(address))
  }
}
