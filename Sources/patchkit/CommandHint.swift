// SPDX-License-Identifier: GPL-2.0-only

import Host

/// This run's command line as another command takes it: what a hint prints works when it is pasted.
struct CommandHint {
  /// The words after the command's own name.
  private let words: [String]

  /// The options that only `apply` and `backport` have, with the number of words that follow each.
  private static let own: [String: [String: Int]] = [
    "backport": ["--unidiff-zero": 0],
    "resolve": [
      "--unidiff-zero": 0, "--explain": 0, "--conflicts": 1, "--record": 0,
      "--with-prerequisites": 0,
      "--yes": 0, "-y": 0, "--build": 1, "--build-manifest": 0, "--build-limit": 1, "--trust-c": 0,
    ],
  ]

  /// Takes the words of a command line.
  ///
  /// - Parameter arguments: the words after the program's name.
  init(_ arguments: [String] = Array(CommandLine.arguments.dropFirst())) {
    let start = arguments.firstIndex { Self.commands.contains($0) }.map { $0 + 1 } ?? 0
    words = Array(arguments[start...])
  }

  private static let commands: Set<String> = ["apply", "backport", "resolve"]

  /// The command line for another command on one of the trees, in quotes.
  ///
  /// - Parameters:
  ///   - name: `backport` or `resolve`.
  ///   - tree: the tree; the current folder is not named.
  ///   - patches: the patches as they were named; with none, or with standard input, the command line names a
  ///     file for them.
  ///   - rest: the patches to name instead; nil names the same.
  func text(
    _ name: String, onto tree: String, patches: [String], rest: [String]? = nil
  ) -> String {
    let isPiped = patches.isEmpty || patches.contains("-")
    var kept: [String] = []
    var index = 0
    var isPath = false
    let dropped = (Self.own[name] ?? [:]).merging(["--onto": 1, "--quiet": 0, "-q": 0]) { own, _ in
      own
    }
    while index < words.count {
      let word = words[index]
      index += 1
      if isPath || !word.hasPrefix("-") || word == "-" {
        if word == "-" || rest != nil && patches.contains(word) { continue }
        kept.append(word)
      } else if word == "--" {
        isPath = true
        kept.append(word)
      } else if let following = dropped[word] {
        index += following
      } else if let sign = word.firstIndex(of: "="), dropped[String(word[..<sign])] != nil {
        continue
      } else {
        kept.append(word)
      }
    }
    let options = tree == "." ? [] : ["--onto", tree]
    let line = ([name] + options + kept + (rest ?? [])).map { Shell.quoted($0) }
      .joined(separator: " ")
    // What was piped in is gone.
    return isPiped
      ? "'patchkit \(line) FILE' (save the patches in a file first)" : "'patchkit \(line)'"
  }
}
