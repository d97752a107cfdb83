// SPDX-License-Identifier: GPL-2.0-only

import PortCheck
import Ports
import TestSupport
import Testing

/// The C of a patch compared with its port: equal as it is, and different where either is changed.
@Suite(.serialized) struct ComparisonTests {
  /// Which levels distinguish a changed C from the port.
  private func levels(_ outcome: PortCheckOutcome) -> String {
    var levels: [String] = []
    if outcome.functions.contains(where: { if case .stale = $0.freshness { true } else { false } })
    {
      levels.append("fingerprint")
    }
    if outcome.values.contains(where: { $0.difference != nil }) { levels.append("values") }
    if outcome.traces.contains(where: { $0.difference != nil || $0.failure != nil }) {
      levels.append("traces")
    }
    return levels.joined(separator: ", ")
  }

  @Test(
    arguments: Checking.compilers, [Checking.serialize, Checking.count, Checking.unserialize])
  func theProjectsPortsAreTheirC(_ compiler: CCompiler, _ patch: String) async throws {
    // 'verify', which CI runs on these patches, tries more of them with one compiler. The last one has many more
    // numbers, each of which is varied.
    let count = (patch == Checking.unserialize ? 1 : 4) * (Project.isThorough ? 500 : 100)
    let outcome = try await Checking.check(
      patch, try Checking.sources(patch), lock: try Checking.lock(patch),
      Checking.options(compiler, values: count))
    #expect(outcome.verdict == .holds, "\(outcome.notChecked) \(outcome.complaints)")
    #expect(outcome.values.allSatisfy { $0.cases >= count && $0.difference == nil })
    // Every scenario has traces, so equal sets say something.
    #expect(outcome.traces.count >= 8)
    #expect(outcome.traces.allSatisfy { $0.portTraces > 0 && $0.portTraces == $0.cTraces })
  }

  @Test func theSanitizersFindNothing() async throws {
    for patch in [Checking.serialize, Checking.count, Checking.unserialize] {
      let outcome = try await Checking.check(
        patch, try Checking.sources(patch),
        Checking.options(values: 500, executions: 10, sanitizers: true))
      if outcome.notChecked.contains(where: { $0.reason.contains("rejects") }) {
        try Test.cancel("the compiler has no library for its sanitizers")
      }
      #expect(outcome.verdict == .holds, "\(outcome)")
      // Each function was tried twice.
      let names = outcome.values.map { "\($0.function) \($0.side)" }
      #expect(names.count == 2 * Set(names).count)
    }
  }

  struct Mutant: Sendable, CustomTestStringConvertible {
    var name: String
    var old: String
    var new: String
    var levels: String
    var testDescription: String { name }
  }

  static let mutants = [
    Mutant(
      name: ">= to >", old: "pos >= inode->i_size", new: "pos > inode->i_size",
      levels: "fingerprint, values, traces"),
    Mutant(
      name: "& to &&", old: "(pos & blockmask)", new: "(pos && blockmask)",
      levels: "fingerprint, values, traces"),
    Mutant(
      name: "no mutex_unlock",
      old: "\tif (unaligned_aio)\n\t\tmutex_unlock(ext4_aio_mutex(inode));\n", new: "",
      levels: "fingerprint, values, traces"),
    Mutant(
      name: "wait before lock",
      old: "\t\tmutex_lock(ext4_aio_mutex(inode));\n\t\text4_aiodio_wait(inode);\n",
      new: "\t\text4_aiodio_wait(inode);\n\t\tmutex_lock(ext4_aio_mutex(inode));\n",
      levels: "fingerprint, values, traces"),
    Mutant(
      name: "blockmask unsigned", old: "int blockmask", new: "unsigned blockmask",
      levels: "fingerprint, values"),
  ]

  /// What happens for one value alone, and what only memory shows; Benchmarks/mutants.py has many more.
  static let hiddenMutants = [
    Mutant(
      name: "an unlock skipped for one error", old: "\tif (unaligned_aio)\n\t\tmutex_unlock",
      new: "\tif (unaligned_aio && ret != -116)\n\t\tmutex_unlock", levels: "values"),
    Mutant(
      name: "the interval of one HZ", old: "60*60*24*HZ", new: "60*60*24*250", levels: "values"),
    Mutant(
      name: "the static word not zero", old: "unsigned long unaligned_warn_time;",
      new: "unsigned long unaligned_warn_time = 1;", levels: "values, traces"),
    Mutant(
      name: "one inode", old: "\tif (unaligned_aio) {\n",
      new: "\tif (inode->i_ino == 4711)\n\t\tunaligned_aio = 0;\n\tif (unaligned_aio) {\n",
      levels: "values"),
    Mutant(
      name: "a store to the key", old: "\tif (unaligned_aio) {\n",
      new: "\tiocb->ki_key = 0;\n\tif (unaligned_aio) {\n", levels: "values, traces"),
    Mutant(
      name: "a format", old: "inode %ld by", new: "inode %lu by", levels: "values"),
  ].map { mutant in
    var mutant = mutant
    mutant.levels = "fingerprint, " + mutant.levels
    return mutant
  }

