// SPDX-License-Identifier: GPL-2.0-only

public import PatchFormat

/// How a patch is applied to a tree.
public struct ApplyOptions: Sendable, Hashable {
  /// The leading components to take off the names (`-p`); nil takes what each header suggests.
  public var strip: Int?
  /// Reverse-apply the patch (`-R`).
  public var isReversed: Bool
  /// A folder of the tree that goes before every name (`--directory`).
  public var directory: [UInt8]
  /// Which files of the patch are taken.
  package var filter = PathFilter()
  /// Hunks without context go to the lines they state.
  public var trustsLineNumbers: Bool
  /// Which damage of the patch is taken with its assumption.
  public var strictness: Strictness
  /// How sure the tolerant strategies have to be; nil leaves them out, as `apply` does.
  public var accept: Confidence?
  /// Whether the pre-image that the `index` line names is looked for in the tree's repository.
  public var looksForPreImage: Bool
  /// Whether blanks at the ends of added lines are left out in C files, as the kernel's maintainers do.
  package var stripsTrailingBlanks = false
  /// Whether what is proposed and not taken is read as C, too: for a user who decides about it.
  package var readsProposals = false
  /// Files whose parts are left out, by the user's choice (`--leave-out`).
  package var omitted: [[UInt8]] = []
  /// Whether parts of files that the tree has nothing like are left out unasked, as measurements of
  /// the rest want it.
  package var leavesOutUnknownFiles = false
  /// How much binary data is unpacked, among other limits.
  public var limits: InputLimits

  /// Makes options; the defaults are git apply's.
  public init(
    strip: Int? = nil, isReversed: Bool = false, directory: [UInt8] = [],
    trustsLineNumbers: Bool = false, strictness: Strictness = .lenient, accept: Confidence? = nil,
    looksForPreImage: Bool = true, limits: InputLimits = InputLimits()
  ) {
    self.strip = strip
    self.isReversed = isReversed
    self.directory = directory
    self.trustsLineNumbers = trustsLineNumbers
    self.strictness = strictness
    self.accept = accept
    self.looksForPreImage = looksForPreImage
    self.limits = limits
  }

  /// Whether the user leaves out the part of a file.
  package func leavesOut(_ path: [UInt8]) -> Bool {
    omitted.contains(path)
  }
}
