// SPDX-License-Identifier: GPL-2.0-only

package import Host
package import PatchFormat

extension PatchkitError {
  /// Converts the error of an input that cannot be used: the one boundary between the parsers' errors
  /// and the users'.
  package init(_ error: PatchFormatError) {
    let found = error.diagnostic
    self.init(
      .badInput, path: error.input, line: found.location.line, byte: found.location.offset,
      found.message,
      hint: found.hint ?? "'patchkit lint' lists all findings",
      underlying: error)
    damage = found.id.rawValue
    if let assumption = found.assumption {
      details.append(
        "  assumed: \(assumption)  (--strict or --refuse \(found.id.rawValue) refuses it)")
    }
    if error.others > 0 { details.append("and \(plural(error.others, "more finding"))") }
  }
}
