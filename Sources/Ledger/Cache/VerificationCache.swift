// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Host
internal import KernelTree

/// What earlier runs found, in files that can be thrown away at any time.
///
/// Everything that is kept is kept under a key that holds whatever it depends on, the program itself
/// included; what cannot be read is ignored.
struct VerificationCache: Sendable {
  private let folder: String?
  /// What identifies the running program: a different one may give different results.
  let program: String

  /// Opens the cache; one that is off keeps nothing.
  ///
  /// - Parameter folder: the folder of the files; nil for the user's own.
  init(isOn: Bool, in folder: String? = nil) {
    let folder = isOn ? folder ?? CacheFolder.ofUser("verify") : nil
    self.folder = folder
    program = folder.map(Self.program) ?? ""
  }

  /// The id that the linker made of the program, else the program's hash; kept by its file's stamp, as hashing it takes
  /// longer than a run that finds everything unchanged.
  private static func program(_ folder: String) -> String {
    let path = "/proc/self/exe"
    if let file = MappedFile(path),
      let id = unsafe file.withBytes({ unsafe BuildID.find(in: $0) })
    {
      return Hex.text(id)
    }
    guard let identity = InputFile.identity(of: path) else { return "" }
    let known = "\(folder)/program-\(Checksum.sha256([identity]))"
    if let kept = try? InputFile.read(known), kept.count == 64 {
      return String(decoding: kept, as: UTF8.self)
    }
    guard let bytes = try? InputFile.read(path) else { return "" }
    let hash = Checksum.sha256(bytes)
    try? AtomicFile.write(Array(hash.utf8), to: known)
    return hash
  }

  /// Whether anything is kept at all.
  var isOn: Bool { folder != nil && !program.isEmpty }

  /// The first words of every file; the number is that of the layout.
  private static let head = Array("patchkit verification 4 ".utf8)

  private func path(_ name: String) -> String? {
    isOn ? folder.map { "\($0)/\(name).state" } : nil
  }

  /// The bytes that are kept under a name; nil where there are none, or where their checksum differs.
  func bytes(named name: String) -> [UInt8]? {
    guard let path = path(name), let bytes = try? InputFile.read(path) else { return nil }
    let start = Self.head.count + 65
    guard bytes.count >= start, bytes.starts(with: Self.head), bytes[start - 1] == 0x0A else {
      return nil
    }
    let content = Array(bytes[start...])
    let checksum = bytes[Self.head.count..<start - 1]
    return checksum.elementsEqual(Checksum.sha256(content).utf8) ? content : nil
  }

  /// Keeps bytes under a name; where that is not possible, the next run does the work again.
  func write(bytes content: [UInt8], as name: String) {
    guard let path = path(name) else { return }
    try? AtomicFile.write(
      Self.head + Array((Checksum.sha256(content) + "\n").utf8) + content, to: path)
  }

  /// The value that is kept under a name; nil where there is none.
  ///
  /// Its outcomes are decoded when they are asked for.
  func read<Value: Decodable>(_ name: String, as type: Value.Type) -> Value? {
    guard let bytes = bytes(named: name), let end = bytes.firstIndex(of: 0x0A) else { return nil }
    let decoder = JSONDecoder()
    decoder.userInfo = OutcomeBytes(bytes[(end + 1)...]).userInfo
    return try? decoder.decode(type, from: Data(bytes[..<end]))
  }

  /// Keeps a value under a name: a line of JSON, then its outcomes.
  func write(_ value: some Encodable, as name: String) {
    guard isOn else { return }
    let outcomes = OutcomeBytes()
    let encoder = JSONEncoder()
    encoder.userInfo = outcomes.userInfo
    guard let data = try? encoder.encode(value) else { return }
    write(bytes: Array(data) + [0x0A] + outcomes.all, as: name)
  }
}