  @Test(arguments: mutants + hiddenMutants)
  func everyChangeOfTheCIsCaught(_ mutant: Mutant) async throws {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: mutant.old, by: mutant.new)
    let outcome = try await Checking.check(
      Checking.serialize, sources, lock: try Checking.lock(Checking.serialize), Checking.options())
    #expect(outcome.verdict == .fails)
    #expect(levels(outcome) == mutant.levels)
  }

  /// What the C of the patch for 6.1 may have wrong, in the function that it changes and in those that it calls;
  /// Benchmarks/mutants.py has more.
  static let writeMutants = [
    Mutant(
      name: "checked once", old: "\t\tinode_lock(inode);\n\t}\n",
      new: "\t\tinode_lock(inode);\n\t\treturn bytes;\n\t}\n", levels: "values, traces"),
    Mutant(
      name: "an unwritten block is an overwrite", old: " && map.m_flags & EXT4_MAP_MAPPED",
      new: "", levels: "values, traces"),
    Mutant(
      name: "memory does not count", old: "(pos | iov_iter_alignment(from))", new: "pos",
      levels: "values, traces"),
    Mutant(
      name: "no operations for the end", old: "&ext4_dio_write_ops,", new: "NULL,",
      levels: "values, traces"),
    Mutant(
      name: "the last byte", old: "last = start + more - 1;", new: "last = start + more;",
      levels: "values"),
    Mutant(
      name: "a store to the position", old: "\text4_clear_inode_state",
      new: "\tiocb->ki_pos += 0;\n\text4_clear_inode_state", levels: "values, traces"),
  ]

  @Test(arguments: writeMutants)
  func everyChangeOfADirectWriteIsCaught(_ mutant: Mutant) async throws {
    let sources = try Checking.sources(
      Checking.unserialize, in: "fs/ext4/file.c", replacing: mutant.old, by: mutant.new)
    let outcome = try await Checking.check(
      Checking.unserialize, sources, lock: try Checking.lock(Checking.unserialize),
      Checking.options(values: 300, executions: 60))
    #expect(outcome.verdict == .fails)
    #expect(levels(outcome) == "fingerprint, " + mutant.levels)
  }

  /// The name that the kernel itself has for what the lab calls otherwise.
  @Test func theKernelsOwnNamesAreThereToo() async throws {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: "!lab_has_extents(inode)",
      by: "!(ext4_test_inode_flag(inode, EXT4_INODE_EXTENTS))")
    let outcome = try await Checking.check(Checking.serialize, sources, Checking.options())
    #expect(outcome.verdict == .holds)
  }

  @Test func aDifferenceIsShrunk() async throws {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: "pos >= inode->i_size",
      by: "pos > inode->i_size")
    let outcome = try await Checking.check(Checking.serialize, sources, Checking.options())
    let values = try #require(
      outcome.values.first { $0.function == "ext4_unaligned_aio" }?.difference)
    // The two differ where pos is i_size, and where what follows is unaligned.
    #expect(values.values.prefix(3) == ["s_blocksize = 4096", "i_size = 0", "pos = 0"])
    #expect(values.port.contains("returns 0"))
    #expect(values.c.contains("returns 1"))
  }

  @Test func aStoreIsNamed() async throws {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: "\tif (unaligned_aio) {\n",
      by: "\tiocb->ki_pos = pos;\n\tif (unaligned_aio) {\n")
    let outcome = try await Checking.check(
      Checking.serialize, sources, Checking.options(values: 300, executions: 20))
    let values = try #require(outcome.values.compactMap(\.difference).first)
    #expect(values.c.contains("stores to ki_pos of a struct kiocb"))
    let traces = try #require(outcome.traces.compactMap(\.failure).first)
    #expect(traces == "the C stores to ki_pos of a struct kiocb, and the port does not")
  }

  @Test func theWakeUpsOfTheOtherPatchCount() async throws {
    for (old, new) in [
      ("\t\twake_up_all(wq);\n", "\t\t;\n"), ("waitqueue_active(wq))", "!waitqueue_active(wq))"),
      ("% EXT4_WQ_HASH_SZ", "% (EXT4_WQ_HASH_SZ - 1)"),
    ] {
      let path = old.hasPrefix("%") ? "fs/ext4/super.c" : "fs/ext4/page-io.c"
      let outcome = try await Checking.check(
        Checking.count, try Checking.sources(Checking.count, in: path, replacing: old, by: new),
        Checking.options(values: 500))
      #expect(outcome.values.contains { $0.difference != nil }, "\(old)")
    }
  }

  // MARK: What cannot be checked

  @Test func withoutACompilerNothingPasses() async throws {
    let sources = try Checking.sources(Checking.serialize)
    for compiler in [nil, CCompiler("no-such-compiler")] {
      let outcome = try await Checking.check(
        Checking.serialize, sources, lock: try Checking.lock(Checking.serialize),
        Checking.options(compiler))
      #expect(outcome.verdict == .notChecked && outcome.values.isEmpty && outcome.traces.isEmpty)
      #expect(!outcome.notChecked.isEmpty)
    }
  }

  @Test func cThatIsNoneIsNotChecked() async throws {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: "int blockmask", by: "in blockmask")
    let outcome = try await Checking.check(Checking.serialize, sources, Checking.options())
    #expect(outcome.verdict == .notChecked)
    #expect(outcome.notChecked[0].reason.contains("fs/ext4/file.c:79"))
    #expect(outcome.values.allSatisfy { $0.side == .before })
  }

  @Test(arguments: [
    (
      "size_t count = iov_length(iov, nr_segs);\n\tloff_t", "size_t count = *(size_t *)8;\n\tloff_t"
    ),
    ("if (pos >= inode->i_size)", "BUG_ON(pos >= 0);\n\tif (pos >= inode->i_size)"),
    ("ext4_aio_mutex(inode));\n\t\text4", "(struct mutex *)&unaligned_warn_time);\n\t\text4"),
  ])
  func cThatCrashesEndsNothingOfOurs(_ old: String, _ new: String) async throws {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: old, by: new)
    let outcome = try await Checking.check(
      Checking.serialize, sources, Checking.options(values: 300, executions: 50))
    #expect(outcome.verdict == .fails)
  }
}
