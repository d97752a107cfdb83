// SPDX-License-Identifier: GPL-2.0-only

public import ArgumentParser
public import Backport
internal import Evaluation
internal import Host
internal import Ledger
internal import PatchFormat

/// A value of the command line that is one of several words, each of which explains itself.
protocol NamedValue: ExpressibleByArgument, CaseIterable, RawRepresentable
where RawValue == String {}

extension NamedValue {
  /// The words, in the order in which they are declared.
  static var allValueStrings: [String] { allCases.map { $0.rawValue } }
  /// Empty: else the parser compares each word with its description at every start.
  static var allValueDescriptions: [String: String] { [:] }
}

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {}

extension DistributionStyle: ExpressibleByArgument {
  // Empty, as for `NamedValue`: the parser would compare each value with its description at every start.
  package static var allValueStrings: [String] { allCases.map { $0.rawValue } }
  package static var allValueDescriptions: [String: String] { [:] }
}

extension Shard {
  /// Reads `I/N`.
  init(argument: String) throws {
    let parts = argument.split(separator: "/" as Character).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], index >= 1,
      index <= count, count <= 10_000
    else { throw ValidationError("--shard takes I/N, with I from 1 to N.") }
    self.init(index: index, count: count)
  }
}

extension ArgumentHelp {
  /// The help of `--gpg-sign`, on every command that makes commits; of several such options the last one counts, as in
  /// git.
  static let signing: ArgumentHelp =
    "Sign commits (default: git's commit.gpgSign; the key is user.signingKey)."
}
