// SPDX-License-Identifier: GPL-2.0-only

import Commands

/// The program, which is linked without shared libraries where it can be.
///
/// Its commands are a target of their own: tests look into them, and a test bundle needs shared libraries.
@main
enum Program {
  static func main() async {
    await CommandLineProgram.start()?.finish()
  }
}
