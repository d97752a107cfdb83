// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// What a program gets that runs somebody else's code: a patch's own C, a tree's build command.
///
/// Limits of the system (`prlimit`), no network and no shared memory of others (`unshare`, where the
/// system lets users have namespaces of their own), and an environment that holds nothing of the caller's.
package struct Confinement: Sendable {
  /// Seconds of processor time.
  package var seconds: Int
  /// Bytes of memory; nil for none, where a sanitizer needs to reserve more than there is.
  package var memory: Int?
  /// Bytes of one file that is written.
  package var fileSize: Int
  /// Files that may be open at once.
  package var files: Int

  /// States the limits.
  package init(seconds: Int, memory: Int?, fileSize: Int, files: Int) {
    self.seconds = seconds
    self.memory = memory
    self.fileSize = fileSize
    self.files = files
  }

  /// What is missing here of the confinement, as one sentence; nil where all of it is there.
  package static let shortfall: String? = {
    if !Machine.hasProgram("prlimit") {
      return "there is no 'prlimit' (util-linux), so programs run without limits"
    }
    return hasNamespaces
      ? nil
      : "there are no namespaces for users, so programs that are run could reach the network"
  }()

  private static let namespaces = ["--user", "--map-root-user", "--net", "--ipc"]

  /// Whether a process may have a network and a user of its own: tried once.
  private static let hasNamespaces: Bool = {
    guard let unshare = Machine.program(named: "unshare") else { return false }
    let words = [unshare] + namespaces + ["true"]
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var process: pid_t = 0
    guard unsafe posix_spawn(&process, unshare, &actions, nil, &pointers, environ) == 0 else {
      return false
    }
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status == 0
  }()

  /// The words of a command that runs another one confined.
  package func command(_ words: [String]) -> [String] {
    var all: [String] = []
    if Machine.hasProgram("prlimit") {
      all += [
        "prlimit", "--cpu=\(seconds)", "--fsize=\(fileSize)", "--nofile=\(files)", "--core=0",
      ]
      if let memory { all.append("--as=\(memory)") }
      all.append("--")
    }
    if Self.hasNamespaces { all += ["unshare"] + Self.namespaces + ["--"] }
    return all + words
  }

  /// The only variables that such a program sees, beside its own.
  ///
  /// - Parameter home: a folder that is thrown away afterwards.
  package static func environment(home: String) -> [String: String] {
    [
      "PATH": Machine.variable("PATH") ?? "/usr/bin:/bin", "HOME": home, "TMPDIR": home,
      "LANG": "C.UTF-8",
    ]
  }
}
