// SPDX-License-Identifier: GPL-2.0-only

import Analysis
import CSource
import Ledger
import PatchFormat
import PortCheck
import Ports
import TestSupport
import Testing

/// Which functions a patch changes, and which ports are paired with them.
@Suite struct PairingTests {
  private func changed(_ before: String, _ after: String) -> [String] {
    ChangedFunction.between(
      CSourceFile(Array(before.utf8)), CSourceFile(Array(after.utf8)), path: "a.c"
    ).map { "\($0.name) \($0.change)" }
  }

  @Test func functionsAreComparedByTheirWords() {
    #expect(changed("int f(void)\n{\n\treturn 1;\n}\n", "int f(void) { return /* x */ 1; }") == [])
    #expect(changed("int f(void) { return 1; }", "int f(void) { return 2; }") == ["f changed"])
    #expect(
      changed("int f(void) { return 1; }", "int f(void) { return 1; }\nint g(int a) { }\n")
        == ["g added"])
    #expect(
      changed("int f(void) { a(); b(); }\nint g(void) { }", "int g(void) { }") == ["f removed"])
    #expect(
      changed(
        "int f(int a) { return a + other(a) * 3; }", "int h(int a) { return a + other(a) * 3; }")
        == ["h renamed(from: \"f\")"])
    // Nothing in common: two functions.
    #expect(
      changed("int f(int a) { return a; }", "void zz(char *p) { while (*p) p++; }")
        == ["zz added", "f removed"])
  }

  @Test func functionsOfOneNameKeepTheirOrder() {
    let two = "#ifdef A\nint f(void) { return 1; }\n#else\nint f(void) { return 2; }\n#endif\n"
    #expect(changed(two, two.replacing("2", with: "3")) == ["f changed"])
  }

  @Test func theSeedChangesItsThreeFunctions() throws {
    let found = try Checking.sources(Checking.serialize).changedFunctions
    #expect(
      found.map { "\($0.name) \($0.change) \($0.before.map { "\($0)" } ?? "-") \($0.after!)" } == [
        "ext4_aiodio_wait added - 58...63", "ext4_unaligned_aio added - 74...90",
        "ext4_file_write changed 58...84 92...142",
      ])
  }

  @Test func hunksAloneTellTheSame() throws {
    let document = PatchDocument(parsing: try Files.read(Project.seed))
    let found = ChangedFunction.inHunks(of: document.files[0], path: "fs/ext4/file.c")
    #expect(
      found.map { "\($0.name) \($0.change)" } == [
        "ext4_aiodio_wait added", "ext4_unaligned_aio added", "ext4_file_write changed",
      ])
    #expect(found.allSatisfy { $0.isFromHunks && $0.before == nil })
  }

  @Test func aHunkWithoutAHeadBelongsToTheFunctionOfItsSection() {
    let text = """
      --- a/x.c
      +++ b/x.c
      @@ -10,3 +10,4 @@ static int inner(struct x *x,
       \ta();
      +\tb();
       \tc();
       }
      @@ -20,4 +21,4 @@ int other(void)
       }
       
      -int global = 1;
      +int global = 2;
       
      """
    let document = PatchDocument(parsing: Array((text + "\n").utf8))
    let found = ChangedFunction.inHunks(of: document.files[0], path: "x.c")
    #expect(found.map { "\($0.name) \($0.change)" } == ["inner changed"])
  }

  @Test(arguments: [Checking.serialize, Checking.count])
  func everyChangedFunctionHasAPortOrAReason(_ patch: String) throws {
    let folder = try PatchFolder(Project.path("Patches/\(patch)"))
    let checker = PortChecker(
      PatchPort.named(patch), try Checking.sources(patch), Checking.options())
    let outcome = checker.pairing(
      folder.lock?.functions, reasons: folder.manifest.reasons)
    #expect(outcome.complaints == [])
    for function in outcome.functions {
      #expect(function.port != nil || function.reason != nil)
      if function.port != nil { #expect(function.freshness == .fresh) }
    }
  }

  @Test func aFunctionWithoutPortAndReasonIsSaid() throws {
    let outcome = PortChecker(nil, try Checking.sources(Checking.serialize), Checking.options())
      .pairing(nil, reasons: ["ext4_aiodio_wait": "a wait", "gone": "why"])
    #expect(outcome.functions.map(\.reason) == ["a wait", nil, nil])
    #expect(
      outcome.complaints == [
        "the manifest has a reason for 'gone', which the patch does not change"
      ])
    #expect(outcome.verdict == .fails)
  }

  @Test func aPortOfNoChangedFunctionIsSaid() throws {
    let port = PatchPort(
      patch: "x", title: "", sources: "",
      functions: [PortedFunction("stranger", in: "fs/ext4/file.c", .after, port: "Stranger")],
      scenarios: [])
    let outcome = PortChecker(port, try Checking.sources(Checking.serialize), Checking.options())
      .pairing(nil, reasons: [:])
    #expect(
      outcome.complaints == [
        "Stranger is a port of 'stranger', which the patch does not change"
      ])
  }

  // MARK: Locks

  @Test func anotherWordMakesAPortStale() throws {
    let lock = try Checking.lock(Checking.serialize)
    func freshness(_ old: String, _ new: String) throws -> [PairedFunction.Freshness] {
      let sources = try Checking.sources(
        Checking.serialize, in: "fs/ext4/file.c", replacing: old, by: new)
      return PortChecker(PatchPort.named(Checking.serialize), sources, Checking.options())
        .pairing(lock, reasons: [:]).functions.map(\.freshness)
    }
    #expect(
      try freshness("pos >= inode->i_size", "pos > inode->i_size") == [
        .fresh,
        .stale([
          "  loff_t final_size = pos + count ;", "- if ( pos >= inode -> i_size ) return 0 ;",
          "+ if ( pos > inode -> i_size ) return 0 ;",
          "  if ( ( pos & blockmask ) || ( final_size & blockmask ) ) return 1 ;",
        ]), .fresh, .fresh,
      ])
    // A comment and a line end are not tokens.
    #expect(
      try freshness("if (pos >= inode->i_size)\n", "if (pos >=\n  inode->i_size) /* x */\n")
        == [.fresh, .fresh, .fresh, .fresh])
  }

  /// A lock of two trees: the lab's functions, and those of a tree that calls things otherwise.
  private func twoTrees() throws -> [LockedFunction] {
    let lab = try Checking.lock(Checking.serialize)
    return lab.map { function in
      var own = function
      own.tree = "lab"
      return own
    }
      + lab.map { function in
        var other = function
        other.tree = "upstream"
        guard other.side == .after else { return other }
        other.lines = other.lines.map { $0.replacing("lab_has_extents", with: "has_extents") }
        return other
      }
  }

  private func pairing(
    _ lock: [LockedFunction], of tree: String?, replacing old: String, by new: String
  ) throws -> PortCheckOutcome {
    let sources = try Checking.sources(
      Checking.serialize, in: "fs/ext4/file.c", replacing: old, by: new)
    return PortChecker(
      PatchPort.named(Checking.serialize), sources, Checking.options(), tree: tree
    ).pairing(lock, reasons: [:])
  }

  @Test func eachTreeIsComparedWithItsOwnFunctions() throws {
    let lock = try twoTrees()
    // The tree is known by its name, or is the one whose functions are nearest.
    for tree in ["lab", nil] {
      let lab = try pairing(lock, of: tree, replacing: "x", by: "x")
      #expect(lab.tree == "lab" && lab.functions.allSatisfy { $0.freshness == .fresh })
      let reference = try #require(lab.references.first)
      #expect(lab.references.count == 1 && reference.tree == "upstream" && reference.same == 3)
      #expect(reference.differing.map(\.side) == ["after"])
      #expect(
        reference.differing[0].difference == [
          "- if ( ! lab_has_extents ( inode ) ) {", "+ if ( ! has_extents ( inode ) ) {",
        ])
    }
    for tree in ["upstream", nil] {
      let other = try pairing(lock, of: tree, replacing: "lab_has_extents", by: "has_extents")
      #expect(other.tree == "upstream" && other.references.isEmpty)
      #expect(other.functions.allSatisfy { $0.freshness == .fresh })
    }
    // Under another tree's name the same functions are stale.
    let wrong = try pairing(lock, of: "upstream", replacing: "x", by: "x")
    #expect(wrong.functions.count { $0.freshness != .fresh } == 1)
    // A lock that names no trees is for every tree.
    let plain = try Checking.lock(Checking.serialize)
    let any = try pairing(plain, of: "upstream", replacing: "x", by: "x")
    #expect(any.functions.allSatisfy { $0.freshness == .fresh } && !any.hasSeveralTrees)
    // A tree that the lock does not have.
    let unknown = try pairing(lock, of: "stable", replacing: "x", by: "x")
    #expect(unknown.functions.allSatisfy { $0.freshness == .unlocked })
  }
}
