// SPDX-License-Identifier: GPL-2.0-only

package import CSource

/// A definition or declaration of a name.
package struct Symbol: Sendable, Hashable {
  /// The name.
  package var name: String
  /// What it is.
  package var kind: CItem.Kind
  /// The path of the file.
  package var path: String
  /// The line, from 1.
  package var line: Int
  /// The type that a field or an enumerator belongs to; empty for none or one without a name.
  package var owner: String
}
