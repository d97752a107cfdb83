// SPDX-License-Identifier: GPL-2.0-only

/// What a compiler found about a patch: the touched objects built before and after it.
///
/// It is evidence that is reported with the confidence of the hunks, and never raises it: misplaced code
/// compiles, too.
package struct BuildOutcome: Sendable, Hashable, Codable {
  /// How the builds ended together.
  package enum Result: String, Sendable, Hashable, Codable, CaseIterable {
    /// Everything was built after the patch.
    case built
    /// Something was not built before the patch either; nothing newly fails.
    case failedBefore = "failed-before"
    /// Something was built before the patch, or is new, and fails with it.
    case fails
    /// The patch touches nothing that has an object.
    case nothing = "nothing-to-build"
  }

  /// How the build of one part ended.
  package enum State: String, Sendable, Hashable, Codable, CaseIterable {
    /// It was built.
    case built
    /// The command failed.
    case failed
    /// The command was stopped at the limit of time.
    case stopped
    /// The tree does not have the source in this version.
    case absent
    /// It does not belong to the build: the command fails, and no compiler reads the source.
    case excluded
  }

  /// An object of a touched file, or everything that a command without `{objects}` and `{files}` builds.
  package struct Part: Sendable, Hashable, Codable {
    /// The object's path, such as `fs/ext4/file.o`, or the command.
    package var name: String
    /// The touched source file; nil for a whole command.
    package var source: String?
    /// How it was before the patch.
    package var before: State
    /// How it was after the patch.
    package var after: State

    /// Makes a part of which nothing is known yet.
    package init(name: String, source: String?, before: State, after: State) {
      self.name = name
      self.source = source
      self.before = before
      self.after = after
    }

    /// Whether it fails with the patch and did not without it.
    package var newlyFails: Bool {
      (after == .failed || after == .stopped) && (before == .built || before == .absent)
    }
  }

  /// Touched lines that the compiler never saw.
  package struct Region: Sendable, Hashable, Codable {
    /// Why it did not see them.
    package enum Cause: String, Sendable, Hashable, Codable, CaseIterable {
      /// A conditional such as `#if` leaves them out.
      case conditional
      /// No build reads the file.
      case unread
      /// The object was not built.
      case unbuilt
    }

    /// The path of the file in the tree.
    package var path: String
    /// The first line in the file after the patch, from 1.
    package var first: Int
    /// The last line in the file after the patch; it belongs to the region.
    package var last: Int
    /// Why the compiler did not see them.
    package var cause: Cause

    /// Makes a region.
    package init(path: String, first: Int, last: Int, cause: Cause) {
      self.path = path
      self.first = first
      self.last = last
      self.cause = cause
    }
  }

  /// The command, as the user wrote it.
  package var command: String
  /// The objects that were built, or the whole where the command names none.
  package var parts: [Part] = []
  /// The compiler's first errors: of the build with the patch if it newly fails, else of the one without it.
  package var errors: [String] = []
  /// The touched lines that the compiler never saw.
  package var uncompiled: [Region] = []
  /// How long all builds took, in seconds.
  package var seconds = 0.0

  /// Starts with nothing built.
  package init(command: String) { self.command = command }

  /// How the builds ended together.
  package var result: Result {
    if parts.contains(where: \.newlyFails) { return .fails }
    if parts.contains(where: { $0.before == .failed || $0.before == .stopped }) {
      return .failedBefore
    }
    return parts.contains { $0.after == .built } ? .built : .nothing
  }

  private enum CodingKeys: String, CodingKey {
    case command, result, parts, errors, uncompiled, seconds
  }

  /// Reads an outcome; its result follows from its parts.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    command = try values.decode(String.self, forKey: .command)
    parts = try values.decode([Part].self, forKey: .parts)
    errors = try values.decode([String].self, forKey: .errors)
    uncompiled = try values.decode([Region].self, forKey: .uncompiled)
    seconds = try values.decode(Double.self, forKey: .seconds)
  }

  /// Writes the outcome with its result.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(command, forKey: .command)
    try values.encode(result, forKey: .result)
    try values.encode(parts, forKey: .parts)
    try values.encode(errors, forKey: .errors)
    try values.encode(uncompiled, forKey: .uncompiled)
    try values.encode(seconds, forKey: .seconds)
  }

  // MARK: Sentences

  /// What is said about the builds: a line for all parts that ended in the same way, then one for each
  /// file with lines that the compiler did not see.
  package var sentences: [String] {
    if result == .nothing, uncompiled.isEmpty {
      return [
        parts.isEmpty
          ? "nothing was built: the patch changes no source file"
          : "nothing was built: no build reads the files of the patch"
      ]
    }
    var order: [String] = []
    var names: [String: [String]] = [:]
    for part in parts {
      guard let sentence = part.sentence else { continue }
      if names[sentence] == nil { order.append(sentence) }
      names[sentence, default: []].append(part.source == nil ? "'\(part.name)'" : part.name)
    }
    var lines = order.map { "\(names[$0, default: []].joined(separator: ", ")): \($0)" }
    var causes: [String: [Region]] = [:]
    var paths: [String] = []
    for region in uncompiled {
      let key = "\(region.path)\0\(region.cause.rawValue)"
      if causes[key] == nil { paths.append(key) }
      causes[key, default: []].append(region)
    }
    for key in paths {
      guard let regions = causes[key], let first = regions.first else { continue }
      let spans = regions.map { $0.first == $0.last ? "\($0.first)" : "\($0.first)-\($0.last)" }
      let isOne = regions.count == 1 && first.first == first.last
      lines.append(
        "\(first.path): the compiler did not see line\(isOne ? "" : "s") "
          + spans.joined(separator: ", ") + ": \(first.cause.sentence)")
    }
    return lines
  }
}

extension BuildOutcome.Part {
  /// How it ended; nil where there is nothing to say.
  fileprivate var sentence: String? {
    switch (before, after) {
    case (.built, .built): "built before and after the patch"
    case (.absent, .built): "built after the patch, which adds its source"
    case (.built, .absent): "built before the patch, which removes its source"
    case (.built, .failed): "built before the patch, and fails to build with it"
    case (.built, .stopped): "built before the patch, and was stopped at the time limit with it"
    case (.absent, .failed), (.absent, .stopped):
      "fails to build; the patch adds its source"
    case (.failed, .built), (.stopped, .built):
      "failed to build before the patch, and builds with it"
    case (.failed, .absent): "failed to build before the patch, which removes its source"
    case (.failed, _): "failed to build before the patch, too"
    case (.stopped, _): "was stopped at the time limit before the patch, too"
    case (_, .excluded): "does not belong to the build"
    case (.absent, .absent), (.excluded, _): nil
    }
  }
}

extension BuildOutcome.Region.Cause {
  /// The cause as a clause.
  fileprivate var sentence: String {
    switch self {
    case .conditional: "left out by a conditional such as #if"
    case .unread: "no build reads the file"
    case .unbuilt: "the object was not built"
    }
  }
}

extension PatchOutcome {
  /// Records what a compiler found, and refuses the patch where a build newly fails.
  package mutating func take(_ build: BuildOutcome) {
    self.build = build
    guard build.result == .fails else { return }
    let reason = Reason.buildFails(build.errors.first).sentence
    let failing = Set(build.parts.filter(\.newlyFails).compactMap(\.source))
    var named = files.indices.filter { index in
      let path = files[index].path
      return failing.contains(path)
        || failing.isEmpty && build.errors.contains { $0.contains(path) }
    }
    // Nothing shows which file it is.
    if named.isEmpty { named = Array(files.indices) }
    refuse(files: named, reason)
  }
}
