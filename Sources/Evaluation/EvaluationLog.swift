// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Host
internal import KernelTree

/// The results of an evaluation so far, kept in a file so that a stopped run can continue.
///
/// A line of JSON for each case; the first says what was asked. A file of another question is not
/// used.
package struct EvaluationLog {
  /// The results.
  package private(set) var results: [CaseResult] = []
  private var done: Set<String> = []
  private let path: String?

  private struct Head: Codable, Equatable {
    var format = 1
    var repository: String
    var range: String
    var upstream: String
    var contenders: [String]
    var accept: String
  }

  /// Opens a log, or starts one; without a path results are kept in memory alone.
  ///
  /// - Throws: `PatchkitError` where the file is there and answers another question.
  package init(path: String?, options: EvaluationOptions) throws {
    self.path = path
    guard let path else { return }
    let head = Head(
      repository: options.repository, range: options.range, upstream: options.upstream,
      contenders: options.contenders.map(\.rawValue), accept: options.accept.rawValue)
    guard InputFile.exists(path) else {
      try Self.write([try Self.line(head)], to: path)
      return
    }
    let lines = Data(try InputFile.read(path)).split(separator: 0x0A)
    guard let first = lines.first, let found = try? JSONDecoder().decode(Head.self, from: first)
    else {
      throw PatchkitError.evaluation(
        message: "\(path) is not the state of an evaluation", hint: "choose another file")
    }
    guard found == head else {
      throw PatchkitError.evaluation(
        message: "\(path) records another evaluation: \(found.repository) \(found.range)",
        hint: "choose another file, or remove it")
    }
    // A last line that was cut off by a stop is done again.
    for line in lines.dropFirst() {
      guard let result = try? JSONDecoder().decode(CaseResult.self, from: line) else { continue }
      results.append(result)
      done.insert(result.backport)
    }
    try Self.write([try Self.line(head)] + results.map { try Self.line($0) }, to: path)
  }

  /// Whether a case has a result.
  package func holds(_ item: BackportCase) -> Bool { done.contains(item.backport) }

  /// Keeps a result.
  package mutating func append(_ result: CaseResult) throws {
    results.append(result)
    done.insert(result.backport)
    guard let path else { return }
    try OutputFile.append(Array(try Self.line(result)), to: path)
  }

  private static func line(_ value: some Encodable) throws -> Data {
    var data = try JSONEncoder().encode(value)
    data.append(0x0A)
    return data
  }

  private static func write(_ lines: [Data], to path: String) throws {
    try OutputFile.write(Array(lines.joined()), to: path, refusing: KeptFiles.refuse)
  }
}
