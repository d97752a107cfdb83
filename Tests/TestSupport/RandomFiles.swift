// SPDX-License-Identifier: GPL-2.0-only

internal import FoundationEssentials

/// A random tree of files that changes from step to step: modes, links, empty and binary files,
/// renames, copies, files that become folders, CR LF line ends and odd names.
public struct RandomFiles: Sendable, Equatable {
  /// A file's state.
  public struct File: Sendable, Equatable {
    /// git's mode.
    public var mode: String
    /// The bytes, or a link's target.
    public var content: [UInt8]
  }

  /// The files by path.
  public private(set) var files: [String: File] = [:]

  /// Starts with no file.
  public init() {}

  private static let folders = ["", "d/", "d/e/", "x y/", "q/"]
  private static let names = [
    "a", "b", "c.c", "né", "link", "empty", "q\"uote", "back\\slash", "-dash", "#hash", "a b",
    "b -> c", "~",
  ]

  private static func content(_ mode: String, _ random: inout SeededRandom) -> [UInt8] {
    if mode == "120000" { return Array("to/\(Int.random(in: 0..<9, using: &random))".utf8) }
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return []
    case 1: return (0..<80).map { _ in UInt8.random(in: 0...255, using: &random) } + [0]
    default: break
    }
    var lineEnd: [UInt8] = Int.random(in: 0..<5, using: &random) == 0 ? [0x0D, 0x0A] : [0x0A]
    var text: [UInt8] = []
    for _ in 0..<Int.random(in: 1...30, using: &random) {
      text += "line \(Int.random(in: 0..<6, using: &random))".utf8 + lineEnd
      // Some files have line ends of both kinds.
      if lineEnd.count > 1, Int.random(in: 0..<40, using: &random) == 0 { lineEnd = [0x0A] }
    }
    if Int.random(in: 0..<4, using: &random) == 0 { text.removeLast() }
    return text
  }

  private static func path(_ random: inout SeededRandom) -> String {
    let folder = folders.randomElement(using: &random) ?? ""
    return folder + (names.randomElement(using: &random) ?? "a")
  }

  private static func edited(_ content: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    var lines = content.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init)
    let at = Int.random(in: 0..<lines.count, using: &random)
    switch Int.random(in: 0..<3, using: &random) {
    case 0: lines.remove(at: at)
    case 1: lines.insert(Array("new".utf8), at: at)
    default: lines[at] = Array("changed \(at)".utf8)
    }
    return Array(lines.joined(separator: [0x0A]))
  }

  /// A step of a history: a few changes of files.
  public mutating func step(_ random: inout SeededRandom) {
    let modes = ["100644", "100644", "100755", "120000"]
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      let known = files.keys.sorted().randomElement(using: &random)
      let fresh = Self.path(&random)
      guard let known, let file = files[known] else {
        let mode = modes.randomElement(using: &random) ?? "100644"
        files[fresh] = File(mode: mode, content: Self.content(mode, &random))
        continue
      }
      switch Int.random(in: 0..<11, using: &random) {
      case 0, 1:
        let mode = modes.randomElement(using: &random) ?? "100644"
        files[fresh] = File(mode: mode, content: Self.content(mode, &random))
      case 2: files[known] = nil
      case 3 where file.mode != "120000":
        files[known]?.mode = file.mode == "100644" ? "100755" : "100644"
      case 4:
        let mode = file.mode == "120000" ? "100644" : "120000"
        files[known] = File(mode: mode, content: Self.content(mode, &random))
      case 5:
        files[known] = nil
        files[fresh] = file
      case 6: files[fresh] = file
      case 7:
        // A file becomes a folder of its name, or the folder a file.
        if let slash = known.lastIndex(of: "/"), Bool.random(using: &random) {
          let folder = String(known[..<slash])
          files = files.filter { !$0.key.hasPrefix(folder + "/") }
          files[folder] = file
        } else {
          files[known] = nil
          files[known + "/inside"] = file
        }
      case 8:
        if let other = files[fresh] { (files[fresh], files[known]) = (file, other) }
      default:
        if file.mode != "120000" { files[known]?.content = Self.edited(file.content, &random) }
      }
    }
    // No file is on the way to another.
    for path in files.keys.sorted() where files.keys.contains(where: { $0.hasPrefix(path + "/") }) {
      files[path] = nil
    }
  }

  /// A commit of these files to `main`, as `git fast-import` reads it.
  public func commit(_ number: Int) -> [UInt8] {
    func data(_ bytes: [UInt8]) -> [UInt8] {
      Array("data \(bytes.count)\n".utf8) + bytes + [0x0A]
    }
    var text = Array(
      "commit refs/heads/main\ncommitter x <x@example.org> \(number + 1) +0000\n".utf8)
    text += data(Array("\(number)".utf8)) + Array("deleteall\n".utf8)
    for (path, file) in files.sorted(by: { $0.key < $1.key }) {
      text += Array("M \(file.mode) inline \(path)\n".utf8) + data(file.content)
    }
    return text
  }

  /// Writes the files into a folder in place of others.
  public func write(to scratch: Scratch, _ folder: String, over old: RandomFiles) throws {
    try old.remove(from: scratch, folder) { files[$0] != old.files[$0] }
    for (path, file) in files where file != old.files[path] {
      let name = folder + "/" + path
      if file.mode == "120000" {
        try scratch.write(name, "")
        try FileManager.default.removeItem(atPath: scratch.file(name))
        try FileManager.default.createSymbolicLink(
          atPath: scratch.file(name),
          withDestinationPath: String(decoding: file.content, as: UTF8.self))
        continue
      }
      try scratch.write(name, file.content)
      if file.mode == "100755" {
        try FileManager.default.setAttributes(
          [.posixPermissions: 0o755], ofItemAtPath: scratch.file(name))
      }
    }
  }

  /// Removes files from a folder, and the folders that are empty then.
  public func remove(
    from scratch: Scratch, _ folder: String, where isGone: (String) -> Bool
  ) throws {
    for path in files.keys.sorted().reversed() where isGone(path) {
      try FileManager.default.removeItem(atPath: scratch.file(folder + "/" + path))
      var parts = path.split(separator: "/").dropLast()
      while !parts.isEmpty {
        let parent = scratch.file(folder + "/" + parts.joined(separator: "/"))
        guard try FileManager.default.contentsOfDirectory(atPath: parent).isEmpty else { break }
        try FileManager.default.removeItem(atPath: parent)
        parts = parts.dropLast()
      }
    }
  }

  /// Takes files out.
  public mutating func drop(_ paths: Set<String>) {
    for path in paths { files[path] = nil }
  }

  /// What `Scratch.snapshot` shows of these files.
  public var snapshot: [String: String] {
    files.mapValues { file in
      if file.mode == "120000" { return "-> " + String(decoding: file.content, as: UTF8.self) }
      let content = file.content.map { String($0, radix: 16) }.joined(separator: " ")
      return "\(file.mode == "100755" ? "x" : "-") \(content)"
    }
  }
}
