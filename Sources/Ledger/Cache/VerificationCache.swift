// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials
internal import Host
internal import KernelTree

/// What earlier runs found, in files that can be thrown away at any time.
///
/// Everything that is kept is kept under a key that holds whatever it depends on, the program itself
/// included; what cannot be read is as good as not there.
struct VerificationCache: Sendable {
  private let folder: String?
  /// The SHA-256 of the running program: a different one may give different results.
  let program: String

  /// Opens the cache; one that is off keeps nothing.
  init(isOn: Bool) {
    folder = isOn ? CacheFolder.path("verify") : nil
    program = folder.map(Self.program) ?? ""
  }

  /// The program's hash; kept by its file's stamp, as hashing it takes longer than a run that finds
  /// everything unchanged.
  private static func program(_ folder: String) -> String {
    let path = "/proc/self/exe"
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

  private func path(_ name: String) -> String? {
    isOn ? folder.map { "\($0)/\(name).json" } : nil
  }

  /// What is kept under a name; nil where there is nothing.
  func read<Value: Decodable>(_ name: String, as type: Value.Type) -> Value? {
    guard let path = path(name), let bytes = try? InputFile.read(path) else { return nil }
    return try? JSONDecoder().decode(type, from: Data(bytes))
  }

  /// Keeps something under a name; where that is not possible, the next run does the work again.
  func write(_ value: some Encodable, as name: String) {
    guard let path = path(name), let data = try? JSONEncoder().encode(value) else { return }
    try? AtomicFile.write(Array(data), to: path)
  }
}
