// SPDX-License-Identifier: GPL-2.0-only

import Commands

/// The program with shared libraries: tests replace calls of the C library, which a static program has in itself.
@main
enum Program {
  static func main() async {
    await CommandLineProgram.start()?.finish()
  }
}
