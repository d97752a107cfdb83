// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Host
import KernelTree
import PatchFormat
import TestTrees

typealias MemoryTree = TestTrees.MemoryTree

/// Tries the patches of a text, one on the other.
func apply(
  _ text: String, to tree: any KernelTree, _ options: ApplyOptions = ApplyOptions()
) throws -> SeriesOutcome {
  try apply(Array(text.utf8), to: tree, options)
}

func apply(
  _ bytes: [UInt8], to tree: any KernelTree, _ options: ApplyOptions = ApplyOptions()
) throws -> SeriesOutcome {
  let document = PatchDocument(parsing: bytes, name: "test.patch")
  return try SeriesSession(on: tree).apply(try PatchQueue(document, options: options))
}
