// SPDX-License-Identifier: GPL-2.0-only

import KernelTree
import Symbols
import Testing

/// Which headers a file may see by a way that no include shows.
@Suite struct HeaderScopeTests {
  private func sees(_ file: String, _ header: String) throws -> Bool {
    HeaderScope.sees(
      try TreePath(Array(file.utf8)), try TreePath(Array(header.utf8)))
  }

  @Test(arguments: [
    ("fs/ext4/file.c", "include/linux/fs.h"), ("fs/ext4/file.c", "arch/x86/include/asm/io.h"),
    ("fs/ext4/file.c", "fs/ext4/ext4.h"), ("fs/ext4/sub/a.c", "fs/ext4/ext4.h"),
    ("fs/ext4/file.c", "fs/internal.h"), ("kernel/sched/core.c", "kernel/smpboot.h"),
    ("mm/slab.c", "mm/slab.h"), ("tools/perf/a.c", "tools/lib/b.h"), ("a.c", "top.h"),
    ("fs/namei.c", "fs/ext4/ext4.h"),
  ])
  func whatIsSeen(_ file: String, _ header: String) throws {
    #expect(try sees(file, header))
  }

  @Test(arguments: [
    ("fs/ext4/file.c", "fs/ext3/ext3.h"), ("fs/ext4/file.c", "arch/x86/kvm/x86.h"),
    ("fs/ext4/file.c", "tools/include/linux/fs.h"), ("kernel/fork.c", "mm/slab.h"),
    ("a.c", "mm/slab.h"),
  ])
  func whatIsNotSeen(_ file: String, _ header: String) throws {
    #expect(try !sees(file, header))
  }
}
