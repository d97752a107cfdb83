// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import CGit2
import KernelTree

/// Indexes a tree, kept between runs, and looks names up in it.
enum Indexes {
  static func run(_ arguments: [String]) throws {
    bench_keep_freed_memory()
    let tree = try OpenedTree.named(arguments[0]).tree
    let (index, building) = try SymbolIndex.of(tree, key: arguments[0])
    print(
      "\(index.fileCount) files, \(index.count) names; \(building.read) files read, \(building.kept) kept"
    )
    for name in arguments.dropFirst() {
      for symbol in index.symbols(named: name) {
        print("\(symbol.name) \(symbol.kind) \(symbol.path):\(symbol.line) \(symbol.owner)")
      }
      for symbol in index.nearest(to: name, count: 3, where: { _ in true }) {
        print("  near: \(symbol.name) \(symbol.kind) \(symbol.path):\(symbol.line)")
      }
    }
  }
}
