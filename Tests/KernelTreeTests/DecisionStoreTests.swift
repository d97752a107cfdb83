// SPDX-License-Identifier: GPL-2.0-only

import Host
import TestSupport
import Testing

import KernelTree

/// The list of conflicts that wait for a decision.
@Suite struct DecisionStoreTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func pending(_ path: String) -> DecisionStore.Pending {
    DecisionStore.Pending(
      tree: scratch.file("t"), path: path, keys: [String(repeating: "a", count: 40)], marked: [1])
  }

  /// One that is not the user's is replaced; the user's own that is damaged is not.
  @Test(arguments: [false, true]) func aListThatCannotBeReadIsKept(_ isOwn: Bool) throws {
    let store = DecisionStore(try VendoredStore.findOrCreate(in: scratch.path))
    try store.wait(for: [pending("a")])
    try store.wait(for: [pending("b")])
    #expect(try store.pending() == [pending("a"), pending("b")])
    let damaged = Array("[{".utf8)
    try scratch.write(".patchkit/conflicts", damaged)
    if isOwn {
      try StateRecord(of: .conflicts, for: Folder.open(scratch.file(".patchkit"))).write(damaged)
      let error = #expect(throws: PatchkitError.self) { try store.wait(for: [pending("c")]) }
      #expect(error?.kind == .badInput)
      #expect(try scratch.read(".patchkit/conflicts") == damaged)
    } else {
      try store.wait(for: [pending("c")])
      #expect(try store.pending() == [pending("c")])
    }
  }
}
