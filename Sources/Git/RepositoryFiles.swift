// SPDX-License-Identifier: GPL-2.0-only

internal import Host

/// The files of a repository that libgit2 opens by itself, and waits for without end where one is a pipe or a
/// device.
///
/// A folder that was unpacked from an archive may have such files; git, too, hangs on most of them. They are
/// looked for before the library opens anything.
enum RepositoryFiles {
  /// Checks the repository that a folder is or has, or the first one above it.
  ///
  /// - Parameter searches: whether folders above are looked at.
  /// - Throws: `GitError` that names a file which is a pipe or a device, or a reference or its log that is a
  ///   link out of the repository.
  static func check(from path: String, searches: Bool) throws(GitError) {
    try checkNamed(byConfigurations: configurations)
    guard var folder = InputFile.realPath(path) else { return }
    while true {
      if try checkOwn(of: folder) || !searches || folder == "/" { return }
      folder = parent(of: folder)
      if folder.isEmpty { folder = "/" }
    }
  }

  /// The files of git's configuration that are in no repository.
  private static var configurations: [String] {
    let home = Machine.variable("HOME")
    let more = Machine.variable("XDG_CONFIG_HOME") ?? home.map { $0 + "/.config" }
    return ["/etc/gitconfig"]
      + [home.map { $0 + "/.gitconfig" }, more.map { $0 + "/git/config" }]
      .compactMap(\.self)
  }

  /// Checks the repository of a folder itself; returns whether there is one.
  private static func checkOwn(of folder: String) throws(GitError) -> Bool {
    let entry = folder + "/.git"
    switch InputFile.kind(of: entry) {
    case .folder:
      try check(gitFolder: entry)
      return true
    case .file:
      guard let named = try target(of: entry, mark: "gitdir: ", from: folder) else { return true }
      try check(gitFolder: named)
      return true
    case .endless: throw refusal(entry)
    case .other: break
    }
    // libgit2 takes a folder that has these for a repository.
    guard InputFile.exists(folder + "/HEAD"), InputFile.kind(of: folder + "/objects") == .folder
    else { return false }
    try check(gitFolder: folder)
    return true
  }

  /// The path that a file of one line names; nil where it has no such line.
  private static func target(
    of file: String, mark: String, from folder: String
  ) throws(GitError) -> String? {
    guard let bytes = try? InputFile.read(file, largest: 1 << 16) else { return nil }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix(mark) else { return nil }
    let named = text.dropFirst(mark.count).prefix { !$0.isNewline }
    return InputFile.realPath(named.hasPrefix("/") ? String(named) : "\(folder)/\(named)")
  }

  private static func check(gitFolder path: String) throws(GitError) {
    guard let own = InputFile.realPath(path), InputFile.kind(of: own) == .folder else { return }
    // Names at the top first: the folder that work trees share is named by one of them.
    try check(folder: own, below: 0, roots: [own])
    var folders = [own]
    if let common = try target(of: own + "/commondir", mark: "", from: own), common != own {
      try check(folder: common, below: 0, roots: [common])
      folders.append(common)
    }
    for folder in folders {
      for (name, depth) in searched {
        try check(folder: "\(folder)/\(name)", below: depth, roots: folders)
      }
      try checkNamed(byConfigurations: [folder + "/config", folder + "/config.worktree"])
    }
    for folder in ObjectStore.folders(from: (folders.last ?? own) + "/objects").folders {
      for name in ["pack", "info"] {
        try check(folder: "\(folder)/\(name)", below: 0, roots: [])
      }
    }
  }

  /// The folders of a repository whose files libgit2 reads or appends to, with how many folders deep.
  private static let searched = [
    ("info", 0), ("objects/info", 0), ("refs", 64), ("logs", 64), ("worktrees", 1),
  ]

  /// - Parameter roots: where links of references and logs may lead to; empty for anywhere.
  private static func check(
    folder path: String, below depth: Int, roots: [String]
  ) throws(GitError) {
    guard let folder = try? Folder.open(path), let entries = try? folder.entries() else { return }
    for entry in entries {
      let inner = path + "/" + String(decoding: entry.name, as: UTF8.self)
      if entry.isEndless { throw refusal(inner) }
      if entry.isFolder, depth > 0 { try check(folder: inner, below: depth - 1, roots: roots) }
      guard entry.isLink else { continue }
      switch InputFile.kind(of: inner) {
      case .endless: throw refusal(inner)
      case .file, .other:
        // Folders may be shared by links (git-new-workdir); a file that is a link would be written to.
        guard depth > 1, !roots.isEmpty else { continue }
        let real = InputFile.realPath(inner) ?? "/"
        if !roots.contains(where: { real.hasPrefix($0 + "/") }) {
          throw GitError(
            "use the repository", "\(inner) is a symbolic link that leads out of it", .other)
        }
      case .folder: continue
      }
    }
  }

