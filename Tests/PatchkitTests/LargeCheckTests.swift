// SPDX-License-Identifier: GPL-2.0-only

import TestSupport
import Testing

/// A check of a large patch of one file, of whose changes nothing is kept.
@Suite struct LargeCheckTests {
  /// Lines of 8,000 to 16,000 bytes: a patch of more than 4 MiB that is read in no time.
  private let lines = (0..<330).map { number in
    "int f\(number)(void) { return g(\"\(String(repeating: "\(number) ", count: 4000))\"); }\n"
  }

  private func scratch(
    _ text: String, at path: String, named name: String = "d/a.c", more: String = ""
  ) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("t/\(path)", text)
    let changed = lines[110].replacing("g(", with: "h(")
    var patch = "--- a/\(name)\n+++ b/\(name)\n@@ -1,330 +1,330 @@\n"
    for (number, line) in lines.enumerated() {
      patch += number == 110 ? "-\(line)+\(changed)" : " \(line)"
    }
    try scratch.write("p.patch", patch + more)
    return scratch
  }

  /// The report without the times, from the changes that `--output` needs, or else without them.
  private func report(_ scratch: Scratch, _ arguments: String...) async throws -> [Substring] {
    let result = try await run(
      Project.program, ["backport", "--check", "--json", "--onto", "t", "p.patch"] + arguments,
      in: scratch.path)
    let times = ["\"applying\"", "\"parsing\"", "\"seconds\""]
    return result.text.split(separator: "\n").filter { line in !times.contains { line.contains($0) }
    }
  }

  @Test(arguments: ["d/a.c", "d/b.c"]) func itsReportIsTheSame(path: String) async throws {
    let scratch = try scratch(lines.joined(), at: path)
    let before = try scratch.snapshot("t")
    let checked = try await report(scratch)
    #expect(checked == (try await report(scratch, "--output", "made.patch")))
    // A file that moved is the one that would change, and not the one that the patch names.
    #expect(checked.prefix(3) == ["{", "  \"changed\" : [", "    \"\(path)\""])
    #expect(try scratch.snapshot("t") == before)
  }

  /// The report of a text, which is not read as C, is the same.
  @Test func aTextIsCheckedInTheSameWay() async throws {
    let scratch = try scratch(lines.joined(), at: "d/a.txt", named: "d/a.txt")
    let checked = try await report(scratch)
    #expect(checked == (try await report(scratch, "--output", "made.patch")))
    #expect(checked.prefix(3) == ["{", "  \"changed\" : [", "    \"d/a.txt\""])
  }

  /// The hunk of a function that the tree lacks is left out; the file changes all the same.
  @Test func aFileWithAHunkThatIsLeftOutIsChanged() async throws {
    let more =
      "@@ -400,7 +400,6 @@ int gone_function(struct gone_type *x)\n \tabsent_one(x);\n \tabsent_two(x);\n"
      + " \tabsent_three(x);\n-\tvanished_name(absent_thing);\n \tabsent_four(x);\n \tabsent_five(x);\n"
      + " \tabsent_six(x);\n"
    let scratch = try scratch(lines.joined(), at: "d/a.c", more: more)
    let checked = try await report(scratch)
    #expect(checked == (try await report(scratch, "--output", "made.patch")))
    #expect(checked.prefix(3) == ["{", "  \"changed\" : [", "    \"d/a.c\""])
    #expect(checked.contains { $0.contains("left-out") })
  }

  @Test func aRefusalIsTheSame() async throws {
    let scratch = try scratch("int x;\n", at: "d/other.c")
    let checked = try await report(scratch)
    #expect(checked == (try await report(scratch, "--output", "made.patch")))
    #expect(checked.contains { $0.contains("\"result\" : \"refused\"") })
  }
}
