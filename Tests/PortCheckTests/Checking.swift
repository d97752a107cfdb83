// SPDX-License-Identifier: GPL-2.0-only

import Backport
import Interleave
import KernelTree
import PatchFormat
import PortCheck
import Ports
import TestSupport

/// A patch of the project with its tree, as the checker wants them.
enum Checking {
  static let serialize = "ext4-serialize-unaligned-aio"
  static let count = "ext4-count-unwritten-aio"
  static let unserialize = "ext4-unserialize-unaligned-dio"

  /// What a patch changes, with a text of one of the files after it replaced once.
  ///
  /// - Throws: `NoSuchText` where the text is not in the file: a mutant that changes nothing.
  static func sources(
    _ patch: String, in path: String = "", replacing old: String = "", by new: String = ""
  ) throws -> PatchSources {
    let lab = [serialize: "base", count: "half", unserialize: "dio"][patch] ?? "base"
    let queue = try PatchQueue(
      reading: [Project.path("Patches/\(patch)")], options: ApplyOptions(), parsing: ParseOptions())
    let outcome = try SeriesSession(on: try DirectoryTree(path: Project.lab(lab))).apply(queue)
    guard !path.isEmpty else { return PatchSources(outcome.changes) }
    return PatchSources(
      try outcome.changes.map { change in
        guard change.path.description == path, let after = change.after else { return change }
        let text = String(decoding: after.content, as: UTF8.self)
        guard let range = text.firstRange(of: old) else { throw NoSuchText(text: old) }
        var changed = change
        changed.after?.content = Array(
          (text[..<range.lowerBound] + new + text[range.upperBound...]).utf8)
        return changed
      })
  }

  struct NoSuchText: Error {
    var text: String
  }

  /// The compilers of this machine.
  static let compilers = ["gcc", "clang"].map { CCompiler($0) }.filter(\.exists)

  static func options(
    _ compiler: CCompiler? = CCompiler.find(), values: Int = 2000, executions: Int = 200,
    sanitizers: Bool = false
  ) -> PortCheckOptions {
    PortCheckOptions(
      compiler: compiler, values: values,
      limits: Limits(executions: executions, steps: 1000), usesSanitizers: sanitizers)
  }

  static let reasons = ["lab_init_fs": "it calls what is ported", "lab_init_inode": "so too"]

  /// Checks a patch, locked as it is now unless a lock is given.
  static func check(
    _ patch: String, _ sources: PatchSources, port: PatchPort? = nil,
    lock: [LockedFunction]? = nil, _ options: PortCheckOptions
  ) async throws -> PortCheckOutcome {
    let checker = PortChecker(port ?? PatchPort.named(patch), sources, options)
    return await checker.check(lock: lock, reasons: patch == count ? reasons : [:])
  }

  /// The functions of a patch as they are in the project.
  static func lock(_ patch: String) throws -> [LockedFunction] {
    PortChecker(PatchPort.named(patch), try sources(patch), options()).pairing(nil, reasons: [:])
      .locked
  }
}
