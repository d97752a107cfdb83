// SPDX-License-Identifier: GPL-2.0-only

import FoundationEssentials
import TestSupport
import Testing

/// `patchkit port` as its users run it.
@Suite struct PortCommandTests {
  private struct Report: Decodable {
    var verdict: String
    var outcomes: [String]
    var executions: Int
    var complete: Bool
  }

  private func explore(_ arguments: String...) async throws -> (code: Int, report: Report) {
    let result = try await run(Project.program, ["port", "explore", "--json"] + arguments)
    return (result.code, try JSONDecoder().decode(Report.self, from: Data(result.output)))
  }

  @Test func exitCodesFollowTheVerdict() async throws {
    let before = try await explore("two-writers", "--before")
    #expect(before.code == 1 && before.report.verdict == "violation")
    #expect(before.report.outcomes == ["none", "1", "2", "all"] && before.report.complete)
    let after = try await explore("two-writers", "--after")
    #expect(after.code == 0 && after.report.verdict == "exhausted")
    let hang = try await explore("two-writers", "--variant", "wait-under-i-mutex")
    #expect(hang.code == 1 && hang.report.verdict == "deadlock")
    let few = try await explore("two-writers", "--executions", "3")
    #expect(few.code == 3 && few.report.verdict == "bound-reached" && !few.report.complete)
    let sample = try await explore(
      "two-writers", "--strategy", "random", "--seed", "7", "--executions", "20")
    #expect(sample.code == 3 && sample.report.verdict == "bound-reached")
  }

  @Test(arguments: [2, 3, 7]) func shardsOfScenariosGiveTheWholeReport(_ count: Int) async throws {
    let scratch = try Scratch()
    let options = ["port", "explore", "--all", "--executions", "300", "--threads", "1", "--quiet"]
    let whole = try await run(Project.program, options + ["--json"], in: scratch.path)
    // The scenario of the warning has a race that the patch leaves, and the code is that of the worst.
    #expect(whole.code == 1, "\(whole.errors)")
    let text = try await run(Project.program, options, in: scratch.path)
    var names: [String] = []
    for index in 1...count {
      let part = try await run(
        Project.program, options + ["--shard", "\(index)/\(count)", "--json"], in: scratch.path)
      #expect([0, 1, 3].contains(part.code), "\(part.errors)")
      try scratch.write("part-\(index).json", part.output)
      names.append("part-\(index).json")
    }
    let merged = try await run(
      Project.program, ["report", "merge", "--json"] + names.reversed(), in: scratch.path)
    #expect(merged.code == whole.code && merged.output == whole.output, "\(merged.errors)")
    let shown = try await run(Project.program, ["report", "merge"] + names, in: scratch.path)
    #expect(shown.text == text.text)
    let twice = try await run(
      Project.program, ["report", "merge"] + names + [names[0]], in: scratch.path)
    #expect(twice.code == 2 && twice.errors.contains("both this and"))
  }

  @Test func severalScenariosHaveTheCodeOfTheWorst() async throws {
    let good = try await patchkit("port", "explore", "two-writers", "wait-for-two", "--quiet")
    #expect(good.code == 0, "\(good.text)\(good.errors)")
    let bad = try await patchkit("port", "explore", "two-writers", "wait-for-two", "--before")
    #expect(bad.code == 1)
    for words in [["--all", "two-writers"], [], ["two-writers", "wait-for-two", "--trace"]] {
      #expect(try await run(Project.program, ["port", "explore"] + words).code == 2)
    }
  }

