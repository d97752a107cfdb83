// SPDX-License-Identifier: GPL-2.0-only

public import ArgumentParser
public import Backport
internal import Evaluation
internal import Host
internal import Ledger
internal import PatchFormat

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {}

extension DistributionStyle: ExpressibleByArgument {}

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
