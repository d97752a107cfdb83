// SPDX-License-Identifier: GPL-2.0-only

import KernelTree
import PatchFormat
import Testing

import Backport

/// The file that a file patch belongs to, where it is not the one that it names.
@Suite struct RelocatorTests {
  private static let text = """
    static int lamp_write(struct lamp *lamp, unsigned int level)
    {
    	if (level > lamp->limit_of_this_lamp)
    		level = lamp->limit_of_this_lamp;
    	lamp->level = level;
    	return lamp_commit(lamp, level);
    }

    """

  private let patch = """
    --- a/drivers/lamp/core.c
    +++ b/drivers/lamp/core.c
    @@ -2,5 +2,6 @@
     {
     	if (level > lamp->limit_of_this_lamp)
     		level = lamp->limit_of_this_lamp;
    +	trace_lamp(level);
     	lamp->level = level;
     	return lamp_commit(lamp, level);

    """

  private func file() throws -> FilePatch {
    let document = PatchDocument(parsing: Array(patch.utf8), name: "test.patch")
    return try #require(document.patches.first?.files.first)
  }

  private func path(_ text: String) throws -> TreePath { try TreePath(Array(text.utf8)) }

  private func found(
    in texts: [String: String], at name: String = "drivers/lamp/core.c"
  ) throws -> Relocator.Found {
    try Relocator(tree: MemoryTree(texts), base: nil, strategies: StrategySequence(accept: .likely))
      .file(for: file(), at: path(name))
  }

  @Test func aFileOfItsNameInAnotherFolder() throws {
    guard case .moved(let there, _, _) = try found(in: ["lib/core.c": Self.text, "lib/x.c": "x\n"])
    else {
      Issue.record("not found")
      return
    }
    #expect(there.description == "lib/core.c")
  }

  @Test func aFileOfAnotherNameInItsFolder() throws {
    guard
      case .moved(let there, _, _) = try found(
        in: ["drivers/lamp/main.c": Self.text, "drivers/lamp/other.c": "int x;\n"])
    else {
      Issue.record("not found")
      return
    }
    #expect(there.description == "drivers/lamp/main.c")
  }

  @Test func twoThatFitEquallyAreATie() throws {
    let texts = ["a/core.c": Self.text, "b/core.c": Self.text]
    guard case .tie(let paths) = try found(in: texts) else {
      Issue.record("no tie")
      return
    }
    #expect(paths.map(\.description) == ["a/core.c", "b/core.c"])
  }

  /// Whether a folder has a name: as a whole word, in any of its files but the one that is asked about.
  @Test func whatAFolderHolds() throws {
    func holds(_ name: String, _ texts: [String: String]) throws -> Bool {
      try Relocator(
        tree: MemoryTree(texts), base: nil, strategies: StrategySequence(accept: .likely)
      ).folderHolds(Array(name.utf8), near: path("drivers/lamp/core.c"))
    }
    let texts = [
      "drivers/lamp/core.c": "int own_name;\n", "drivers/lamp/a.h": "int lamp_flash(void);\n",
      "drivers/lamp/sub/b.c": "int below;\n", "drivers/c.c": "int above;\n",
    ]
    #expect(try holds("lamp_flash", texts))
    for name in ["lamp", "flash", "own_name", "below", "above"] {
      #expect(try !holds(name, texts), "\(name)")
    }
  }

  /// A folder of so many files is not read, and may have any name.
  @Test func aFolderOfTooManyFilesMayHoldAnyName() throws {
    var texts = ["drivers/lamp/core.c": ""]
    func holds() throws -> Bool {
      try Relocator(
        tree: MemoryTree(texts), base: nil, strategies: StrategySequence(accept: .likely)
      ).folderHolds(Array("lamp_flash".utf8), near: path("drivers/lamp/core.c"))
    }
    for number in 0..<600 { texts["drivers/lamp/\(number).c"] = "int x;\n" }
    #expect(try !holds())
    texts["drivers/lamp/600.c"] = "int x;\n"
    #expect(try holds())
  }

  /// A file that holds one of its lines, and not enough of the rest.
  @Test func tracesAreNamedAndNotTaken() throws {
    let trace = "\tif (level > lamp->limit_of_this_lamp)\n\t\tlevel = lamp->limit_of_this_lamp;\n"
    guard case .traces(let there) = try found(in: ["drivers/lamp/old.c": "int x;\n" + trace])
    else {
      Issue.record("no trace")
      return
    }
    #expect(there.description == "drivers/lamp/old.c")
  }

  @Test func nothingLikeItIsFoundNowhere() throws {
    for texts in [[:], ["drivers/lamp/main.c": "int x;\n"], ["drivers/other/main.c": Self.text]] {
      guard case .nothing = try found(in: texts) else {
        Issue.record("\(texts.keys.sorted())")
        return
      }
    }
  }

  /// Files of another kind are not looked at, and the file itself is not where a function moved to.
  @Test func onlySiblingsOfItsKindAreSearched() throws {
    let relocator = Relocator(
      tree: MemoryTree(["drivers/lamp/core.c": Self.text, "drivers/lamp/notes.txt": Self.text]),
      base: nil, strategies: StrategySequence(accept: .likely))
    guard case .nothing = try relocator.moved(file(), from: path("drivers/lamp/core.c")) else {
      Issue.record("found in itself, or in a text")
      return
    }
  }
}
