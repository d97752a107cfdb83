// SPDX-License-Identifier: GPL-2.0-only

import Foundation
import Host
import TestSupport
import Testing

/// `backport --build`: what a patch touches is compiled before and after it, in a copy of the tree.
@Suite(.enabled(if: Project.hasProgram("make") && Project.hasProgram("cc"), "needs make and cc"))
struct BuildTests {
  private static let count = """
    #include "count.h"

    int count_next(int n)
    {
    \treturn n + step();
    }

    #ifdef CONFIG_TRACE
    int count_trace(int n)
    {
    \treturn n;
    }
    #endif

    """

  /// A small project, with a Makefile that compiles with the flags of the environment of make.
  private func project(flags: String = "") throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write(
      "t/Makefile", "%.o: %.c\n\tcc \(flags) -c -o $@ $<\n\nall: src/count.o src/other.o\n")
    try scratch.write("t/src/count.c", Self.count)
    try scratch.write("t/src/count.h", "static inline int step(void)\n{\n\treturn 1;\n}\n")
    try scratch.write("t/src/other.c", "int other(void)\n{\n\treturn 0;\n}\n")
    return scratch
  }

  /// Writes a patch that makes these files of the tree's; nil removes a file.
  private func patch(
    _ scratch: Scratch, _ files: [String: String?], to name: String = "p.patch",
    subject: String = "change the count"
  ) async throws {
    try scratch.copy(scratch.file("t"), to: "work/a")
    try scratch.copy(scratch.file("t"), to: "work/b")
    for (path, content) in files {
      if let content {
        try scratch.write("work/b/\(path)", content)
      } else {
        try removeFile(scratch.file("work/b/\(path)"))
      }
    }
    let diff = try await run(
      "git", ["diff", "--no-index", "--no-prefix", "a", "b"], in: scratch.file("work"))
    try FileManager.default.removeItem(atPath: scratch.file("work"))
    try scratch.write(name, "Subject: [PATCH] \(subject)\n\n---\n" + diff.text)
  }

  struct Report: Decodable {
    struct Patch: Decodable {
      struct File: Decodable {
        struct Hunk: Decodable {
          var verdict: String
          var confidence: String?
        }
        var path: String
        var verdict: String
        var reason: String?
        var hunks: [Hunk]
      }
      struct Build: Decodable {
        struct Part: Decodable, Equatable {
          var name: String
          var before: String
          var after: String
        }
        struct Region: Decodable, Equatable {
          var path: String
          var first: Int
          var last: Int
          var cause: String
        }
        var result: String
        var parts: [Part]
        var errors: [String]
        var uncompiled: [Region]
      }
      var verdict: String
      var files: [File]
      var build: Build?
    }
    var result: String
    var patches: [Patch]
  }

  private func backport(
    _ scratch: Scratch, _ words: [String], build: String = "make {objects}",
    environment: [String: String] = [:]
  ) async throws -> (report: Report, code: Int) {
    let result = try await run(
      Project.program, ["backport", "--json", "--build", build] + words, in: scratch.path,
      environment: environment)
    guard !result.output.isEmpty else {
      Issue.record("\(result.code): \(result.errors)")
      throw CancellationError()
    }
    return (try JSONDecoder().decode(Report.self, from: Data(result.output)), result.code)
  }

  private func changed(_ old: String, _ new: String, in text: String = count) -> String {
    text.replacingOccurrences(of: old, with: new)
  }

  /// Foreign code may replace its copy of the tree by a link: nothing is written where that leads.
  @Test(arguments: ["mv ../tree ../old && ln -s HOME ../tree", "mkdir .git", "mkdir ../.git"])
  func aBuildCannotRedirectWhatIsWrittenAfterIt(_ trick: String) async throws {
    let scratch = try project()
    try scratch.write("home/mine", "mine\n")
    try await patch(
      scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")], to: "1.patch",
      subject: "count twice")
    try await patch(scratch, ["src/new.c": "int fresh;\n"], to: "2.patch", subject: "a new file")
    let before = try Files.snapshot(scratch.path)
    let line =
      "make {objects}; code=$?; " + trick.replacing("HOME", with: scratch.file("home"))
      + "; exit $code"
    let result = try await run(
      Project.program, ["backport", "--build", line, "--onto", "t", "1.patch", "2.patch"],
      in: scratch.path)
    #expect(result.code == 1, "\(result.errors)")
    #expect(
      result.errors.contains("the build replaced its copy of the tree, or made a '.git' in it"),
      "\(result.errors)")
    #expect(try Files.snapshot(scratch.path) == before)
  }

  @Test func whatIsBuiltIsReportedAndRaisesNothing() async throws {
    let scratch = try project()
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    let before = try scratch.snapshot("t")
    let (checked, code) = try await backport(scratch, ["--check", "--onto", "t", "p.patch"])
    #expect(code == 0 && checked.result == "checked")
    #expect(try scratch.snapshot("t") == before, "nothing is built in the tree itself")
    let (report, applied) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(applied == 0 && build.result == "built" && build.errors.isEmpty)
    #expect(build.parts == [.init(name: "src/count.o", before: "built", after: "built")])
    #expect(build.uncompiled.isEmpty)
    #expect(report.patches[0].verdict == "exact")
    #expect(report.patches[0].files[0].hunks[0].confidence == nil, "a build makes nothing surer")
    #expect(try scratch.snapshot("t").keys.sorted() == before.keys.sorted())
  }

  @Test func aBuildThatNewlyFailsRefusesThePatch() async throws {
    let scratch = try project(flags: "-Werror=implicit-function-declaration")
    try await patch(
      scratch,
      [
        "src/count.c": changed("n + step()", "n + leap()"),
        "src/other.c": "int other(void)\n{\n\treturn 1;\n}\n",
      ])
    let before = try scratch.snapshot()
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    #expect(code == 1 && report.result == "refused" && report.patches[0].verdict == "conflict")
    let build = try #require(report.patches[0].build)
    #expect(build.result == "fails")
    #expect(build.parts.map(\.after) == ["failed", "built"])
    #expect(
      build.errors.first?.hasPrefix("src/count.c:5:") == true
        && build.errors.first?.contains("leap") == true, "\(build.errors)")
    #expect(report.patches[0].files.map(\.verdict) == ["conflict", "exact"])
    #expect(
      report.patches[0].files[0].reason?.hasPrefix(
        "the build newly fails with the patch: src/count.c:5:")
        == true)
    #expect(try scratch.snapshot() == before)
    // The same for the user, with the compiler's words below the verdict.
    let shown = try await patchkit(
      "backport", "--explain", "--build", "make {objects}", "--onto", "t", "p.patch",
      in: scratch.path)
    #expect(shown.code == 1)
    for part in [
      "fails  src/count.o: built before the patch, and fails to build with it",
      "src/other.o: built before and after the patch", "build: make {objects} (",
      "nothing was changed in t",
    ] {
      #expect(shown.errors.contains(part), "\(shown.errors)")
    }
    let lines = try await patchkit(
      "backport", "--porcelain", "--build", "make {objects}", "--onto", "t", "p.patch",
      in: scratch.path)
    #expect(
      lines.text.contains("build\tfails\nobject\tbuilt\tfailed\tsrc/count.o\n"), "\(lines.text)")
  }

  @Test func aBuildThatFailedBeforeIsReportedAndRefusesNothing() async throws {
    let scratch = try project()
    try scratch.write(
      "t/src/other.c", "#include \"missing.h\"\nint other(void)\n{\n\treturn 0;\n}\n")
    try await patch(
      scratch,
      [
        "src/count.c": changed("n + step()", "n + 2 * step()"),
        "src/other.c": "#include \"missing.h\"\nint other(void)\n{\n\treturn 1;\n}\n",
      ])
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0 && build.result == "failed-before")
    #expect(
      build.parts == [
        .init(name: "src/count.o", before: "built", after: "built"),
        .init(name: "src/other.o", before: "failed", after: "failed"),
      ])
    #expect(build.errors.first?.contains("missing.h") == true, "\(build.errors)")
    #expect(build.uncompiled == [.init(path: "src/other.c", first: 4, last: 4, cause: "unbuilt")])
  }

  /// A patch can make a file build.
  @Test func aFixedBuildIsReported() async throws {
    let scratch = try project()
    try scratch.write("t/src/other.c", "int other(void)\n{\n\treturn 0\n}\n")
    try await patch(scratch, ["src/other.c": "int other(void)\n{\n\treturn 0;\n}\n"])
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0 && build.result == "failed-before")
    #expect(build.parts == [.init(name: "src/other.o", before: "failed", after: "built")])
  }

  /// However the compiler is called, lines that a conditional leaves out are found: with warnings on, off,
  /// and as errors; after other objects that such an error would stop.
  @Test(arguments: ["", "-w", "-Werror", "-Wall -Werror -fmax-errors=20", "-DCONFIG_TRACE"])
  func linesThatTheCompilerDidNotSee(_ flags: String) async throws {
    let scratch = try project(flags: flags)
    try scratch.write("t/src/alone.h", "#define ALONE 1\n")
    let text = changed(
      "\treturn n;", "\tif (n < 0)\n\t\treturn 0; /* a\n * comment */\n\treturn n;",
      in: changed("n + step()", "n + 2 * step()"))
    try await patch(
      scratch,
      [
        "src/count.c": text, "src/count.h": "static inline int step(void)\n{\n\treturn 7;\n}\n",
        "src/alone.h": "#define ALONE 2\n", "src/other.c": "int other(void)\n{\n\treturn 1;\n}\n",
      ])
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0 && build.result == "built", "\(build)")
    let inside: [Report.Patch.Build.Region] =
      flags == "-DCONFIG_TRACE"
      ? [] : [.init(path: "src/count.c", first: 11, last: 12, cause: "conditional")]
    #expect(
      build.uncompiled == [.init(path: "src/alone.h", first: 1, last: 1, cause: "unread")] + inside,
      "\(build)")
  }

  /// Markers go where a directive may be: not into a macro, a comment or a continued line.
  @Test func markersDoNotChangeWhatIsCompiled() async throws {
    let scratch = try project(flags: "-Wall -Wextra")
    let text = """
      #include "count.h"
      #define SUM(a, \\
                  b) \\
        ((a) + \\
         (b))
      /* one
       * two */ int first(void);

      int first(void) { /* three
      four */
      \treturn SUM(1,
      \t\t   step());
      }
      static const char text[] = "a \\
      b";

      const char *words(void)
      {
      #if 1
      \treturn text;
      #else
      \treturn SUM;
      #endif
      }

      """
    try await patch(scratch, ["src/count.c": text])
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0 && build.result == "built", "\(build)")
    #expect(
      build.uncompiled == [.init(path: "src/count.c", first: 22, last: 22, cause: "conditional")])
  }

  @Test func newAndRemovedFilesAreBuiltWhereTheyAre() async throws {
    let scratch = try project()
    try await patch(
      scratch, ["src/other.c": nil, "src/more.c": "int more(void)\n{\n\treturn 3;\n}\n"])
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0 && build.result == "built", "\(build)")
    #expect(
      build.parts == [
        .init(name: "src/more.o", before: "absent", after: "built"),
        .init(name: "src/other.o", before: "built", after: "absent"),
      ])
    #expect(build.uncompiled.isEmpty)
  }

  /// A new file that no rule of the project builds is not a failure of the patch.
  @Test func aNewFileOutsideOfTheBuildIsNotRefused() async throws {
    let scratch = try project()
    try scratch.write("t/Makefile", "MAKEFLAGS += -r\nsrc/%.o: src/%.c\n\tcc -c -o $@ $<\n")
    try await patch(
      scratch,
      [
        "lib/more.c": "int more(void)\n{\n\treturn 3;\n}\n",
        "src/other.c": "int other(void)\n{\n\treturn 1;\n}\n",
      ])
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0, "\(build)")
    #expect(
      build.parts == [
        .init(name: "lib/more.o", before: "absent", after: "excluded"),
        .init(name: "src/other.o", before: "built", after: "built"),
      ])
    #expect(build.uncompiled == [.init(path: "lib/more.c", first: 1, last: 4, cause: "unread")])
    // One that is compiled, and fails, is.
    try await patch(scratch, ["src/more.c": "int more(void)\n{\n\treturn a;\n}\n"])
    let refused = try await backport(scratch, ["--check", "--onto", "t", "p.patch"])
    #expect(refused.code == 1 && refused.report.patches[0].build?.result == "fails")
  }

  /// Each patch of a series is built on the one before it, and all or nothing applies.
  @Test func aSeriesIsBuiltPatchByPatch() async throws {
    let scratch = try project(flags: "-Werror=implicit-function-declaration")
    let before = try scratch.snapshot("t")
    try await patch(
      scratch,
      [
        "src/count.h": "static inline int leap(void)\n{\n\treturn 4;\n}\n"
          + "static inline int step(void)\n{\n\treturn 1;\n}\n",
        "src/count.c": changed("n + step()", "n + 2 * step()"),
      ], to: "1.patch")
    try await patch(
      scratch, ["src/other.c": "int other(void)\n{\n\treturn leap();\n}\n"], to: "3.patch")
    // The second is made on the result of the first.
    _ = try await patchkit("apply", "--onto", "t", "1.patch", in: scratch.path)
    try await patch(
      scratch, ["src/count.c": changed("n + step()", "n + 2 * leap()")], to: "2.patch")
    _ = try await patchkit("apply", "-R", "--onto", "t", "1.patch", in: scratch.path)
    #expect(try scratch.snapshot("t") == before)
    let (report, code) = try await backport(
      scratch, ["--onto", "t", "1.patch", "2.patch", "3.patch"])
    #expect(code == 1)
    #expect(report.patches.map { $0.build?.result } == ["built", "built", "fails"])
    #expect(try scratch.snapshot("t") == before)
  }

  @Test func eachTreeIsBuiltForItself() async throws {
    let scratch = try project(flags: "-Werror=implicit-function-declaration")
    try scratch.copy(scratch.file("t"), to: "old")
    try scratch.write("old/src/count.h", "static inline int step(void)\n{\n\treturn 0;\n}\n")
    try scratch.write(
      "t/src/count.h", "int leap(void);\nstatic inline int step(void)\n{\n\treturn 0;\n}\n")
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + leap()")])
    let before = try scratch.snapshot("old")
    let result = try await patchkit(
      "backport", "--accept", "doubtful", "--build", "make {objects}", "--onto", "t", "--onto",
      "old",
      "p.patch", in: scratch.path)
    #expect(result.code == 1)
    #expect(result.text.contains("built  src/count.o: built before and after the patch"))
    #expect(result.text.contains("fails  src/count.o: built before the patch, and fails"))
    #expect(try scratch.snapshot("old") == before)
    #expect(String(decoding: try scratch.read("t/src/count.c"), as: UTF8.self).contains("leap"))
  }

  @Test func aRevisionIsWrittenOutAndBuilt() async throws {
    let scratch = try project()
    for command in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "x"]] {
      _ = try await run("git", command, in: scratch.file("t"))
    }
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    let (report, code) = try await backport(
      scratch, ["--onto", "t@main", "--branch", "made", "p.patch"], build: "cc -c {files}")
    #expect(code == 0 && report.patches[0].build?.result == "built", "\(report)")
  }

  /// A command without placeholders builds the same before and after.
  @Test func aWholeCommandIsComparedToo() async throws {
    let scratch = try project()
    try await patch(scratch, ["src/count.c": changed("return n + step();", "return n + step()")])
    let before = try scratch.snapshot("t")
    let (report, code) = try await backport(scratch, ["--onto", "t", "p.patch"], build: "make all")
    #expect(code == 1)
    let build = try #require(report.patches[0].build)
    #expect(build.parts == [.init(name: "make all", before: "built", after: "failed")])
    #expect(report.patches[0].files[0].reason?.contains("src/count.c:5:") == true)
    #expect(try scratch.snapshot("t") == before)
    // A placeholder of the shell's is its own.
    let own = try await backport(
      scratch, ["--onto", "t", "p.patch"], build: "objects=src/other.o; make ${objects}")
    #expect(own.code == 0 && own.report.patches[0].build?.result == "built")
  }

  @Test func aPatchWithoutSourcesHasNothingToBuild() async throws {
    let scratch = try project()
    try await patch(scratch, ["Makefile": "# new\n"])
    let (report, code) = try await backport(
      scratch, ["--onto", "t", "p.patch"], build: "exit 3 {objects}")
    #expect(code == 0 && report.patches[0].build?.result == "nothing-to-build")
  }

  @Test func theCommandIsConfinedAndLimited() async throws {
    let scratch = try project()
    try scratch.write("secret", "secret\n")
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    let secret = scratch.file("secret")
    let (report, code) = try await backport(
      scratch, ["--check", "--onto", "t", "p.patch"],
      build: "cat \(secret); echo x >\(secret); test -z \"$TOKEN\" || echo token; "
        + "printf '\\033[31mred\\033[0m error: no\\n'; false {objects}",
      environment: ["TOKEN": "x"])
    let build = try #require(report.patches[0].build)
    #expect(code == 0 && build.result == "failed-before", "it fails without the patch, too")
    #expect(build.errors == ["red error: no"], "\(build.errors)")
    #expect(try scratch.read("secret") == Array("secret\n".utf8))
    let slow = try await backport(
      scratch, ["--check", "--build-limit", "1", "--onto", "t", "p.patch"],
      build: "sleep 60; make {objects}")
    #expect(slow.code == 0)
    #expect(slow.report.patches[0].build?.parts.map(\.before) == ["stopped"])
    #expect(slow.report.patches[0].build?.errors == ["the build was stopped after 1 second"])
  }

  /// Where foreign code cannot be confined, nothing is built, and nothing changes, unless it is trusted.
  @Test func withoutConfinementNothingIsBuilt() async throws {
    let scratch = try project()
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    // A search path without the program that makes namespaces.
    for name in ["make", "cc", "as", "ld", "sh", "cp", "timeout", "true"] {
      let found = try await run("sh", ["-c", "command -v \(name)"]).line
      try FileManager.default.createDirectory(
        atPath: scratch.file("bin"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: scratch.file("bin/\(name)"), withDestinationPath: found)
    }
    let before = try scratch.snapshot("t")
    let words = ["backport", "--build", "make {objects}", "--onto", "t", "p.patch"]
    let path = ["PATH": scratch.file("bin")]
    let refused = try await run(Project.program, words, in: scratch.path, environment: path)
    #expect(refused.code == 3 && refused.errors.contains("--trust-c"), "\(refused.errors)")
    #expect(try scratch.snapshot("t") == before)
    let trusted = try await run(
      Project.program, words + ["--trust-c"], in: scratch.path, environment: path)
    #expect(trusted.code == 0, "\(trusted.text)\(trusted.errors)")
    #expect(trusted.text.contains("built  src/count.o"), "\(trusted.text)")
  }

  /// The folders of the search path are shown to a build, but not one that has more than programs.
  @Test func aHomeFolderOnTheSearchPathIsNotShown() async throws {
    let scratch = try project()
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    try scratch.write("home/secret", "the key\n")
    try scratch.write("home/bin/tool", "a tool\n")
    let home = scratch.file("home")
    let path = [Machine.variable("PATH") ?? "", home, "\(home)/bin/..", "\(home)/bin"]
    let made = try await run(
      Project.program,
      [
        "backport", "--check", "--build", "cat \(home)/secret \(home)/bin/tool; exit 1", "--onto",
        "t", "p.patch",
      ],
      in: scratch.path,
      environment: ["PATH": path.joined(separator: ":"), "HOME": home])
    let text = made.text + made.errors
    #expect(text.contains("a tool") && !text.contains("the key"), "\(text)")
  }

  /// A run that is stopped leaves neither its copy nor its build.
  @Test func aStoppedRunEndsItsBuild() async throws {
    let scratch = try project()
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    try scratch.write("tmp/empty", "")
    // The length of the sleep is a name that no other process has.
    let name = "600.\(UInt32.random(in: 1...UInt32.max))"
    func isRunning() throws -> Bool {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { entry in
        (try? Files.read("/proc/\(entry)/cmdline")) == Array("sleep\0\(name)\0".utf8)
      }
    }
    async let ended = run(
      "sh",
      [
        "-c",
        "\"$0\" backport --check --build \"sleep $1; : {objects}\" --onto t p.patch & "
          + "echo $! >pid; wait $!", Project.program, name,
      ], in: scratch.path, environment: ["TMPDIR": scratch.file("tmp")])
    for _ in 0..<600 where try !isRunning() { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try isRunning())
    let process = String(decoding: try scratch.read("pid"), as: UTF8.self)
    _ = try await run("kill", ["-TERM", String(process.dropLast())])
    #expect(try await ended.code == 128 + 15)
    for _ in 0..<100 where try isRunning() { try await Task.sleep(for: .milliseconds(50)) }
    #expect(try !isRunning())
    #expect(try scratch.snapshot("tmp").keys.sorted() == ["empty"])
  }

  @Test func theManifestNamesTheCommandOfATree() async throws {
    let scratch = try project(flags: "-Werror=implicit-function-declaration")
    try await patch(
      scratch, ["src/count.c": changed("n + step()", "n + leap()")], to: "Patches/one/one.patch")
    try scratch.write(
      "Patches/one/patch.yaml",
      "trees:\n  - name: t\n    at: ../../t\n    build: make {objects}\n")
    let before = try scratch.snapshot("t")
    let result = try await patchkit(
      "backport", "--accept", "doubtful", "--build-manifest", "--onto", "t", "Patches/one",
      in: scratch.path)
    #expect(result.code == 1 && result.errors.contains("fails  src/count.o"), "\(result.errors)")
    #expect(try scratch.snapshot("t") == before)
    let verified = try await patchkit("verify", "--build", "--symbols", "none", in: scratch.path)
    #expect(verified.code == 1)
    #expect(
      verified.text.contains("'make {objects}' newly fails in the patched tree"), "\(verified.text)"
    )
    try scratch.write("Patches/one/patch.yaml", "trees:\n  - name: t\n    at: ../../t\n")
    let none = try await patchkit(
      "backport", "--build-manifest", "--onto", "t", "Patches/one", in: scratch.path)
    #expect(none.code == 2 && none.errors.contains("has no 'build' for the tree 't'"))
  }

  @Test(arguments: [
    ["--build", " "], ["--build", "make", "--build-limit", "0"], ["--trust-c"],
    ["--build", "make", "--build-manifest"],
  ]) func usageIsChecked(_ words: [String]) async throws {
    let scratch = try project()
    try await patch(scratch, ["src/count.c": changed("n + step()", "n + 2 * step()")])
    let result = try await run(
      Project.program, ["backport", "--onto", "t"] + words + ["p.patch"], in: scratch.path)
    #expect(result.code == 2)
  }

  /// The example of `Documentation/Backport.md` prints what the page says.
  @Test func theExampleOfThePage() async throws {
    let page = String(
      decoding: try Files.read(Project.path("Documentation/Backport.md")), as: UTF8.self)
    let start = try #require(page.range(of: "```\n$ patchkit backport --build"))
    let block = page[page.index(start.lowerBound, offsetBy: 4)...].prefix { $0 != "`" }
    let lines = block.split(separator: "\n", omittingEmptySubsequences: false)
    let scratch = try project()
    try FileManager.default.moveItem(atPath: scratch.file("t"), toPath: scratch.file("linux"))
    try scratch.copy(scratch.file("linux"), to: "t")
    let text = changed(
      "\treturn n;", "\treturn n + 1;", in: changed("n + step()", "n + 2 * step()"))
    try await patch(scratch, ["src/count.c": text], to: "fix.patch", subject: "count twice")
    let command = String(try #require(lines.first).dropFirst(2))
      .replacing("patchkit", with: "\"$PATCHKIT\"", maxReplacements: 1)
    let result = try await run(
      "sh", ["-c", command], in: scratch.path, environment: ["PATCHKIT": Project.program])
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.text == lines.dropFirst().joined(separator: "\n"))
  }
}
