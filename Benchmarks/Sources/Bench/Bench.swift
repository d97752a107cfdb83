// SPDX-License-Identifier: GPL-2.0-only

import CGit2
import Foundation
import PatchFormat

/// Measures and compares what needs to happen within one process.
@main
struct Bench {
  static func main() throws {
    var arguments = CommandLine.arguments.dropFirst()
    let command = arguments.popFirst()
    guard ["parse", "conformance", "outline"].contains(command), !arguments.isEmpty else {
      print("usage: Bench parse FILE-OR-FOLDER… | Bench conformance FILE-OR-FOLDER…")
      print("       Bench outline FOLDER")
      exit(2)
    }
    if command == "outline" { return try Outlines.run(arguments.first ?? ".") }
    git_libgit2_init()
    let inputs = try Inputs.read(Array(arguments))
    if command == "parse" { parse(inputs) } else { try Conformance.run(inputs) }
  }

  /// patchkit's parser and libgit2's, over the same bytes, alternately; medians of eleven rounds.
  ///
  /// Inputs that libgit2 rejects are left out: it would stop early.
  static func parse(_ inputs: [Input]) {
    let taken = inputs.filter { libgit2Parses($0.bytes) }
    let bytes = taken.reduce(0) { $0 + $1.bytes.count }
    print("\(taken.count) of \(inputs.count) inputs that libgit2 parses, \(bytes) bytes")
    var ours: [Double] = []
    var theirs: [Double] = []
    var hunks = 0
    for _ in 0..<11 {
      ours.append(
        time {
          for input in taken {
            hunks += PatchDocument(parsing: input.bytes).files.reduce(0) { $0 + $1.hunks.count }
          }
        })
      theirs.append(time { for input in taken { _ = libgit2Parses(input.bytes) } })
    }
    report("patchkit", ours, bytes)
    report("libgit2", theirs, bytes)
    print(
      String(
        format: "ratio libgit2 / patchkit %.2f  (%d hunks a round)", median(theirs) / median(ours),
        hunks / 11))
  }

  static func libgit2Parses(_ bytes: [UInt8]) -> Bool {
    var diff: OpaquePointer?
    let code = bytes.withUnsafeBytes {
      git_diff_from_buffer(&diff, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
    }
    git_diff_free(diff)
    return code == 0
  }

  static func time(_ body: () -> Void) -> Double {
    let clock = ContinuousClock()
    let duration = clock.measure(body)
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  static func report(_ name: String, _ values: [Double], _ bytes: Int) {
    let sorted = values.sorted()
    print(
      String(
        format: "%@  median %.2f ms  (%.2f to %.2f)  %.0f MB/s", name, median(values) * 1000,
        sorted[0] * 1000, sorted[sorted.count - 1] * 1000, Double(bytes) / median(values) / 1e6))
  }
}

/// A file that was read.
struct Input {
  var path: String
  var bytes: [UInt8]
}

enum Inputs {
  /// Reads files, and every patch below folders.
  static func read(_ names: [String]) throws -> [Input] {
    var paths: [String] = []
    for name in names {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: name, isDirectory: &isFolder) else {
        print("missing: \(name)")
        continue
      }
      if isFolder.boolValue {
        let below = FileManager.default.enumerator(atPath: name)?.compactMap { $0 as? String } ?? []
        paths += below.filter { $0.hasSuffix(".patch") || $0.hasSuffix(".diff") }
          .map { name + "/" + $0 }
      } else {
        paths.append(name)
      }
    }
    return try paths.sorted().map {
      Input(path: $0, bytes: Array(try Data(contentsOf: URL(fileURLWithPath: $0))))
    }
  }
}
