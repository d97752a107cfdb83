// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc
internal import Synchronization

/// The limits of a program that runs foreign code: a patch's own C, a tree's build command.
///
/// The program has processes, a network, users and mounts of its own, and sees a root folder in which
/// only the system's programs and libraries are, read-only, with the one folder that it works in. It
/// has no capability, cannot gain one, and ends with the program that started it. A launcher sets all
/// of this up first and then executes the program: foreign code may run before its `main`.
package struct Confinement: Sendable {
  /// Seconds of processor time.
  package var seconds: Int
  /// Bytes of memory; nil for none, where a sanitizer needs to reserve more than there is.
  package var memory: Int?
  /// Bytes of one file that is written.
  package var fileSize: Int
  /// Files that may be open at once.
  package var files: Int
  /// Processes and threads that there may be at once; nil for as many as the user may have.
  package var processes: Int?
  /// Whether files of the folder may be made and changed; else nothing can be written to a disk.
  package var writes: Bool
  /// What the program may do where the launcher confines it, inside of namespaces or without them; nil if it is
  /// run with namespaces alone.
  package var launch: Launch?

  /// What a program that the launcher confines may do.
  package enum Launch: String, Sendable {
    /// Compute, and read and answer over what it was given.
    case run
    /// The same in further processes of its own.
    case fork
    /// Start programs, and make files in the folder.
    case compile
  }

  /// States the limits.
  package init(
    seconds: Int, memory: Int?, fileSize: Int, files: Int, processes: Int? = nil,
    writes: Bool = true, launch: Launch? = nil
  ) {
    self.seconds = seconds
    self.memory = memory
    self.fileSize = fileSize
    self.files = files
    self.processes = processes
    self.writes = writes
    self.launch = launch
  }

  /// The launcher, and the folder that it is in; nil before it is made.
  private static let launcher = Mutex<(program: String, folder: ScratchFolder)?>(nil)

  /// Uses a launcher from here on, after a trial.
  ///
  /// - Returns: why it cannot be used, as one sentence; nil where it confines.
  package static func useLauncher(_ program: String, in folder: ScratchFolder) -> String? {
    let limits = Confinement(
      seconds: 10, memory: nil, fileSize: 1 << 20, files: 64, processes: 16, launch: .fork)
    guard let scratch = try? ScratchFolder(),
      run(
        limits.command(
          ["sh", "-c", "true | true"], in: scratch.path, at: scratch.path, readable: [], program))
    else {
      return "the launcher with Landlock (Linux 5.13), which would do as well, does not start"
    }
    launcher.withLock { $0 = (program, folder) }
    return nil
  }

  private static let isTrusting = Mutex(false)

  /// Runs foreign code from here on where it cannot be confined, too: the user asked for it.
  package static func trustForeignCode() { isTrusting.withLock { $0 = true } }

  /// Why such a program is not run here, as one sentence; nil where it is confined, or trusted.
  package var refusal: String? {
    if Self.isWhole || Self.isTrusting.withLock(\.self) { return nil }
    if launch != nil, Self.launcher.withLock({ $0 != nil }) { return nil }
    return "code from patches cannot be confined here: \(Self.missing)"
  }

  /// Whether the user permits foreign code to run without confinement.
  package static var isTrusted: Bool { isTrusting.withLock(\.self) }

  /// What is missing here of the confinement, as one sentence; nil where all of it is there.
  package static let shortfall: String? = isWhole ? nil : missing

  private static let programs = ["prlimit", "unshare", "setpriv", "mount", "umount", "pivot_root"]

  /// Whether there is a program of util-linux: the launcher looks in the system's own folders as well, which an
  /// ordinary user's `PATH` does not name.
  private static func has(_ name: String) -> Bool {
    Machine.hasProgram(name)
      || ["/usr/sbin/", "/sbin/"].contains { unsafe access($0 + name, X_OK) == 0 }
  }

  private static var missing: String {
    if let absent = programs.first(where: { !has($0) }) {
      return "there is no '\(absent)' (util-linux)"
    }
    return "the system does not allow user namespaces"
  }

  /// A way to start the launcher.
  private struct Way {
    /// Whether root becomes another user first: the system does not limit root's processes.
    var isUnprivileged = false
    var limitsProcesses = false
  }

  private static var isWhole: Bool { ways.unlimited != nil }

  /// What works here, tried once: with a limit of processes, and without one.
  ///
  /// An old kernel counts the user's other processes, too, so that no limit can be set.
  private static let ways: (limited: Way?, unlimited: Way?) = {
    guard programs.allSatisfy(has), let scratch = try? ScratchFolder() else {
      return (nil, nil)
    }
    let limits = Confinement(
      seconds: 10, memory: nil, fileSize: 1 << 20, files: 64, processes: 16)
    func works(_ way: Way) -> Bool {
      run(
        limits.launcher(
          ["sh", "-c", "true | true"], in: scratch.path, at: scratch.path, readable: [], way))
    }
    guard works(Way()) else { return (nil, nil) }
    let limited = Way(isUnprivileged: geteuid() == 0, limitsProcesses: true)
    return (works(limited) ? limited : nil, Way())
  }()

  /// Runs a command and waits for it; returns whether it succeeded.
  private static func run(_ words: [String]) -> Bool {
    guard let program = words[0].contains("/") ? words[0] : Machine.program(named: words[0]) else {
      return false
    }
    return Shell.spawn(program, words, isSilent: true).flatMap(Shell.wait) == 0
  }

  /// A program that is confined.
  ///
  /// - Parameters:
  ///   - folder: the folder that the program may write in.
  ///   - start: the folder that it runs in, at or below that one.
  ///   - readable: more folders that it may read, such as a compiler's own.
  ///   - variables: what it sees in addition to `environment(home:)`.
  package func program(
    _ words: [String], in folder: String, at start: String? = nil, readable: [String] = [],
    adding variables: [String: String] = [:]
  ) -> SystemProgram {
    let words = command(
      words, in: folder, at: start ?? folder, readable: readable,
      launch == nil ? nil : Self.launcher.withLock { $0?.program })
    return SystemProgram(
      words, in: start ?? folder,
      .only(Self.environment(home: folder).merging(variables) { own, _ in own }))
  }

  /// The words of a command that runs another one confined.
  ///
  /// - Parameter program: the launcher; nil for none.
  private func command(
    _ words: [String], in folder: String, at start: String, readable: [String], _ program: String?
  ) -> [String] {
    let (limited, unlimited) = Self.ways
    var words = words
    var readable = readable
    if let launch, let program {
      words = self.words(words, in: folder, readable: readable, program, launch)
      if unlimited == nil { return words }
      readable.append(program)
    }
    if let way = processes == nil ? unlimited : limited ?? unlimited {
      return launcher(
        words, in: folder, at: start, readable: readable, way,
        isWrapped: launch != nil && program != nil)
    }
    return (Machine.hasProgram("prlimit") ? limits(Way()) + ["--"] : []) + words
  }

  /// The words of a command that the launcher runs.
  private func words(
    _ words: [String], in folder: String, readable: [String], _ program: String, _ launch: Launch
  ) -> [String] {
    let numbers = [seconds, memory ?? 0, fileSize, files, processes ?? 0]
    return [program, launch.rawValue, folder] + numbers.map(String.init) + readable + ["--"] + words
  }

  private func limits(_ way: Way) -> [String] {
    ["prlimit", "--cpu=\(seconds)", "--fsize=\(fileSize)", "--nofile=\(files)", "--core=0"]
      + (memory.map { ["--as=\($0)"] } ?? [])
      + (way.limitsProcesses ? processes.map { ["--nproc=\($0)"] } ?? [] : [])
  }

  /// Starts a program with a keyring of its own: the caller's may have keys for Kerberos or encrypted folders.
  ///
  /// The launcher refuses the call instead. No program of util-linux makes it; Debian always has perl.
  private static let withoutKeys: [String] = {
    #if arch(x86_64)
      let number = 250
    #elseif arch(arm64)
      let number = 219
    #endif
    return Machine.hasProgram("perl")
      ? ["perl", "-e", "syscall(\(number), 1, 0) >= 0 and exec { $ARGV[0] } @ARGV; exit 125", "--"]
      : []
  }()

  /// The user and the group that own no file.
  private static let unprivileged = "65534"

  private func launcher(
    _ words: [String], in folder: String, at start: String, readable: [String], _ way: Way,
    isWrapped: Bool = false
  ) -> [String] {
    let user =
      way.isUnprivileged
      ? ["sh", "-c", Self.becomeUnprivileged, "sh", folder, Self.unprivileged] : []
    // A change of the user cancels the signal, so that it is asked for after that. The parent is the thread
    // that starts all programs, and lives as long as patchkit.
    return (isWrapped ? [] : Self.withoutKeys) + user + [
      "setpriv", "--pdeathsig", "KILL", "--", "unshare", "--user", "--map-root-user", "--net",
      "--ipc", "--pid", "--fork", "--kill-child",
      "--mount", "--", "sh", "-c", Self.script, "sh", folder, start, writes ? "rw" : "ro",
      "\(readable.count)",
    ] + readable + limits(way) + ["--"] + words
  }

  /// Hands the folder over to another user, and becomes that user.
  private static let becomeUnprivileged = #"""
    set -e
    PATH="$PATH:/usr/sbin:/sbin"
    folder=$1; user=$2; shift 2
    chown -hR "$user:$user" -- "$folder"
    exec setpriv --reuid="$user" --regid="$user" --clear-groups -- "$@"
    """#

  /// Makes the private root, moves into it, gives up every capability and executes the program.
  ///
  /// The old root is unmounted, so no path leads to it. A mount that has to be there and cannot be
  /// made ends the script, and with it the program is not run.
  private static let script = #"""
    set -e
    PATH="$PATH:/usr/sbin:/sbin"
    work=$1; start=$2; writes=$3; more=$4; shift 4
    root=$work/.root
    # Without -p: where patchkit has ended and removed the folder, it stays removed.
    [ -d "$root" ] || mkdir "$root"
    mount --make-rprivate /
    mount -t tmpfs -o size=16m,mode=755 tmpfs "$root"
    # With all that is mounted below: the system allows no bind without it here.
    protect() {
      mount -o remount,bind,ro "$1"
      while read -r id parent device top point rest; do
        case $point in "$1"/*) mount -o remount,bind,ro "$(printf %b "$point")" ;; esac
      done < /proc/self/mountinfo
    }
    show() {
      if [ -L "$root$1" ] || [ -e "$root$1" ]; then
        return 0
      elif [ -L "$1" ]; then
        mkdir -p "$root${1%/*}"; ln -s "$(readlink "$1")" "$root$1"
      elif [ -d "$1" ]; then
        mkdir -p "$root$1"
        mount --rbind "$1" "$root$1"; protect "$root$1"
      elif [ -e "$1" ]; then
        mkdir -p "$root${1%/*}"; : > "$root$1"
        mount --bind "$1" "$root$1"; mount -o remount,bind,ro "$root$1"
      fi
    }
    for path in /usr /bin /sbin /lib /lib32 /lib64 /libx32 /etc/alternatives /etc/ld.so.cache; do
      show "$path"
    done
    while [ "$more" -gt 0 ]; do show "$1"; shift; more=$((more - 1)); done
    mkdir -p "$root/dev" "$root/proc" "$root$work" "$root/old"
    for name in null zero urandom; do
      : > "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"
    done
    mount --bind "$work" "$root$work"
    if [ "$writes" = ro ]; then mount -o remount,bind,ro "$root$work"; fi
    mount -t proc proc "$root/proc"
    # System V shared memory counts for no process: 256 MiB of it for all (in pages).
    echo 65536 > "$root/proc/sys/kernel/shmall" || true
    # Root owns the system's settings in it, and needs no capability to change them.
    mount -o remount,bind,ro "$root/proc"
    cd "$root"
    pivot_root . old
    cd /
    umount -l /old
    rmdir /old
    cd "$start"
    exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs -- "$@"
    """#

  /// The only variables that such a program sees, besides its own.
  ///
  /// - Parameter home: a folder that is thrown away afterwards.
  package static func environment(home: String) -> [String: String] {
    [
      "PATH": Machine.variable("PATH") ?? "/usr/bin:/bin", "HOME": home, "TMPDIR": home,
      "LANG": "C.UTF-8",
    ]
  }
}
