// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import FoundationEssentials
internal import Synchronization

/// The outcome of a patch, as a value or as what an earlier run kept of it.
///
/// Most reports ask for the verdict alone. The rest of a kept outcome is decoded when it is asked for.
package final class KeptOutcome: Sendable {
  /// The verdict.
  package let verdict: Verdict
  /// Whether the patch applies.
  package let applies: Bool

  private struct State {
    /// The outcome; nil until it is asked for.
    var outcome: PatchOutcome?
    /// The outcome as JSON; nil until it is kept.
    var bytes: ArraySlice<UInt8>?
  }

  private let state: Mutex<State>

  /// Wraps an outcome.
  package init(_ outcome: PatchOutcome) {
    verdict = outcome.verdict
    applies = outcome.applies
    state = Mutex(State(outcome: outcome))
  }

  private init(verdict: Verdict, applies: Bool, bytes: ArraySlice<UInt8>) {
    self.verdict = verdict
    self.applies = applies
    state = Mutex(State(bytes: bytes))
  }

  /// The outcome; nil where what was kept cannot be decoded.
  package var outcome: PatchOutcome? {
    state.withLock { state in
      if state.outcome == nil, let bytes = state.bytes {
        state.outcome = try? JSONDecoder().decode(PatchOutcome.self, from: Data(bytes))
      }
      return state.outcome
    }
  }

  /// The outcome as JSON; encoded once, however many files keep it.
  private func encoded() throws -> ArraySlice<UInt8> {
    try state.withLock { state in
      if let bytes = state.bytes { return bytes }
      let bytes = Array(try JSONEncoder().encode(state.outcome))[...]
      state.bytes = bytes
      return bytes
    }
  }
}

extension KeptOutcome: Hashable {
  /// Whether two are outcomes that say the same.
  package static func == (a: KeptOutcome, b: KeptOutcome) -> Bool {
    a === b || a.outcome == b.outcome
  }

  /// Hashes the outcome.
  package func hash(into hasher: inout Hasher) { hasher.combine(outcome) }
}

extension KeptOutcome: Codable {
  /// What is written of an outcome whose JSON is elsewhere.
  private struct Reference: Codable {
    var verdict: Verdict
    var applies: Bool
    var start: Int
    var count: Int
  }

  /// Takes an outcome, or where a file that is being read has one.
  package convenience init(from decoder: any Decoder) throws {
    guard let outcomes = OutcomeBytes.of(decoder.userInfo) else {
      self.init(try PatchOutcome(from: decoder))
      return
    }
    let reference = try Reference(from: decoder)
    guard let bytes = outcomes.slice(reference.start, reference.count) else {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "no such bytes"))
    }
    self.init(verdict: reference.verdict, applies: reference.applies, bytes: bytes)
  }

  /// Writes the outcome, or where a file that is being written has it.
  package func encode(to encoder: any Encoder) throws {
    guard let outcomes = OutcomeBytes.of(encoder.userInfo) else {
      try outcome.encode(to: encoder)
      return
    }
    let bytes = try encoded()
    let start = outcomes.append(bytes)
    try Reference(verdict: verdict, applies: applies, start: start, count: bytes.count)
      .encode(to: encoder)
  }
}

/// The JSON of the outcomes of a file, one after the other, so that each can be decoded alone.
final class OutcomeBytes: Sendable {
  private static let key = CodingUserInfoKey(rawValue: "outcomes")

  private let bytes: Mutex<ArraySlice<UInt8>>

  init(_ bytes: ArraySlice<UInt8> = []) { self.bytes = Mutex(bytes) }

  /// What a coder is given, so that it writes or reads outcomes here.
  var userInfo: [CodingUserInfoKey: any Sendable] { Self.key.map { [$0: self] } ?? [:] }

  /// What a coder was given; nil where outcomes are written and read as values.
  static func of(_ userInfo: [CodingUserInfoKey: Any]) -> OutcomeBytes? {
    key.flatMap { userInfo[$0] } as? OutcomeBytes
  }

  /// All of them.
  var all: ArraySlice<UInt8> { bytes.withLock { $0 } }

  /// Appends an outcome; returns where it starts.
  func append(_ outcome: ArraySlice<UInt8>) -> Int {
    bytes.withLock { bytes in
      bytes += outcome
      return bytes.count - outcome.count
    }
  }

  /// A part; nil where there are fewer bytes.
  func slice(_ start: Int, _ count: Int) -> ArraySlice<UInt8>? {
    bytes.withLock { bytes in
      guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
        return nil
      }
      return bytes[(bytes.startIndex + start)..<(bytes.startIndex + start + count)]
    }
  }
}
