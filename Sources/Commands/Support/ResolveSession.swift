// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import Reporting
import Synchronization

/// A session about the open questions of a series: asks the user, records the answers at once, and can undo the
/// last one.
struct ResolveSession {
  private let store: DecisionStore
  /// What was decided in this session; decisions of before are taken with it, unless they are asked again.
  private let decided: Decisions
  private var view = QuestionView(width: Console.width)
  /// The keys of this session's decisions, the latest one last.
  private var keys: [String] = []
  /// What was being edited when it could not be kept.
  private var drafts: [String: [UInt8]] = [:]

  private final class Decisions: Sendable {
    private let all = Mutex<[String: Decision]>([:])
    subscript(key: String) -> Decision? {
      get { all.withLock { $0[key] } }
      set { all.withLock { $0[key] = newValue } }
    }
  }

  init(_ store: DecisionStore, forgetsOld: Bool) {
    self.store = store
    let decided = Decisions()
    self.decided = decided
    memory = ResolutionMemory { key in
      if let own = decided[key] { return own }
      return forgetsOld ? nil : store.decision(for: key).flatMap(Decision.init)
    }
  }

  /// What a run takes for decided.
  let memory: ResolutionMemory

  /// The note printed after a session that ended before the last decision.
  var summary: LabeledText {
    keys.isEmpty
      ? LabeledText()
      : "\(plural(keys.count, "decision")) recorded; run the command again to continue\n"
  }

  /// Asks about the first open question of a patch.
  ///
  /// - Returns: false if there is none, or if the user quits.
  mutating func ask(about patch: PatchOutcome) throws -> Bool {
    for file in patch.files where !file.isSettled {
      if let question = file.question {
        return try ask(
          question, shown: { $0.text(file) }, patch, path: file.oldPath ?? file.path)
      }
      let hunks = patch.patch?.files[file.index].hunks ?? []
      for hunk in file.hunks {
        guard let question = hunk.question, hunks.indices.contains(hunk.number - 1) else {
          continue
        }
        return try ask(
          question, shown: { $0.text(hunks[hunk.number - 1], hunk, in: file.path) }, patch,
          path: file.path, proposal: hunk.proposal)
      }
    }
    return false
  }

  /// Shows a question until it is answered, or until the one before it is undone.
  private mutating func ask(
    _ question: OpenQuestion, shown: (QuestionView) -> LabeledText, _ patch: PatchOutcome,
    path: String,
    proposal: Proposal? = nil
  ) throws -> Bool {
    let key = try question.key()
    let subject = patch.subject
    let answers = Answers(question, hasProposal: proposal.flatMap(question.taking) != nil)
    view.isWhole = false
    let open = patch.files.reduce(0) { sum, file in
      sum + (file.question == nil ? file.hunks.count { $0.question != nil } : 1)
    }
    let title = subject + (open > 1 ? "  (\(open) questions; one answer can settle several)" : "")
    try Console.print("\n\(.faint, title)\n\(shown(view))")
    while true {
      guard let line = try Self.answer(answers.prompt(canUndo: !keys.isEmpty)) else { return false }
      switch answers.meaning(of: line) {
      case .decided(let decision): return try keep(decision, key)
      case .proposed:
        if let decision = proposal.flatMap(question.taking) { return try keep(decision, key) }
      case .edit:
        if let decision = try edited(question, key, subject, path) {
          return try keep(decision, key)
        }
      case .widen:
        view.isWhole.toggle()
        try Console.print(shown(view))
      case .undo:
        if let last = keys.popLast() {
          decided[last] = nil
          try store.forget(last)
          return true
        }
        try Console.print("there is no decision to undo\n")
      case .quit: return false
      case .help: try Console.print(answers.help)
      case .unknown(let word):
        try Console.print("'\(word)' is not an answer here\n\(answers.help)")
      }
    }
  }

  private mutating func keep(_ decision: Decision, _ key: String) throws -> Bool {
    decided[key] = decision
    try store.keep(decision.bytes, for: key)
    keys.append(key)
    drafts[key] = nil
    return true
  }

