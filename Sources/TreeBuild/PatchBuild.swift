// SPDX-License-Identifier: GPL-2.0-only

package import Backport
internal import Dispatch
package import Host
package import KernelTree
internal import Synchronization

/// Builds what the patches of a series touch, each on the result of those before it.
///
/// One copy of the tree is made for the first patch, and patches whose builds do not fail stay in it.
package final class PatchBuild {
  private let command: BuildCommand
  private let original: any KernelTree
  private var tree: ScratchTree?

  /// Prepares builds in a copy of a tree.
  ///
  /// - Throws: `PatchkitError` of kind `system` where foreign code is not run.
  package init(_ command: BuildCommand, of tree: any KernelTree) throws(PatchkitError) {
    try BuildCommand.requireConfinement()
    self.command = command
    original = tree
  }

  /// Builds what a patch that applies touches, and refuses it where a build newly fails.
  ///
  /// - Throws: what `BuildTrial.run()` throws.
  package func check(_ patch: inout PatchOutcome) throws {
    guard patch.applies else { return }
    let tree = try self.tree ?? ScratchTree(of: original)
    self.tree = tree
    let (command, changes) = (command, patch.changes)
    patch.take(
      try Self.waiting {
        var trial = BuildTrial(command, changes, in: tree)
        try await trial.run()
        return trial.outcome
      })
  }

  /// Runs work on other threads and blocks this one, which must not belong to the pool of tasks.
  private static func waiting<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
  ) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Value, any Error>?>(nil)
    let keep: @Sendable (Result<Value, any Error>) -> Void = { value in
      result.withLock { $0 = value }
      done.signal()
    }
    Task {
      do { keep(.success(try await work())) } catch { keep(.failure(error)) }
    }
    done.wait()
    guard let value = result.withLock({ $0 }) else { throw CancellationError() }
    return try value.get()
  }
}
