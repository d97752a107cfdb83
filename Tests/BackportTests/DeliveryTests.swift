// SPDX-License-Identifier: GPL-2.0-only

import Backport
import KernelTree
import PatchFormat
import Synchronization
import TestSupport
import Testing

/// Changes that are dropped or handed over while they are made: all else of the outcome is the same.
@Suite struct DeliveryTests {
  /// A patch of so many files that it is tried on several threads, with all kinds of changes, and its tree.
  private func sample(breaks: Bool) -> (patch: String, tree: MemoryTree) {
    var patch = ""
    var files: [String: String] = [:]
    for number in 0..<90 {
      let name = "d\(number % 4)/f\(number)"
      let head = "diff --git a/\(name) b/\(name)"
      let body = "@@ -1,3 +1,4 @@\n 1\n-2\n+two\n+\(number)\n 3\n"
      let names = "--- a/\(name)\n+++ b/\(name)\n"
      files[name] = breaks && number == 70 ? "other\n" : "1\n2\n3\n"
      switch number % 9 {
      case 0:
        patch += "\(head).new\nsimilarity index 100%\nrename from \(name)\nrename to \(name).new\n"
      case 1:
        patch +=
          "\(head).copy\nsimilarity index 80%\ncopy from \(name)\ncopy to \(name).copy\n"
          + "--- a/\(name)\n+++ b/\(name).copy\n\(body)"
      case 2:
        files[name] = nil
        patch +=
          "\(head)\nnew file mode 100644\n--- /dev/null\n+++ b/\(name)\n@@ -0,0 +1,2 @@\n+a\n+b\n"
      case 3:
        patch +=
          "\(head)\ndeleted file mode 100644\n--- a/\(name)\n+++ /dev/null\n"
          + "@@ -1,3 +0,0 @@\n-1\n-2\n-3\n"
      case 4:
        // Moved and changed, and then changed once more.
        patch +=
          "\(head).x\nsimilarity index 80%\nrename from \(name)\nrename to \(name).x\n"
          + "--- a/\(name)\n+++ b/\(name).x\n\(body)"
          + "diff --git a/\(name).x b/\(name).x\n--- a/\(name).x\n+++ b/\(name).x\n@@ -1,2 +1,2 @@\n-1\n+one\n two\n"
      case 5:
        // An empty file gets a line.
        files[name] = ""
        patch += "\(head)\n\(names)@@ -0,0 +1 @@\n+x\n"
      case 6:
        // A hunk that changes nothing.
        patch += "\(head)\n\(names)@@ -1,3 +1,3 @@\n 1\n-2\n+2\n 3\n"
      default: patch += "\(head)\n\(names)\(body)"
      }
    }
    return (patch, MemoryTree(files))
  }

  private func outcome(
    _ sample: (patch: String, tree: MemoryTree), _ delivery: ChangeDelivery, isReversed: Bool
  ) throws -> SeriesOutcome {
    var policy = SeriesPolicy()
    policy.delivery = delivery
    let document = PatchDocument(parsing: Array(sample.patch.utf8), name: "p.patch")
    let queue = try PatchQueue(document, options: ApplyOptions(isReversed: isReversed))
    // Of a folder, any thread may read.
    let scratch = try Scratch()
    for (path, file) in sample.tree.files {
      try scratch.write("t/\(path)", String(decoding: file.content, as: UTF8.self))
    }
    return try SeriesSession(on: DirectoryTree(path: scratch.file("t")), policy: policy)
      .apply(queue)
  }

  @Test(arguments: [false, true], [false, true])
  func theOutcomeIsTheSame(breaks: Bool, isReversed: Bool) throws {
    var sample = sample(breaks: breaks)
    if isReversed {
      let after = try outcome(self.sample(breaks: false), .kept, isReversed: false)
      sample.tree = self.sample(breaks: false).tree.applying(after.changes)
      if breaks { sample.tree.files["d1/f77"] = TreeFile(mode: .regular, content: [0x0A]) }
    }
    let kept = try outcome(sample, .kept, isReversed: isReversed)
    let handed = Mutex<[TreeChange]>([])
    for delivery in [
      ChangeDelivery.dropped, .handedOver { change in handed.withLock { $0.append(change) } },
    ] {
      let other = try outcome(sample, delivery, isReversed: isReversed)
      #expect(other.isDelivered && other.changes.isEmpty && !kept.isDelivered)
      #expect(other.applies == kept.applies && kept.applies == !breaks)
      #expect(other.patches.map(\.verdict) == kept.patches.map(\.verdict))
      #expect(other.patches[0].files.map(\.verdict) == kept.patches[0].files.map(\.verdict))
      #expect(other.patches[0].files.map(\.hunks) == kept.patches[0].files.map(\.hunks))
      #expect(other.changedPaths == kept.changedPaths)
    }
    #expect(kept.changedPaths.isEmpty == breaks)
    if !breaks {
      let changes = handed.withLock { $0 }.sorted { $0.path < $1.path }
      #expect(changes == kept.changes.sorted { $0.path < $1.path })
    }
  }
}