  /// The decision that the user's edit makes; nil if it cannot be recorded, which is reported.
  private mutating func edited(
    _ question: OpenQuestion, _ key: String, _ subject: String, _ path: String
  ) throws -> Decision? {
    guard let marked = question.marked(patch: subject.isEmpty ? "the patch" : subject) else {
      return nil
    }
    do {
      let text = try Editor.edited(
        drafts[key] ?? marked.content, name: path, line: marked.line)
      drafts[key] = text
      return try question.decision(edited: text)
    } catch let problem as OpenQuestion.UnclearEdit {
      try Console.print(
        "\(problem.rawValue), so nothing was recorded; 'e' reopens your draft\n")
    } catch let error as PatchkitError {
      Console.error(Failure.text(error))
    }
    return nil
  }

  /// Reads a line from the user; nil at the end of input.
  static func answer(_ prompt: String) throws -> String? {
    try Console.print("\(.heading, prompt) ")
    guard let line = readLine() else {
      try Console.print("\n")
      return nil
    }
    // What is piped in is not seen on its way, so it is shown.
    if !Terminal.isTerminal(.input) { try Console.print("\(line)\n") }
    return line
  }
}

/// What can be answered to a question.
private struct Answers {
  enum Meaning {
    case decided(Decision)
    case proposed, edit, widen, undo, quit, help
    case unknown(String)
  }

  private let question: OpenQuestion
  private let hasProposal: Bool

  init(_ question: OpenQuestion, hasProposal: Bool) {
    self.question = question
    self.hasProposal = hasProposal
  }

  private var choices: Int {
    switch question.subject {
    case .position(let candidates): candidates.count
    case .file(let paths): paths.count
    case .conflict, .nowhere, .doubt: 0
    }
  }

  /// The letters that are taken here, and what each does.
  private var letters: [(letter: String, words: String)] {
    var all: [(String, String)] = []
    if choices > 0 { all.append((choices == 1 ? "1" : "1-\(choices)", "use this one")) }
    switch question.subject {
    case .position: all.append(("0", "none of these: edit the file by hand"))
    case .file: all.append(("PATH", "use this file of the tree"))
    case .conflict:
      if hasProposal { all.append(("y", "accept the proposal")) }
      all.append(("t", "use the patch's lines instead of the tree's"))
      all.append(("e", "edit the lines in your editor"))
    case .doubt:
      all.append(("y", "use the hunk as it is shown"))
      all.append(("e", "edit the lines in your editor"))
    case .nowhere:
      all.append(("e", "edit the file in your editor: insert the hunk where it belongs"))
    }
    all.append(("n", "leave the hunk out: the tree does not need it"))
    if choices == 0 || question.file.isEmpty == false {
      all.append(("w", "show the whole function, or only a part"))
    }
    return all
  }

  private static let always = [
    ("u", "undo the last decision"), ("q", "quit; your decisions are recorded"),
    ("?", "explain these answers"),
  ]

  func prompt(canUndo: Bool) -> String {
    let all = letters.map(\.letter) + Self.always.map(\.0).filter { canUndo || $0 != "u" }
    return "[\(all.joined(separator: ","))]"
  }

  var help: LabeledText {
    (letters + Self.always).map { letter, words in
      "  \(("\(letter)" as LabeledText).padded(to: 5)) \(words)\n"
    }.joined()
  }

  func meaning(of line: String) -> Meaning {
    let word = line.trimmingCharacters()
    if let number = Int(word), (1...max(choices, 1)).contains(number), choices > 0 {
      switch question.subject {
      case .position: return .decided(.position(number - 1))
      case .file(let paths): return .decided(.file(paths[number - 1]))
      case .conflict, .nowhere, .doubt: break
      }
    }
    guard
      word == "q" || word == "?" || word == "u" || letters.contains(where: { $0.letter == word })
    else {
      if case .file = question.subject, word.contains(where: { "./".contains($0) }) {
        return .decided(.file(word))
      }
      return .unknown(word)
    }
    switch word {
    case "0": return .decided(.noPosition)
    case "y": return question.acceptingDoubts.map { .decided($0) } ?? .proposed
    case "t": return question.takingThePatch.map { .decided($0) } ?? .unknown(word)
    case "n": return .decided(.leaveOut)
    case "e": return .edit
    case "w": return .widen
    case "u": return .undo
    case "q": return .quit
    case "?": return .help
    default: return .unknown(word)
    }
  }
}

extension String {
  fileprivate func trimmingCharacters() -> String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
