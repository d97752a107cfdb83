// SPDX-License-Identifier: GPL-2.0-only

import KernelTree
import PortCheck
import Ports
import TestSupport
import Testing

/// Which files of a tree are read to compile a scenario.
@Suite struct TreeSourcesTests {
  private func paths(_ headers: TreeSources.Headers) throws -> [String] {
    let scratch = try Scratch()
    for (path, text) in [
      "fs/demo/demo.c": "#include <demo/one.h>\n#include \"own.h\"\n",
      "fs/demo/own.h": "# include <asm/two.h>\n",
      "fs/demo/other.c": "#ifdef NEVER\n#include <demo/deep/three.h>\n#endif\n",
      "fs/other/far.c": "#include <demo/unused.h>\n",
      "include/demo/one.h": "#include <demo/one.h>\n",
      "include/demo/deep/three.h": "#include \"../four.h\"\n",
      "include/demo/four.h": "#include \"five.h\"\n/* #include <demo/absent.h> */\n",
      "include/demo/five.h": "", "include/demo/unused.h": "", "include/linux/types.h": "",
      "arch/x86/include/asm/two.h": "", "arch/x86/include/asm/unused.h": "",
    ] { try scratch.write("tree/" + path, text) }
    let scenario = CScenario(
      path: "Patches/demo/scenarios/one.c", text: Array("#include \"fs/demo/demo.c\"\n".utf8))
    return try TreeSources(
      of: scenario, in: try DirectoryTree(path: "\(scratch.path)/tree"), [], name: "tree",
      headers: headers)[.after].map(\.path).sorted()
  }

  @Test func headersThatNoFileIncludesAreNotRead() throws {
    // patchkit's own files include linux/types.h.
    #expect(
      try paths(.included) == [
        "arch/x86/include/asm/two.h", "fs/demo/demo.c", "fs/demo/other.c", "fs/demo/own.h",
        "include/demo/deep/three.h", "include/demo/five.h", "include/demo/four.h",
        "include/demo/one.h", "include/linux/types.h",
      ])
  }

  @Test func allHeadersAreReadOnRequest() throws {
    let more = Set(try paths(.all)).subtracting(try paths(.included))
    #expect(more == ["arch/x86/include/asm/unused.h", "include/demo/unused.h"])
  }
}
