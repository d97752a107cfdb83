// SPDX-License-Identifier: GPL-2.0-only

internal import EmbeddedFiles
internal import Host

/// Why something about a port could not be checked.
package struct NotChecked: Error, Sendable, Hashable, CustomStringConvertible {
  /// The reason, as one sentence without a full stop.
  package var reason: String
  /// Whether the compiler lacked a header, which the tree may have where nothing has read it.
  package var lacksHeader: Bool
  /// What to do about it.
  package var hint: String?

  /// Makes one.
  package init(_ reason: String, lacksHeader: Bool = false, hint: String? = nil) {
    self.reason = reason
    self.lacksHeader = lacksHeader
    self.hint = hint
  }

  /// The reason.
  package var description: String { reason }
}

/// A compiler for the C of a patch.
package struct CCompiler: Sendable, Hashable {
  /// What is built into the program in addition to the patch's functions.
  package enum Instrument: String, Sendable, Hashable, CaseIterable {
    /// Each look at memory that tasks share is a step of its own.
    ///
    /// The compiler's `-fsanitize=thread` puts a call before each access; the calls are ours, and its
    /// library is not used. Undefined behaviour ends the program where the compiler's library for that
    /// is at hand.
    case steps
    /// AddressSanitizer and UndefinedBehaviorSanitizer, each of which ends the program.
    case sanitizers
  }

  /// Its name or path, such as `gcc`.
  package var name: String

  /// Makes one.
  package init(_ name: String) { self.name = name }

  /// The first of cc, gcc and clang that is there; nil where none is.
  package static func find() -> CCompiler? {
    ["cc", "gcc", "clang"].lazy.map { CCompiler($0) }.first(where: \.exists)
  }

  /// Whether the compiler is there.
  package var exists: Bool {
    name.contains("/") ? InputFile.exists(name) : Machine.hasProgram(name)
  }

  /// What distinguishes it from other compilers and from other versions of its own.
  package var identity: String {
    let path = name.contains("/") ? name : Machine.program(named: name) ?? name
    return InputFile.identity(of: path) ?? path
  }

  private static let flags = [
    "-O0", "-gdwarf-4", "-fno-pie", "-fno-omit-frame-pointer", "-std=gnu11", "-w", "-fwrapv",
    "-fno-strict-aliasing",
    "-Werror=implicit-function-declaration", "-Werror=implicit-int", "-Werror=int-conversion",
    "-Werror=incompatible-pointer-types",
  ]

  /// Compiles a side of a patch into a program that `CWorker` talks to.
  ///
  /// - Parameter folder: an empty folder; the program's path is in it.
  /// - Throws: `NotChecked` where the compiler is missing or rejects the text.
  func compile(
    _ unit: CUnit, _ instrument: Instrument, in folder: ScratchFolder
  ) async throws(NotChecked) -> String {
    guard exists else {
      throw NotChecked(
        "there is no C compiler '\(name)'", hint: "install gcc or clang, or name one with --cc")
    }
    let hooks = "const unsigned pk_has_memory_hooks = \(instrument == .steps ? 1 : 0);\n"
    var files: [(String, [UInt8])] = [
      ("patch.c", Array(unit.text.utf8))
    ]
    files += ["pk.h", "kernel.h", "runtime.c", "kernel.c"].map {
      ($0, EmbeddedFile.content(of: $0))
    }
    files[files.count - 1].1 += Array("\n\(hooks)".utf8)
    for (name, content) in files {
      do { try folder.write(content, to: name) } catch {
        throw NotChecked("'\(folder.path)/\(name)' cannot be written: \(error)")
      }
    }
    let patched = unit.names.map { "-DPK_PATCHED_\($0)=1" }
    let own: [String] =
      switch instrument {
      case .steps: ["-fsanitize=thread"]
      case .sanitizers:
        ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
      }
    try await run(["-c", "patch.c", "-o", "patch.o"] + Self.flags + patched + own, folder.path)
    let rest = instrument == .sanitizers ? own : []
    try await run(
      ["kernel.c", "runtime.c", "patch.o", "-o", "patch", "-pthread", "-no-pie"] + Self.flags
        + patched + rest,
      folder.path)
    return "\(folder.path)/patch"
  }

  /// The lines of the patch's C at addresses of the compiled program: `fs/ext4/file.c:97`, nil for one that
  /// is not the patch's.
  func lines(at addresses: [UInt], in folder: String) async throws(NotChecked) -> [UInt: String] {
    var lines: [UInt: String] = [:]
    if addresses.isEmpty { return lines }
    let result = try await result(
      of: ["addr2line", "-e", "patch"] + addresses.map { "0x" + String($0, radix: 16) }, in: folder)
    guard result.isGood else {
      throw NotChecked("addr2line cannot read the program", hint: "install binutils")
    }
    let own = ["kernel.c", "kernel.h", "runtime.c", "calls"]
    for (address, line) in zip(addresses, result.output.split(separator: "\n" as Character)) {
      var path = line.prefix { $0 != " " }
      if path.hasPrefix(folder + "/") { path = path.dropFirst(folder.count + 1) }
      let file = String(path.prefix { $0 != ":" })
      if !path.hasPrefix("?"), !path.hasPrefix("/"), !own.contains(file) {
        lines[address] = String(path)
      }
    }
    return lines
  }

  /// What a compiler may use: a patch may hold text that makes one run for ever.
  private static let limits = Confinement(
    seconds: 120, memory: 8 << 30, fileSize: 256 << 20, files: 256, processes: 64, launch: .compile)

  /// What a compiler outside of the system's folders needs to be read: itself, and if it is one of a set of tools
  /// with a folder of its own, the parts of that.
  ///
  /// The folder above `bin` may be the user's home.
  private var ownFolders: [String] {
    let path = name.contains("/") ? name : Machine.program(named: name) ?? name
    guard let real = InputFile.realPath(path), !real.hasPrefix("/usr/"), !real.hasPrefix("/bin/")
    else { return [] }
    let itself = Array(Set([path, real])).sorted()
    var parts = real.split(separator: "/").dropLast()
    guard parts.popLast() == "bin", !parts.isEmpty else { return itself }
    let home = "/" + parts.joined(separator: "/")
    let isSet = ["/lib/gcc", "/lib/clang", "/lib64/gcc"].contains {
      InputFile.kind(of: home + $0) == .folder
    }
    guard isSet else { return itself }
    let inner = ["bin", "lib", "lib64", "libexec", "include", "share"].map { "\(home)/\($0)" }
    // The headers and tools of a cross compiler's target are in a folder with the target's name.
    let targets = ((try? InputFile.names(in: home)) ?? [])
      .filter { $0.split(separator: "-").count >= 3 }.map { "\(home)/\($0)" }
    return itself + (inner + targets).filter { InputFile.kind(of: $0) == .folder }
  }

  private func run(_ arguments: [String], _ folder: String) async throws(NotChecked) {
    let (isGood, _, errors) = try await result(of: [name] + arguments, in: folder)
    if !isGood {
      let lines = errors.split(separator: "\n" as Character)
      let first =
        lines.first { $0.contains("error:") || $0.contains("undefined reference") }
        ?? lines.first ?? "no message"
      throw NotChecked(
        "\(name) rejects the C of the patch: \(first)",
        hint: "the userspace kernel does not have that name, or the text is not C")
    }
  }

  /// Runs the compiler, or another program of its kind, confined to a folder.
  ///
  /// - Returns: whether it ended well, and what it printed.
  func result(
    of command: [String], in folder: String
  ) async throws(NotChecked) -> (isGood: Bool, output: String, errors: String) {
    let lack = await CLauncher.shared.prepare(with: name)
    if let refusal = Self.limits.refusal {
      throw NotChecked(
        refusal + (lack.map { "; \($0)" } ?? ""),
        hint: "--trust-c compiles and runs the C of the patch without confinement")
    }
    do {
      let ended = try await Self.limits.program(command, in: folder, readable: ownFolders)
        .run(output: 16 << 20, errors: 4 << 20)
      return (ended.status.isSuccess, String(decoding: ended.output, as: UTF8.self), ended.errors)
    } catch {
      throw NotChecked("'\(command.first ?? name)' cannot be run: \(error)")
    }
  }
}
