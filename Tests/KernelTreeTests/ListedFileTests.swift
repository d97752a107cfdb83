// SPDX-License-Identifier: GPL-2.0-only

import KernelTree
import TestSupport
import Testing

/// What was read of a listed file is kept once its stamp has settled.
@Suite struct ListedFileTests {
  @Test func aFreshFileIsNotSettled() throws {
    let path = try TreePath(Array("file.c".utf8))
    func isSettled(_ changed: Int?) -> Bool {
      ListedFile(path: path, stamp: [], changed: changed).isSettled(at: 1000)
    }
    // A blob's id says what is in it.
    #expect(isSettled(nil))
    #expect(isSettled(997) && isSettled(0))
    #expect(!isSettled(998) && !isSettled(1000) && !isSettled(1001))
  }
}
