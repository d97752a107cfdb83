// SPDX-License-Identifier: GPL-2.0-only

internal import CSource
internal import EmbeddedFiles
internal import Host
internal import Ports

/// A scenario in C as a program: the files of the tree that it needs, compiled with the tree's headers.
struct WorldBuild {
  private let compiler: CCompiler
  private let scratch: ScratchFolder
  private let scenario: CScenario
  /// Whether the tree has the kernel's headers; otherwise `small.h` is every header that it lacks.
  let hasKernelHeaders: Bool
  /// Whether a header that the compiler lacks may be in the tree.
  private let mayLackHeaders: Bool
  /// The functions and variables that files of the tree define, by name: the file.
  private var definitions: [String: String] = [:]
  /// The files that are linked, and were compiled.
  private(set) var linked: [String] = []
  /// What neither the tree nor the userspace kernel has.
  private(set) var missing: [String] = []

  /// Where the pages of what is missing are, and how far apart: as in world.c.
  private static let firstPage = 0x5000_0000
  private static let pageDistance = 0x1_0000

  /// The program's path.
  var program: String { "\(scratch.path)/world" }

  /// Writes what is compiled.
  ///
  /// - Throws: `NotChecked` where the tree cannot be read or lacks a file that the scenario includes.
  init(
    _ scenario: CScenario, _ tree: TreeSources, _ side: PatchSide, _ compiler: CCompiler,
    in scratch: ScratchFolder
  ) throws(NotChecked) {
    self.compiler = compiler
    self.scratch = scratch
    self.scenario = scenario
    mayLackHeaders = tree.headers == .included
    let files = tree[side]
    let paths = Set(files.map(\.path))
    if let absent = scenario.includes.first(where: { !paths.contains($0) }) {
      throw NotChecked("\(scenario.path) includes \(absent), which \(tree.name) does not have")
    }
    hasKernelHeaders = paths.contains("include/linux/spinlock.h")
    var headers: Set<String> = []
    let folders = Set(tree.folders)
    do {
      for file in files {
        try scratch.write(file.content, to: "tree/" + file.path)
        if !hasKernelHeaders { headers.formUnion(Self.headers(in: file.content)) }
        guard file.path.hasSuffix(".c"), !scenario.includes.contains(file.path),
          folders.contains(TreeSources.folder(of: file.path))
            || TreeSources.computing.contains(file.path)
        else { continue }
        let source = CSourceFile(file.content)
        for item in source.items where item.parent < 0 {
          switch item.kind {
          case .function, .variable: definitions[source.name(of: item)] = file.path
          default: continue
          }
        }
      }
      for (name, content) in Self.ownFiles(scenario) { try scratch.write(content, to: name) }
      let made = hasKernelHeaders ? Self.generatedHeaders : Self.smallHeaders(headers)
      for (name, text) in made where !paths.contains("include/" + name) {
        try scratch.write(Array(text.utf8), to: "pk/" + name)
      }
    } catch { throw NotChecked("the files to compile cannot be written: \(error)") }
  }

  /// What is compiled and is not the tree's: patchkit's own files, and the scenario.
  static func ownFiles(_ scenario: CScenario) -> [TreeSources.File] {
    let files = [
      ("pk/pk_scenario.h", "scenario.h"), ("pk/pk_ext4.h", "ext4_objects.h"),
      ("pk/pk_tree.h", "tree.h"), ("pk/pk_config.h", "tree_config.h"), ("pk/small.h", "small.h"),
      ("world.c", "world.c"), ("tree.c", "tree.c"),
    ].map { ($0, EmbeddedFile.content(of: $1)) }
    return files + [("scenario.c", scenario.text)]
  }

  /// The headers that a kernel's build generates, without their folder.
  static var generatedNames: [String] {
    generatedHeaders.map(\.0) + ["linux/compiler-gcc4.h", "linux/compiler-gcc3.h"]
  }

