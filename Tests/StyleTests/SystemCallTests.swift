// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import TestSupport
import Testing

/// Files, folders, locks and programs are the business of `Host` alone, and it has one call of each kind that makes a
/// change in one step.
@Suite struct SystemCallTests {
  /// The other files that import the C library, and what for; none of it is the file system or another program.
  private static let importers: [String: String] = [
    "Sources/Git/TreeComparison.swift": "memchr, memcmp",
    "Sources/Git/TreeContent.swift": "memchr, memcmp",
    "Sources/Git/TreeUpdate.swift": "memcmp",
    "Sources/KernelTree/Directory/FolderStamps.swift": "strlen",
    "Sources/KernelTree/Directory/Journal+Preparing.swift": "uid_t, mode_t",
    "Sources/KernelTree/PathNames.swift": "memmem",
    "Sources/KernelTree/Vendored/Tarball.swift": "SIGXFSZ",
    "Sources/PatchFormat/Description/MailDate.swift": "time, mktime",
    "Sources/PatchFormat/Diff/LineScanner.swift": "memchr, memcmp",
    "Sources/PatchFormat/Mail/Charset.swift": "iconv",
    "Sources/Reporting/Text/DisplayWidth.swift": "wcwidth",
    "Sources/TextAlign/ByteSearch.swift": "memmem",
    "Sources/TextAlign/LineTable.swift": "memcmp",
  ]

  /// Functions of the C library that only `Host` calls.
  private static let calls = [
    "open", "openat", "creat", "rename", "renameat", "renameat2", "link", "linkat", "symlink",
    "symlinkat",
    "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "flock", "fcntl", "fsync", "fdatasync",
    "syncfs", "stat", "fstat", "lstat", "fstatat", "access", "faccessat", "chmod", "fchmod",
    "chown",
    "fchown", "readlink", "readlinkat", "realpath", "opendir", "readdir", "getdents64", "mmap",
    "ftruncate",
    "pipe", "dup", "dup2", "socketpair", "fork", "execve", "posix_spawn", "waitpid", "kill",
    "signal", "sigaction", "getenv", "setenv", "isatty", "ioctl", "usleep", "fopen", "popen",
    "system",
  ]

  private static func sources() throws -> [(path: String, text: String)] {
    let walk = try #require(FileManager.default.enumerator(atPath: Project.path("Sources")))
    return try (walk.allObjects as? [String] ?? []).sorted()
      .filter { $0.hasSuffix(".swift") && !$0.contains(".docc/") }
      .map {
        (
          "Sources/" + $0,
          String(decoding: try Files.read(Project.path("Sources/" + $0)), as: UTF8.self)
        )
      }
  }

  /// The lines of a text, without comments, in which a pattern matches.
  private static func lines(_ pattern: String, in text: String) throws -> [String] {
    let pattern = try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
    guard pattern.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil else {
      return []
    }
    return text.split(separator: "\n" as Character).map(String.init).filter { line in
      !line.trimmingPrefix(while: \.isWhitespace).hasPrefix("//")
        && pattern.firstMatch(in: line, range: NSRange(line.startIndex..., in: line)) != nil
    }
  }

  private static let importsLibrary =
    #"^(?:(?:internal|package|public|private|fileprivate) )?import (?:Glibc|CLinux|Musl|SystemPackage|Subprocess|Foundation)$"#

  @Test func onlyHostMakesSystemCalls() throws {
    var importers: Set<String> = []
    for (path, text) in try Self.sources() where !path.hasPrefix("Sources/Host/") {
      guard try !Self.lines(Self.importsLibrary, in: text).isEmpty else { continue }
      importers.insert(path)
      let names = Self.calls.joined(separator: "|")
      let found = try Self.lines(#"(?<![.\w])(?:Glibc\.)?(?:\#(names))\("#, in: text)
      #expect(found.isEmpty, "\(path) calls the system: \(found)")
    }
    // Without an import no call compiles.
    #expect(importers == Set(Self.importers.keys))
  }

  /// Where each call that makes a change in one step is.
  private static let single: [(pattern: String, path: String)] = [
    (#"\brenameat2?\(|\brename\((?:\w+\.)?\w+, \w+\)"#, "Sources/Host/Folder+Changing.swift"),
    (#"\bO_EXCL\b"#, "Sources/Host/Folder+Changing.swift"),
    (#"\blinkat\("#, "Sources/Host/Folder+Changing.swift"),
    (#"unsafe link\("#, "Sources/Host/LockNames.swift"),
    (#"\bflock\("#, "Sources/Host/FileLock.swift"),
    (#"\bposix_spawn\("#, "Sources/Host/Shell.swift"),
    (#"\bSubprocess\.run\("#, "Sources/Host/SystemProgram.swift"),
  ]

  @Test(arguments: single.indices)
  func oneFileMakesEachChange(_ index: Int) throws {
    let (pattern, path) = Self.single[index]
    let found = try Self.sources().filter { try !Self.lines(pattern, in: $0.text).isEmpty }
    #expect(found.map(\.path) == [path], "\(pattern)")
  }

  @Test func callsAreFoundInCode() throws {
    let text = """
      // unsafe rename(a, b)
      try folder.rename(a, to: b)
        guard unsafe rename(draft, path) == 0 else { return }
      func open(_ path: String) {}
      """
    #expect(try Self.lines(#"(?<![.\w])(?:rename|unlink)\("#, in: text).count == 1)
    #expect(
      try Self.lines(Self.importsLibrary, in: "internal import Glibc\nimport Host").count == 1)
  }
}
