// SPDX-License-Identifier: GPL-2.0-only

internal import KernelTree
internal import PatchFormat

extension SeriesSession {
  /// The numbers of the patches, in groups that do not see each other: each group in order, the
  /// groups by their first patch; nil where that is not known before the patches are tried.
  ///
  /// Such groups share no path. A path that is a folder on the way to another counts as shared, as
  /// one patch may make a file where another needs the folder. A tolerant strategy may find a
  /// patch's text in a file that another patch changes, so patches that use one are never
  /// independent.
  package static func independentGroups(_ queue: PatchQueue) -> [[Int]]? {
    guard queue.items.allSatisfy({ $0.options.accept == nil }) else { return nil }
    var pathsOf: [[[UInt8]]] = []
    for item in queue.items {
      guard let paths = item.paths else { return nil }
      pathsOf.append(paths)
    }
    return PathGroups.groups(of: pathsOf)
  }
}

/// Numbers in groups that share no path.
enum PathGroups {
  /// A path that is hashed in one step.
  private struct Key: Hashable {
    let path: [UInt8]

    func hash(into hasher: inout Hasher) { path.hashInOneStep(into: &hasher) }
  }

  /// The groups of numbers whose paths meet, each in order, the groups by their first number.
  static func groups(of pathsOf: [[[UInt8]]]) -> [[Int]] {
    var owners: [Key: Int] = [:]
    owners.reserveCapacity(pathsOf.count)
    var sets = DisjointSets(count: pathsOf.count)
    for (index, paths) in pathsOf.enumerated() {
      for path in paths {
        let key = Key(path: path)
        if let owner = owners[key] { sets.join(owner, index) } else { owners[key] = index }
      }
    }
    for (index, paths) in pathsOf.enumerated() {
      for path in paths {
        for end in path.indices where path[end] == UInt8(ascii: "/") {
          if let owner = owners[Key(path: Array(path[..<end]))] { sets.join(owner, index) }
        }
      }
    }
    var groups: [Int: [Int]] = [:]
    for index in pathsOf.indices { groups[sets.first(of: index), default: []].append(index) }
    return groups.keys.sorted().compactMap { groups[$0] }
  }
}

extension PatchQueue.Item {
  /// Every path that the patch may look at or change; nil where its names cannot be used.
  package var paths: [[UInt8]]? {
    var all: [[UInt8]] = []
    for file in patch.files {
      guard let paths = file.paths(strip: options.strip ?? file.usualStrip) else { return nil }
      for path in [paths.old, paths.new].compactMap(\.self) {
        all.append(options.directory.isEmpty ? path : options.directory + [0x2F] + path)
      }
    }
    return all
  }
}