  @Test func aCounterexampleIsShownAndRepeated() async throws {
    let scratch = try Scratch()
    let found = try await patchkit(
      "port", "explore", "two-writers", "--before", "--simplest", "--trace", "--html", "page.html",
      in: scratch.path)
    #expect(found.code == 1 && found.text.contains("(0 preemptions)"))
    let start = try #require(found.text.firstRange(of: "--replay "))
    let schedule = String(found.text[start.upperBound...].prefix { $0 != " " })
    let again = try await patchkit(
      "port", "run", "two-writers", "--before", "--replay", schedule, in: scratch.path)
    let table = try #require(found.text.firstRange(of: "\n    writer 1"))
    #expect(again.text.hasPrefix(found.text[table.lowerBound...].dropFirst().prefix(2000)))
    #expect(again.text.hasSuffix("schedule: \(schedule)\n"))
    let page = String(decoding: try scratch.read("page.html"), as: UTF8.self)
    #expect(page.hasPrefix("<!doctype html>") && page.contains("write_sector"))
    // The page is drawn by its own script, with the write that is lost marked in both of its steps.
    guard (try? await run("chromium", ["--version"]))?.code == 0 else {
      try Test.cancel("there is no chromium")
    }
    let drawn = try await run(
      "timeout",
      [
        "60", "chromium", "--headless=new", "--no-sandbox", "--disable-gpu",
        "--virtual-time-budget=3000", "--dump-dom", "file://\(scratch.file("page.html"))",
      ], in: scratch.path, environment: ["HOME": scratch.path])
    #expect(drawn.text.components(separatedBy: "<tr role=\"row\">").count > 30, "\(drawn.errors)")
    #expect(drawn.text.contains(">overwrites 11 of disk 1<"))
    #expect(drawn.text.firstMatch(of: />lost in step \d+</) != nil)
  }

  /// Where the tasks do not fit in columns, a step has its own line, and what it changed is below it.
  @Test(arguments: [80, 160]) func aCounterexampleFitsTheScreen(_ columns: Int) async throws {
    let found = try await run(
      Project.program, ["port", "explore", "two-writers", "--before", "--quiet", "--trace"],
      environment: ["COLUMNS": "\(columns)"])
    let lines = found.text.split(separator: "\n")
    #expect(found.code == 1 && lines.allSatisfy { $0.count <= columns })
    let taken = lines.filter { $0.contains("writer 1  mutex_lock i_mutex(12)") }
    #expect(taken.count == 1 && taken[0].hasPrefix(" 1  "), "\(found.text)")
    #expect(found.text.contains(columns == 80 ? "held: i_mutex(12)=b" : "  i_mutex(12)=b  "))
  }

  /// The port's file is found in a checkout by what the ports say, whichever patch they are of.
  @Test(arguments: [
    ("ext4_file_write", "applied", "file.c"), ("ext4_end_io_nolock", "half", "page-io.c"),
  ])
  func thePortsSourceIsFound(_ function: String, _ tree: String, _ file: String) async throws {
    let c = Project.lab(tree) + "/fs/ext4/" + file
    let result = try await run(
      Project.program, ["port", "explain", "--code", function, "--c", c], in: Project.path(""),
      environment: ["COLUMNS": "200"])
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("package static func "))
  }

  @Test func theCStandsBesideTheSwift() async throws {
    let result = try await run(
      Project.program,
      [
        "port", "explain", "--code", "ext4_file_write", "--c",
        Project.lab("applied") + "/fs/ext4/file.c", "--swift",
        Project.path("Sources/Ports/Ext4SerializeUnalignedAIO/Ext4FileWriteAfter.swift"),
      ], environment: ["COLUMNS": "200"])
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text.contains("mutex_lock(ext4_aio_mutex(inode));"))
    #expect(result.text.contains("| ") && result.text.contains("kernel.mutexLock(kernel.ext4AIO"))
  }

  @Test func throughputIsARatio() async throws {
    let sparse = try await patchkit("port", "throughput")
    #expect(sparse.code == 0 && sparse.text.contains("sector 63"))
    let written = try await patchkit("port", "throughput", "--written")
    #expect(written.text.hasSuffix("ratio 1.00\n"))
    // One at a time, serialising costs nothing.
    let single = try await patchkit("port", "throughput", "--depth", "1")
    #expect(single.text.hasSuffix("ratio 1.00\n"))
  }

  @Test(arguments: [
    ["port", "explore", "no-such"], ["port", "explore", "two-writers", "--before", "--after"],
    ["port", "explore", "two-writers", "--variant", "x"],
    ["port", "run", "two-writers", "--replay", "9"],
    ["port", "explore", "two-writers", "--strategy", "x"],
  ])
  func wrongUseIsSaid(_ arguments: [String]) async throws {
    let result = try await run(Project.program, arguments)
    #expect(result.code == 2 && !result.errors.isEmpty)
  }
}
