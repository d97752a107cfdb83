// SPDX-License-Identifier: GPL-2.0-only

package import PatchFormat

/// How a patch is applied to a tree.
package struct ApplyOptions: Sendable, Hashable {
  /// The leading components to take off the names (`-p`); nil takes what each header suggests.
  package var strip: Int?
  /// Reverse-apply the patch (`-R`).
  package var isReversed: Bool
  /// A folder of the tree that goes before every name (`--directory`).
  package var directory: [UInt8]
  /// Which files of the patch are taken.
  package var filter: PathFilter
  /// Hunks without context go to the lines they state.
  package var trustsLineNumbers: Bool
  /// Which damage of the patch is taken with its assumption.
  package var strictness: Strictness
  /// How sure the tolerant strategies have to be; nil leaves them out, as `apply` does.
  package var accept: Confidence?
  /// Whether the pre-image that the `index` line names is looked for in the tree's repository.
  package var looksForPreImage: Bool
  /// How much binary data is unpacked, among other limits.
  package var limits: InputLimits

  /// Makes options; the defaults are git apply's.
  package init(
    strip: Int? = nil, isReversed: Bool = false, directory: [UInt8] = [],
    filter: PathFilter = PathFilter(), trustsLineNumbers: Bool = false,
    strictness: Strictness = .lenient, accept: Confidence? = nil,
    looksForPreImage: Bool = true,
    limits: InputLimits = InputLimits()
  ) {
    self.strip = strip
    self.isReversed = isReversed
    self.directory = directory
    self.filter = filter
    self.trustsLineNumbers = trustsLineNumbers
    self.strictness = strictness
    self.accept = accept
    self.looksForPreImage = looksForPreImage
    self.limits = limits
  }
}
