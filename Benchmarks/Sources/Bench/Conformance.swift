// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import PatchFormat

/// Compares what patchkit reads with what git reads, over a collection of patches.
enum Conformance {
  static func run(_ inputs: [Input]) throws {
    var roundTrips = 0
    var takenByGit = 0
    var takenByLibgit2 = 0
    var taken = 0
    var sameCounts = 0
    var refusals: [String: [String]] = [:]
    var onlyGit: [String] = []
    var onlyUs = 0
    var different: [String] = []
    for input in inputs {
      let document = PatchDocument(parsing: input.bytes, name: input.path)
      if document.serialized() == input.bytes {
        roundTrips += 1
      } else {
        print("NOT LOSSLESS \(input.path)")
      }
      if Bench.libgit2Parses(input.bytes) { takenByLibgit2 += 1 }
      let theirs = try output("/usr/bin/git", ["apply", "--numstat", "-z", input.path])
      let isSound = (try? document.requireSound()) != nil
      if isSound { taken += 1 }
      if theirs != nil { takenByGit += 1 }
      if !isSound {
        let id = document.diagnostics.first { $0.severity == .refused }?.id.rawValue ?? "no-diff"
        refusals[id, default: []].append(input.path)
        if theirs != nil { onlyGit.append("\(id)  \(input.path)") }
        continue
      }
      guard let theirs else {
        onlyUs += 1
        continue
      }
      let ours = try output(program, ["stat", "--numstat", "-z", input.path])
      if ours == theirs { sameCounts += 1 } else { different.append(input.path) }
    }
    print("inputs                      \(inputs.count)")
    print("round trip byte for byte    \(roundTrips)")
    print("taken by patchkit           \(taken)")
    print("taken by git                \(takenByGit)")
    print("taken by libgit2            \(takenByLibgit2)")
    print("both: same numstat          \(sameCounts)")
    print("both: other numstat         \(different.count)")
    for path in different { print("    \(path)") }
    print("taken by patchkit alone     \(onlyUs)")
    print("taken by git alone          \(onlyGit.count)")
    for line in onlyGit { print("    \(line)") }
    print("refused by patchkit, by the first reason:")
    for (id, paths) in refusals.sorted(by: { ($1.value.count, $0.key) < ($0.value.count, $1.key) })
    {
      print("    \(paths.count)  \(id)  such as \(paths[0])")
    }
  }

  /// The program that is measured.
  private static let program =
    ProcessInfo.processInfo.environment["PATCHKIT"] ?? ".build/release/patchkit"

  /// What a program prints, or nil where it fails.
  private static func output(_ program: String, _ arguments: [String]) throws -> [UInt8]? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = FileHandle.nullDevice
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? Array(output) : nil
  }
}