  /// What a kernel's build generates.
  private static let generatedHeaders: [(String, String)] = {
    let config = "#include \"pk_config.h\"\n"
    let bounds = "#define NR_PAGEFLAGS 25\n#define MAX_NR_ZONES 4\n"
    let version =
      "#define LINUX_VERSION_CODE 132640\n"
      + "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))\n"
    var headers = [
      ("linux/autoconf.h", config), ("generated/autoconf.h", config), ("linux/bounds.h", bounds),
      ("generated/bounds.h", bounds), ("linux/version.h", version),
      ("generated/utsrelease.h", "#define UTS_RELEASE \"0\"\n"), ("asm/asm-offsets.h", ""),
    ]
    // A compiler that the tree is older than is taken for the newest that it knows.
    for version in 5...20 {
      headers.append(("linux/compiler-gcc\(version).h", "#include <linux/compiler-gcc4.h>\n"))
    }
    return headers
  }()

  private static func headers(in content: [UInt8]) -> [String] {
    String(decoding: content, as: UTF8.self).split(separator: "\n" as Character).compactMap {
      let words = $0.split { " \t<>".contains($0) }
      guard words.count > 1, words[0] == "#include", $0.contains("<") else { return nil }
      let name = String(words[1])
      return name.contains("..") || name.hasPrefix("/") ? nil : name
    }
  }

  private static func smallHeaders(_ names: Set<String>) -> [(String, String)] {
    names.sorted().map { ($0, "#include \"small.h\"\n") }
  }

  // MARK: Compiling

  // addr2line of binutils 2.40 takes one file for another in DWARF 5.
  private var flags: [String] {
    var flags = [
      "-std=gnu11", "-fgnu89-inline", "-O0", "-gdwarf-4", "-w", "-fwrapv", "-fno-strict-aliasing",
      "-fno-builtin", "-ffreestanding", "-fno-pie", "-fno-omit-frame-pointer",
      "-fno-stack-protector", "-fno-common", "-fsanitize=thread", "-I", "pk", "-I", "tree",
      "-Werror=implicit-function-declaration", "-Werror=implicit-int",
      "-D__KERNEL__",
    ]
    if hasKernelHeaders {
      flags += [
        "-I", "tree/include", "-I", "tree/arch/x86/include", "-include", "pk/pk_config.h",
        "-include", "pk/pk_tree.h",
      ]
    } else {
      flags += ["-I", "tree/include", "-include", "pk/small.h"]
    }
    return flags
  }

  private func compile(_ source: String, _ object: String, _ flags: [String])
    async throws(NotChecked)
  {
    let result = try await compiler.result(
      of: [compiler.name, "-c", source, "-o", object] + flags, in: scratch.path)
    if result.isGood { return }
    let lines = result.errors.split(separator: "\n" as Character)
    let first = lines.first { $0.contains("error:") } ?? lines.first ?? "no message"
    throw NotChecked(
      "\(compiler.name) rejects the C: \(shown(String(first)))",
      lacksHeader: first.contains("No such file") || first.contains("file not found"),
      hint: source == "scenario.c"
        ? "correct \(scenario.path), or the userspace kernel lacks that name" : nil)
  }

  /// A path of the compiled files as the user knows it.
  func shown(_ text: String) -> String {
    text.replacing(scratch.path + "/", with: "").replacing("tree/", with: "")
      .replacing("scenario.c", with: scenario.path)
  }

  /// Compiles and links the scenario with what it needs at once.
  mutating func build() async throws(NotChecked) {
    try await compile("scenario.c", "scenario.o", flags)
    try await compile(
      "world.c", "world.o",
      [
        "-std=gnu11", "-O1", "-gdwarf-4", "-w", "-fno-builtin", "-fno-pie",
        "-fno-omit-frame-pointer",
      ])
    if hasKernelHeaders { try await compile("tree.c", "tree.o", flags) }
    try await link()
  }

  /// Links the file of the tree that defines a name, so that it is no longer missing.
  ///
  /// - Returns: whether the tree has such a file.
  mutating func add(_ name: String) async throws(NotChecked) -> Bool {
    guard let path = definitions[name], !linked.contains(path) else { return false }
    do {
      try await compile("tree/" + path, "linked\(linked.count).o", flags)
    } catch {
      if error.lacksHeader, mayLackHeaders { throw error }
      // What the compiler rejects stays missing, and is named where a task reaches it.
      definitions[name] = nil
      return false
    }
    linked.append(path)
    try await link()
    return true
  }

