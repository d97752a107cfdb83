// SPDX-License-Identifier: GPL-2.0-only

/// A condition before a path in SUSE's `series.conf`, such as `+arm64` or `-!vanilla`.
package struct SeriesGuard: Sendable, Hashable {
  /// Whether the patch is let in (`+`) or kept out (`-`) where the condition holds.
  package var letsIn: Bool
  /// Whether the condition is that the symbol is not defined (`!`).
  package var isInverted: Bool
  /// The symbol; empty for a condition that always holds.
  package var symbol: String

  /// Reads `+name`, `-name`, `+!name`, `-!name`, or a sign alone; nil for anything else.
  package init?(_ text: String) {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    letsIn = sign == "+"
    var rest = text.dropFirst()
    isInverted = rest.first == "!"
    if isInverted { rest = rest.dropFirst() }
    symbol = String(rest)
  }

  /// Whether the condition holds.
  func holds(_ symbols: Set<String>) -> Bool {
    symbol.isEmpty || symbols.contains(symbol) != isInverted
  }

  /// Whether guards let a patch in: the last one that holds decides, as in SUSE's `guards` script.
  ///
  /// Where none holds, a patch is kept out if its first guard is one that lets in, as it waits for its
  /// symbol; without guards it is let in.
  package static func selects(_ guards: [SeriesGuard], symbols: Set<String>) -> Bool {
    guard let first = guards.first else { return true }
    return guards.last { $0.holds(symbols) }?.letsIn ?? !first.letsIn
  }
}
