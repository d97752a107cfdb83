// SPDX-License-Identifier: GPL-2.0-only

import Backport
import CSource
import Foundation
import Interleave
import KernelTree
import PatchFormat

/// Two tasks that add one to a counter, each by a read and a write.
struct Race: Program {
  final class World: @unchecked Sendable {
    var counter = 0
  }

  func start(_ scheduler: Scheduler) -> World {
    let world = World()
    let counter = scheduler.object("counter")
    for name in ["first", "second"] {
      scheduler.spawn(name) {
        await scheduler.step(Interleave.Operation("read", [Access(counter, .read)]))
        let value = world.counter
        await scheduler.step(Interleave.Operation("write", [Access(counter, .write)]))
        world.counter = value + 1
      }
    }
    return world
  }

  func outcome(_ world: World) -> Int { world.counter }
  func complaint(about outcome: Int) -> String? { outcome == 2 ? nil : "an addition is lost" }
  func fingerprint(_ world: World) -> Fingerprint {
    var print = Fingerprint()
    print.add(world.counter)
    return print
  }
}

/// For each patch: its subject, and on a tree, the verdict on each hunk and which functions its file has.
func report(_ name: String, on folder: String?) throws {
  let bytes = Array(try Data(contentsOf: URL(filePath: name)))
  let document = PatchDocument(parsing: bytes, name: name)
  try document.requireSound()
  for message in document.messages { print(message.description().subject) }
  for file in document.files {
    guard let path = file.paths(strip: 1)?.new.map({ String(decoding: $0, as: UTF8.self) }) else {
      continue
    }
    print("  \(path): \(file.hunks.count) hunks")
    guard let folder, let content = FileManager.default.contents(atPath: folder + "/" + path) else {
      continue
    }
    let source = CSourceFile(Array(content))
    print("    functions: \(source.functions.map { source.name(of: $0) }.joined(separator: ", "))")
  }
  guard let folder else { return }
  let queue = try PatchQueue(document, options: ApplyOptions(accept: .likely))
  let outcome = try SeriesSession(on: DirectoryTree(path: folder)).apply(queue)
  for patch in outcome.patches { print("  on \(folder): \(patch.verdict.rawValue)") }
}

if CommandLine.arguments.count > 1 {
  try report(CommandLine.arguments[1], on: CommandLine.arguments.dropFirst(2).first)
} else {
  let found = Explorer(Race(), limits: Limits(executions: 100, steps: 20)).explore(.reduced)
  print("\(found.executions) executions, outcomes \(found.outcomes.sorted())")
}