  private mutating func link() async throws(NotChecked) {
    missing = []
    for attempt in 0..<2 {
      // The first definition of a name is taken: the scenario's, then the userspace kernel's.
      var arguments = ["scenario.o"]
      if hasKernelHeaders { arguments.append("tree.o") }
      arguments.append("world.o")
      arguments += linked.indices.map { "linked\($0).o" }
      arguments += ["missing.c", "-o", "world", "-no-pie", "-w", "-Wl,-z,muldefs"]
      arguments += missing.enumerated().map { index, name in
        "-Wl,--defsym=\(name)=\(Self.firstPage + index * Self.pageDistance)"
      }
      let names = missing.map { "\"\($0)\", " }.joined()
      let text =
        "const char *const pk_missing_names[] = { \(names)0 };\n"
        + "const unsigned pk_missing_count = \(missing.count);\n"
      do { try scratch.write(Array(text.utf8), to: "missing.c") } catch {
        throw NotChecked("the files to compile cannot be written: \(error)")
      }
      let result = try await compiler.result(
        of: [compiler.name] + arguments, in: scratch.path)
      if result.isGood { return }
      let unknown = Self.undefined(in: result.errors)
      guard attempt == 0, !unknown.isEmpty else {
        let line =
          result.errors.split(separator: "\n" as Character).first { $0.contains("error") }
          ?? result.errors.split(separator: "\n" as Character).last ?? "no message"
        throw NotChecked("\(compiler.name) cannot link the C: \(shown(String(line)))")
      }
      if unknown.contains("__start_pk_tasks") {
        throw NotChecked("\(scenario.path) has no task", hint: "define one with PK_TASK(name)")
      }
      missing = unknown
    }
  }

  /// The names in a linker's messages about what is not defined, each once.
  private static func undefined(in errors: String) -> [String] {
    var names: [String] = []
    var seen: Set<String> = []
    for line in errors.split(separator: "\n" as Character) {
      for phrase in ["undefined reference to `", "undefined symbol: "] {
        guard let range = line.firstRange(of: phrase) else { continue }
        let name = String(
          line[range.upperBound...].prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." })
        if !name.isEmpty, seen.insert(name).inserted { names.append(name) }
      }
    }
    return names
  }

  // MARK: Lines

  /// The lines of the C at addresses of the program: `fs/ext4/inode.c:1075`, nil for one that is not
  /// in the tree or the scenario.
  func lines(at addresses: [UInt]) async throws(NotChecked) -> [UInt: String] {
    var lines: [UInt: String] = [:]
    var left = addresses[...]
    while !left.isEmpty {
      let part = left.prefix(500)
      left = left.dropFirst(500)
      let result = try await compiler.result(
        of: ["addr2line", "-e", "world"] + part.map { "0x" + String($0, radix: 16) },
        in: scratch.path)
      guard result.isGood else {
        throw NotChecked("addr2line cannot read the program", hint: "install binutils")
      }
      for (address, line) in zip(part, result.output.split(separator: "\n" as Character)) {
        let path = line.prefix { $0 != " " }
        if let range = path.firstRange(of: "/tree/") {
          lines[address] = Self.normalized(String(path[range.upperBound...]))
        } else if path.contains("scenario.c:") {
          lines[address] = scenario.path + path[(path.firstIndex(of: ":") ?? path.endIndex)...]
        }
      }
    }
    return lines
  }

  /// A path without `.` and `..`.
  static func normalized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/" as Character) {
      if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// The text of a line of the tree, such as `spin_lock(&ei->lock);`.
  func text(of line: String) -> String? {
    let parts = line.split(separator: ":" as Character)
    guard parts.count == 2, let number = Int(parts[1]), number > 0,
      let content = scratch.read("tree/\(parts[0])")
        ?? (parts[0] == scenario.path ? scenario.text : nil)
    else { return nil }
    let lines = content.split(separator: 10, omittingEmptySubsequences: false)
    guard number <= lines.count else { return nil }
    let text = String(decoding: lines[number - 1], as: UTF8.self)
    return text.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
  }
}
