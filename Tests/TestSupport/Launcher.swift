// SPDX-License-Identifier: GPL-2.0-only

internal import Glibc

/// The launcher that confines C where there are no namespaces, compiled once for all tests.
public enum Launcher {
  private static let made: (scratch: Scratch, isUsable: Bool)? = {
    guard let scratch = try? Scratch() else { return nil }
    // A trait's condition cannot wait, so this is done with the C library alone.
    let path = scratch.path
    let source = Project.path("Sources/PortCheck/userspace/confine.c")
    let commands = [
      "gcc -O1 -Wall -Wextra -Werror -o '\(path)/confine' '\(source)'",
      "mkdir '\(path)/trial' && '\(path)/confine' compile '\(path)/trial' 9 0 0 64 16 -- true",
    ]
    return (scratch, commands.allSatisfy { unsafe system($0) == 0 })
  }()

  /// Whether the kernel has Landlock, and gcc is there.
  public static var isUsable: Bool { made?.isUsable ?? false }
  /// Its path.
  public static var program: String { (made?.scratch.path ?? "") + "/confine" }
}
