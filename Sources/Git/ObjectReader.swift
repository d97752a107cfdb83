// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// Reads objects of a store; it belongs to one thread.
///
/// Trees and what deltas are based on are kept for a while: a history reads the same folders, and
/// folders that differ little, again and again.
package final class ObjectReader {
  /// An object's kind and content.
  package struct Object {
    /// The kind.
    package var kind: ObjectKind
    /// The content.
    package var content: [UInt8]

    package init(kind: ObjectKind, content: [UInt8]) {
      self.kind = kind
      self.content = content
    }
  }

  private let store: ObjectStore
  private let inflater: Inflater
  /// What was read lately, by pack and offset.
  private var young: [Int: Object] = [:]
  /// What was read before that; what is used moves up, the rest is dropped.
  private var old: [Int: Object] = [:]
  private var youngBytes = 0
  private let room: Int
  /// The pack that had the last object: most others are in it, too.
  private var lastPack = 0
  /// How many reads of another pack's object are under way.
  private var otherPacks = 0

  /// A chain of deltas that is longer than this is taken as damaged; git makes them of 50, at most 4095.
  private static let longestChain = 5000
  private static let packShift = 44

  /// Makes a reader.
  ///
  /// - Parameter room: how many bytes of objects are kept.
  package init(_ store: ObjectStore, room: Int = 24 << 20) throws(GitError) {
    self.store = store
    self.room = room / 2
    guard let inflater = Inflater() else {
      throw GitError("read objects", "there is no memory to unpack them")
    }
    self.inflater = inflater
  }

  /// Reads an object; nil where the store does not have it.
  ///
  /// - Throws: `GitError` where it is damaged.
  package func read(_ id: ObjectID) throws(GitError) -> Object? {
    if let (pack, offset) = find(id) {
      guard let object = load(pack, offset) else {
        throw GitError("read the object \(id)", "its pack is damaged")
      }
      return object
    }
    return try readLoose(id)
  }

  /// Whether the store has an object.
  func has(_ id: ObjectID) -> Bool {
    find(id) != nil || LooseObject.exists(id, in: store.folders)
  }

  /// Reads an object of a kind.
  ///
  /// - Throws: `GitError`, of kind `notFound` where there is no such object.
  package func read(_ id: ObjectID, _ kind: ObjectKind) throws(GitError) -> [UInt8] {
    guard let object = try read(id) else {
      throw GitError("read the \(kind) \(id)", "the repository does not have it", .notFound)
    }
    guard object.kind == kind else {
      throw GitError("read the \(kind) \(id)", "it is a \(object.kind)")
    }
    return object.content
  }

  private func find(_ id: ObjectID) -> (pack: Int, offset: Int)? {
    if lastPack < store.packs.count, let offset = store.packs[lastPack].offset(of: id) {
      return (lastPack, offset)
    }
    for (index, pack) in store.packs.enumerated() where index != lastPack {
      if let offset = pack.offset(of: id) {
        lastPack = index
        return (index, offset)
      }
    }
    return nil
  }

  private func load(_ pack: Int, _ offset: Int) -> Object? {
    let key = pack << Self.packShift | offset
    if let known = cached(key) { return known }
    let file = store.packs[pack]
    // The deltas on the way to an object that is whole or kept.
    var deltas: [(key: Int, entry: PackFile.Entry)] = []
    var position = offset
    var base: Object?
    while base == nil {
      let own = pack << Self.packShift | position
      if !deltas.isEmpty, let known = cached(own) {
        base = known
        break
      }
      guard deltas.count < Self.longestChain, let entry = file.entry(at: position) else {
        return nil
      }
      switch entry.form {
      case .whole(let kind):
        guard let content = file.inflate(entry, with: inflater) else { return nil }
        let object = Object(kind: kind, content: content)
        if kind == .tree || !deltas.isEmpty { keep(object, own) }
        base = object
      case .delta(let next):
        deltas.append((own, entry))
        position = next
      case .deltaOfID(let id):
        deltas.append((own, entry))
        if let next = file.offset(of: id) {
          position = next
        } else {
          // Packs that base their objects on each other's are damaged.
          guard otherPacks < Self.longestChain / 50 else { return nil }
          otherPacks += 1
          defer { otherPacks -= 1 }
          guard let object = try? read(id) else { return nil }
          base = object
        }
      }
    }
    guard var object = base else { return nil }
    while let (key, entry) = deltas.popLast() {
      guard let delta = file.inflate(entry, with: inflater),
        let content = PackDelta.apply(delta, to: object.content)
      else { return nil }
      object = Object(kind: object.kind, content: content)
      if object.kind == .tree || !deltas.isEmpty { keep(object, key) }
    }
    return object
  }

  private func cached(_ key: Int) -> Object? {
    if let known = young[key] { return known }
    guard let known = old.removeValue(forKey: key) else { return nil }
    keep(known, key)
    return known
  }

  private func keep(_ object: Object, _ key: Int) {
    if object.content.count > room / 4 { return }
    if youngBytes + object.content.count > room {
      swap(&young, &old)
      young.removeAll(keepingCapacity: true)
      youngBytes = 0
    }
    young[key] = object
    youngBytes += object.content.count + 64
  }

  private func readLoose(_ id: ObjectID) throws(GitError) -> Object? {
    try LooseObject.read(id, in: store.folders, with: inflater).map {
      Object(kind: $0.kind, content: Array($0.bytes[$0.start...]))
    }
  }
}
