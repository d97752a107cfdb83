// SPDX-License-Identifier: GPL-2.0-only

extension FilePatch {
  /// The paths that the patch speaks of, after stripping, still unchecked bytes.
  public struct Paths: Sendable, Hashable {
    /// The path before; nil for a new file.
    public var old: [UInt8]?
    /// The path after; nil for a deleted file.
    public var new: [UInt8]?
    /// Makes a pair of paths.
    package init(old: [UInt8]?, new: [UInt8]?) {
      self.old = old
      self.new = new
    }

    /// The path to name in a report.
    package var shown: [UInt8] { new ?? old ?? [] }
  }

  /// The components to strip if no option gives a number.
  ///
  /// 1, and 0 for a plain diff whose name after has no folder, as git guesses.
  public var usualStrip: Int {
    guard dialect == .unified, let name = newName ?? oldName else { return 1 }
    return name.contains(UInt8(ascii: "/")) ? 1 : 0
  }

  /// The paths with `strip` leading components taken off, as `patch -p` and `git apply -p` do.
  ///
  /// - Returns: nil where a name has too few components for `strip`.
  /// - Note: git's rename and copy lines carry no `a/`, so they lose one component less, as in git.
  public func paths(strip: Int) -> Paths? {
    let count = namesHaveNoPrefix ? max(0, strip - 1) : strip
    func stripped(_ name: [UInt8]?) -> [UInt8]?? {
      guard let name else { return .some(nil) }
      guard let rest = name.strippingComponents(count)?.withoutDots, !rest.isEmpty else {
        return nil
      }
      return .some(rest)
    }
    var paths: Paths
    switch (stripped(oldName), stripped(newName)) {
    case (nil, nil): return nil
    case (nil, .some(let new)):
      guard dialect == .unified, let new else { return nil }
      paths = Paths(old: new, new: new)
    case (.some(let old), nil):
      guard dialect == .unified, let old else { return nil }
      paths = Paths(old: old, new: old)
    case (.some(let old), .some(let new)): paths = Paths(old: old, new: new)
    }
    if dialect == .unified, let old = paths.old, let new = paths.new, old != new {
      // Plain diffs often compare `file.orig` with `file`, or two folders of one tree. As git does,
      // the name after is taken unless it is the one before with something tacked on.
      let chosen = new.starts(with: old) ? old : new
      paths = Paths(old: chosen, new: chosen)
    }
    switch change {
    case .create: paths.old = nil
    case .delete: paths.new = nil
    case .modify:
      if paths.old == nil { paths.old = paths.new }
      if paths.new == nil { paths.new = paths.old }
    case .rename, .copy: break
    }
    return paths
  }
}

extension [UInt8] {
  /// The path without its first `count` components, runs of slashes counting as one; nil where
  /// nothing would be left.
  func strippingComponents(_ count: Int) -> ArraySlice<UInt8>? {
    var index = startIndex
    for _ in 0..<count {
      guard let slash = self[index...].firstIndex(of: UInt8(ascii: "/")) else { return nil }
      index = self[slash...].firstIndex { $0 != UInt8(ascii: "/") } ?? endIndex
    }
    return index < endIndex ? self[index...] : nil
  }
}

extension ArraySlice<UInt8> {
  /// The path without components that lead nowhere: `.` and empty ones, except at its start where a
  /// slash makes the path absolute.
  fileprivate var withoutDots: [UInt8] {
    let dot = UInt8(ascii: ".")
    let slash = UInt8(ascii: "/")
    let isPlain = !contains(dot) || !containsDotComponent
    if isPlain { return Array(self) }
    let parts = split(separator: slash, omittingEmptySubsequences: false)
    let kept = parts.enumerated().filter { index, part in
      !(part.count == 1 && part.first == dot)
        && !(part.isEmpty && index > 0 && index < parts.count - 1)
    }
    return Array(kept.map(\.element).joined(separator: [slash]))
  }

  private var containsDotComponent: Bool {
    split(separator: UInt8(ascii: "/")).contains { $0.count == 1 && $0.first == UInt8(ascii: ".") }
  }
}
