// SPDX-License-Identifier: GPL-2.0-only

package import Glibc

/// Programs of the user's own choice that share the terminal, started by the shell as git starts them.
package enum Shell {
  /// A word as a shell reads it: as it is where it is plain, else in quotes, so that a hint that holds
  /// a name works when it is pasted and does nothing else.
  package static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "/"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ","),
        UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "%"), 0x80...0xFF:
        true
      default: false
      }
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }

  /// Starts a program; nil where the system refuses.
  ///
  /// - Parameters:
  ///   - words: the program and its options, as a shell reads them.
  ///   - arguments: what follows, each as it is.
  ///   - input: what it reads; nil for this process's own.
  package static func start(_ words: String, _ arguments: [String] = [], input: Int32? = nil)
    -> pid_t?
  {
    let line = arguments.isEmpty ? words : words + " \"$@\""
    return spawn("/bin/sh", ["sh", "-c", line, "sh"] + arguments, input: input)
  }

  /// Starts a program that shares the terminal unless it is silent; nil where the system refuses.
  ///
  /// - Parameters:
  ///   - program: its path.
  ///   - words: its name and its arguments, each as it is.
  ///   - input: what it reads; nil for this process's own.
  ///   - isSilent: whether what it prints is dropped.
  static func spawn(
    _ program: String, _ words: [String], input: Int32? = nil, isSilent: Bool = false
  ) -> pid_t? {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let input {
      unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
      unsafe posix_spawn_file_actions_addclose(&actions, input)
    }
    if isSilent {
      for output in [STDOUT_FILENO, STDERR_FILENO] {
        unsafe posix_spawn_file_actions_addopen(&actions, output, "/dev/null", O_WRONLY, 0)
      }
    }
    // This process ignores these signals while it waits; the program does not.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var usual = sigset_t()
    unsafe sigemptyset(&usual)
    for number in [SIGINT, SIGQUIT] { unsafe sigaddset(&usual, number) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &usual)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var child: pid_t = 0
    let started = unsafe withCStrings(words) { all in
      unsafe posix_spawn(&child, program, &actions, &attributes, all, environ)
    }
    return started == 0 ? child : nil
  }

  /// Waits until a program has ended.
  ///
  /// - Returns: its exit code; nil where a signal ended it.
  package static func wait(for child: pid_t) -> Int32? {
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0 {
      if errno != EINTR { return nil }
    }
    return status & 0x7F == 0 ? status >> 8 & 0xFF : nil
  }

  /// Runs a program to which Ctrl-C belongs while it runs, such as an editor.
  ///
  /// - Returns: its exit code, 1 where a signal ended it; nil where it cannot be started.
  package static func runInFront(_ words: String, _ arguments: [String]) -> Int32? {
    let old = [SIGINT, SIGQUIT].map { number in (number, signal(number, SIG_IGN)) }
    defer { for (number, handler) in old { signal(number, handler) } }
    return start(words, arguments).map { wait(for: $0) ?? 1 }
  }

  /// Starts a program that reads what this process prints from here on; the process ends with it.
  ///
  /// - Parameter variables: those of its environment, where they are not set.
  /// - Returns: the program, for `endOutput`; nil where the system refuses.
  package static func startReader(
    _ words: String, usually variables: [String: String]
  ) -> pid_t? {
    var ends: [Int32] = [0, 0]
    guard unsafe pipe(&ends) == 0 else { return nil }
    _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
    for (name, value) in variables { unsafe setenv(name, value, 0) }
    let child = start(words, input: ends[0])
    close(ends[0])
    if child != nil { dup2(ends[1], STDOUT_FILENO) }
    close(ends[1])
    // Who leaves the reader early has seen enough.
    if child != nil { signal(SIGPIPE) { _ in _exit(0) } }
    return child
  }

  /// Ends what this process prints, and waits until its reader has ended.
  package static func endOutput(to reader: pid_t) {
    close(STDOUT_FILENO)
    _ = wait(for: reader)
  }

  /// Calls a body with texts as C has its arguments.
  private static func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    let copies = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { unsafe copies.forEach { unsafe free($0) } }
    return unsafe copies.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { fatalError("an array of one has an address") }
      return unsafe body(base)
    }
  }
}
