// SPDX-License-Identifier: GPL-2.0-only

public import ArgumentParser
public import Backport
public import Evaluation

extension CaseHalf: ExpressibleByArgument {}

extension Confidence: ExpressibleByArgument {
  /// Reads a level by its name.
  public init?(argument: String) { self.init(name: argument) }
  /// The level as it is written.
  public var defaultValueDescription: String { name }
  /// Every level.
  public static var allValueStrings: [String] { allCases.map(\.name) }
}