  /// Checks configurations, and the files that they include or name: of attributes, of what is ignored.
  ///
  /// They may include each other, in any number: each is read once for each folder that it has a name in, as the
  /// names in it begin there.
  private static func checkNamed(byConfigurations files: [String]) throws(GitError) {
    var waiting = files
    var seen: Set<String> = []
    while let file = waiting.popLast() {
      try requireEnd(of: file)
      let folder = parent(of: file)
      guard InputFile.kind(of: file) == .file,
        seen.insert("\(InputFile.realPath(file) ?? "")\0\(InputFile.realPath(folder) ?? "")")
          .inserted,
        let bytes = try? InputFile.read(file, largest: 16 << 20)
      else { continue }
      for line in lines(of: bytes) {
        let line = withoutSection(line)
        guard let equals = line.firstIndex(of: 0x3D) else { continue }
        let words = String(decoding: line[..<equals], as: UTF8.self).lowercased()
        let key = words.split { $0 == " " || $0 == "\t" }.last ?? ""
        guard ["path", "attributesfile", "excludesfile"].contains(key) else { continue }
        var named = value(line[(equals + 1)...])
        if named.hasPrefix("~/") {
          named.removeFirst()
          named = (Machine.variable("HOME") ?? "") + named
        } else if !named.hasPrefix("/") {
          named = "\(folder)/\(named)"
        }
        try requireEnd(of: named)
        if key == "path" { waiting.append(named) }
      }
    }
  }

  /// The folder that an absolute path is in; empty where that is the root.
  private static func parent(of path: String) -> String {
    path.split(separator: "/").dropLast().reduce("") { $0 + "/" + String($1) }
  }

  /// Throws where a file has no end, as a pipe or a device has none; `/dev/null` is a usual way to have no file.
  private static func requireEnd(of file: String) throws(GitError) {
    if InputFile.kind(of: file) == .endless, InputFile.realPath(file) != "/dev/null" {
      throw refusal(file)
    }
  }

  /// The lines of a configuration; one that ends with a backslash has the next one in it.
  private static func lines(of bytes: [UInt8]) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    var continues = false
    for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
      if continues { lines[lines.count - 1] += line } else { lines.append(Array(line)) }
      continues = line.last == 0x5C
      if continues { lines[lines.count - 1].removeLast() }
    }
    return lines
  }

  /// A line without the head of a section, which may be before a value: `[include] path = FILE`.
  private static func withoutSection(_ line: [UInt8]) -> ArraySlice<UInt8> {
    let rest = line.drop { $0 == 0x20 || $0 == 0x09 }
    guard rest.first == UInt8(ascii: "[") else { return rest }
    var isQuoted = false
    for (index, byte) in zip(rest.indices, rest) {
      if byte == 0x22 { isQuoted.toggle() }
      if byte == UInt8(ascii: "]"), !isQuoted { return rest[(index + 1)...] }
    }
    return []
  }

  /// The value of a line of a configuration: without quotes, comments and blanks at its ends.
  private static func value(_ text: ArraySlice<UInt8>) -> String {
    var value: [UInt8] = []
    var isQuoted = false
    var isEscaped = false
    for byte in text {
      switch byte {
      case _ where isEscaped:
        value.append(byte)
        isEscaped = false
      case 0x5C: isEscaped = true
      case 0x22: isQuoted.toggle()
      case 0x23 where !isQuoted, 0x3B where !isQuoted: return trimmed(value)
      default: value.append(byte)
      }
    }
    return trimmed(value)
  }

  private static func trimmed(_ value: [UInt8]) -> String {
    let start = value.drop { $0 == 0x20 || $0 == 0x09 }
    let end = start.lastIndex { $0 != 0x20 && $0 != 0x09 } ?? start.startIndex - 1
    return String(decoding: start[..<(end + 1)], as: UTF8.self)
  }

  /// The files of a work tree that libgit2 reads wherever it compares or converts files.
  private static let settings = [".gitattributes", ".gitignore", ".gitmodules"]

  /// Checks the attributes that a file of a work tree may have.
  ///
  /// - Parameter file: its path from the work tree's root.
  static func checkAttributes(of file: [UInt8], in workTree: String) throws(GitError) {
    var folder = workTree
    for component in [[]] + file.split(separator: 0x2F).dropLast() {
      if !component.isEmpty { folder += String(decoding: component, as: UTF8.self) + "/" }
      for name in settings where InputFile.kind(of: folder + name) == .endless {
        throw refusal(folder + name)
      }
    }
  }

  /// Checks the attributes and lists of ignored files of a whole work tree.
  ///
  /// - Parameter workTree: its root, ended by a slash.
  static func checkSettings(in workTree: String) throws(GitError) {
    var open = [workTree]
    while let path = open.popLast() {
      guard let folder = try? Folder.open(path), let entries = try? folder.entries() else {
        continue
      }
      for entry in entries where entry.isFolder || entry.isLink || entry.isEndless {
        let name = String(decoding: entry.name, as: UTF8.self)
        if entry.isFolder {
          if name != ".git" { open.append(path + name + "/") }
        } else if settings.contains(name), InputFile.kind(of: path + name) == .endless {
          throw refusal(path + name)
        }
      }
    }
  }

  private static func refusal(_ path: String) -> GitError {
    GitError(
      "use the repository", "\(path) is a pipe or a device, and git would wait for it", .other)
  }
}
